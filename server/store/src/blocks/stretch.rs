//! What the blocks of a stretch hold, and its rows.
//!
//! A block tells all that its entries hold, so that a search for what was done once would read each of them. A row here tells,
//! of one [`PARTS`]th of what can be searched for, in which blocks of a stretch it is: some rows tell of a million entries.

use std::ops::RangeInclusive;

use diesel::prelude::*;
use kyso_core::Timestamp;

use super::STRETCH;
use super::block::{Block, times};
use super::term::{Term, Wanted};
use crate::connection::Db;
use crate::dialect::on_each;
use crate::seal::{Domain, Field, Sealer};
use crate::tables::audit_stretch;

/// Rows of a stretch: one for each value of a term's first byte.
pub(super) const PARTS: usize = 256;

/// A bit for each block of a stretch, the first block's the lowest.
pub(super) type Blocks = u64;

/// The row that tells of a term.
pub(super) fn part(term: u32) -> i64 {
    i64::from(term >> 24)
}

#[derive(Clone, Insertable, Queryable, Selectable)]
#[diesel(table_name = audit_stretch)]
pub(super) struct StretchRow {
    pub(super) number: i64,
    pub(super) part: i64,
    /// How many blocks it tells of: the first ones of the stretch.
    pub(super) blocks: i64,
    from_at: i64,
    to_at: i64,
    unnumbered: i64,
    places: Vec<u8>,
    seal: Vec<u8>,
}

impl StretchRow {
    const fn sealed(&self) -> [Field<'_>; 7] {
        [
            Field::Int(self.number),
            Field::Int(self.part),
            Field::Int(self.blocks),
            Field::Int(self.from_at),
            Field::Int(self.to_at),
            Field::Int(self.unnumbered),
            Field::Bytes(self.places.as_slice()),
        ]
    }

    /// Whether this server's kind wrote it.
    pub(super) fn is_sealed(&self, sealer: &Sealer) -> bool {
        sealer.verify(Domain::AuditStretch, &self.sealed(), &self.seal)
    }

    /// The blocks with this term, which has to be one of this part.
    pub(super) fn holding(&self, term: u32) -> Blocks {
        let places = self.places.as_chunks().0;
        let first = term << 8;
        let before = places.partition_point(|place| u32::from_be_bytes(*place) < first);
        let on = places.iter().skip(before);
        let blocks = on.map(|place| u32::from_be_bytes(*place) ^ first);
        blocks
            .take_while(|block| *block < 256)
            .fold(0, |bits, block| bits | bit(block))
    }

    /// The blocks that do not tell all their documents' numbers.
    pub(super) const fn unnumbered(&self) -> Blocks {
        self.unnumbered.cast_unsigned()
    }

    /// The times of the entries that it tells of.
    pub(super) const fn times(&self) -> RangeInclusive<i64> {
        self.from_at..=self.to_at
    }

    /// Whether those entries are from one time on and before another; `None` where that is not so of all of them alike.
    pub(super) fn in_time(&self, from: Option<Timestamp>, to: Option<Timestamp>) -> Option<bool> {
        let from = from.map_or(i64::MIN, Timestamp::as_micros);
        let to = to.map_or(i64::MAX, Timestamp::as_micros);
        let none = self.to_at < from || self.from_at >= to;
        let all = self.from_at >= from && self.to_at < to;
        (none || all).then_some(all)
    }
}

const fn bit(block: u32) -> Blocks {
    1 << (block % Blocks::BITS)
}

/// The rows of a stretch, given its blocks in order, or the first of them.
pub(super) fn rows(number: i64, blocks: &[Block], sealer: &Sealer) -> Vec<StretchRow> {
    let (from_at, to_at) = times(blocks.iter()).unwrap_or_default();
    let told = i64::try_from(blocks.len()).unwrap_or(STRETCH);
    let whole = |block: &Block| block.terms.binary_search(&Term::Numbered.hash()).is_ok();
    let unnumbered = (0..).zip(blocks).filter(|(_, block)| !whole(block));
    let unnumbered = unnumbered.fold(0, |bits, (index, _)| bits | bit(index));
    let row = |(part, places): (i64, Vec<u32>)| {
        let mut row = StretchRow {
            number,
            part,
            blocks: told,
            from_at,
            to_at,
            unnumbered: unnumbered.cast_signed(),
            places: places.iter().flat_map(|one| one.to_be_bytes()).collect(),
            seal: Vec::new(),
        };
        row.seal = sealer.seal(Domain::AuditStretch, &row.sealed()).to_vec();
        row
    };
    (0..).zip(places(blocks)).map(row).collect()
}

/// Of each part the last three bytes of each term and the block that has it, ascending.
fn places(blocks: &[Block]) -> Vec<Vec<u32>> {
    let mut parts = vec![Vec::new(); PARTS];
    for (index, block) in (0..).zip(blocks) {
        for term in &block.terms {
            let part = usize::try_from(part(*term)).ok();
            if let Some(places) = part.and_then(|part| parts.get_mut(part)) {
                places.push((term << 8) | index);
            }
        }
    }
    for places in &mut parts {
        places.sort_unstable();
    }
    parts
}

/// Rows of these parts of these stretches that are there and are as a server wrote them.
pub(super) fn load(
    db: &mut Db,
    sealer: &Sealer,
    numbers: &[i64],
    parts: &[i64],
) -> QueryResult<Vec<StretchRow>> {
    // By each number, as the key has it: a range would be walked through with all its parts.
    let mut rows: Vec<StretchRow> = on_each!(db, db => audit_stretch::table
        .filter(audit_stretch::number.eq_any(numbers))
        .filter(audit_stretch::part.eq_any(parts))
        .select(StretchRow::as_select())
        .load(db))?;
    let there = rows.len();
    rows.retain(|row| row.is_sealed(sealer));
    if rows.len() < there {
        tracing::error!(
            ?numbers,
            "rows of audit_stretch were changed; the blocks are read"
        );
    }
    Ok(rows)
}

/// The rows of a stretch, whoever wrote them.
pub(super) fn stored(db: &mut Db, number: i64) -> QueryResult<Vec<StretchRow>> {
    on_each!(db, db => audit_stretch::table
        .filter(audit_stretch::number.eq(number))
        .select(StretchRow::as_select())
        .load(db))
}

/// The last block that a row tells of; -1 if there is none.
pub(super) fn last_told(db: &mut Db) -> QueryResult<i64> {
    let last: Option<(i64, i64)> = on_each!(db, db => audit_stretch::table
        .order((audit_stretch::number.desc(), audit_stretch::blocks.desc()))
        .select((audit_stretch::number, audit_stretch::blocks))
        .first(db)
        .optional())?;
    let (number, blocks) = last.unwrap_or_default();
    Ok(number.saturating_mul(STRETCH).saturating_add(blocks) - 1)
}

impl Wanted {
    /// The blocks of a stretch that may hold an entry with all of this; `None` where a row is missing.
    pub(super) fn among<'r>(&self, row: impl Fn(u32) -> Option<&'r StretchRow>) -> Option<Blocks> {
        let holding = |term: &u32| Some(row(*term)?.holding(*term));
        let number = self.number.map(|(number, _)| {
            let row = row(number)?;
            Some(row.holding(number) | row.unnumbered())
        });
        let each = self.all.iter().map(holding).chain(number);
        let all = each
            .into_iter()
            .try_fold(Blocks::MAX, |bits, one| Some(bits & one?))?;
        let any = self.kinds().iter().map(holding);
        let any = any.into_iter().try_fold(0, |bits, one| Some(bits | one?))?;
        Some(if self.kinds().is_empty() {
            all
        } else {
            all & any
        })
    }

    /// What is asked of rows of stretches. Of the kinds of entries that name numbers there are some in each block: to ask for them,
    /// too, would be in vain.
    pub(super) fn asked(&self) -> impl Iterator<Item = u32> {
        let number = self.number.map(|(number, _)| number);
        let all = self.all.iter().chain(self.kinds()).copied();
        all.chain(number)
    }

    fn kinds(&self) -> &[u32] {
        if self.number.is_some() {
            &[]
        } else {
            &self.any
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::SecretBox;

    use super::*;

    fn sealer() -> Sealer {
        Sealer::new(&SecretBox::new(Box::new([3; 32])))
    }

    /// Few, so that blocks share some; first and last of a part among them.
    fn term() -> impl Strategy<Value = u32> {
        prop_oneof![
            (0..3_u32, 0..4_u32).prop_map(|(part, rest)| (part << 24) | rest),
            (0..3_u32).prop_map(|part| (part << 24) | 0x00ff_ffff),
            Just(u32::MAX),
            Just(Term::Numbered.hash()),
        ]
    }

    fn block() -> impl Strategy<Value = Block> {
        let terms = prop::collection::btree_set(term(), 0..6);
        (terms, 0..100_i64, 0..9_i64).prop_map(|(terms, from, more)| Block {
            times: Some((from, from + more)),
            terms: terms.into_iter().collect(),
            ..Block::default()
        })
    }

    fn wanted() -> impl Strategy<Value = Wanted> {
        let some = || prop::collection::vec(term(), 0..3);
        let number = prop::option::of(term());
        (some(), some(), number).prop_map(|(all, any, number)| Wanted {
            all,
            any,
            number: number.map(|number| (number, Term::Numbered.hash())),
        })
    }

    proptest! {
        /// Rows of a stretch say of its blocks what they say themselves, but for the kinds of entries that name numbers.
        #[test]
        fn rows_say_what_the_blocks_say(
            blocks in prop::collection::vec(block(), 1..=64),
            mut wanted in wanted(),
        ) {
            let rows = rows(7, &blocks, &sealer());
            let told = wanted.among(|term| rows.iter().find(|row| row.part == part(term)));
            if wanted.number.is_some() {
                wanted.any.clear();
            }
            let count = i64::try_from(blocks.len()).unwrap();
            prop_assert!(rows.iter().all(|row| row.blocks == count));
            let hold = (0..).zip(&blocks).filter(|(_, block)| block.may_hold(&wanted, None, None));
            let hold = hold.fold(0, |bits, (index, _)| bits | bit(index));
            let here = Blocks::MAX >> (64 - count);
            prop_assert_eq!(told.map(|told| told & here), Some(hold));
        }

        /// Where a stretch is not wholly in time or out of it, its blocks are asked.
        #[test]
        fn rows_say_what_is_in_time(
            blocks in prop::collection::vec(block(), 64),
            from in prop::option::of(-9..120_i64),
            to in prop::option::of(-9..120_i64),
        ) {
            let (from, to) = (from.map(Timestamp::from_micros), to.map(Timestamp::from_micros));
            let nothing = Wanted { all: Vec::new(), any: Vec::new(), number: None };
            let mut may = blocks.iter().map(|block| block.may_hold(&nothing, from, to));
            match rows(7, &blocks, &sealer())[0].in_time(from, to) {
                Some(true) => prop_assert!(may.all(|one| one)),
                Some(false) => prop_assert!(!may.any(|one| one)),
                None => {}
            }
        }
    }

    #[test]
    fn a_seal_is_over_all_that_a_row_says() {
        let row = rows(7, &vec![Block::default(); 64], &sealer()).remove(3);
        let changes: [fn(&mut StretchRow); 8] = [
            |_| (),
            |row| row.number += 1,
            |row| row.part += 1,
            |row| row.blocks -= 1,
            |row| row.from_at += 1,
            |row| row.to_at += 1,
            |row| row.unnumbered = 0,
            |row| row.places = vec![0; 4],
        ];
        for (change, index) in changes.into_iter().zip(0..) {
            let mut other = row.clone();
            change(&mut other);
            assert_eq!(other.is_sealed(&sealer()), index == 0, "{index}");
        }
    }

    #[test]
    fn a_stretch_has_a_bit_for_each_block() {
        assert_eq!(STRETCH, i64::from(Blocks::BITS));
    }

    #[test]
    fn a_row_that_is_missing_says_nothing() {
        let wanted = Wanted {
            all: vec![5],
            any: Vec::new(),
            number: None,
        };
        assert_eq!(wanted.among(|_| None), None);
    }
}
