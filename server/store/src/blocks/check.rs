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
    #[error("the summary of the entries from {first} on does not say what is in them: delete row {number} of audit_block",
            first = .0 * SPAN, number = .0)]
    Block(i64),
    /// Rows of `audit_stretch`, by theirs.
    #[error("the summaries of the entries from {first} on do not say what is in them: delete the rows of number {number} of audit_stretch",
            first = .0 * STRETCH * SPAN, number = .0)]
    Stretch(i64),
}

/// Summaries that are held against the entries, which are read from the first on, a block at a time.
pub(crate) struct Summaries {
    /// The last block that had a row at the beginning: a server at work may write more meanwhile, after their entries were read.
    last: i64,
    /// The last block that rows of stretches told of then.
    last_told: i64,
    /// Blocks that were read and are full.
    full: i64,
    /// The present stretch.
    stretch: i64,
    /// Its blocks so far.
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
        Ok(Self {
            last: super::block::last(db)?,
            last_told: super::stretch::last_told(db)?,
            full: 0,
            stretch: 0,
            found: Vec::new(),
        })
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
        let told = row(db, number)?.filter(|_| number <= self.last);
        if told.is_some_and(|told| !found.is_told_by(&told.content())) {
            return Ok(Err(Misleading::Block(number)));
        }
        self.found.push(found);
        self.full += i64::from(i64::try_from(entries.len()) == Ok(SPAN));
        if (number + 1) % STRETCH == 0 {
            return self.judge(db);
        }
        Ok(Ok(()))
    }

    /// Says after the last entry whether the youngest stretch is told of as it is, and nothing of entries that are not there: what
    /// is written in their place later would be hidden.
    pub(crate) fn finish(mut self, db: &mut Db) -> QueryResult<Result<(), Misleading>> {
        if self.last >= self.full {
            return Ok(Err(Misleading::Block(self.last)));
        }
        if self.last_told >= self.full {
            return Ok(Err(Misleading::Stretch(self.last_told / STRETCH)));
        }
        self.judge(db)
    }

    /// Holds the rows of the present stretch against those of its blocks that were read.
    fn judge(&mut self, db: &mut Db) -> QueryResult<Result<(), Misleading>> {
        let (number, blocks) = (self.stretch, std::mem::take(&mut self.found));
        self.stretch += 1;
        // They may be of later blocks, too, whose entries were written meanwhile.
        let told = stored(db, number)?.iter().all(|row| tells(row, &blocks));
        Ok(told.then_some(()).ok_or(Misleading::Stretch(number)))
    }
}

/// Whether a row of a stretch says what those of its blocks hold of which it tells. Times may be wider than theirs, which hides
/// nothing.
fn tells(row: &StretchRow, blocks: &[Content]) -> bool {
    let of = usize::try_from(row.blocks).unwrap_or(0);
    let (told, here) = (blocks.iter().take(of), row.times());
    let span = times(told.clone().map(|one| &one.block));
    let in_time = span.is_none_or(|(from, to)| here.contains(&from) && here.contains(&to));
    let mut each = (0..).zip(told);
    in_time && each.all(|(index, one)| one.is_placed_by(row, index))
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
