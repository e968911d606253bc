//! Where data, log and keys are.

use std::path::PathBuf;

use serde::Deserialize;

use super::SecretSource;

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
}

/// The token.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hsm {
    /// The profile: module, token, PIN source, lanes.
    pub profile: PathBuf,
}
