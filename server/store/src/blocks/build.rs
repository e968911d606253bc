//! Makes blocks from entries.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

use diesel::prelude::*;
use kyso_evidence::checkpoint::Checkpoint;
use kyso_evidence::entry::Outcome;
use kyso_evidence::tree::Hash;
use kyso_evidence::{Event, Fault};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::SPAN;
use super::block::{Block, BlockRow, HOUR, Id, Place, first_missing, numbers};
use super::grown::are_grown;
use super::term::Term;
use crate::connection::Db;
use crate::error::{ApplyError, StoreError};
use crate::journal::JournalHandle;
use crate::naming::{self, Told};
use crate::seal::Sealer;
use crate::tables::audit_block;
use crate::verify::{StoredRow, check, page, part};
use crate::writer::tx::insert_all;

/// Blocks made at once: their rows go in with one commit.
const AT_ONCE: i64 = 16;
/// Entries read at once: all of a block, where each lists a hundred digests, are some 40 MB with what opens them.
const PART: usize = 64;

impl JournalHandle {
    /// Makes rows for some blocks that have none, from `next` on, as far as this tree goes, and says from where to go on; `None`
    /// when there is nothing to do. Only the inserting is done in the writer's turn.
    ///
    /// The tree must be known from elsewhere than the database: entries that are not in it get no row.
    ///
    /// # Errors
    /// If the database cannot be read or the journal cannot write.
    pub async fn summarise(&self, next: i64, tree: &Checkpoint) -> Result<Option<i64>, StoreError> {
        let full = i64::try_from(tree.size()).unwrap_or(0) / SPAN;
        if full <= next {
            return Ok(None);
        }
        let (sealer, tree) = (Arc::clone(&self.sealer), tree.clone());
        let made = self.pool.read(move |db| {
            let from = first_missing(db, next)?;
            let until = full.min(from.saturating_add(AT_ONCE));
            let row = |number| sealed(db, &sealer, &tree, number).transpose();
            let rows: Result<Vec<_>, StoreError> = (from..until).filter_map(row).collect();
            Ok::<_, StoreError>((until, rows?))
        });
        let (until, rows) = made.await?;
        if !rows.is_empty() {
            let stored = self.run(move |tx| {
                // Another server may have been faster.
                let there = numbers(tx.db, next)?;
                let missing = rows.iter().filter(|row| !there.contains(&row.number));
                let missing: Vec<BlockRow> = missing.cloned().collect();
                insert_all!(tx.db, audit_block::table, missing)?;
                Ok(())
            });
            stored.await.map_err(ApplyError::into_journal)?;
        }
        Ok(Some(until))
    }
}

/// The row of a block; none for one whose entries are not as they were written: whoever could have such a
/// row sealed could put the entries right again, and they would stay hidden.
fn sealed(
    db: &mut Db,
    sealer: &Sealer,
    tree: &Checkpoint,
    number: i64,
) -> Result<Option<BlockRow>, StoreError> {
    let entries = range(number);
    let mut gathered = Gathered::default();
    for from in entries.clone().step_by(PART) {
        gathered.read(db, from)?;
    }
    let fault = gathered.fault.as_ref();
    if fault.is_some() || !are_grown(db, tree, entries.start, &gathered.leaves)? {
        tracing::error!(
            number,
            ?fault,
            "entries are not those of the tree; they get no summary"
        );
        return Ok(None);
    }
    Ok(Some(BlockRow::new(number, &gathered.block(), sealer)))
}

/// What was read of a block that is to be sealed.
#[derive(Default)]
struct Gathered {
    leaves: Vec<Hash>,
    fault: Option<Fault>,
    summary: Summary,
    numbers: Numbers,
}

impl Gathered {
    /// Reads the next [`PART`] entries. Each part is checked for itself: that they are those of the tree is shown by all leaves.
    fn read(&mut self, db: &mut Db, from: i64) -> QueryResult<()> {
        let most = i64::try_from(PART).unwrap_or(i64::MAX);
        let entries = part(db, from, most)?;
        self.fault = self.fault.take().or(check(&entries, from).err());
        self.leaves
            .extend(entries.iter().filter_map(StoredRow::leaf));
        self.summary.add(&entries);
        self.numbers.add(numbers_of(db, &entries)?);
        Ok(())
    }

    fn block(self) -> Block {
        self.summary.block(&self.numbers.promised())
    }
}

/// The entries of a block.
pub(super) const fn range(number: i64) -> Range<i64> {
    let first = number.saturating_mul(SPAN);
    first..first.saturating_add(SPAN)
}

impl StoredRow {
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

/// What the entries of a block hold, as they are.
pub(super) fn made_anew(db: &mut Db, number: i64) -> QueryResult<Block> {
    let entries = page(db, range(number).start)?;
    Ok(summary(&entries, &[]))
}

/// Numbers of documents that entries name, as terms.
pub(super) struct Numbers {
    /// Those that can be read.
    pub(super) read: Vec<u32>,
    /// Whether that is all of them.
    all: bool,
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            read: Vec::new(),
            all: true,
        }
    }
}

impl Numbers {
    fn add(&mut self, more: Self) {
        self.read.extend(more.read);
        self.all &= more.all;
    }

    /// What a block may promise: all numbers, or nothing, since what is put back later would stay hidden.
    fn promised(self) -> Vec<u32> {
        if !self.all {
            return Vec::new();
        }
        let marker = Term::Numbered.hash();
        self.read.into_iter().chain([marker]).collect()
    }
}

/// The numbers that these entries name.
pub(super) fn numbers_of(db: &mut Db, entries: &[StoredRow]) -> QueryResult<Numbers> {
    let named = |one: &&StoredRow| naming::EVENTS.iter().any(|event| event.name() == one.event);
    let some: Vec<&StoredRow> = entries.iter().filter(named).collect();
    let sequences: Vec<i64> = some.iter().map(|one| one.sequence).collect();
    let packed = naming::packed(db, &sequences)?;
    let (mut read, mut all) = (Vec::new(), true);
    for one in some {
        let told = Told::by(&one.entry, packed.get(&one.sequence));
        all &= told.whole;
        let numbers = told.numbers.iter();
        read.extend(numbers.map(|named| Term::Number(named.number).hash()));
    }
    Ok(Numbers { read, all })
}

/// What these entries hold, and these numbers.
pub(super) fn summary(found: &[StoredRow], numbers: &[u32]) -> Block {
    let mut summary = Summary::default();
    summary.add(found);
    summary.block(numbers)
}

/// What entries hold, added up a part at a time.
#[derive(Default)]
struct Summary {
    times: Option<(i64, i64)>,
    terms: BTreeSet<u32>,
    signed: BTreeMap<Place, u64>,
    used: BTreeSet<Id>,
}

impl Summary {
    fn add(&mut self, entries: &[StoredRow]) {
        let columns: HashSet<Term<'_>> = entries.iter().flat_map(StoredRow::terms).collect();
        self.terms.extend(columns.into_iter().map(Term::hash));
        for at in entries.iter().map(|one| one.recorded_at) {
            let (first, last) = self.times.unwrap_or((at, at));
            self.times = Some((first.min(at), last.max(at)));
        }
        for one in entries.iter().filter(|one| one.signed()) {
            self.count(one);
        }
    }

    fn count(&mut self, one: &StoredRow) {
        // An entry that somebody spoilt counts for nothing; `audit verify` names it.
        let results = serde_json::from_slice(&one.entry);
        let count = results.map_or(0, |results: Results| results.results.len());
        *self.signed.entry(one.place()).or_insert(0) += u64::try_from(count).unwrap_or(0);
        let credential = one.credential_id.as_deref();
        self.used
            .extend(credential.and_then(|id| Id::try_from(id).ok()));
    }

    fn block(mut self, numbers: &[u32]) -> Block {
        self.terms.extend(numbers);
        Block {
            times: self.times,
            terms: self.terms.into_iter().collect(),
            signed: self.signed,
            used: self.used.into_iter().collect(),
        }
    }
}
