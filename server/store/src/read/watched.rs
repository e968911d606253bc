//! What security officers must see: alarms and disputes; and what each officer has seen.
//!
//! All of it is read from the entries themselves, so that no row beside the log can hide one.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use kyso_core::Timestamp;
use kyso_core::id::{CredentialId, PersonId, RequestId};
use kyso_evidence::entry::{Fact, Outcome};
use kyso_evidence::instant::microseconds;
use kyso_evidence::{Entry, Event};

use super::audit::Stored;
use super::signatures::read;
use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::tables::audit_entry;

/// To the letter the condition of the index `audit_entry_watched`, or that is not used.
const WATCHED: &str = "event IN ('alarm.acknowledged', 'alarm.raised', 'signature.disputed')";

/// More are not counted: nobody reads "1,024 alarms" otherwise than "1,000".
const COUNTED: i64 = 1000;

/// An alarm or a dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// Place of its entry in the log.
    pub sequence: i64,
    /// Leaf hash of the entry.
    pub leaf: Vec<u8>,
    /// When it was written.
    pub at: Timestamp,
    /// `alarm.raised` or `signature.disputed`.
    pub event: Event,
    /// What happened, as ops/runbooks/alarm.md has it: a closed word, never somebody's text.
    pub word: String,
    /// The key concerned, if one is.
    pub credential: Option<CredentialId>,
}

/// How many of each an officer has not acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unseen {
    /// Alarms.
    pub alarms: u32,
    /// Disputes.
    pub disputes: u32,
}

/// A dispute that was entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disputed {
    /// Place of its entry in the log.
    pub sequence: u64,
    /// When it was entered.
    pub at: Timestamp,
}

/// The first signal from this place in the log on.
pub(crate) fn first_from(db: &mut Db, place: i64) -> Result<Option<Signal>, StoreError> {
    let found: Option<Row> = on_each!(db, db => audit_entry::table
        .filter(sql::<Bool>(WATCHED))
        .filter(audit_entry::event.ne(Event::AlarmAcknowledged.name()))
        .filter(audit_entry::outcome.ne(Outcome::Refused.as_str()))
        .filter(audit_entry::sequence.ge(place))
        .order(audit_entry::sequence.asc())
        .select(ROW)
        .first(db)
        .optional())?;
    Ok(found.map(signal))
}

/// The youngest signals before this place in the log, the youngest first.
///
/// # Errors
/// If the database fails.
pub fn signals(db: &mut Db, before: Option<i64>, limit: u16) -> Result<Vec<Signal>, StoreError> {
    let found: Vec<Row> = on_each!(db, db => audit_entry::table
        .filter(sql::<Bool>(WATCHED))
        .filter(audit_entry::event.ne(Event::AlarmAcknowledged.name()))
        .filter(audit_entry::outcome.ne(Outcome::Refused.as_str()))
        .filter(audit_entry::sequence.lt(before.unwrap_or(i64::MAX)))
        .order(audit_entry::sequence.desc())
        .limit(i64::from(limit))
        .select(ROW)
        .load(db))?;
    Ok(found.into_iter().map(signal).collect())
}

/// What this officer has not acknowledged.
///
/// # Errors
/// If the database fails.
pub fn unseen(db: &mut Db, officer: PersonId) -> Result<Unseen, StoreError> {
    let seen = seen_before(db, officer)?;
    let events: Vec<String> = on_each!(db, db => audit_entry::table
        .filter(sql::<Bool>(WATCHED))
        .filter(audit_entry::event.ne(Event::AlarmAcknowledged.name()))
        .filter(audit_entry::outcome.ne(Outcome::Refused.as_str()))
        .filter(audit_entry::sequence.ge(seen))
        .limit(COUNTED)
        .select(audit_entry::event)
        .load(db))?;
    let count = |event: Event| {
        let of_event = events.iter().filter(|one| **one == event.name());
        u32::try_from(of_event.count()).unwrap_or(u32::MAX)
    };
    Ok(Unseen {
        alarms: count(Event::AlarmRaised),
        disputes: count(Event::SignatureDisputed),
    })
}

/// The place in the log before which this officer has seen all: their last acknowledgement says it. One that somebody
/// changed says nothing.
fn seen_before(db: &mut Db, officer: PersonId) -> Result<i64, StoreError> {
    let found: Option<Stored> = on_each!(db, db => audit_entry::table
        .filter(sql::<Bool>(WATCHED))
        .filter(audit_entry::event.eq(Event::AlarmAcknowledged.name()))
        .filter(audit_entry::outcome.eq(Outcome::Ok.as_str()))
        .filter(audit_entry::actor_id.eq(officer.as_bytes().as_slice()))
        .order(audit_entry::sequence.desc())
        .select((audit_entry::sequence, audit_entry::entry, audit_entry::leaf_hash))
        .first(db)
        .optional())?;
    let entry = found.as_ref().and_then(read);
    Ok(
        match entry.as_ref().and_then(|entry| entry.data.get("before")) {
            Some(Fact::Integer(before)) => *before,
            _ => 0,
        },
    )
}

/// The disputes of these calls.
///
/// # Errors
/// If the database fails.
pub fn disputes(
    db: &mut Db,
    calls: &[RequestId],
) -> Result<HashMap<RequestId, Disputed>, StoreError> {
    let ids: Vec<&[u8]> = calls.iter().map(|id| id.as_bytes().as_slice()).collect();
    let found: Vec<Stored> = on_each!(db, db => audit_entry::table
        .filter(audit_entry::object_id.eq_any(ids))
        .filter(audit_entry::event.eq(Event::SignatureDisputed.name()))
        .filter(audit_entry::outcome.eq(Outcome::Ok.as_str()))
        .select((audit_entry::sequence, audit_entry::entry, audit_entry::leaf_hash))
        .load(db))?;
    Ok(found.iter().filter_map(read).filter_map(disputed).collect())
}

fn disputed(entry: Entry) -> Option<(RequestId, Disputed)> {
    let call = entry.object?.parse().ok()?;
    let at = Timestamp::from_micros(microseconds(&entry.time)?);
    let sequence = entry.seq;
    Some((call, Disputed { sequence, at }))
}

type Row = (i64, Vec<u8>, Vec<u8>, String, i64);

const ROW: (
    audit_entry::sequence,
    audit_entry::entry,
    audit_entry::leaf_hash,
    audit_entry::event,
    audit_entry::recorded_at,
) = (
    audit_entry::sequence,
    audit_entry::entry,
    audit_entry::leaf_hash,
    audit_entry::event,
    audit_entry::recorded_at,
);

/// Of an entry that somebody changed it is told that they did: to leave it out would be what they want.
fn signal((sequence, bytes, leaf, event, at): Row) -> Signal {
    let stored = (sequence, bytes, leaf);
    let entry = read(&stored);
    let credential = entry.as_ref().and_then(|entry| entry.credential.as_deref());
    Signal {
        sequence,
        at: Timestamp::from_micros(at),
        event: Event::named(&event).unwrap_or(Event::AlarmRaised),
        word: entry.as_ref().map_or("entry_changed", word).to_owned(),
        credential: credential.and_then(|id| id.parse().ok()),
        leaf: stored.2,
    }
}

/// The word of a signal: alarms of the journal name a row, those of attestation a key, all others their word.
fn word(entry: &Entry) -> &str {
    match (entry.event, entry.data.get("alarm")) {
        (Event::SignatureDisputed, _) => "signature_disputed",
        (_, Some(Fact::Text(word))) => word,
        _ if entry.data.contains_key("found_kind") => "row_changed",
        _ => "key_failed",
    }
}

#[cfg(test)]
mod tests {
    use kyso_evidence::entry::Actor;
    use kyso_evidence::leaf_hash;

    use super::*;

    fn entry(event: Event, facts: &[(&str, &str)]) -> Entry {
        let mut entry = Entry::new(event, Outcome::Failed, Actor::system());
        let facts = facts.iter().map(|(name, value)| {
            let value = Fact::Text((*value).to_owned());
            ((*name).to_owned(), value)
        });
        entry.data.extend(facts);
        entry
    }

    #[test]
    fn the_condition_is_that_of_the_index() {
        let condition = format!("\nWHERE {WATCHED};");
        for migration in [
            include_str!("../../../../migrations/sqlite/2026-11-27-000017_alarms/up.sql"),
            include_str!("../../../../migrations/postgres/2026-11-27-000017_alarms/up.sql"),
        ] {
            assert!(migration.contains(&condition), "{migration}");
        }
    }

    #[test]
    fn each_kind_of_alarm_has_a_word() {
        let row = [("found_kind", "person"), ("found", "x")];
        for (event, facts, expected) in [
            (
                Event::AlarmRaised,
                &[("alarm", "log_forked")][..],
                "log_forked",
            ),
            (Event::AlarmRaised, &row, "row_changed"),
            (
                Event::AlarmRaised,
                &[("key", "evaluation_ca")],
                "key_failed",
            ),
            (Event::AlarmRaised, &[], "key_failed"),
            (Event::SignatureDisputed, &[], "signature_disputed"),
        ] {
            assert_eq!(word(&entry(event, facts)), expected, "{facts:?}");
        }
    }

    #[test]
    fn an_entry_that_was_changed_is_told_as_such() {
        let (bytes, event) = (b"{}".to_vec(), "alarm.raised".to_owned());
        let leaf = leaf_hash(b"another").to_vec();
        let told = signal((3, bytes, leaf, event, 5));
        assert_eq!((&*told.word, told.sequence), ("entry_changed", 3));
    }
}
