//! One block, and its row.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use diesel::prelude::*;
use kyso_core::Timestamp;

use super::term::Wanted;
use crate::connection::Db;
use crate::dialect::on_each;
use crate::seal::{Domain, Field, Sealer};
use crate::tables::audit_block;

/// Microseconds of an hour. Vietnam's hours begin with those of UTC (+07:00).
pub(super) const HOUR: i64 = 3_600_000_000;

/// An id as the log has it.
pub(super) type Id = [u8; 16];

/// An hour since 1970, and an agency; `None` for keys that belong to none.
pub(super) type Place = (i64, Option<Id>);

/// What some entries that follow each other hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// The earliest time and the latest, microseconds.
    pub(super) times: Option<(i64, i64)>,
    /// Hashes of what can be searched for, ascending.
    pub(super) terms: Vec<u32>,
    /// Signatures released, by hour and agency.
    pub(super) signed: BTreeMap<Place, u64>,
    /// Credentials with a signature, each once.
    pub(super) used: Vec<Id>,
}

impl Block {
    /// Whether an entry with all of this, from one time on and before another, may be here.
    pub(super) fn may_hold(
        &self,
        wanted: &Wanted,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> bool {
        let Some((first, last)) = self.times else {
            return false;
        };
        let in_time = from.is_none_or(|from| last >= from.as_micros())
            && to.is_none_or(|to| first < to.as_micros());
        let here = |term: &u32| self.terms.binary_search(term).is_ok();
        let one_of = wanted.any.is_empty() || wanted.any.iter().any(here);
        let (number, numbered) = wanted.number.unzip();
        let named = number.is_none_or(|number| here(&number))
            || numbered.is_some_and(|numbered| !here(&numbered));
        in_time && wanted.all.iter().all(here) && one_of && named
    }
}

/// The earliest time of all these blocks and the latest.
pub(super) fn times<'b>(blocks: impl Iterator<Item = &'b Block>) -> Option<(i64, i64)> {
    let times = blocks.filter_map(|block| block.times);
    times.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)))
}

#[derive(Clone, Insertable, Queryable, Selectable)]
#[diesel(table_name = audit_block, treat_none_as_default_value = false)]
pub(super) struct BlockRow {
    pub(super) number: i64,
    from_at: i64,
    to_at: i64,
    terms: Vec<u8>,
    signed: Vec<u8>,
    used: Vec<u8>,
    seal: Vec<u8>,
}

impl BlockRow {
    /// The row of a block with entries.
    pub(super) fn new(number: i64, block: &Block, sealer: &Sealer) -> Self {
        let (from_at, to_at) = block.times.unwrap_or_default();
        let mut row = Self {
            number,
            from_at,
            to_at,
            terms: block.terms.iter().flat_map(|t| t.to_be_bytes()).collect(),
            signed: block
                .signed
                .iter()
                .flat_map(|(at, n)| packed(*at, *n))
                .collect(),
            used: block.used.iter().flatten().copied().collect(),
            seal: Vec::new(),
        };
        row.seal = sealer.seal(Domain::AuditBlock, &row.sealed()).to_vec();
        row
    }

    const fn sealed(&self) -> [Field<'_>; 6] {
        [
            Field::Int(self.number),
            Field::Int(self.from_at),
            Field::Int(self.to_at),
            Field::Bytes(self.terms.as_slice()),
            Field::Bytes(self.signed.as_slice()),
            Field::Bytes(self.used.as_slice()),
        ]
    }

    /// What it says, if this server's kind wrote it.
    fn read(&self, sealer: &Sealer) -> Option<Block> {
        if !sealer.verify(Domain::AuditBlock, &self.sealed(), &self.seal) {
            tracing::error!(
                number = self.number,
                "a block of the log was changed; its entries are read"
            );
            return None;
        }
        Some(self.content())
    }

    /// What it says, whoever wrote it.
    pub(super) fn content(&self) -> Block {
        let terms = self.terms.as_chunks().0.iter();
        let signed = self.signed.as_chunks().0.iter();
        Block {
            times: Some((self.from_at, self.to_at)),
            terms: terms.map(|term| u32::from_be_bytes(*term)).collect(),
            signed: signed.map(unpacked).collect(),
            used: self.used.as_chunks().0.to_vec(),
        }
    }
}

/// No agency is written as an id of zeros, which no agency has.
fn packed((hour, agency): Place, signatures: u64) -> impl Iterator<Item = u8> {
    let agency = agency.unwrap_or_default();
    let numbers = (hour.to_be_bytes(), signatures.to_be_bytes());
    numbers.0.into_iter().chain(agency).chain(numbers.1)
}

fn unpacked(bytes: &[u8; 32]) -> (Place, u64) {
    let mut parts = ([0; 8], [0; 16], [0; 8]);
    parts.0.copy_from_slice(&bytes[..8]);
    parts.1.copy_from_slice(&bytes[8..24]);
    parts.2.copy_from_slice(&bytes[24..]);
    let agency = Some(parts.1).filter(|id| *id != [0; 16]);
    let place = (i64::from_be_bytes(parts.0), agency);
    (place, u64::from_be_bytes(parts.2))
}

/// Those of these blocks that are there and are as a server wrote them.
pub(super) fn load(
    db: &mut Db,
    sealer: &Sealer,
    numbers: Range<i64>,
) -> QueryResult<HashMap<i64, Block>> {
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<BlockRow> = on_each!(db, db => audit_block::table
        .filter(audit_block::number.ge(numbers.start))
        .filter(audit_block::number.lt(numbers.end))
        .select(BlockRow::as_select())
        .load(db))?;
    let read = rows
        .iter()
        .filter_map(|row| row.read(sealer).map(|block| (row.number, block)));
    Ok(read.collect())
}

/// The row of a block.
pub(super) fn row(db: &mut Db, number: i64) -> QueryResult<Option<BlockRow>> {
    on_each!(db, db => audit_block::table
        .find(number)
        .select(BlockRow::as_select())
        .first(db)
        .optional())
}

/// The last block that has a row; -1 if none has.
pub(super) fn last(db: &mut Db) -> QueryResult<i64> {
    let last: Option<i64> = on_each!(db, db => audit_block::table
        .select(diesel::dsl::max(audit_block::number))
        .first(db))?;
    Ok(last.unwrap_or(-1))
}

/// The numbers of the blocks that have rows, from this one on.
pub(super) fn numbers(db: &mut Db, from: i64) -> QueryResult<Vec<i64>> {
    on_each!(db, db => audit_block::table
        .filter(audit_block::number.ge(from))
        .order(audit_block::number)
        .select(audit_block::number)
        .load(db))
}

/// The number of the first block that has no row, from this one on.
pub(super) fn first_missing(db: &mut Db, from: i64) -> QueryResult<i64> {
    let there = numbers(db, from)?;
    let present = there
        .iter()
        .zip(from..)
        .take_while(|(number, wanted)| **number == *wanted);
    Ok(from.saturating_add(i64::try_from(present.count()).unwrap_or(0)))
}
