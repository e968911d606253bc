//! Where data, log and keys are.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use kyso_evidence::key::WitnessKey;
use kyso_evidence::note::KeyName;
use serde::Deserialize;
use url::Url;

use super::certificates::authorities;
use super::time_stamps::is_place;
use super::{ConfigError, SecretSource};

/// Where the data are: exactly one of the two.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// The file of an SQLite database, for one server on one machine.
    #[serde(default)]
    pub sqlite: Option<PathBuf>,
    /// Holds the URL of a PostgreSQL database, for several servers or a database of its own.
    #[serde(default)]
    pub postgres: Option<SecretSource>,
    /// Connections for reading.
    #[serde(default = "default_readers")]
    pub readers: u32,
}

const fn default_readers() -> u32 {
    4
}

impl Database {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.sqlite.is_some() == self.postgres.is_some() {
            return Err("[database] needs exactly one of sqlite and postgres");
        }
        if (1..=64).contains(&self.readers) {
            Ok(())
        } else {
            Err("database.readers must be from 1 to 64")
        }
    }

    pub(super) fn path_mut(&mut self) -> Option<&mut PathBuf> {
        self.sqlite
            .as_mut()
            .or_else(|| self.postgres.as_mut()?.path_mut())
    }
}

/// The audit log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// The file, outside the database, that says how far the log has come. A database behind it
    /// refuses to sign, so it must never be restored from the same backup as the database.
    pub head_file: PathBuf,
    /// Id of the log: the same words on every server of it, unlike those of any other log.
    pub log_id: String,
    /// Whether a log that has entries is taken as it is when there is no head file: after a
    /// deliberate restore, or on a further server. Turn it off again at once.
    #[serde(default)]
    pub adopt_head: bool,
    /// The file, outside the database, that remembers the last checkpoint which this server had signed; the head
    /// file's name with `.checkpoint` if absent. A log that does not continue it is not signed any more.
    #[serde(default)]
    pub checkpoint_file: Option<PathBuf>,
    /// Seconds from one checkpoint to the next at least, while the log grows.
    #[serde(default = "checkpoint_seconds")]
    pub checkpoint_seconds: u32,
    /// Who is asked to cosign checkpoints.
    #[serde(default)]
    pub witnesses: Vec<Witness>,
    /// How many of them have to.
    #[serde(default)]
    pub witness_quorum: usize,
    /// Whether signing stops while fewer do. Else it is an alarm.
    #[serde(default)]
    pub witnesses_required: bool,
    /// Seconds for which entries may lie under no checkpoint, or under one that fewer cosigned, before that counts.
    #[serde(default = "witness_patience_seconds")]
    pub witness_patience_seconds: u32,
    /// Authorities that are trusted for the connection to witnesses beside the machine's own, PEM; for `https`.
    #[serde(default)]
    pub witness_ca_file: Option<PathBuf>,
    /// What that file holds, DER.
    #[serde(skip)]
    pub witness_authorities: Vec<Vec<u8>>,
}

/// A witness (C2SP `tlog-witness`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// Where it is: `add-checkpoint` is appended to that.
    pub url: String,
    /// Its verifier key, `<name>+<id>+<key>`.
    pub key: String,
}

impl Witness {
    /// What of its verifier key is the key itself.
    fn public(&self) -> Option<&str> {
        self.key.splitn(3, '+').nth(2)
    }
}

/// How long a receipt waits for witnesses at most; then it comes without those that are missing.
const WITNESSING: Duration = Duration::from_secs(20);

const fn checkpoint_seconds() -> u32 {
    2
}

const fn witness_patience_seconds() -> u32 {
    60
}

impl Audit {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        self.origin()?;
        let keys = self.witness_keys()?;
        let place = |one: &Witness| Url::parse(&one.url).is_ok_and(|url| is_place(&url));
        if !self.witnesses.iter().all(place) {
            return Err("audit.witnesses: each url must be http or https, without user or query");
        }
        // The same key under two names would count twice.
        let known: BTreeSet<&str> = self.witnesses.iter().filter_map(Witness::public).collect();
        if known.len() != keys.len() || self.witness_quorum > keys.len() {
            return Err(
                "audit.witnesses: a key is named twice, or witness_quorum is more than there are",
            );
        }
        if self.witnesses_required && self.witness_quorum == 0 {
            return Err("audit.witnesses_required needs a witness_quorum of at least 1");
        }
        if self.checkpoint_path() == self.head_file {
            return Err("audit.checkpoint_file and audit.head_file must be two files");
        }
        let spans = (1..=60).contains(&self.checkpoint_seconds)
            && (1..=86_400).contains(&self.witness_patience_seconds);
        if spans {
            Ok(())
        } else {
            Err("audit.checkpoint_seconds must be from 1 to 60, witness_patience_seconds to 86,400")
        }
    }

    /// Reads the file, so that a server whose authorities are missing does not start.
    pub(super) fn read(&mut self) -> Result<(), ConfigError> {
        if let Some(path) = &self.witness_ca_file {
            self.witness_authorities = authorities("audit.witness_ca_file", path)?;
        }
        Ok(())
    }

    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let given = [&mut self.checkpoint_file, &mut self.witness_ca_file];
        std::iter::once(&mut self.head_file).chain(given.into_iter().flatten())
    }

    /// What checkpoints are of: the log's id, which names its key too (C2SP `tlog-checkpoint`).
    ///
    /// # Errors
    /// If the id cannot be the name of a key.
    pub fn origin(&self) -> Result<KeyName, &'static str> {
        let name = self.log_id.parse();
        name.map_err(|_| "audit.log_id names the log's key: no spaces, no plus sign, not empty")
    }

    /// The witnesses' keys, in order.
    ///
    /// # Errors
    /// If one is no verifier key of a witness.
    pub fn witness_keys(&self) -> Result<Vec<WitnessKey>, &'static str> {
        let keys = self.witnesses.iter().map(|one| one.key.parse());
        let keys: Result<Vec<WitnessKey>, _> = keys.collect();
        keys.map_err(|_| "audit.witnesses: a key is not <name>+<id>+<key> of a witness")
    }

    /// Where the last checkpoint is remembered.
    pub fn checkpoint_path(&self) -> PathBuf {
        let beside = || {
            let mut name = self.head_file.clone().into_os_string();
            name.push(".checkpoint");
            PathBuf::from(name)
        };
        self.checkpoint_file.clone().unwrap_or_else(beside)
    }

    /// How long entries may lie under no checkpoint, or under too few cosignatures.
    pub fn witness_patience(&self) -> Duration {
        Duration::from_secs(u64::from(self.witness_patience_seconds))
    }

    /// How long receipts and exports wait for witnesses, so that nobody waits who cannot hope: never longer than until it counts.
    pub fn witnessing(&self) -> Duration {
        WITNESSING.min(self.witness_patience())
    }

    /// How long from one checkpoint to the next.
    pub fn pause(&self) -> Duration {
        Duration::from_secs(u64::from(self.checkpoint_seconds))
    }
}

/// The token.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hsm {
    /// The profile: module, token, PIN source, lanes.
    pub profile: PathBuf,
}
