//! Who could have used a key on a day, and who did: told by the log.

use std::collections::{BTreeMap, BTreeSet};

use kyso_core::Timestamp;
use kyso_core::id::CredentialId;
use kyso_core::model::Owner;
use kyso_evidence::entry::Outcome;
use kyso_evidence::{Entry, Event};

use super::look::{self, Looked, Placed};
use crate::blocks;
use crate::connection::Db;
use crate::error::StoreError;
use crate::read::AuditFilter;
use crate::seal::Sealer;

/// Entries that are read at once.
const AT_ONCE: usize = 1_000;

/// Searches that one look at a day may take: as many as reach over two million entries.
const SEARCHES: usize = 64;

/// Whose key it is, and which agencies' grants reach it.
#[derive(Debug, Clone)]
pub struct KeyOwner {
    /// The person or the agency.
    pub owner: Owner,
    /// The ids of its agency and of those above, see [`super::reach`].
    pub agencies: BTreeSet<String>,
}

/// Something that was in force for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The entry that gave it.
    pub sequence: i64,
    /// What that says.
    pub entry: Entry,
    /// When it began to count.
    pub from: Option<Timestamp>,
    /// When it ended or will end by date, if it has an end.
    pub until: Option<Timestamp>,
    /// The entry that ended it, on that day or later.
    pub ended_by: Option<i64>,
}

/// A key's day, but for its uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayOfKey {
    /// Every entry that made or changed the credential up to the end of the day, in order: the last before the day says
    /// in which state the day began.
    pub life: Vec<(i64, Entry)>,
    /// Roles that let somebody sign with it, or open sessions for it.
    pub roles: Vec<Held>,
    /// Records of authority of its owner, or for its agency.
    pub authorities: Vec<Held>,
    /// Stamping sessions for it.
    pub sessions: Vec<Held>,
    /// Grants to systems that reach it.
    pub grants: Vec<Held>,
    /// Places of entries of these kinds that are not as they were written, so that nobody can say what they gave or took.
    pub spoilt: Vec<i64>,
    /// Whether all of the log up to the end of the day was looked through.
    pub whole: bool,
}

/// What was done with a key on a day, page by page in the log's order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// Permissions, intents, outcomes and refusals.
    pub rows: Vec<(i64, Entry)>,
    /// `after` of the next page; `None` on the last.
    pub next: Option<i64>,
    /// Entries that are not as they were written.
    pub spoilt: Vec<i64>,
}

/// Tells the day from the log.
///
/// # Errors
/// If the database fails.
pub fn day_of_key(
    db: &mut Db,
    sealer: &Sealer,
    credential: CredentialId,
    owner: &KeyOwner,
    day: (Timestamp, Timestamp),
) -> Result<DayOfKey, StoreError> {
    let life = look::about(db, &credential.to_string())?;
    let mut found = Looked::default();
    let one = all(db, sealer, powers(day.1), &mut found)?;
    let other = all(db, sealer, sessions(credential, day.1), &mut found)?;
    let mut powers = found.whole;
    powers.sort_unstable_by_key(|(sequence, _)| *sequence);
    let ends = ends(&powers);
    let held = |wanted: &dyn Fn(&Entry) -> bool| held(&powers, &ends, day, wanted);
    let key = credential.to_string();
    Ok(DayOfKey {
        roles: held(&|entry| lets_use(entry, owner)),
        authorities: held(&|entry| authorizes(entry, owner)),
        sessions: held(&|entry| entry.event == Event::SessionOpened),
        grants: held(&|entry| reaches(entry, &key, owner)),
        spoilt: [life.spoilt, found.spoilt].concat(),
        life: states(life.whole, day.1),
        whole: one && other,
    })
}

/// Reads what was done with the key on that day.
///
/// # Errors
/// If the database fails.
pub fn uses_of_day(
    db: &mut Db,
    sealer: &Sealer,
    credential: CredentialId,
    day: (Timestamp, Timestamp),
    after: Option<i64>,
    limit: u16,
) -> Result<Uses, StoreError> {
    let filter = AuditFilter {
        after,
        events: vec![
            Event::SadAuthorized,
            Event::SadExtended,
            Event::SadRefused,
            Event::SadRevoked,
            Event::SignatureIntent,
            Event::SignatureOutcome,
            Event::SignatureRefused,
        ],
        credential: Some(credential),
        from: Some(day.0),
        to: Some(day.1),
        ..AuditFilter::default()
    };
    let found = blocks::find(db, sealer, &filter, usize::from(limit.max(1)))?;
    let mut uses = Uses {
        next: found.next,
        ..Uses::default()
    };
    for stored in &found.entries {
        match look::whole(stored) {
            Some(entry) => uses.rows.push((stored.0, entry)),
            None => uses.spoilt.push(stored.0),
        }
    }
    Ok(uses)
}

/// What made or changed the credential before the end of the day.
fn states(mut life: Vec<Placed>, end: Timestamp) -> Vec<Placed> {
    life.retain(|(_, entry)| changes_state(entry) && is_before(entry, end));
    life
}

fn changes_state(entry: &Entry) -> bool {
    entry.outcome == Outcome::Ok && look::text(entry, "state").is_some()
}

fn is_before(entry: &Entry, end: Timestamp) -> bool {
    Timestamp::read(&entry.time).is_some_and(|at| at < end)
}

/// What gives and takes roles, authority and systems' grants.
fn powers(to: Timestamp) -> AuditFilter {
    AuditFilter {
        events: vec![
            Event::AuthorityEnded,
            Event::AuthorityRecorded,
            Event::ClientDisabled,
            Event::ClientGrantRevoked,
            Event::ClientGranted,
            Event::RoleGranted,
            Event::RoleRevoked,
        ],
        outcome: Some(Outcome::Ok.as_str().to_owned()),
        to: Some(to),
        ..AuditFilter::default()
    }
}

fn sessions(credential: CredentialId, to: Timestamp) -> AuditFilter {
    AuditFilter {
        events: vec![Event::SessionClosed, Event::SessionOpened],
        credential: Some(credential),
        outcome: Some(Outcome::Ok.as_str().to_owned()),
        to: Some(to),
        ..AuditFilter::default()
    }
}

/// Reads every entry of a filter, the oldest first, and says whether that is all.
fn all(
    db: &mut Db,
    sealer: &Sealer,
    mut filter: AuditFilter,
    looked: &mut Looked,
) -> Result<bool, StoreError> {
    for _ in 0..SEARCHES {
        let found = blocks::find(db, sealer, &filter, AT_ONCE)?;
        looked.add(&found.entries);
        match found.next {
            Some(next) => filter.after = Some(next),
            None => return Ok(true),
        }
    }
    Ok(false)
}

/// What ended something, by the id of what ended: a disabled system has no grants any more.
fn ends(powers: &[Placed]) -> BTreeMap<&str, &Placed> {
    let ending = powers.iter().filter(|(_, entry)| {
        matches!(
            entry.event,
            Event::AuthorityEnded
                | Event::ClientDisabled
                | Event::ClientGrantRevoked
                | Event::RoleRevoked
                | Event::SessionClosed
        )
    });
    let named = ending.filter_map(|placed| Some((placed.1.object.as_deref()?, placed)));
    named.collect()
}

/// What of this kind was in force at some time of the day.
fn held(
    powers: &[Placed],
    ends: &BTreeMap<&str, &Placed>,
    day: (Timestamp, Timestamp),
    wanted: &dyn Fn(&Entry) -> bool,
) -> Vec<Held> {
    let given = powers.iter().filter(|(_, entry)| wanted(entry));
    let each = given.map(|(sequence, entry)| {
        let named = [
            entry.object.as_deref(),
            look::text(entry, "of_client").filter(|_| entry.event == Event::ClientGranted),
        ];
        let ended = named
            .into_iter()
            .flatten()
            .filter_map(|id| ends.get(id))
            .filter(|(end, _)| end > sequence)
            .min_by_key(|(end, _)| *end);
        span(*sequence, entry, ended)
    });
    each.filter(|held| touches(held, day)).collect()
}

/// From when to when something counts, by its own dates and by what ended it.
fn span(sequence: i64, entry: &Entry, ended: Option<&&Placed>) -> Held {
    let date = |name| Timestamp::read(look::text(entry, name)?);
    let made = Timestamp::read(&entry.time);
    let by_date = date("valid_until").or_else(|| date("expires_at"));
    let by_act = ended.and_then(|(_, end)| Timestamp::read(&end.time));
    Held {
        sequence,
        entry: entry.clone(),
        from: date("valid_from").max(made),
        until: by_date.into_iter().chain(by_act).min(),
        ended_by: ended.map(|(end, _)| *end),
    }
}

fn touches(held: &Held, (begins, ends): (Timestamp, Timestamp)) -> bool {
    held.from.is_none_or(|from| from < ends) && held.until.is_none_or(|until| until > begins)
}

fn is_of(entry: &Entry, owner: &KeyOwner) -> bool {
    match owner.owner {
        Owner::Person(id) => look::text(entry, "person") == Some(id.to_string().as_str()),
        Owner::Agency(_) => entry
            .agency
            .as_ref()
            .is_none_or(|agency| owner.agencies.contains(agency)),
    }
}

/// A person signs as a signer; an agency's sessions are opened by its records clerks.
fn lets_use(entry: &Entry, owner: &KeyOwner) -> bool {
    let role = match owner.owner {
        Owner::Person(_) => "signer",
        Owner::Agency(_) => "records_clerk",
    };
    entry.event == Event::RoleGranted
        && look::text(entry, "role") == Some(role)
        && is_of(entry, owner)
}

/// What a person signs under, or what the seal of an agency relies on.
fn authorizes(entry: &Entry, owner: &KeyOwner) -> bool {
    let here = match owner.owner {
        Owner::Person(_) => is_of(entry, owner),
        Owner::Agency(id) => entry.agency.as_deref() == Some(id.to_string().as_str()),
    };
    entry.event == Event::AuthorityRecorded && here
}

fn reaches(entry: &Entry, key: &str, owner: &KeyOwner) -> bool {
    let agency = entry.agency.as_ref();
    entry.event == Event::ClientGranted
        && (entry.credential.as_deref() == Some(key)
            || agency.is_some_and(|agency| owner.agencies.contains(agency)))
}
