//! Finds entries: only those blocks are read that may hold some.

use std::ops::Range;

use super::ahead::Ahead;
use super::block::{Block, load};
use super::build::range;
use super::figures::size;
use super::stretch;
use super::term::{Wanted, wanted};
use super::{SPAN, STRETCH};
use crate::connection::Db;
use crate::error::StoreError;
use crate::read::{AuditFilter, Stored, entries};
use crate::seal::Sealer;

/// Most blocks whose entries are read for one page, so that a search for what is in many blocks and
/// nowhere together ends in time too. The page is short then, and says from where to go on.
const MOST_READ: i64 = 32;

/// Entries in the order that was asked for, and from where the next page goes on.
pub(crate) struct Found {
    pub(crate) entries: Vec<Stored>,
    pub(crate) next: Option<i64>,
}

/// A search under way.
struct Search<'a> {
    filter: &'a AuditFilter,
    wanted: Wanted,
    ahead: Ahead,
    limit: usize,
    found: Vec<Stored>,
    /// Blocks that may still be read.
    left: i64,
}

/// Finds the first `limit` entries that fit.
pub(crate) fn find(
    db: &mut Db,
    sealer: &Sealer,
    filter: &AuditFilter,
    limit: usize,
) -> Result<Found, StoreError> {
    let wanted = wanted(filter);
    let mut search = Search {
        filter,
        ahead: Ahead::new(filter, &wanted),
        wanted,
        limit,
        found: Vec::new(),
        left: MOST_READ,
    };
    let mut rest = bounds(filter, size(db)?);
    while !rest.is_empty() {
        let (stretch, after) = search.split(&rest);
        if let Some(next) = search.stretch(db, sealer, stretch)? {
            return Ok(search.end(Some(next)));
        }
        rest = after;
    }
    Ok(search.end(None))
}

/// The entries that the filter leaves by their place alone.
fn bounds(filter: &AuditFilter, size: i64) -> Range<i64> {
    let from = filter
        .after
        .map_or(0, |after| after.saturating_add(1).max(0));
    let to = filter.before.unwrap_or(size).min(size);
    from..to.max(from)
}

impl Search<'_> {
    const fn descends(&self) -> bool {
        self.filter.before.is_some()
    }

    /// The next stretch in the order of the search, and what is left after it. Stretches lie where
    /// those of [`load`] do.
    fn split(&self, rest: &Range<i64>) -> (Range<i64>, Range<i64>) {
        let width = SPAN.saturating_mul(STRETCH);
        if self.descends() {
            let edge = (rest.end - 1) / width * width;
            let edge = edge.max(rest.start);
            (edge..rest.end, rest.start..edge)
        } else {
            let edge = (rest.start / width).saturating_add(1).saturating_mul(width);
            let edge = edge.min(rest.end);
            (rest.start..edge, edge..rest.end)
        }
    }

    /// Reads what may fit in a stretch; gives where the next page begins if this one is complete.
    fn stretch(
        &mut self,
        db: &mut Db,
        sealer: &Sealer,
        stretch: Range<i64>,
    ) -> Result<Option<i64>, StoreError> {
        let mut runs = self.candidates(db, sealer, &stretch)?;
        if self.descends() {
            runs.reverse();
        }
        for run in runs {
            let readable = self.clip(&run);
            if readable.is_empty() {
                return Ok(Some(self.edge(&run)));
            }
            let wanted = self.limit + 1 - self.found.len();
            self.found
                .extend(entries(db, self.filter, &readable, wanted)?);
            let read = touched(&readable);
            self.left -= read.end - read.start;
            if self.found.len() > self.limit {
                self.found.truncate(self.limit);
                return Ok(self.found.last().map(|(sequence, ..)| *sequence));
            }
            if readable != run {
                return Ok(Some(self.far_edge(&readable)));
            }
        }
        Ok(None)
    }

    /// The entries of a stretch whose blocks may hold what is wanted.
    fn candidates(
        &mut self,
        db: &mut Db,
        sealer: &Sealer,
        stretch: &Range<i64>,
    ) -> Result<Vec<Range<i64>>, StoreError> {
        let number = stretch.start / SPAN / STRETCH;
        let asked = (self.filter, &self.wanted);
        let read = |numbers: &[i64], parts: &[i64]| stretch::load(db, sealer, numbers, parts);
        let told = self.ahead.blocks(asked, number, read)?.unwrap_or_default();
        let (first, blocks) = (number * STRETCH, touched(stretch));
        let untold = blocks.start.max(first + told.of)..blocks.end;
        let rows = load(db, sealer, untold.clone())?;
        let (from, to) = (self.filter.from, self.filter.to);
        let may_hold = |block: &Block| block.may_hold(&self.wanted, from, to);
        Ok(runs(stretch, |block| {
            if untold.contains(&block) {
                rows.get(&block).is_none_or(may_hold)
            } else {
                told.blocks >> (block - first) & 1 == 1
            }
        }))
    }

    /// As much of a run as may still be read, from the side where the search comes from.
    fn clip(&self, run: &Range<i64>) -> Range<i64> {
        let most = self.left.max(0).saturating_mul(SPAN);
        if self.descends() {
            run.start.max(run.end.saturating_sub(most))..run.end
        } else {
            run.start..run.end.min(run.start.saturating_add(most))
        }
    }

    /// `before` or `after` of a page that begins with this range.
    const fn edge(&self, range: &Range<i64>) -> i64 {
        if self.descends() {
            range.end
        } else {
            range.start - 1
        }
    }

    /// `before` or `after` of a page that begins behind this range.
    const fn far_edge(&self, range: &Range<i64>) -> i64 {
        if self.descends() {
            range.start
        } else {
            range.end - 1
        }
    }

    fn end(self, next: Option<i64>) -> Found {
        Found {
            entries: self.found,
            next,
        }
    }
}

/// The entries of those blocks of a stretch that are here, neighbours together, ascending.
fn runs(stretch: &Range<i64>, is_here: impl Fn(i64) -> bool) -> Vec<Range<i64>> {
    let mut runs: Vec<Range<i64>> = Vec::new();
    for number in touched(stretch).filter(|number| is_here(*number)) {
        let here = range(number);
        let here = here.start.max(stretch.start)..here.end.min(stretch.end);
        match runs.last_mut() {
            Some(last) if last.end == here.start => last.end = here.end,
            _ => runs.push(here),
        }
    }
    runs
}

/// The blocks that a range of entries touches.
const fn touched(range: &Range<i64>) -> Range<i64> {
    range.start / SPAN..range.end.saturating_add(SPAN - 1) / SPAN
}
