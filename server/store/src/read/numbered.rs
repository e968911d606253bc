//! Entries about the document with a number: what was put before a signer, asked to be signed or sealed, or refused.
//!
//! The sealed summaries of the log say where such entries may be. A number that the server read stands in the entry; what
//! systems say, and every series, is a salted hash there, which the search opens: what was erased is not found any more.

use kyso_core::series::Series;
use kyso_evidence::leaf_hash;

use super::audit::{AuditFilter, Stored};
use crate::blocks::{self, Found};
use crate::connection::Db;
use crate::error::StoreError;
use crate::naming::{self, Named, Told};
use crate::seal::Sealer;

/// Entries that are read at once, and how often at most for one page.
const AT_ONCE: usize = 256;
const ROUNDS: usize = 16;

/// A number of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentNumber {
    /// The number.
    pub number: u32,
    /// Its series; any where it is absent.
    pub series: Option<Series>,
    /// Its year; any where it is absent.
    pub year: Option<u32>,
}

/// Finds the first entries that name this number.
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
    let named = |event: &String| naming::EVENTS.iter().any(|one| one.name() == event);
    if !filter.event.as_ref().is_none_or(named) {
        return Ok(page);
    }
    let mut rest = AuditFilter {
        events: naming::EVENTS.to_vec(),
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

/// Those that name the number.
fn fitting(
    db: &mut Db,
    mut entries: Vec<Stored>,
    asked: &DocumentNumber,
) -> Result<Vec<Stored>, StoreError> {
    let sequences: Vec<i64> = entries.iter().map(|(sequence, ..)| *sequence).collect();
    let packed = naming::packed(db, &sequences)?;
    entries.retain(|(sequence, bytes, leaf)| {
        let told = || Told::by(bytes, packed.get(sequence));
        leaf_hash(bytes) == leaf.as_slice() && told().numbers.iter().any(|one| asked.is(one))
    });
    Ok(entries)
}

impl DocumentNumber {
    fn is(&self, named: &Named) -> bool {
        let series = |wanted: &Series| {
            let named = named.series.as_ref();
            named.is_some_and(|named| named.key() == wanted.key())
        };
        named.number == self.number
            && self.series.as_ref().is_none_or(series)
            && self.year.is_none_or(|year| named.year == Some(year))
    }
}
