//! The audit log, page by page.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use diesel::sql_types::Bool;
use kyso_core::Timestamp;
use kyso_core::id::{AgencyId, ClientId, CredentialId, PersonId, RequestId};

use crate::connection::{Db, MultiBackend};
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::openings::{self, Opened};
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
    /// Field to whether its opening gives the hash that the entry has, for the same commitments.
    pub fits: BTreeMap<String, bool>,
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

/// Reads a page of at most `limit` entries.
///
/// # Errors
/// If the database fails.
pub fn audit_page(db: &mut Db, filter: &AuditFilter, limit: u16) -> Result<AuditPage, StoreError> {
    let limit = usize::from(limit.max(1));
    let mut found = entries(db, filter, limit + 1)?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = if more {
        found.last().map(|(sequence, ..)| *sequence)
    } else {
        None
    };
    let mut openings = opened(db, found.iter().map(|(sequence, ..)| *sequence).collect())?;
    let rows = found.into_iter().map(|(sequence, entry, leaf)| {
        let opened = openings.remove(&sequence).unwrap_or_default();
        AuditRow {
            sequence,
            fits: fits(&entry, &opened),
            openings: values(opened),
            entry,
            leaf,
        }
    });
    Ok(AuditPage {
        rows: rows.collect(),
        next,
    })
}

/// Sequence, bytes, leaf hash.
type Stored = (i64, Vec<u8>, Vec<u8>);

fn entries(db: &mut Db, filter: &AuditFilter, limit: usize) -> Result<Vec<Stored>, StoreError> {
    let mut query = audit_entry::table
        .filter(audit_entry::sequence.gt(filter.after.unwrap_or(-1)))
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select((
            audit_entry::sequence,
            audit_entry::entry,
            audit_entry::leaf_hash,
        ))
        .into_boxed::<MultiBackend>();
    query = match filter.before {
        Some(before) => query
            .filter(audit_entry::sequence.lt(before))
            .order(audit_entry::sequence.desc()),
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

fn values(opened: Opened) -> BTreeMap<String, Vec<u8>> {
    let values = opened.into_iter();
    values.map(|(field, (_, value))| (field, value)).collect()
}

/// Whether salt and value of each field give the hash that the entry has.
fn fits(entry: &[u8], opened: &Opened) -> BTreeMap<String, bool> {
    let entry: serde_json::Value = serde_json::from_slice(entry).unwrap_or_default();
    let fits = |field: &String, salt: &[u8], value: &[u8]| {
        let salt: Result<&[u8; 32], _> = salt.try_into();
        let hash = salt.map(|salt| hex::encode(kyso_evidence::commitment(salt, value)));
        let said = entry["commitments"][field].as_str();
        hash.is_ok_and(|hash| said == Some(hash.as_str()))
    };
    let each = opened.iter();
    each.map(|(field, (salt, value))| (field.clone(), fits(field, salt, value)))
        .collect()
}

fn opened(db: &mut Db, sequences: Vec<i64>) -> Result<HashMap<i64, Opened>, StoreError> {
    let rows: Vec<(i64, String)> = on_each!(db, db => audit_opening::table
        .filter(audit_opening::sequence.eq_any(sequences))
        .select((audit_opening::sequence, audit_opening::openings))
        .load(db))?;
    // One that somebody spoilt opens nothing, as if it were erased: it must not hide the page.
    let opened = |packed: &str| openings::opened(packed).unwrap_or_default();
    let opened = rows
        .iter()
        .map(|(sequence, packed)| (*sequence, opened(packed)));
    Ok(opened.collect())
}
