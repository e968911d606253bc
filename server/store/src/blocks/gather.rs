//! Makes the rows of stretches from their blocks.

use std::sync::Arc;

use diesel::prelude::*;

use super::block::{Block, load};
use super::stretch::{PARTS, StretchRow, parts, rows};
use super::{SPAN, STRETCH};
use crate::error::{ApplyError, StoreError};
use crate::journal::JournalHandle;
use crate::tables::audit_stretch;
use crate::writer::tx::insert_all;

impl JournalHandle {
    /// Makes the rows of stretch number `next` that are missing, if it is full and has all its blocks, and says which one is next;
    /// `None` when it is not full yet. Only the inserting is done in the writer's turn.
    ///
    /// # Errors
    /// If the database cannot be read or the journal cannot write.
    pub async fn summarise_stretch(&self, next: i64) -> Result<Option<i64>, StoreError> {
        let full = i64::try_from(self.figures.read().size).unwrap_or(0) / (SPAN * STRETCH);
        if full <= next {
            return Ok(None);
        }
        let sealer = Arc::clone(&self.sealer);
        let made = self.pool.read(move |db| {
            if parts(db, next)?.len() == PARTS {
                return Ok::<_, StoreError>(Vec::new());
            }
            let blocks = load(db, &sealer, next * STRETCH)?;
            let numbers = next * STRETCH..(next + 1) * STRETCH;
            // One that is missing may hold anything.
            let all: Option<Vec<Block>> = numbers.map(|one| blocks.get(&one).cloned()).collect();
            Ok(all.map_or_else(Vec::new, |blocks| rows(next, &blocks, &sealer)))
        });
        let made = made.await?;
        if !made.is_empty() {
            self.store_rows(next, made).await?;
        }
        Ok(Some(next + 1))
    }

    async fn store_rows(&self, number: i64, made: Vec<StretchRow>) -> Result<(), StoreError> {
        let stored = self.run(move |tx| {
            // Another server may have been faster.
            let there = parts(tx.db, number)?;
            let missing = made.iter().filter(|row| !there.contains(&row.part));
            let missing: Vec<StretchRow> = missing.cloned().collect();
            insert_all!(tx.db, audit_stretch::table, missing)?;
            Ok(())
        });
        stored.await.map_err(ApplyError::into_journal)?;
        Ok(())
    }
}
