//! Holds summaries against the entries that they are of.

use diesel::prelude::*;

use super::block::{Block, row, times};
use super::build::{numbers_of, summary};
use super::stretch::{StretchRow, part, stored};
use super::term::Term;
use super::{SPAN, STRETCH};
use crate::connection::Db;
use crate::verify::StoredRow;

/// Summaries that do not say what is in the log, whose entries are as they were written.
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
    /// Rows of either that are of no entries, since the log has only so many full blocks.
    #[error("there are summaries of entries from {first} on that are not there, as after an older copy of the log was put back: \
             delete the rows of audit_block from number {full} on, and those of audit_stretch from number {stretch} on",
            first = .0 * SPAN, full = .0, stretch = .0 / STRETCH)]
    Absent(i64),
}

/// Summaries that are held against the entries, which are read from the first on, a block at a time.
pub(crate) struct Summaries {
    /// The last block that had a row at the beginning: a server at work may write more meanwhile, after their entries were read.
    last: i64,
    /// The last block that rows of stretches told of then.
    last_told: i64,
    /// The blocks of the present stretch so far.
    found: Vec<Content>,
    /// What was found first.
    fault: Option<Misleading>,
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
            found: Vec::new(),
            fault: None,
        })
    }

    /// Holds the summaries of a block against its entries.
    pub(crate) fn take(&mut self, db: &mut Db, entries: &[StoredRow]) -> QueryResult<()> {
        let first = entries.first().map(|one| one.sequence);
        let Some(first) = first.filter(|_| self.fault.is_none()) else {
            return Ok(());
        };
        let number = first / SPAN;
        let found = Content {
            block: summary(entries, &[]),
            numbers: numbers_of(db, entries)?.read,
        };
        let told = row(db, number)?.filter(|_| number <= self.last);
        if told.is_some_and(|told| !found.is_told_by(&told.content())) {
            self.fault = Some(Misleading::Block(number));
        }
        self.found.push(found);
        if (number + 1) % STRETCH == 0 {
            self.judge(db, number / STRETCH)?;
        }
        Ok(())
    }

    /// The first summary that does not say what is in its entries, once all that there are were taken: of those that are not there,
    /// too, since what is written in their place later would be hidden.
    ///
    /// Only where head, checkpoints and tiles agree with the entries is it the summary's fault.
    pub(crate) fn finish(
        mut self,
        db: &mut Db,
        entries: u64,
    ) -> QueryResult<Result<(), Misleading>> {
        let full = i64::try_from(entries).unwrap_or(i64::MAX) / SPAN;
        self.judge(db, full / STRETCH)?;
        let absent = self.last.max(self.last_told) >= full;
        let absent = absent.then_some(Misleading::Absent(full));
        Ok(self.fault.or(absent).map_or(Ok(()), Err))
    }

    /// Holds the rows of the present stretch, which has this number, against those of its blocks that were read.
    fn judge(&mut self, db: &mut Db, number: i64) -> QueryResult<()> {
        let blocks = std::mem::take(&mut self.found);
        // They may be of later blocks, too, whose entries were written meanwhile.
        if !stored(db, number)?.iter().all(|row| tells(row, &blocks)) {
            self.fault.get_or_insert(Misleading::Stretch(number));
        }
        Ok(())
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
