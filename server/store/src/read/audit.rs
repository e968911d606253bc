//! The audit log, page by page.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use diesel::prelude::*;
use diesel::sql_types::Bool;
use kyso_core::Timestamp;
use kyso_core::id::{AgencyId, ClientId, CredentialId, PersonId, RequestId};
use kyso_evidence::Event;

use super::numbered::{self, DocumentNumber};
use crate::blocks;
use crate::connection::{Db, MultiBackend};
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::openings;
use crate::seal::Sealer;
use crate::tables::{audit_entry, audit_opening};

/// Which entries; each member that is there must fit.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only entries after this sequence: the last of the page before.
    pub after: Option<i64>,
    /// The youngest first, and of these only such as come before this sequence; `None` is the
    /// oldest first.
    pub before: Option<i64>,
    /// Name of the event.
    pub event: Option<String>,
    /// Any of these events; without one, any that there is.
    pub events: Vec<Event>,
    /// The person who acted.
    pub actor: Option<PersonId>,
    /// The credential concerned.
    pub credential: Option<CredentialId>,
    /// The agency concerned.
    pub agency: Option<AgencyId>,
    /// The system that called.
    pub client: Option<ClientId>,
    /// The request.
    pub request: Option<RequestId>,
    /// Name of the outcome.
    pub outcome: Option<String>,
    /// Only entries about the document with this number.
    pub number: Option<DocumentNumber>,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
}

/// One entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its place in the log.
    pub sequence: i64,
    /// The bytes that were hashed: RFC 8785 JSON.
    pub entry: Vec<u8>,
    /// Their RFC 6962 leaf hash.
    pub leaf: Vec<u8>,
    /// Field to value, for the commitments whose opening was not erased.
    pub openings: BTreeMap<String, Vec<u8>>,
    /// Fields whose stored opening is not what the entry commits to: somebody changed it.
    pub tampered: Vec<String>,
}

/// A page of entries, in the order that the filter asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// The entries.
    pub rows: Vec<AuditRow>,
    /// `after` of the next page, or `before` where that is asked for; `None` on the last.
    pub next: Option<i64>,
}

type Filter = Box<dyn BoxableExpression<audit_entry::table, MultiBackend, SqlType = Bool>>;

/// Reads a page of at most `limit` entries. It may be short although more follow: a search stops once it
/// has read much in vain, and `next` says from where it goes on.
///
/// # Errors
/// If the database fails.
pub fn audit_page(
    db: &mut Db,
    sealer: &Sealer,
    filter: &AuditFilter,
    limit: u16,
) -> Result<AuditPage, StoreError> {
    let limit = usize::from(limit.max(1));
    let found = match &filter.number {
        Some(number) => numbered::find(db, sealer, filter, number, limit)?,
        None => blocks::find(db, sealer, filter, limit)?,
    };
    let sequences = found.entries.iter().map(|(sequence, ..)| *sequence);
    let mut stored = packed(db, sequences.collect())?;
    let rows = found.entries.into_iter().map(|(sequence, entry, leaf)| {
        let packed = stored.remove(&sequence);
        let opened = packed.map(|packed| openings::open(&entry, &packed));
        let opened = opened.unwrap_or_default();
        AuditRow {
            sequence,
            entry,
            leaf,
            openings: opened.values,
            tampered: opened.tampered,
        }
    });
    Ok(AuditPage {
        rows: rows.collect(),
        next: found.next,
    })
}

/// Sequence, bytes, leaf hash.
pub(crate) type Stored = (i64, Vec<u8>, Vec<u8>);

/// The first entries of this range that fit, in the order that the filter asks for.
pub(crate) fn entries(
    db: &mut Db,
    filter: &AuditFilter,
    range: &Range<i64>,
    limit: usize,
) -> Result<Vec<Stored>, StoreError> {
    let mut query = audit_entry::table
        .filter(audit_entry::sequence.ge(range.start))
        .filter(audit_entry::sequence.lt(range.end))
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select((
            audit_entry::sequence,
            audit_entry::entry,
            audit_entry::leaf_hash,
        ))
        .into_boxed::<MultiBackend>();
    query = match filter.before {
        Some(_) => query.order(audit_entry::sequence.desc()),
        None => query.order(audit_entry::sequence.asc()),
    };
    for condition in conditions(filter) {
        query = query.filter(condition);
    }
    Ok(query.load(db)?)
}

fn conditions(filter: &AuditFilter) -> Vec<Filter> {
    use audit_entry as entry;
    let mut all: Vec<Filter> = Vec::new();
    if let Some(event) = &filter.event {
        all.push(Box::new(entry::event.eq(event.clone())));
    }
    if !filter.events.is_empty() {
        let names = filter.events.iter().map(|event| event.name());
        all.push(Box::new(entry::event.eq_any(names.collect::<Vec<_>>())));
    }
    if let Some(outcome) = &filter.outcome {
        all.push(Box::new(entry::outcome.eq(outcome.clone())));
    }
    if let Some(request) = filter.request {
        all.push(Box::new(entry::request_id.eq(request.as_bytes().to_vec())));
    }
    if let Some(from) = filter.from {
        all.push(Box::new(entry::recorded_at.ge(from.as_micros())));
    }
    if let Some(to) = filter.to {
        all.push(Box::new(entry::recorded_at.lt(to.as_micros())));
    }
    if let Some(id) = filter.actor {
        all.push(Box::new(
            entry::actor_id.eq(id.as_bytes().to_vec()).assume_not_null(),
        ));
    }
    if let Some(id) = filter.credential {
        all.push(Box::new(
            entry::credential_id
                .eq(id.as_bytes().to_vec())
                .assume_not_null(),
        ));
    }
    if let Some(id) = filter.agency {
        all.push(Box::new(
            entry::agency_id
                .eq(id.as_bytes().to_vec())
                .assume_not_null(),
        ));
    }
    if let Some(id) = filter.client {
        all.push(Box::new(
            entry::client_id
                .eq(id.as_bytes().to_vec())
                .assume_not_null(),
        ));
    }
    all
}

/// What is stored to open these entries. One that somebody spoilt opens nothing, and does not hide
/// the page.
pub(super) fn packed(db: &mut Db, sequences: Vec<i64>) -> Result<HashMap<i64, String>, StoreError> {
    let rows: Vec<(i64, String)> = on_each!(db, db => audit_opening::table
        .filter(audit_opening::sequence.eq_any(sequences))
        .select((audit_opening::sequence, audit_opening::openings))
        .load(db))?;
    Ok(rows.into_iter().collect())
}
