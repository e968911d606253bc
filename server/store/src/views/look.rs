//! Looking single things up in the log, by its two indexes or by a narrow stretch.

use diesel::prelude::*;
use kyso_evidence::entry::Fact;
use kyso_evidence::{Entry, Event, leaf_hash};
use uuid::Uuid;

use crate::connection::Db;
use crate::dialect::on_each;
use crate::read::Stored;
use crate::tables::audit_entry;

/// An entry and its place.
pub(super) type Placed = (i64, Entry);

/// The entry, if its bytes are those that were hashed.
pub(super) fn whole((_, bytes, leaf): &Stored) -> Option<Entry> {
    let intact = leaf_hash(bytes) == leaf.as_slice();
    intact.then(|| Entry::parse(bytes).ok()).flatten()
}

/// What was found, and the places of entries that are not as they were written: what those said may have been anything,
/// so whoever asks is told of them.
#[derive(Debug, Default)]
pub(super) struct Looked {
    pub(super) whole: Vec<Placed>,
    pub(super) spoilt: Vec<i64>,
}

impl Looked {
    pub(super) fn add(&mut self, stored: &[Stored]) {
        for one in stored {
            match whole(one) {
                Some(entry) => self.whole.push((one.0, entry)),
                None => self.spoilt.push(one.0),
            }
        }
    }
}

/// The entries that made or changed the row of this id, in their order.
pub(super) fn about(db: &mut Db, object: &str) -> QueryResult<Looked> {
    let mut looked = Looked::default();
    let Ok(id) = Uuid::parse_str(object) else {
        return Ok(looked);
    };
    let stored: Vec<Stored> = on_each!(db, db => audit_entry::table
        .filter(audit_entry::object_id.eq(id.as_bytes().as_slice()))
        .order(audit_entry::sequence)
        .select((audit_entry::sequence, audit_entry::entry, audit_entry::leaf_hash))
        .load(db))?;
    looked.add(&stored);
    Ok(looked)
}

/// The intent that an outcome closes: found by its grant, which has few.
pub(super) fn intent_of(db: &mut Db, outcome: &Entry) -> QueryResult<Option<Placed>> {
    let ids = (outcome.grant.as_deref(), outcome.request.as_str());
    let (Some(Ok(grant)), Ok(request)) = (ids.0.map(Uuid::parse_str), Uuid::parse_str(ids.1))
    else {
        return Ok(None);
    };
    let stored: Vec<Stored> = on_each!(db, db => audit_entry::table
        .filter(audit_entry::grant_id.eq(grant.as_bytes().as_slice()))
        .filter(audit_entry::request_id.eq(request.as_bytes().as_slice()))
        .filter(audit_entry::event.eq(Event::SignatureIntent.name()))
        .select((audit_entry::sequence, audit_entry::entry, audit_entry::leaf_hash))
        .load(db))?;
    let named = |one: &&Stored| Some(hex::encode(&one.2)) == outcome.intent;
    let found = stored.iter().find(named);
    Ok(found.and_then(|one| whole(one).map(|entry| (one.0, entry))))
}

/// The places of the entries of this kind and call between these two: those of one transaction stand close together.
pub(super) fn of_call(
    db: &mut Db,
    event: Event,
    request: &str,
    between: std::ops::Range<i64>,
) -> QueryResult<Vec<i64>> {
    let Ok(request) = Uuid::parse_str(request) else {
        return Ok(Vec::new());
    };
    on_each!(db, db => audit_entry::table
        .filter(audit_entry::sequence.ge(between.start))
        .filter(audit_entry::sequence.lt(between.end))
        .filter(audit_entry::event.eq(event.name()))
        .filter(audit_entry::outcome.eq("ok"))
        .filter(audit_entry::request_id.eq(request.as_bytes().as_slice()))
        .order(audit_entry::sequence)
        .select(audit_entry::sequence)
        .load(db))
}

/// Each entry of this kind between these two that went well: its place, and the call that made it.
pub(super) fn calls_of(
    db: &mut Db,
    event: Event,
    between: std::ops::Range<i64>,
) -> QueryResult<Vec<(i64, Vec<u8>)>> {
    on_each!(db, db => audit_entry::table
        .filter(audit_entry::sequence.ge(between.start))
        .filter(audit_entry::sequence.lt(between.end))
        .filter(audit_entry::event.eq(event.name()))
        .filter(audit_entry::outcome.eq("ok"))
        .order(audit_entry::sequence)
        .select((audit_entry::sequence, audit_entry::request_id))
        .load(db))
}

/// A fact that is text.
pub(super) fn text<'a>(entry: &'a Entry, name: &str) -> Option<&'a str> {
    match entry.data.get(name)? {
        Fact::Text(text) => Some(text),
        Fact::Integer(_) => None,
    }
}

/// A fact that is a number.
pub(super) fn number(entry: &Entry, name: &str) -> Option<i64> {
    match entry.data.get(name)? {
        Fact::Integer(number) => Some(*number),
        Fact::Text(_) => None,
    }
}

/// Whether a key of this purpose (`seal`, `sign`) is named.
pub(super) fn is_for(entry: &Entry, purpose: &str) -> bool {
    entry.key.as_ref().is_some_and(|key| key.purpose == purpose)
}

/// Whether something was done, or may have been.
pub(super) fn may_be_done(entry: &Entry) -> bool {
    use kyso_evidence::entry::Outcome;
    matches!(entry.outcome, Outcome::Ok | Outcome::Unknown)
}
