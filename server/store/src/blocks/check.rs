//! Holds summaries against the entries that they are of.

use diesel::prelude::*;

use super::block::{Block, row, times};
use super::build::{numbers_of, summary};
use super::stretch::{StretchRow, part, stored};
use super::term::Term;
use super::{SPAN, STRETCH};
use crate::connection::Db;
use crate::verify::StoredRow;

/// A summary that does not say what is in its entries, which are as they were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misleading {
    /// A row of `audit_block`, by its number.
    #[error("the summary of the entries from {first} on hides what is in them: delete row {number} of audit_block",
            first = .0 * SPAN, number = .0)]
    Block(i64),
    /// Rows of `audit_stretch`, by theirs.
    #[error("the summaries of the entries from {first} on hide what is in them: delete the rows of number {number} of audit_stretch",
            first = .0 * STRETCH * SPAN, number = .0)]
    Stretch(i64),
}

/// Summaries that are held against the entries, which are read from the first on, a block at a time.
pub(crate) struct Summaries {
    /// The last block and the last stretch that had a row at the beginning: a server at work may write more meanwhile, after
    /// their entries were read.
    last: (i64, i64),
    /// The blocks of the present stretch so far.
    found: Vec<Content>,
}

/// What the entries of a block hold.
struct Content {
    /// Without numbers of documents.
    block: Block,
    /// Those that can be read: the others may have been erased since the summary was made.
    numbers: Vec<u32>,
}

impl Summaries {
    /// Those that are there now. The number of entries has to be asked for afterwards.
    pub(crate) fn open(db: &mut Db) -> QueryResult<Self> {
        let last = (super::block::last(db)?, super::stretch::last(db)?);
        let found = Vec::new();
        Ok(Self { last, found })
    }

    /// The first summary that does not say what these entries hold.
    pub(crate) fn take(
        &mut self,
        db: &mut Db,
        entries: &[StoredRow],
    ) -> QueryResult<Result<(), Misleading>> {
        let Some(first) = entries.first().map(|one| one.sequence) else {
            return Ok(Ok(()));
        };
        let number = first / SPAN;
        let found = Content {
            block: summary(entries, &[]),
            numbers: numbers_of(db, entries)?.read,
        };
        let (last, last_stretch) = self.last;
        let told = row(db, number)?.filter(|_| number <= last);
        if told.is_some_and(|told| !found.is_told_by(&told.content())) {
            return Ok(Err(Misleading::Block(number)));
        }
        self.found.push(found);
        if (number + 1) % STRETCH != 0 {
            return Ok(Ok(()));
        }
        let blocks = std::mem::take(&mut self.found);
        let stretch = number / STRETCH;
        let told = stretch > last_stretch || are_told(db, stretch, &blocks)?;
        Ok(told.then_some(()).ok_or(Misleading::Stretch(stretch)))
    }
}

/// Whether all rows of a stretch say what its blocks hold.
fn are_told(db: &mut Db, number: i64, blocks: &[Content]) -> QueryResult<bool> {
    let rows = stored(db, number)?;
    let times = times(blocks.iter().map(|one| &one.block));
    Ok(rows.iter().all(|row| {
        let in_time = Some(row.times().into_inner()) == times;
        in_time
            && (0..)
                .zip(blocks)
                .all(|(index, one)| one.is_placed_by(row, index))
    }))
}

impl Content {
    /// Whether a block with numbers has all there are, and anything else says just what there is.
    fn is_told_by(&self, told: &Block) -> bool {
        let here = |term: &u32| told.terms.binary_search(term).is_ok();
        if !here(&Term::Numbered.hash()) {
            return *told == self.block;
        }
        let rest = |block: &Block| Block {
            terms: Vec::new(),
            ..block.clone()
        };
        self.block.terms.iter().chain(&self.numbers).all(here) && rest(told) == rest(&self.block)
    }

    /// Whether a row of its stretch says of this block whatever it has to say.
    fn is_placed_by(&self, row: &StretchRow, index: u32) -> bool {
        let here = |blocks: u64| blocks >> index & 1 == 1;
        let numbers = self.numbers.iter().filter(|_| !here(row.unnumbered()));
        let terms = self.block.terms.iter().chain(numbers);
        let mut its = terms.filter(|term| part(**term) == row.part);
        its.all(|term| here(row.holding(*term)))
    }
}
