//! Growing the tree to where the log is.

use std::sync::Arc;

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use kyso_evidence::tiles::{Grower, ResumeError};
use kyso_evidence::tree::Hash;
use kyso_evidence::{Frontier, leaf_hash};

use super::tiles::{self, Tiles};
use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::{ApplyError, StoreError};
use crate::journal::JournalHandle;
use crate::tables::audit_entry;

/// Leaves appended at once, of some 10 MB of entries: their tiles go in with one commit, for which signatures wait.
const AT_ONCE: u64 = 16_384;

/// Why the tree does not grow.
#[derive(Debug, thiserror::Error)]
pub enum GrowError {
    /// The entries in the database are not those that the journal wrote: somebody changed or removed one.
    #[error("the entries up to {size} do not give the root that the journal knows")]
    Root {
        /// Entries.
        size: u64,
    },
    /// The database could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl JournalHandle {
    /// The tree of `size` entries with that root, from its stored tiles; `None` if they do not give it, so that the
    /// tree has to be grown from the first entry on.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn resume_tree(&self, size: u64, root: Hash) -> Result<Option<Grower>, StoreError> {
        let resumed = self.pool.read(move |db| {
            let resumed = Grower::resume(size, &root, &Tiles::of(db));
            match resumed {
                Ok(grower) => Ok(Some(grower)),
                Err(ResumeError::Read(kyso_evidence::tiles::ReadError::Reader(error))) => {
                    Err(error)
                }
                Err(ResumeError::Read(_) | ResumeError::Root) => Ok(None),
            }
        });
        resumed.await
    }

    /// Forgets the stored tree; [`grow_tree`](Self::grow_tree) with an empty grower makes it anew.
    ///
    /// # Errors
    /// If the journal cannot write.
    pub async fn clear_tree(&self) -> Result<(), StoreError> {
        let cleared = self.run(|tx| Ok(tiles::clear(tx.db)?)).await;
        Ok(cleared.map_err(ApplyError::into_journal)?)
    }

    /// Grows the tree to what the journal made durable last, and compares the roots.
    ///
    /// Leaves are computed from the entries' bytes: a leaf hash that is stored beside an entry says nothing about it.
    ///
    /// # Errors
    /// [`GrowError`]; the grower is lost then, since it may be ahead of what is stored.
    pub async fn grow_tree(&self, mut grower: Grower) -> Result<Grower, GrowError> {
        let known: Frontier = self.watch.durable();
        while grower.size() < known.size() {
            let most = AT_ONCE.min(known.size() - grower.size());
            grower = self.append(grower, most).await?;
        }
        let as_written = grower.size() > known.size() || grower.root() == known.root();
        if as_written {
            Ok(grower)
        } else {
            let size = known.size();
            Err(GrowError::Root { size })
        }
    }

    async fn append(&self, mut grower: Grower, most: u64) -> Result<Grower, GrowError> {
        let from = grower.size();
        let read = self.pool.read(move |db| leaves(db, from, most));
        let leaves = read.await?;
        if u64::try_from(leaves.len()) != Ok(most) {
            return Err(GrowError::Root { size: from + most });
        }
        let grown = Arc::new(grower.grow(leaves));
        let stored = self.run(move |tx| Ok(tiles::store(tx.db, &grown)?)).await;
        stored.map_err(|error| StoreError::from(ApplyError::into_journal(error)))?;
        Ok(grower)
    }
}

/// Leaf hashes of the entries from this one on, computed from their bytes; fewer where one is missing.
///
/// # Errors
/// If the database fails.
pub fn leaves(db: &mut Db, from: u64, most: u64) -> Result<Vec<Hash>, StoreError> {
    let number = |size: u64| i64::try_from(size).unwrap_or(i64::MAX);
    let (from, most) = (number(from), number(most));
    // Each is hashed as it comes: SQLite never holds all their bytes, PostgreSQL's client once and not twice.
    on_each!(db, db => {
        let rows = audit_entry::table
            .filter(audit_entry::sequence.ge(from))
            .order(audit_entry::sequence)
            .limit(most)
            .select((audit_entry::sequence, audit_entry::entry))
            .load_iter::<(i64, Vec<u8>), DefaultLoadingMode>(db)?;
        in_order(from, rows)
    })
}

fn in_order(
    from: i64,
    rows: impl Iterator<Item = QueryResult<(i64, Vec<u8>)>>,
) -> Result<Vec<Hash>, StoreError> {
    let mut leaves = Vec::new();
    for (number, row) in (from..).zip(rows) {
        let (sequence, entry) = row?;
        if number != sequence {
            break;
        }
        leaves.push(leaf_hash(&entry));
    }
    Ok(leaves)
}
