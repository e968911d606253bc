//! Why the store did not do what it was asked.

use kyso_core::Refusal;
use kyso_core::journal::JournalError;

use crate::dialect::describe;
use crate::journal::unread;

/// The store could not be opened, migrated, read or started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another server, or another command, holds the database or the head file.
    #[error("in use by another process: {0}")]
    Locked(std::path::PathBuf),
    /// The path is not UTF-8.
    #[error("the path of the database is not UTF-8")]
    Path,
    /// A PostgreSQL setting would let an acknowledged entry be lost.
    #[error("PostgreSQL's {name} is {value}; kysod does not run so")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it is.
        value: String,
    },
    /// The schema is not the one that this build knows.
    #[error("the schema's version is {found}, this build needs {expected}; run `kysod migrate`")]
    Schema {
        /// Its latest migration, or "none".
        found: String,
        /// The latest migration of this build.
        expected: String,
    },
    /// The schema was made by a later build.
    #[error("the schema has {found}, which this build does not know: run the build that made it")]
    Newer {
        /// The latest migration that is unknown here.
        found: String,
    },
    /// A migration failed; the text is the database's.
    #[error("migration failed: {0}")]
    Migration(String),
    /// There are entries but no head file to hold them against.
    #[error("the log has entries but there is no head file; if this copy is to be trusted, say so")]
    HeadMissing,
    /// The head file cannot be read or belongs to another log.
    #[error("the head file cannot be used: {0}")]
    Head(String),
    /// An entry on which a grant in force relies, or a column of it, was changed.
    #[error("the log was changed: {0}")]
    Changed(kyso_evidence::Fault),
    /// No randomness.
    #[error("the system gave no random bytes")]
    Random,
    /// The database could not be reached.
    #[error("cannot connect to the database: {0}")]
    Connect(#[from] diesel::ConnectionError),
    /// A query failed.
    #[error("the database failed: {}", describe(.0))]
    Query(#[from] diesel::result::Error),
    /// A file could not be read, written or locked.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// The journal cannot be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Why a change did not happen inside a transaction of the writer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApplyError {
    /// Refused: nothing is wrong with the journal.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// The journal could not write.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl ApplyError {
    /// The same for work that nobody refuses: if somebody does, the journal cannot do it.
    pub(crate) fn into_journal(self) -> JournalError {
        match self {
            Self::Journal(error) => error,
            Self::Refused(refusal) => JournalError::Unavailable(refusal.code().to_owned()),
        }
    }
}

impl From<diesel::result::Error> for ApplyError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Journal(failed(&error))
    }
}

impl From<StoreError> for ApplyError {
    fn from(error: StoreError) -> Self {
        Self::Journal(unread(error))
    }
}

/// A database error as the journal's: kind and table, never values.
pub(crate) fn failed(error: &diesel::result::Error) -> JournalError {
    JournalError::Unavailable(describe(error))
}
