//! `kysod audit verify`: the whole log, straight from the database, in one pass.
//!
//! Entries and their columns, what opens their commitments, the summaries that searches skip by, the tiles of the
//! tree, the signed checkpoints, and whatever was kept outside the database. Nothing is believed for standing in the
//! database: what counts is computed from the bytes of the entries.

mod found;
mod key;
mod openings;
mod roots;
mod rows;
mod tiles;

use diesel::prelude::*;
use kyso_evidence::bundle::Beside;
use kyso_evidence::key::{LogKey, WitnessKey};
use kyso_evidence::{Fault, Frontier, Head, Verifier};

pub use crate::blocks::Misleading;
pub use found::{By, Found, KeyFrom, Vouched};
pub use roots::RootFault;
pub(crate) use rows::{StoredRow, check, page, part, verify_from};
pub use tiles::TileFault;

use crate::blocks::Summaries;
use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::tables::audit_entry;
use key::Key;
use roots::Roots;
use tiles::Tiles;

/// What is known of the log from elsewhere than its database and its head file.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The key that signs its checkpoints. Without it the key counts that the log itself names, which shows damage but
    /// no forgery of the whole.
    pub log_key: Option<LogKey>,
    /// Witnesses whose cosignatures count.
    pub witnesses: Vec<WitnessKey>,
    /// Checkpoints and receipts that were kept elsewhere, each by the name that a fault is to call it.
    pub evidence: Vec<(String, Beside)>,
}

/// How far a verification has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Entries checked.
    pub entries: u64,
    /// Entries that the log had at the beginning.
    pub of: u64,
}

/// What is wrong with the log, or why it could not be read.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The first thing that is wrong with an entry, a column or the head.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// What a search skips by does not say what is in the entries, which are as they were written.
    #[error(transparent)]
    Summary(#[from] Misleading),
    /// What is stored to open a commitment is not what the entry commits to.
    #[error("entry {sequence}: what is stored as its {field} is not what the entry commits to")]
    Opening {
        /// The entry.
        sequence: i64,
        /// The field.
        field: String,
    },
    /// A tile of the stored tree is missing or wrong.
    #[error(transparent)]
    Tile(#[from] TileFault),
    /// A checkpoint or what was kept elsewhere does not agree with the entries, or does not count.
    #[error("{what}: {why}")]
    Root {
        /// Which checkpoint or file.
        what: String,
        /// What is wrong.
        why: RootFault,
    },
    /// The log names another key for its checkpoints than was given, or than it named first.
    #[error("entry {entry} names another key of the log than the one that counts: {named}")]
    OtherKey {
        /// The entry.
        entry: i64,
        /// The key that it names.
        named: String,
    },
    /// The log could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl VerifyError {
    /// Whether it speaks against the log, and not only says that the log could not be looked at.
    #[must_use]
    pub const fn is_of_the_log(&self) -> bool {
        use StoreError as E;
        match self {
            Self::Store(error) => {
                matches!(error, E::HeadMissing | E::Head(_) | E::Changed(_))
            }
            _ => true,
        }
    }
}

impl From<diesel::result::Error> for VerifyError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Reads the log from its first entry to its last.
///
/// A server may be at work meanwhile: checkpoints and the width of the tree are looked at before the entries, which
/// are there before both.
pub(crate) fn verify(
    db: &mut Db,
    head: Option<Head>,
    known: Known,
    watch: &mut dyn FnMut(Progress),
) -> Result<Found, VerifyError> {
    let key = Key::of(db, known.log_key)?;
    let roots = Roots::open(db, &key, known.witnesses, known.evidence)?;
    let summaries = Summaries::open(db)?;
    let mut run = Run {
        verifier: Verifier::new(Frontier::new(), head)?,
        roots,
        tiles: Tiles::open(db)?,
        key,
        summaries,
    };
    let of = entries(db)?;
    rows::each_page(db, 0, |db, rows| {
        run.take(db, rows)?;
        let entries = run.verifier.frontier().size();
        watch(Progress { entries, of });
        Ok::<_, VerifyError>(())
    })?;
    run.end(db)
}

fn entries(db: &mut Db) -> Result<u64, VerifyError> {
    let last: Option<i64> = on_each!(db, db => audit_entry::table
        .select(diesel::dsl::max(audit_entry::sequence))
        .first(db))?;
    let count = last.map_or(0, |last| last.saturating_add(1));
    Ok(u64::try_from(count).unwrap_or(0))
}

/// All that is checked along the entries.
struct Run {
    verifier: Verifier,
    roots: Roots,
    tiles: Tiles,
    key: Key,
    summaries: Summaries,
}

impl Run {
    fn take(&mut self, db: &mut Db, rows: &[StoredRow]) -> Result<(), VerifyError> {
        for row in rows {
            rows::push(&mut self.verifier, row)?;
            self.key.hear(row)?;
            self.roots
                .compare(db, self.verifier.frontier(), row.leaf())?;
        }
        openings::check(db, rows)?;
        self.tiles.take(db, rows)?;
        Ok(self.summaries.take(db, rows)?)
    }

    fn end(self, db: &mut Db) -> Result<Found, VerifyError> {
        let report = self.verifier.finish()?;
        let entries = report.frontier.size();
        let vouched = self.roots.finish(entries)?;
        let tree = self.tiles.finish(db)?;
        self.summaries.finish(db, entries)??;
        Ok(Found::new(report, tree, vouched, self.key))
    }
}
