//! Checkpoints as rows.

use diesel::prelude::*;
use kyso_core::Timestamp;

use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::{ApplyError, StoreError};
use crate::journal::JournalHandle;
use crate::tables::tree_checkpoint;

/// How long checkpoints are kept. Each later one proves all that an earlier one did, so only the newest is needed; the
/// others are there for whoever looks back some days.
const KEPT: std::time::Duration = std::time::Duration::from_hours(168);

/// Old ones that go with each new one.
const SWEPT: i64 = 16;

/// A checkpoint as it is stored: a signed note, which nobody has verified here.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = tree_checkpoint)]
pub struct StoredCheckpoint {
    /// Entries.
    pub size: i64,
    /// When the HSM signed it, microseconds.
    pub signed_at: i64,
    /// How many witnesses cosigned.
    pub witnesses: i64,
    /// The note (C2SP `signed-note`).
    pub note: String,
}

/// The newest checkpoint.
///
/// # Errors
/// If the database fails.
pub fn newest(db: &mut Db) -> Result<Option<StoredCheckpoint>, StoreError> {
    covering(db, 0, 0)
}

/// The newest checkpoint of more than so many entries that at least so many witnesses cosigned.
///
/// # Errors
/// If the database fails.
pub fn covering(
    db: &mut Db,
    index: i64,
    witnesses: i64,
) -> Result<Option<StoredCheckpoint>, StoreError> {
    let found = on_each!(db, db => tree_checkpoint::table
        .filter(tree_checkpoint::size.gt(index))
        .filter(tree_checkpoint::witnesses.ge(witnesses))
        .order(tree_checkpoint::size.desc())
        .select(StoredCheckpoint::as_select())
        .first(db)
        .optional())?;
    Ok(found)
}

impl JournalHandle {
    /// Stores a checkpoint, or the same one with more witnesses, and drops some that are too old.
    ///
    /// # Errors
    /// If the journal cannot write.
    pub async fn store_checkpoint(&self, one: StoredCheckpoint) -> Result<(), StoreError> {
        let old = Timestamp::from_micros(one.signed_at)
            .before(KEPT)
            .as_micros();
        let stored = self.run(move |tx| {
            put(tx.db, &one)?;
            Ok(sweep(tx.db, old, one.size)?)
        });
        let stored = stored.await;
        Ok(stored.map_err(ApplyError::into_journal)?)
    }
}

impl JournalHandle {
    /// Removes a row that is no checkpoint of this log: somebody else put it there.
    ///
    /// # Errors
    /// If the journal cannot write.
    pub async fn remove_checkpoint(&self, size: i64) -> Result<(), StoreError> {
        let removed = self.run(move |tx| {
            let row = tree_checkpoint::table.find(size);
            on_each!(&mut *tx.db, db => diesel::delete(row).execute(db))?;
            Ok(())
        });
        let removed = removed.await;
        Ok(removed.map_err(ApplyError::into_journal)?)
    }
}

fn put(db: &mut Db, one: &StoredCheckpoint) -> QueryResult<()> {
    let insert = diesel::insert_into(tree_checkpoint::table)
        .values(one)
        .on_conflict(tree_checkpoint::size)
        .do_update()
        .set((
            tree_checkpoint::note.eq(&one.note),
            tree_checkpoint::witnesses.eq(one.witnesses),
        ));
    let fewer = tree_checkpoint::witnesses.le(one.witnesses);
    let insert = diesel::query_dsl::methods::FilterDsl::filter(insert, fewer);
    on_each!(db, db => insert.execute(db)).map(drop)
}

/// Looks only at the smallest, which are the oldest; never at the newest.
fn sweep(db: &mut Db, old: i64, newest: i64) -> QueryResult<()> {
    let first: Vec<(i64, i64)> = on_each!(db, db => tree_checkpoint::table
        .filter(tree_checkpoint::size.lt(newest))
        .order(tree_checkpoint::size)
        .limit(SWEPT)
        .select((tree_checkpoint::size, tree_checkpoint::signed_at))
        .load(db))?;
    let past = first.into_iter().filter(|(_, at)| *at < old);
    let sizes: Vec<i64> = past.map(|(size, _)| size).collect();
    if sizes.is_empty() {
        return Ok(());
    }
    let gone = tree_checkpoint::table.filter(tree_checkpoint::size.eq_any(sizes));
    on_each!(db, db => diesel::delete(gone).execute(db)).map(drop)
}
