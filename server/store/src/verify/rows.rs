//! Entries as rows: their columns repeat members of the entry, and must not say anything else.

use diesel::prelude::*;
use kyso_evidence::{Fault, Frontier, Hash, Projection, Row, Verifier};
use uuid::Uuid;

use crate::blocks;
use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::tables::audit_entry;

/// Rows read at once: those of a block.
const PAGE: usize = 1_024;
const _: () = assert!(blocks::SPAN == 1_024, "a page is a block");

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_entry)]
pub(crate) struct StoredRow {
    pub(crate) sequence: i64,
    pub(crate) entry: Vec<u8>,
    leaf_hash: Vec<u8>,
    pub(crate) recorded_at: i64,
    pub(crate) event: String,
    pub(crate) outcome: String,
    pub(crate) request_id: Vec<u8>,
    actor_kind: String,
    pub(crate) actor_id: Option<Vec<u8>>,
    pub(crate) client_id: Option<Vec<u8>>,
    pub(crate) agency_id: Option<Vec<u8>>,
    pub(crate) credential_id: Option<Vec<u8>>,
    object_id: Option<Vec<u8>>,
    grant_id: Option<Vec<u8>>,
    reason: Option<String>,
}

impl StoredRow {
    /// The stored leaf hash, if it has the length of one.
    pub(crate) fn leaf(&self) -> Option<Hash> {
        self.leaf_hash.as_slice().try_into().ok()
    }
}

/// Checks entries and their columns from this one to the last, but no root.
///
/// The uses of a grant are found by a column, so whoever changes that column could hide some.
pub(crate) fn verify_from(db: &mut Db, from: i64) -> Result<(), StoreError> {
    let mut verifier = starting_at(from).map_err(StoreError::Changed)?;
    each_page(db, from, |_, rows| {
        let each = rows.iter().try_for_each(|row| push(&mut verifier, row));
        each.map_err(StoreError::Changed)
    })
}

/// Checks these entries, which follow each other from this one on, and their columns.
pub(crate) fn check(rows: &[StoredRow], from: i64) -> Result<(), Fault> {
    let mut verifier = starting_at(from)?;
    rows.iter().try_for_each(|row| push(&mut verifier, row))
}

/// For entries from this one on; the hashes of what lies before do not matter where no root is asked for.
fn starting_at(from: i64) -> Result<Verifier, Fault> {
    let size = u64::try_from(from).unwrap_or(0);
    let ones = usize::try_from(size.count_ones()).unwrap_or(0);
    let before = Frontier::from_parts(size, vec![[0; 32]; ones]).unwrap_or_default();
    Verifier::new(before, None)
}

pub(super) fn each_page<E: From<StoreError>>(
    db: &mut Db,
    mut from: i64,
    mut show: impl FnMut(&mut Db, &[StoredRow]) -> Result<(), E>,
) -> Result<(), E> {
    loop {
        let rows = page(db, from).map_err(StoreError::from)?;
        show(db, &rows)?;
        match rows.last() {
            Some(last) if rows.len() == PAGE => from = last.sequence.saturating_add(1),
            _ => return Ok(()),
        }
    }
}

/// At most [`PAGE`] entries from this one on.
pub(crate) fn page(db: &mut Db, from: i64) -> QueryResult<Vec<StoredRow>> {
    part(db, from, blocks::SPAN)
}

/// At most so many entries from this one on.
pub(crate) fn part(db: &mut Db, from: i64, most: i64) -> QueryResult<Vec<StoredRow>> {
    on_each!(db, db => audit_entry::table
        .filter(audit_entry::sequence.ge(from))
        .order(audit_entry::sequence)
        .limit(most)
        .select(StoredRow::as_select())
        .load(db))
}

pub(super) fn push(verifier: &mut Verifier, row: &StoredRow) -> Result<(), Fault> {
    let sequence = u64::try_from(row.sequence).unwrap_or(u64::MAX);
    let leaf = row.leaf().ok_or(Fault::Changed(sequence))?;
    let time = kyso_core::Timestamp::from_micros(row.recorded_at).to_string();
    let request = name(&row.request_id);
    let ids = [
        ("actor.id", row.actor_id.as_deref().map(name)),
        ("client", row.client_id.as_deref().map(name)),
        ("agency", row.agency_id.as_deref().map(name)),
        ("credential", row.credential_id.as_deref().map(name)),
        ("object", row.object_id.as_deref().map(name)),
        ("grant", row.grant_id.as_deref().map(name)),
    ];
    let words = [
        ("event", Some(row.event.as_str())),
        ("outcome", Some(row.outcome.as_str())),
        ("request", Some(request.as_str())),
        ("time", Some(time.as_str())),
        ("actor.kind", Some(row.actor_kind.as_str())),
        ("reason", row.reason.as_deref()),
    ];
    let ids = ids.iter().map(|(member, id)| (*member, id.as_deref()));
    let projections: Vec<Projection<'_>> = words
        .into_iter()
        .chain(ids)
        .map(|(member, value)| Projection { member, value })
        .collect();
    verifier.push(&Row {
        sequence,
        entry: &row.entry,
        leaf,
        projections: &projections,
    })
}

/// An id as entries write it; anything else as text that no entry has.
fn name(id: &[u8]) -> String {
    Uuid::from_slice(id).map_or_else(|_| hex::encode(id), |id| id.hyphenated().to_string())
}
