//! Who looks at the pages, and what they look for; kept in a file, so that a full database can be looked at again.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::authenticator::Authenticator;
use crate::province::{Account, options};
use crate::server::{Site, tls, write_private};

/// The file.
const FILE: &str = "pages-cast.json";

/// Somebody who looks at pages.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Looker {
    login: String,
    password: String,
    totp_secret: String,
    person: String,
}

impl Looker {
    pub(super) fn of(account: &Account) -> Self {
        Self {
            login: account.login.clone(),
            password: account.password.clone(),
            totp_secret: account.authenticator.base32().to_owned(),
            person: account.person_id.clone(),
        }
    }

    /// The account, with an authenticator of its own.
    pub(super) fn account(&self, site: &Site) -> anyhow::Result<Account> {
        let options = options(&site.base_url(), &site.path(tls::CA));
        let authenticator = Authenticator::new(&self.totp_secret)?;
        let (person, login) = (&self.person, &self.login);
        Ok(Account::known(
            &options,
            person,
            login,
            &self.password,
            authenticator,
        ))
    }
}

/// Everybody who looks, and words that filters are tried with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Cast {
    pub(super) port: u16,
    pub(super) leader: Looker,
    pub(super) clerk: Looker,
    pub(super) manager: Looker,
    pub(super) officer: Looker,
    pub(super) operator: Looker,
    /// A system whose stamps are more than half of the log.
    pub(super) busy_system: String,
    /// The codes of the agencies with the most and with the fewest stamps.
    pub(super) agencies: [String; 2],
    /// A person with one or two entries, somewhere in the middle of the log.
    pub(super) rare_person: String,
    /// A credential with two or three entries.
    pub(super) rare_credential: String,
    /// Its seal's, of the agency with the most stamps.
    pub(super) busy_credential: String,
    /// The leader's request that has the file itself.
    pub(super) with_file: String,
    /// A minute in the middle of the filling, as a field for a time has it, and the one after it.
    pub(super) minute: [String; 2],
}

impl Cast {
    /// The port of the server that an earlier run left in this directory: its issuer names it.
    pub(super) fn port(directory: &Path) -> anyhow::Result<Option<u16>> {
        Ok(read(&directory.join(FILE))?.map(|cast| cast.port))
    }

    pub(super) fn remembered(site: &Site) -> anyhow::Result<Option<Self>> {
        read(&site.path(FILE))
    }

    pub(super) fn remember(&self, site: &Site) -> anyhow::Result<()> {
        write_private(&site.path(FILE), &serde_json::to_string_pretty(self)?)
    }
}

fn read(path: &Path) -> anyhow::Result<Option<Cast>> {
    if !path.exists() {
        return Ok(None);
    }
    let named = || path.display().to_string();
    let text = fs::read_to_string(path).with_context(named)?;
    serde_json::from_str(&text).with_context(named).map(Some)
}
