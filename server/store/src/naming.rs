//! The numbers of documents that entries name: what the server read in a file, and what systems say of a document.
//!
//! The first stand in the entry. The second are erasable text, of which it holds salted hashes: what was erased names no
//! number any more.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use kyso_core::Timestamp;
use kyso_core::ground::day;
use kyso_core::request::DocumentFacts;
use kyso_core::series::Series;
use kyso_evidence::entry::Fact;
use kyso_evidence::{Entry, Event};

use crate::connection::Db;
use crate::dialect::on_each;
use crate::openings::{self, Opened};
use crate::tables::audit_opening;

/// Entries that name documents. An outcome names its intent, and does not say again what that says.
pub(crate) const EVENTS: [Event; 3] = [
    Event::ApprovalSubmitted,
    Event::SignatureIntent,
    Event::SignatureRefused,
];

/// The number of a document as an entry has it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) number: u32,
    /// None where nothing names one, or what did was erased.
    pub(crate) series: Option<Series>,
    /// Of what systems say: the year of the entry in Vietnam.
    pub(crate) year: Option<u32>,
}

/// What opens these entries, by their places.
pub(crate) fn packed(db: &mut Db, sequences: &[i64]) -> QueryResult<HashMap<i64, String>> {
    let rows: Vec<(i64, String)> = on_each!(db, db => audit_opening::table
        .filter(audit_opening::sequence.eq_any(sequences))
        .select((audit_opening::sequence, audit_opening::openings))
        .load(db))?;
    Ok(rows.into_iter().collect())
}

/// What an entry says of documents, as far as it can be read.
pub(crate) struct Told {
    pub(crate) numbers: Vec<Named>,
    /// Whether all of it could be read: nothing was erased or changed.
    pub(crate) whole: bool,
}

impl Told {
    /// What these bytes say, with what is stored to open them.
    pub(crate) fn by(bytes: &[u8], packed: Option<&String>) -> Self {
        let opened = packed.map(|packed| openings::open(bytes, packed));
        let Opened { values, .. } = opened.unwrap_or_default();
        let Ok(entry) = Entry::parse(bytes) else {
            return Self {
                numbers: Vec::new(),
                whole: false,
            };
        };
        let year = Timestamp::read(&entry.time).and_then(day);
        let year = year.and_then(|day| u32::try_from(day.year()).ok());
        let documents = entry.commitments.keys().filter(|name| is_document(name));
        let whole = documents.clone().all(|name| values.contains_key(name));
        let said = documents.filter_map(|name| said(values.get(name)?, year));
        let read = read(&entry, &values);
        Self {
            numbers: read.into_iter().chain(said).collect(),
            whole,
        }
    }
}

fn is_document(commitment: &str) -> bool {
    commitment.starts_with("document_")
}

/// What the server read in the file that was to be sealed: the number, and the year of its date, or that which an
/// appendix names.
fn read(entry: &Entry, values: &BTreeMap<String, Vec<u8>>) -> Option<Named> {
    let Some(Fact::Integer(number)) = entry.data.get("number") else {
        return None;
    };
    let year = match (entry.data.get("date"), entry.data.get("year")) {
        (Some(Fact::Text(date)), _) => date.split('-').next().and_then(|year| year.parse().ok()),
        (_, Some(Fact::Integer(year))) => u32::try_from(*year).ok(),
        _ => None,
    };
    let series = values.get("series").cloned();
    let series = series.and_then(|text| String::from_utf8(text).ok());
    Some(Named {
        number: u32::try_from(*number).ok()?,
        series: series.and_then(|text| Series::new(&text)),
        year,
    })
}

/// What a system says of a document: number and symbol, apart or as they are written together (`12/QĐ-UBND`).
fn said(value: &[u8], year: Option<u32>) -> Option<Named> {
    let facts: DocumentFacts = serde_json::from_slice(value).ok()?;
    let symbol = facts.symbol.as_deref();
    let ((number, own), symbol) = match (&facts.number, symbol.and_then(together)) {
        (Some(text), Some((_, rest))) => (numbered(text)?, Some(rest)),
        (Some(text), None) => (numbered(text)?, symbol),
        (None, whole) => (whole.map(|(number, rest)| (number, Some(rest)))?, None),
    };
    Some(Named {
        number,
        series: symbol.or(own).and_then(Series::new),
        year,
    })
}

fn numbered(text: &str) -> Option<(u32, Option<&str>)> {
    let apart = digits(text).map(|number| (number, None));
    apart.or_else(|| together(text).map(|(number, rest)| (number, Some(rest))))
}

fn together(text: &str) -> Option<(u32, &str)> {
    let (number, rest) = text.split_once('/')?;
    Some((digits(number)?, rest))
}

fn digits(text: &str) -> Option<u32> {
    let text = text.trim();
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(number: Option<&str>, symbol: Option<&str>) -> Option<(u32, Option<String>)> {
        let facts = DocumentFacts {
            number: number.map(str::to_owned),
            symbol: symbol.map(str::to_owned),
            ..DocumentFacts::default()
        };
        let named = said(&facts.canonical(), Some(2026))?;
        assert_eq!(named.year, Some(2026));
        let series = named.series.map(|series| series.key().to_owned());
        Some((named.number, series))
    }

    #[test]
    fn a_number_is_read_however_it_is_written() {
        let whole = Some((12, Some("QĐ-UBND".to_owned())));
        for (number, symbol) in [
            (Some("12"), Some("QĐ-UBND")),
            (Some(" 012 "), Some("qđ-ubnd")),
            (Some("12/QĐ-UBND"), None),
            (Some("12/QĐ-UBND"), Some("QĐ-UBND")),
            (Some("12"), Some("12/QĐ-UBND")),
            (None, Some("12/QĐ-UBND")),
        ] {
            assert_eq!(named(number, symbol), whole, "{number:?} {symbol:?}");
        }
        assert_eq!(named(Some("12"), None), Some((12, None)));
        assert_eq!(named(Some("12"), Some("СV")), Some((12, None)), "Cyrillic");
    }

    #[test]
    fn what_is_no_number_names_none() {
        for (number, symbol) in [
            (None, None),
            (None, Some("QĐ-UBND")),
            (None, Some("12")),
            (Some(""), Some("QĐ-UBND")),
            (Some("mười hai"), Some("12/QĐ-UBND")),
            (Some("12a"), None),
            (Some("-12"), None),
            (Some("+12"), None),
            (Some("١٢"), None),
            (Some("99999999999"), None),
        ] {
            assert_eq!(named(number, symbol), None, "{number:?} {symbol:?}");
        }
        assert_eq!(said(b"no facts", None), None);
    }
}
