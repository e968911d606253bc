//! Intents about the document with a number.
//!
//! The entries hold the number and the year, and of the series only a salted hash. So a search for a series opens that
//! hash: what was erased is not found any more, although the register of numbers still has it.

use diesel::prelude::*;
use kyso_core::series::Series;
use kyso_evidence::entry::Fact;
use kyso_evidence::{Entry, Event};

use super::audit::{AuditFilter, Stored, packed};
use super::signatures::read;
use crate::blocks::{self, Found};
use crate::connection::{Db, MultiBackend};
use crate::error::StoreError;
use crate::openings;
use crate::seal::Sealer;
use crate::tables::document_number;

/// Entries that are read at once, and how often at most for one page.
const AT_ONCE: usize = 256;
const ROUNDS: usize = 16;

/// A number of an outgoing document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentNumber {
    /// The number.
    pub number: u32,
    /// Its series; any where it is absent.
    pub series: Option<Series>,
    /// Its year; any where it is absent.
    pub year: Option<u32>,
}

/// Finds the first intents that name this number; nothing where no document ever had it.
pub(super) fn find(
    db: &mut Db,
    sealer: &Sealer,
    filter: &AuditFilter,
    number: &DocumentNumber,
    limit: usize,
) -> Result<Found, StoreError> {
    let mut page = Found {
        entries: Vec::new(),
        next: None,
    };
    let intents = [None, Some(Event::SignatureIntent.name())];
    let (Some(first), true) = (
        first_intent(db, number)?,
        intents.contains(&filter.event.as_deref()),
    ) else {
        return Ok(page);
    };
    let mut rest = AuditFilter {
        event: Some(Event::SignatureIntent.name().to_owned()),
        after: filter.after.max(Some(first - 1)),
        ..filter.clone()
    };
    for _ in 0..ROUNDS {
        let found = blocks::find(db, sealer, &rest, AT_ONCE)?;
        for stored in fitting(db, found.entries, number)? {
            page.next = Some(stored.0);
            page.entries.push(stored);
            if page.entries.len() >= limit {
                return Ok(page);
            }
        }
        page.next = found.next;
        match (found.next, rest.before.is_some()) {
            (None, _) => break,
            (next, true) => rest.before = next,
            (next, false) => rest.after = next,
        }
    }
    Ok(page)
}

/// The oldest intent that kept the number: nothing about the document stands before it.
fn first_intent(db: &mut Db, asked: &DocumentNumber) -> QueryResult<Option<i64>> {
    let mut query = document_number::table
        .filter(document_number::number.eq(i64::from(asked.number)))
        .select(diesel::dsl::min(document_number::sequence))
        .into_boxed::<MultiBackend>();
    if let Some(year) = asked.year {
        query = query.filter(document_number::year.eq(i64::from(year)));
    }
    if let Some(series) = &asked.series {
        query = query.filter(document_number::series.eq(series.key().to_owned()));
    }
    query.first(db)
}

/// Those that name the number, with the series if that is asked for.
fn fitting(
    db: &mut Db,
    mut entries: Vec<Stored>,
    asked: &DocumentNumber,
) -> Result<Vec<Stored>, StoreError> {
    entries.retain(|stored| read(stored).is_some_and(|entry| names(&entry, asked)));
    let Some(series) = &asked.series else {
        return Ok(entries);
    };
    let mut opened = packed(db, entries.iter().map(|(sequence, ..)| *sequence).collect())?;
    entries.retain(|(sequence, entry, _)| {
        let packed = opened.remove(sequence);
        let values = packed.map(|packed| openings::open(entry, &packed).values);
        let text = values.and_then(|mut values| String::from_utf8(values.remove("series")?).ok());
        let shown = text.and_then(|text| Series::new(&text));
        shown.is_some_and(|shown| shown.key() == series.key())
    });
    Ok(entries)
}

/// Whether the entry has this number and year: that of its date, or that which an appendix names.
fn names(entry: &Entry, asked: &DocumentNumber) -> bool {
    let number = Fact::Integer(i64::from(asked.number));
    let year = match (entry.data.get("date"), entry.data.get("year")) {
        (Some(Fact::Text(date)), _) => date.split('-').next().and_then(|year| year.parse().ok()),
        (_, Some(Fact::Integer(year))) => u32::try_from(*year).ok(),
        _ => None,
    };
    entry.data.get("number") == Some(&number)
        && asked.year.is_none_or(|wanted| year == Some(wanted))
}
