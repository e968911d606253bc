//! Looks over the stretches that a search comes to next.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use super::STRETCH;
use super::stretch::{Blocks, StretchRow, part};
use super::term::Wanted;
use crate::read::AuditFilter;

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

/// What is known of a stretch without a look at its blocks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Those that may hold what is wanted.
    pub(super) blocks: Blocks,
    /// Of how many that is said: of the first ones.
    pub(super) of: i64,
}

/// By how much a look is wider than the one before.
const WIDER: i64 = 32;

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

    /// What rows tell of a stretch; `None` where only its blocks themselves can tell. Stretches have to be asked for in the order of
    /// the search; `read` gives rows of some stretches and parts.
    pub(super) fn blocks(
        &mut self,
        (filter, wanted): (&AuditFilter, &Wanted),
        number: i64,
        read: impl FnOnce(&[i64], &[i64]) -> QueryResult<Vec<StretchRow>>,
    ) -> QueryResult<Option<Told>> {
        let Some(first) = self.parts.first().copied() else {
            return Ok(None);
        };
        let step = if filter.before.is_some() { -1 } else { 1 };
        if self.next.is_none_or(|next| (number - next) * step >= 0) {
            let numbers: Vec<i64> = (0..self.width).map(|index| number + step * index).collect();
            self.keep(read(&numbers, &self.parts)?);
            self.next = Some(number + step * self.width);
            self.width = (self.width * WIDER).min(STRETCH);
        }
        let row = |part: i64| self.rows.get(&(number, part));
        // They may tell of more and of less while a server makes them anew.
        let told = self.parts.iter().map(|part| Some(row(*part)?.blocks));
        let told = told.min().flatten();
        let in_time = row(first).and_then(|row| row.in_time(filter.from, filter.to));
        let blocks = match in_time {
            Some(true) => wanted.among(|term| row(part(term))),
            Some(false) => Some(0),
            None => None,
        };
        Ok(told.zip(blocks).map(|(of, blocks)| Told { blocks, of }))
    }

    fn keep(&mut self, rows: Vec<StretchRow>) {
        let placed = rows.into_iter().map(|row| ((row.number, row.part), row));
        self.rows = placed.collect();
    }
}

#[cfg(test)]
mod tests {
    use kyso_core::Timestamp;
    use secrecy::SecretBox;

    use super::super::block::Block;
    use super::super::stretch::rows;
    use super::super::term::wanted;
    use super::*;

    const STRETCHES: i64 = 200;

    fn whole(blocks: Blocks) -> Told {
        Told {
            blocks,
            of: STRETCH,
        }
    }

    /// The rows of a stretch in which the block of its own number (of 64) has the term of an outcome, and the next one none.
    fn stretch(number: i64, term: u32) -> Vec<StretchRow> {
        let block = |index: i64| Block {
            times: Some((number, number)),
            terms: if index == number % 64 {
                vec![term]
            } else {
                Vec::new()
            },
            ..Block::default()
        };
        let blocks: Vec<Block> = (0..64).map(block).collect();
        rows(
            number,
            &blocks,
            &crate::seal::Sealer::new(&SecretBox::new(Box::new([3; 32]))),
        )
    }

    /// All stretches in the order of the search, and how wide each look was.
    fn searched(filter: &AuditFilter) -> (Vec<Option<Told>>, Vec<usize>) {
        let wanted = wanted(filter);
        let term = wanted.asked().next().unwrap_or_default();
        let (mut ahead, mut looks) = (Ahead::new(filter, &wanted), Vec::new());
        let mut numbers: Vec<i64> = (0..STRETCHES).collect();
        if filter.before.is_some() {
            numbers.reverse();
        }
        let told = numbers.iter().map(|number| {
            let told = ahead.blocks((filter, &wanted), *number, |numbers, parts| {
                looks.push(numbers.len());
                let there = numbers
                    .iter()
                    .filter(|number| (0..STRETCHES).contains(*number));
                let rows = there.flat_map(|number| stretch(*number, term));
                Ok(rows.filter(|row| parts.contains(&row.part)).collect())
            });
            told.unwrap()
        });
        (told.collect(), looks)
    }

    #[test]
    fn each_stretch_is_told_of_after_few_looks() {
        for before in [None, Some(i64::MAX)] {
            let filter = AuditFilter {
                outcome: Some("refused".to_owned()),
                before,
                ..AuditFilter::default()
            };
            let (mut told, looks) = searched(&filter);
            if before.is_some() {
                told.reverse();
            }
            let expected: Vec<_> = (0..STRETCHES)
                .map(|one| Some(whole(1 << (one % 64))))
                .collect();
            assert_eq!(told, expected);
            assert_eq!(looks, [1, 32, 64, 64, 64]);
        }
    }

    #[test]
    fn a_time_is_looked_for_without_a_term() {
        let filter = AuditFilter {
            from: Some(Timestamp::from_micros(50)),
            to: Some(Timestamp::from_micros(60)),
            ..AuditFilter::default()
        };
        let (told, _) = searched(&filter);
        for (number, told) in (0..).zip(told) {
            let inside = (50..60).contains(&number);
            let blocks = if inside { Blocks::MAX } else { 0 };
            assert_eq!(told, Some(whole(blocks)), "{number}");
        }
    }

    #[test]
    fn no_more_is_told_than_each_row_tells() {
        let filter = AuditFilter {
            actor: Some(kyso_core::id::PersonId::from_bytes([7; 16])),
            outcome: Some("refused".to_owned()),
            ..AuditFilter::default()
        };
        let wanted = wanted(&filter);
        let parts: Vec<i64> = wanted.asked().map(part).collect();
        for (first, last, of) in [(40, 64, 40), (64, 40, 40), (24, 24, 24)] {
            let mut rows = stretch(0, 5);
            rows.retain(|row| parts.contains(&row.part));
            rows[0].blocks = first;
            rows[1].blocks = last;
            let told = Ahead::new(&filter, &wanted).blocks((&filter, &wanted), 0, |_, _| Ok(rows));
            assert_eq!(told.unwrap().map(|told| told.of), Some(of));
        }
    }

    #[test]
    fn nothing_is_looked_for_where_nothing_is_wanted() {
        let (told, looks) = searched(&AuditFilter::default());
        assert!(told.iter().all(Option::is_none) && looks.is_empty());
    }
}
