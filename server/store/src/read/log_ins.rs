//! Log-ins of a person that may still be in use, as the log and the refresh tokens tell of them.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use kyso_core::Timestamp;
use kyso_core::id::{PersonId, TokenFamilyId};
use kyso_evidence::{Entry, Event};

use super::audit::{AuditFilter, audit_page, packed};
use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::openings;
use crate::schema::token_family;
use crate::seal::Sealer;
use crate::tables::audit_entry;

/// Most log-ins that are told of, the youngest first.
const MOST: u16 = 200;

/// A log-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogInRow {
    /// Place of its entry in the log.
    pub sequence: i64,
    /// What descends from it.
    pub family: TokenFamilyId,
    /// Its entry.
    pub entry: Entry,
    /// The address that it came from; `None` if that was erased.
    pub source: Option<String>,
    /// Until when its refresh token can be used; `None` without one that can.
    pub refresh_until: Option<Timestamp>,
}

/// Sequence, bytes, what opens its commitments.
type Told = (i64, Vec<u8>, BTreeMap<String, Vec<u8>>);

/// Reads the log-ins since then, and older ones that are still refreshed, the youngest first. Whether
/// one was ended since is for policy to say.
///
/// # Errors
/// If the database fails.
pub fn log_ins(
    db: &mut Db,
    sealer: &Sealer,
    person: PersonId,
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<LogInRow>, StoreError> {
    let refreshed = refreshed(db, person, now)?;
    let mut told = young(db, sealer, person, since)?;
    let last = told.last().map_or(i64::MAX, |(sequence, ..)| *sequence);
    told.extend(begun(db, refreshed.keys(), last)?);
    let rows = told.into_iter().filter_map(|one| row(one, &refreshed));
    Ok(rows.collect())
}

/// The log-ins since then.
fn young(
    db: &mut Db,
    sealer: &Sealer,
    person: PersonId,
    since: Timestamp,
) -> Result<Vec<Told>, StoreError> {
    let mut filter = AuditFilter {
        before: Some(i64::MAX),
        event: Some(Event::LoginSucceeded.name().to_owned()),
        actor: Some(person),
        from: Some(since),
        ..AuditFilter::default()
    };
    let mut told = Vec::new();
    loop {
        let page = audit_page(db, sealer, &filter, MOST)?;
        let rows = page.rows.into_iter();
        told.extend(rows.map(|row| (row.sequence, row.entry, row.openings)));
        // A page may be short although more follow.
        if page.next.is_none() || told.len() >= usize::from(MOST) {
            return Ok(told);
        }
        filter.before = page.next;
    }
}

/// Families of the person whose refresh token can be used, each with its end.
fn refreshed(
    db: &mut Db,
    person: PersonId,
    now: Timestamp,
) -> Result<HashMap<TokenFamilyId, Timestamp>, StoreError> {
    let alive: Vec<(Vec<u8>, i64)> = on_each!(db, db => token_family::table
        .filter(token_family::person_id.eq(person.as_bytes().as_slice()))
        .filter(token_family::revoked_at.is_null())
        .filter(token_family::expires_at.gt(now.as_micros()))
        .select((token_family::id, token_family::expires_at))
        .load(db))?;
    let alive = alive.into_iter().filter_map(|(id, until)| {
        let id = TokenFamilyId::try_from(id.as_slice()).ok()?;
        Some((id, Timestamp::from_micros(until)))
    });
    Ok(alive.collect())
}

/// The log-ins before this place that these families began with.
fn begun<'a>(
    db: &mut Db,
    families: impl Iterator<Item = &'a TokenFamilyId>,
    before: i64,
) -> Result<Vec<Told>, StoreError> {
    let ids: Vec<&[u8]> = families.map(|id| id.as_bytes().as_slice()).collect();
    let older: Vec<(i64, Vec<u8>)> = on_each!(&mut *db, db => audit_entry::table
        .filter(audit_entry::object_id.eq_any(ids))
        .filter(audit_entry::event.eq(Event::LoginSucceeded.name()))
        .filter(audit_entry::sequence.lt(before))
        .order(audit_entry::sequence.desc())
        .select((audit_entry::sequence, audit_entry::entry))
        .load(db))?;
    let mut stored = packed(db, older.iter().map(|(sequence, _)| *sequence).collect())?;
    let told = older.into_iter().map(|(sequence, entry)| {
        let packed = stored.remove(&sequence);
        let opened = packed.map(|packed| openings::open(&entry, &packed).values);
        (sequence, entry, opened.unwrap_or_default())
    });
    Ok(told.collect())
}

fn row(
    (sequence, entry, mut openings): Told,
    refreshed: &HashMap<TokenFamilyId, Timestamp>,
) -> Option<LogInRow> {
    let entry = Entry::parse(&entry).ok()?;
    let family = entry.object.as_deref()?.parse().ok()?;
    let source = openings.remove("source");
    Some(LogInRow {
        sequence,
        family,
        entry,
        source: source.and_then(|source| String::from_utf8(source).ok()),
        refresh_until: refreshed.get(&family).copied(),
    })
}
