//! Makes blocks from entries.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

use diesel::prelude::*;
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::SPAN;
use super::block::{Block, BlockRow, HOUR, Id, Place, first_missing};
use super::term::Term;
use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::{ApplyError, StoreError};
use crate::journal::JournalHandle;
use crate::tables::{audit_block, audit_entry};
use crate::writer::tx::insert_all;

/// Blocks made at once: their rows go in with one commit.
const AT_ONCE: i64 = 16;

impl JournalHandle {
    /// Makes rows for some blocks that are full and have none, from `next` on, and says from where to go
    /// on; the same number when there is nothing to do. Only the inserting is done in the writer's turn.
    ///
    /// # Errors
    /// If the database cannot be read or the journal cannot write.
    pub async fn summarise(&self, next: i64) -> Result<i64, StoreError> {
        let full = i64::try_from(self.figures.read().size).unwrap_or(0) / SPAN;
        if full <= next {
            return Ok(next);
        }
        let sealer = std::sync::Arc::clone(&self.sealer);
        let made = self.pool.read(move |db| {
            let from = first_missing(db, next)?;
            let until = full.min(from.saturating_add(AT_ONCE));
            let rows = (from..until).map(|number| {
                let block = block(db, range(number))?;
                Ok(BlockRow::new(number, &block, &sealer))
            });
            let rows: Result<Vec<_>, StoreError> = rows.collect();
            Ok::<_, StoreError>((from, rows?))
        });
        let (from, rows) = made.await?;
        let count = i64::try_from(rows.len()).unwrap_or(0);
        if count > 0 {
            let stored = self.run(move |tx| {
                // Another server may have been faster.
                let missing = first_missing(tx.db, from)?;
                let new = usize::try_from(missing.saturating_sub(from)).unwrap_or(0);
                insert_all!(tx.db, audit_block::table, &rows[new.min(rows.len())..])?;
                Ok(())
            });
            stored.await.map_err(ApplyError::into_journal)?;
        }
        Ok(from.saturating_add(count))
    }
}

/// The entries of a block.
pub(super) const fn range(number: i64) -> Range<i64> {
    let first = number.saturating_mul(SPAN);
    first..first.saturating_add(SPAN)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_entry)]
struct Summed {
    entry: Vec<u8>,
    recorded_at: i64,
    event: String,
    outcome: String,
    request_id: Vec<u8>,
    actor_id: Option<Vec<u8>>,
    client_id: Option<Vec<u8>>,
    agency_id: Option<Vec<u8>>,
    credential_id: Option<Vec<u8>>,
}

impl Summed {
    fn terms(&self) -> impl Iterator<Item = Term<'_>> {
        let ids = [
            self.actor_id.as_deref().map(Term::Actor),
            self.agency_id.as_deref().map(Term::Agency),
            self.client_id.as_deref().map(Term::Client),
            self.credential_id.as_deref().map(Term::Credential),
        ];
        let always = [
            Term::Event(&self.event),
            Term::Outcome(&self.outcome),
            Term::Request(&self.request_id),
        ];
        ids.into_iter().flatten().chain(always)
    }

    fn signed(&self) -> bool {
        self.event == Event::SignatureOutcome.name() && self.outcome == Outcome::Ok.as_str()
    }

    /// The hour and the agency under which its signatures are counted.
    fn place(&self) -> Place {
        let agency = self.agency_id.as_deref().and_then(|id| id.try_into().ok());
        (self.recorded_at.div_euclid(HOUR), agency)
    }
}

/// Of an outcome: one for each digest.
#[derive(Deserialize)]
struct Results {
    #[serde(default)]
    results: Vec<IgnoredAny>,
}

/// What these entries hold.
pub(super) fn block(db: &mut Db, entries: Range<i64>) -> Result<Block, StoreError> {
    let found: Vec<Summed> = on_each!(db, db => audit_entry::table
        .filter(audit_entry::sequence.ge(entries.start))
        .filter(audit_entry::sequence.lt(entries.end))
        .select(Summed::as_select())
        .load(db))?;
    let terms: HashSet<Term<'_>> = found.iter().flat_map(Summed::terms).collect();
    let terms: BTreeSet<u32> = terms.into_iter().map(Term::hash).collect();
    let times = found.iter().map(|one| one.recorded_at);
    let (signed, used) = signatures(&found);
    Ok(Block {
        times: times.clone().min().zip(times.max()),
        terms: terms.into_iter().collect(),
        signed,
        used: used.into_iter().collect(),
    })
}

fn signatures(entries: &[Summed]) -> (BTreeMap<Place, u64>, BTreeSet<Id>) {
    let (mut signed, mut used) = (BTreeMap::new(), BTreeSet::new());
    for one in entries.iter().filter(|one| one.signed()) {
        // An entry that somebody spoilt counts for nothing; `audit verify` names it.
        let results = serde_json::from_slice(&one.entry);
        let count = results.map_or(0, |results: Results| results.results.len());
        *signed.entry(one.place()).or_insert(0) += u64::try_from(count).unwrap_or(0);
        let credential = one.credential_id.as_deref();
        used.extend(credential.and_then(|id| Id::try_from(id).ok()));
    }
    (signed, used)
}
