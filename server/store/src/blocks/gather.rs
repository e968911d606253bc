//! Makes the rows of stretches from their blocks.

use std::collections::HashSet;
use std::sync::Arc;

use diesel::prelude::*;

use super::block::{Block, load};
use super::stretch::{PARTS, StretchRow, rows, stored};
use super::{STEP, STRETCH};
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
    /// Makes the rows of a stretch that are missing, spoilt or tell of fewer blocks than there are, given up to which block of the log this
    /// was done and how many blocks there are; says from which one to go on, `None` when it is too early to tell of more. Only the
    /// inserting is done in the writer's turn.
    ///
    /// Rows tell of no block after one that is missing: that one may hold anything.
    ///
    /// # Errors
    /// If the database cannot be read or the journal cannot write.
    pub async fn summarise_stretch(
        &self,
        told: i64,
        blocks: i64,
    ) -> Result<Option<i64>, StoreError> {
        let number = told / STRETCH;
        let until = (blocks / STEP * STEP).min((number + 1) * STRETCH);
        if until <= told {
            return Ok(None);
        }
        let sealer = Arc::clone(&self.sealer);
        let made = self
            .pool
            .read(move |db| missing(db, &sealer, number, until));
        for some in made.await?.chunks(AT_ONCE) {
            self.replace(number, some.to_vec()).await?;
        }
        Ok(Some(until))
    }

    async fn replace(&self, number: i64, made: Vec<StretchRow>) -> Result<(), StoreError> {
        let stored = self.run(move |tx| {
            // Those that tell of fewer blocks, spoilt ones, and those of another server that was faster: should they tell of more,
            // then more blocks are read for a search until they are made anew.
            let parts = made.iter().map(|row| row.part);
            remove(tx.db, number, &parts.collect::<Vec<_>>())?;
            insert_all!(tx.db, audit_stretch::table, &made)?;
            Ok(())
        });
        stored.await.map_err(ApplyError::into_journal)?;
        Ok(())
    }
}

fn remove(db: &mut Db, number: i64, parts: &[i64]) -> QueryResult<()> {
    on_each!(db, db => diesel::delete(audit_stretch::table)
        .filter(audit_stretch::number.eq(number))
        .filter(audit_stretch::part.eq_any(parts))
        .execute(db))?;
    Ok(())
}

/// The rows of a stretch that are not there as a server wrote them, telling of all its blocks before this one.
fn missing(
    db: &mut Db,
    sealer: &Sealer,
    number: i64,
    until: i64,
) -> Result<Vec<StretchRow>, StoreError> {
    let numbers = number * STRETCH..until;
    let told = |row: &&StretchRow| row.blocks >= until - numbers.start && row.is_sealed(sealer);
    let stored = stored(db, number)?;
    let good = stored.iter().filter(told);
    let good: HashSet<i64> = good.map(|row| row.part).collect();
    if good.len() == PARTS {
        return Ok(Vec::new());
    }
    let mut there = load(db, sealer, numbers.clone())?;
    let blocks: Vec<Block> = numbers.map_while(|one| there.remove(&one)).collect();
    if blocks.is_empty() {
        return Ok(Vec::new());
    }
    let mut made = rows(number, &blocks, sealer);
    made.retain(|row| !good.contains(&row.part));
    Ok(made)
}
