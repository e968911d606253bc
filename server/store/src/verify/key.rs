//! Whose checkpoints count.

use diesel::prelude::*;
use kyso_evidence::Event;
use kyso_evidence::key::LogKey;
use serde_json::Value;

use super::found::KeyFrom;
use super::{StoredRow, VerifyError};
use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::tables::audit_entry;

/// Starts of servers looked through at once for the first that names a key.
const AT_ONCE: i64 = 256;

/// The key of the log, and who says so.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) key: Option<LogKey>,
    pub(super) from: KeyFrom,
}

impl Key {
    /// The key that was given; else the one that the first server named when it started.
    pub(super) fn of(db: &mut Db, given: Option<LogKey>) -> Result<Self, VerifyError> {
        if let Some(key) = given {
            let (key, from) = (Some(key), KeyFrom::Given);
            return Ok(Self { key, from });
        }
        let named = first_named(db)?;
        let from = named
            .as_ref()
            .map_or(KeyFrom::Nowhere, |(entry, _)| KeyFrom::Entry(*entry));
        let key = named.map(|(_, key)| key);
        Ok(Self { key, from })
    }

    /// Every start of a server must name this key: there is one key for the whole life of a log.
    pub(super) fn hear(&self, row: &StoredRow) -> Result<(), VerifyError> {
        let named = named(&row.event, &row.entry);
        let known = self.key.as_ref().map(ToString::to_string);
        match (named, known) {
            (Some(named), Some(known)) if named != known => Err(VerifyError::OtherKey {
                entry: row.sequence,
                named,
            }),
            _ => Ok(()),
        }
    }
}

fn named(event: &str, entry: &[u8]) -> Option<String> {
    if event != Event::ServerStarted.name() {
        return None;
    }
    let entry: Value = serde_json::from_slice(entry).ok()?;
    Some(entry["data"]["log_key"].as_str()?.to_owned())
}

fn first_named(db: &mut Db) -> Result<Option<(i64, LogKey)>, StoreError> {
    let (mut from, name) = (0, Event::ServerStarted.name());
    loop {
        let starts: Vec<(i64, Vec<u8>)> = on_each!(db, db => audit_entry::table
            .filter(audit_entry::event.eq(name))
            .filter(audit_entry::sequence.ge(from))
            .order(audit_entry::sequence)
            .limit(AT_ONCE)
            .select((audit_entry::sequence, audit_entry::entry))
            .load(db))?;
        let mut keys = starts.iter().filter_map(|(sequence, entry)| {
            let key = named(name, entry)?.parse().ok()?;
            Some((*sequence, key))
        });
        if let Some(found) = keys.next() {
            return Ok(Some(found));
        }
        match starts.last() {
            Some((last, _)) => from = last.saturating_add(1),
            None => return Ok(None),
        }
    }
}
