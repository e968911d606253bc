//! `demo.json`: everything another program needs to use the province.

use std::fs;

use anyhow::Context;
use kyso_client::Options;
use serde::{Deserialize, Serialize};

use super::{Account, Office, Province, Signer, System};
use crate::assertion::ClientKey;
use crate::authenticator::Authenticator;
use crate::server::{Site, tls, write_private};

/// The file's name in the deployment's directory.
pub const FILE: &str = "demo.json";

/// What the file holds; mode 0600, since it holds passwords.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Description {
    /// Where the API is.
    pub base_url: String,
    /// Where metrics and health are.
    pub internal_url: String,
    /// The CA of the listener's certificate.
    pub ca_file: String,
    /// The CA of the signers' certificates.
    pub evaluation_ca_file: String,
    /// Name of the province.
    pub province: String,
    /// Ids of the agencies.
    pub agencies: Agencies,
    /// Who is who.
    pub accounts: Accounts,
    /// Further signers, each for one program that signs.
    pub signers: Vec<Person>,
    /// Ids of the leader's credentials and the agency's seals.
    pub credentials: Credentials,
    /// Systems.
    pub clients: Clients,
}

/// Ids of the agencies.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Agencies {
    /// The people's committee of the province.
    pub province: String,
    /// A department.
    pub department: String,
    /// A commune.
    pub commune: String,
}

/// Who is who.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Accounts {
    /// Signs with a one-time password.
    pub leader: Person,
    /// Opens stamping sessions.
    pub clerk: Person,
    /// Proposes.
    pub manager1: Person,
    /// Approves.
    pub manager2: Person,
    /// Reads the audit log.
    pub officer: Person,
}

/// A person's secrets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Person {
    /// Login name.
    pub login: String,
    /// Password.
    pub password: String,
    /// TOTP secret, base32.
    pub totp_secret: String,
    /// Person's id.
    pub person_id: String,
    /// Kind of key to credential, of signers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<SignerCredentials>,
}

/// A signer's credentials.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SignerCredentials {
    /// RSA 2048.
    #[serde(rename = "rsa-2048")]
    pub rsa: String,
    /// P-256.
    #[serde(rename = "p-256")]
    pub p256: String,
}

/// Credentials with a name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Credentials {
    /// The leader's, RSA 2048.
    pub leader: String,
    /// The leader's, P-256.
    pub leader_p256: String,
    /// The seal, RSA 2048.
    pub seal: String,
    /// The seal, P-256.
    pub seal_p256: String,
    /// A seal for what systems vouch for by its digest, RSA 2048; of a demonstration only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<String>,
}

/// Systems.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Clients {
    /// The document system.
    pub document_system: SystemFile,
}

/// Where a system's key is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SystemFile {
    /// Its OAuth name.
    pub client_id: String,
    /// Its id inside the server.
    pub id: String,
    /// Its private key, PEM, mode 0600.
    pub key_file: String,
}

impl Province {
    /// Writes `demo.json` and the system's key beside it.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn describe(&self, site: &Site) -> anyhow::Result<()> {
        let key_file = site.path("document-system.key.pem");
        write_private(&key_file, &self.document_system.key.private_pem())?;
        let description = Description {
            base_url: site.base_url(),
            internal_url: site.internal_url(),
            ca_file: site.path(tls::CA).display().to_string(),
            evaluation_ca_file: site.path("evaluation-ca.pem").display().to_string(),
            province: self.office.name.clone(),
            agencies: self.agencies.clone(),
            accounts: Accounts {
                leader: person(&self.leader),
                clerk: person(&self.clerk),
                manager1: person(&self.office.manager1),
                manager2: person(&self.office.manager2),
                officer: person(&self.office.officer),
            },
            signers: self.signers.iter().map(signer).collect(),
            credentials: self.credentials.clone(),
            clients: Clients {
                document_system: SystemFile {
                    client_id: self.document_system.client_id.clone(),
                    id: self.document_system.id.clone(),
                    key_file: key_file.display().to_string(),
                },
            },
        };
        let json = serde_json::to_string_pretty(&description)?;
        write_private(&site.path(FILE), &(json + "\n"))
    }

    /// The province that an earlier run set up in this deployment, on the ports of this run.
    ///
    /// # Errors
    /// If the file does not fit.
    pub fn remembered(site: &Site) -> anyhow::Result<Self> {
        let file = site.path(FILE);
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let is: Description = serde_json::from_str(&text)?;
        let options = super::options(&site.base_url(), &site.path(tls::CA));
        let known = |person: &Person| account(&options, person);
        let system = is.clients.document_system;
        let signers = is.signers.iter().map(|person| {
            let account = known(person)?;
            let credentials = person.credentials.clone().unwrap_or_default();
            anyhow::Ok(Signer {
                account,
                credentials,
            })
        });
        let office = Office {
            manager1: known(&is.accounts.manager1)?,
            manager2: known(&is.accounts.manager2)?,
            officer: known(&is.accounts.officer)?,
            name: is.province,
            options: options.clone(),
        };
        Ok(Self {
            office,
            leader: known(&is.accounts.leader)?,
            clerk: known(&is.accounts.clerk)?,
            signers: signers.collect::<Result<_, _>>()?,
            agencies: is.agencies,
            credentials: is.credentials,
            document_system: System {
                client_id: system.client_id,
                id: system.id,
                key: ClientKey::read(&fs::read_to_string(system.key_file)?)?,
            },
        })
    }
}

/// The secrets of this account, for a file of mode 0600.
pub(crate) fn person(account: &Account) -> Person {
    Person {
        login: account.login.clone(),
        password: account.password.clone(),
        totp_secret: account.authenticator.base32().to_owned(),
        person_id: account.person_id.clone(),
        credentials: None,
    }
}

fn signer(signer: &Signer) -> Person {
    Person {
        credentials: Some(signer.credentials.clone()),
        ..person(&signer.account)
    }
}

fn account(options: &Options, person: &Person) -> anyhow::Result<Account> {
    let authenticator = Authenticator::new(&person.totp_secret)?;
    Ok(Account::known(
        options,
        &person.person_id,
        &person.login,
        &person.password,
        authenticator,
    ))
}
