//! Looks over the stretches that a search comes to next.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use super::STRETCH;
use super::stretch::{Blocks, StretchRow, load, part};
use super::term::Wanted;
use crate::connection::Db;
use crate::read::AuditFilter;
use crate::seal::Sealer;

/// Rows of stretches that a search comes to, read for some stretches at once: for one at first, since what is not rare is
/// found in the first ones.
pub(super) struct Ahead {
    /// The rows that are asked for.
    parts: Vec<i64>,
    rows: HashMap<(i64, i64), StretchRow>,
    /// How far it was looked: the stretches from here on are not read yet.
    next: Option<i64>,
    /// Stretches of the next look.
    width: i64,
}

/// By how much a look is wider than the one before.
const WIDER: i64 = 8;

impl Ahead {
    pub(super) fn new(filter: &AuditFilter, wanted: &Wanted) -> Self {
        let mut parts: BTreeSet<i64> = wanted.asked().map(part).collect();
        if parts.is_empty() && (filter.from.is_some() || filter.to.is_some()) {
            parts.insert(0); // each row has the times
        }
        Self {
            parts: parts.into_iter().collect(),
            rows: HashMap::new(),
            next: None,
            width: 1,
        }
    }

    /// The blocks of a stretch that may hold what is wanted; `None` where only they themselves can tell. Stretches have to be asked
    /// for in the order of the search.
    pub(super) fn blocks(
        &mut self,
        (db, sealer): (&mut Db, &Sealer),
        (filter, wanted): (&AuditFilter, &Wanted),
        number: i64,
    ) -> QueryResult<Option<Blocks>> {
        let Some(first) = self.parts.first().copied() else {
            return Ok(None);
        };
        let descends = filter.before.is_some();
        let passed = |next: i64| {
            if descends {
                number <= next
            } else {
                number >= next
            }
        };
        if self.next.is_none_or(passed) {
            self.look((db, sealer), number, descends)?;
        }
        let row = |part: i64| self.rows.get(&(number, part));
        let in_time = row(first).and_then(|row| row.in_time(filter.from, filter.to));
        Ok(match in_time {
            Some(true) => wanted.among(|term| row(part(term))),
            Some(false) => Some(0),
            None => None,
        })
    }

    fn look(
        &mut self,
        (db, sealer): (&mut Db, &Sealer),
        number: i64,
        descends: bool,
    ) -> QueryResult<()> {
        let step = if descends { -1 } else { 1 };
        let numbers: Vec<i64> = (0..self.width).map(|index| number + step * index).collect();
        let rows = load(db, sealer, &numbers, &self.parts)?;
        self.rows = rows
            .into_iter()
            .map(|row| ((row.number, row.part), row))
            .collect();
        self.next = Some(number + step * self.width);
        self.width = (self.width * WIDER).min(STRETCH);
        Ok(())
    }
}
