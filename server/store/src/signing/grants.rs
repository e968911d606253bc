//! SADs and stamping sessions in use, with their uses, as the writer knows them by heart.
//!
//! A grant is read once, and trusted only if its seal holds, its entry is the latest about it and
//! its uses are exactly those that the audit log tells of. From then on memory is the authority:
//! whoever gives a used hash back in the database meanwhile gets no signature for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use diesel::prelude::*;
use kyso_core::model::{Sad, SadBinding, SadHash, StampingSession};
use kyso_core::{Digest, Refusal};
use kyso_evidence::entry::{Entry, ResultState};
use kyso_evidence::{Event, leaf_hash};

use super::known::{Finding, Id, Terms};
use super::rows::{ConsumptionRow, ReleaseRow, sad_by_hash, session_by_id};
use super::slots::Slots;
use super::uses::{Run, Use, runs};
use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::tables::{audit_entry, consumption, release};
use crate::writer::tx::{Tx, insert_all};

impl Tx<'_> {
    /// The SAD with this hash, if it can be trusted.
    pub(super) fn sad(&mut self, hash: &SadHash) -> Result<Arc<Sad>, ApplyError> {
        if let Some(sad) = self.ledger.grants.sad(hash) {
            return Ok(sad);
        }
        let row = sad_by_hash(self.db, hash)?.ok_or(Refusal::UnknownSad)?;
        let id = Id::try_from(row.id.as_slice()).map_err(|_| Refusal::Tampered)?;
        let Some(sad) = row.open(self.sealer) else {
            return Err(self.tampered("sad", id));
        };
        self.require_latest(
            "sad",
            &id,
            row.made_by,
            Event::SadRevoked,
            Refusal::UnknownSad,
        )?;
        let slots = match &sad.binding {
            SadBinding::Count(count) => Slots::counted(whole(*count)),
            SadBinding::Hashes(hashes) => Slots::bound(Arc::clone(hashes)),
        };
        let sad = Arc::new(sad);
        self.load(id, Terms::Sad(Arc::clone(&sad)), slots)?;
        Ok(sad)
    }

    /// The stamping session, if it can be trusted and was not closed.
    pub(super) fn session(&mut self, id: &Id) -> Result<Arc<StampingSession>, ApplyError> {
        if let Some(session) = self.ledger.grants.session(id) {
            return Ok(session);
        }
        let row = session_by_id(self.db, id)?.ok_or(Refusal::SessionRequired)?;
        let Some(session) = row.open(self.sealer) else {
            return Err(self.tampered("stamping_session", *id));
        };
        let (closed, refusal) = (Event::SessionClosed, Refusal::SessionClosed);
        self.require_latest("stamping_session", id, row.made_by, closed, refusal)?;
        let slots = Slots::counted(whole(session.limit));
        let session = Arc::new(session);
        self.load(*id, Terms::Session(Arc::clone(&session)), slots)?;
        Ok(session)
    }

    /// A grant holds only while the entry that made it is the latest about it.
    fn require_latest(
        &mut self,
        kind: &'static str,
        id: &Id,
        made_by: i64,
        ended_by: Event,
        ended: Refusal,
    ) -> Result<(), ApplyError> {
        match self.latest_entry(id)? {
            Some((sequence, _)) if sequence == made_by => Ok(()),
            Some((sequence, event)) if sequence > made_by && event == ended_by.name() => {
                Err(ended.into())
            }
            _ => Err(self.tampered(kind, *id)),
        }
    }

    /// Refuses, and remembers to raise the alarm.
    pub(crate) fn tampered(&mut self, kind: &'static str, object: Id) -> ApplyError {
        self.ledger.figures.alarm();
        self.ledger.grants.found(Finding { kind, object });
        tracing::error!(kind, object = %uuid::Uuid::from_bytes(object), "a grant was tampered with");
        ApplyError::Refused(Refusal::Tampered)
    }

    fn load(&mut self, id: Id, terms: Terms, mut slots: Slots) -> Result<(), ApplyError> {
        let kind = terms.kind();
        let (used, released) = self.stored_uses(&id)?;
        let told = self.told_uses(&id)?;
        let whole = told.is_some_and(|told| told == tally(&used, &released))
            && self.replay_uses(&mut slots, &used, &released);
        if !whole {
            return Err(self.tampered(kind, id));
        }
        let now = self.now;
        self.ledger.grants.insert(id, terms, slots, now);
        Ok(())
    }

    /// The uses as their own tables have them, in the order in which they were made.
    fn stored_uses(&mut self, id: &Id) -> QueryResult<(Vec<ConsumptionRow>, Vec<ReleaseRow>)> {
        let grant = id.as_slice();
        let used = on_each!(self.db, db => consumption::table
            .filter(consumption::grant_id.eq(grant))
            .order((consumption::sequence, consumption::ordinal))
            .select(ConsumptionRow::as_select())
            .load(db))?;
        let released = on_each!(self.db, db => release::table
            .filter(release::grant_id.eq(grant))
            .select(ReleaseRow::as_select())
            .load(db))?;
        Ok((used, released))
    }

    /// How many uses each entry about this grant tells of: made (positive) and given back.
    fn told_uses(&mut self, id: &Id) -> QueryResult<Option<Tally>> {
        let grant = id.as_slice();
        let entries: Vec<(i64, Vec<u8>, Vec<u8>)> = on_each!(self.db, db => audit_entry::table
            .filter(audit_entry::grant_id.eq(grant))
            .select((audit_entry::sequence, audit_entry::entry, audit_entry::leaf_hash))
            .load(db))?;
        let tells = entries.iter().map(|(sequence, bytes, leaf)| {
            let entry = Entry::parse(bytes)
                .ok()
                .filter(|_| leaf_hash(bytes) == leaf.as_slice())?;
            Some((*sequence, told(&entry)))
        });
        let told: Option<Tally> = tells.collect();
        Ok(told.map(|told| told.into_iter().filter(|(_, count)| *count != 0).collect()))
    }

    fn replay_uses(
        &self,
        slots: &mut Slots,
        used: &[ConsumptionRow],
        released: &[ReleaseRow],
    ) -> bool {
        let given = released.iter().map(|row| row.open(self.sealer));
        let Some(given) = given.collect::<Option<BTreeSet<Use>>>() else {
            return false;
        };
        used.iter().all(|row| {
            row.open(self.sealer).is_some_and(|run| {
                run.uses()
                    .all(|made| slots.used(made) && (!given.contains(&made) || slots.release(made)))
            })
        })
    }

    /// Reserves uses of a grant that was read before, one for each digest.
    pub(super) fn reserve(&mut self, id: &Id, digests: &[Digest]) -> Result<Vec<Use>, ApplyError> {
        let reserve = |slots: &mut Slots| slots.reserve(digests);
        self.ledger.grants.reserve(id, reserve)
    }

    /// Reserves so many uses of a stamping session.
    pub(super) fn reserve_count(&mut self, id: &Id, count: u32) -> Result<Vec<Use>, ApplyError> {
        let reserve = |slots: &mut Slots| slots.reserve_count(whole(count));
        self.ledger.grants.reserve(id, reserve)
    }

    /// Whether the grant is bound to a number only.
    pub(super) fn is_counted(&self, id: &Id) -> Result<bool, ApplyError> {
        Ok(self.ledger.grants.slots(id)?.is_counted())
    }

    /// Uses left.
    pub(super) fn left(&self, id: &Id) -> Result<usize, ApplyError> {
        Ok(self.ledger.grants.slots(id)?.left())
    }

    /// Writes the rows of uses that the entry `sequence` made.
    pub(super) fn consume(
        &mut self,
        id: &Id,
        uses: &[Use],
        sequence: i64,
    ) -> Result<(), ApplyError> {
        let runs = if self.is_counted(id)? {
            runs(uses)
        } else {
            uses.iter().copied().map(Run::single).collect()
        };
        let rows: Vec<ConsumptionRow> = runs
            .into_iter()
            .map(|run| ConsumptionRow::new(id, run, sequence, self.sealer))
            .collect();
        insert_all!(self.db, consumption::table, rows)?;
        Ok(())
    }
}

type Tally = BTreeMap<i64, i64>;

/// How many uses each entry made, or gave back, by the rows.
fn tally(used: &[ConsumptionRow], released: &[ReleaseRow]) -> Tally {
    let mut tally = Tally::new();
    for row in used {
        // Not yet known to be sealed: a row may say anything.
        let told = tally.entry(row.sequence).or_default();
        *told = told.saturating_add(row.span);
    }
    for row in released {
        let told = tally.entry(row.sequence).or_default();
        *told = told.saturating_sub(1);
    }
    tally
}

/// How many uses an entry made (positive) or gave back (negative) by its own words.
fn told(entry: &Entry) -> i64 {
    let count = match entry.event {
        Event::SignatureIntent => entry.digests.len(),
        Event::SignatureOutcome => {
            let spared = |state| state == ResultState::NotAttempted;
            let given = entry
                .results
                .iter()
                .filter(|result| spared(result.state))
                .count();
            return -i64::try_from(given).unwrap_or(i64::MAX);
        }
        _ => {
            return entry
                .count
                .and_then(|count| i64::try_from(count).ok())
                .unwrap_or(0);
        }
    };
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn whole(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
