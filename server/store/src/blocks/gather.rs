//! Makes the rows of stretches from their blocks.

use std::collections::HashSet;
use std::sync::Arc;

use diesel::prelude::*;

use super::STRETCH;
use super::block::{Block, load};
use super::stretch::{PARTS, StretchRow, rows, stored};
use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::{ApplyError, StoreError};
use crate::journal::JournalHandle;
use crate::seal::Sealer;
use crate::tables::audit_stretch;
use crate::writer::tx::insert_all;

/// Rows that go in with one commit: signatures wait for it.
const AT_ONCE: usize = 32;

impl JournalHandle {
    /// Makes the rows of stretch number `next` that are missing or spoilt, given from which block on there may be none yet, and says
    /// which one is next; `None` when it is not full yet. Only the inserting is done in the writer's turn.
    ///
    /// One that lacks a block gets no rows: that block may hold anything.
    ///
    /// # Errors
    /// If the database cannot be read or the journal cannot write.
    pub async fn summarise_stretch(
        &self,
        next: i64,
        blocks: i64,
    ) -> Result<Option<i64>, StoreError> {
        if blocks / STRETCH <= next {
            return Ok(None);
        }
        let sealer = Arc::clone(&self.sealer);
        let made = self.pool.read(move |db| missing(db, &sealer, next));
        for some in made.await?.chunks(AT_ONCE) {
            self.replace(some.to_vec()).await?;
        }
        Ok(Some(next + 1))
    }

    async fn replace(&self, made: Vec<StretchRow>) -> Result<(), StoreError> {
        let stored = self.run(move |tx| {
            // Spoilt ones, and those of another server that was faster.
            for row in &made {
                remove(tx.db, row)?;
            }
            insert_all!(tx.db, audit_stretch::table, &made)?;
            Ok(())
        });
        stored.await.map_err(ApplyError::into_journal)?;
        Ok(())
    }
}

fn remove(db: &mut Db, row: &StretchRow) -> QueryResult<()> {
    on_each!(db, db => diesel::delete(audit_stretch::table.find((row.number, row.part))).execute(db))?;
    Ok(())
}

/// The rows of a stretch that are not there as a server wrote them.
fn missing(db: &mut Db, sealer: &Sealer, number: i64) -> Result<Vec<StretchRow>, StoreError> {
    let there = stored(db, number)?;
    let good = there.iter().filter(|row| row.is_sealed(sealer));
    let good: HashSet<i64> = good.map(|row| row.part).collect();
    if good.len() == PARTS {
        return Ok(Vec::new());
    }
    let blocks = load(db, sealer, number * STRETCH)?;
    let numbers = number * STRETCH..(number + 1) * STRETCH;
    let all: Option<Vec<Block>> = numbers.map(|one| blocks.get(&one).cloned()).collect();
    let mut made = all.map_or_else(Vec::new, |blocks| rows(number, &blocks, sealer));
    made.retain(|row| !good.contains(&row.part));
    Ok(made)
}
