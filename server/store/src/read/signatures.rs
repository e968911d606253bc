//! Uses of keys as their owners read them: of one's own credentials, of a stamping session.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use kyso_core::id::{CredentialId, StampingSessionId};
use kyso_evidence::entry::Fact;
use kyso_evidence::{Entry, Event, leaf_hash};
use uuid::Uuid;

use super::audit::{AuditFilter, Stored, packed};
use crate::blocks::{self, Found};
use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::openings;
use crate::seal::Sealer;
use crate::tables::audit_entry;

/// Whose uses.
#[derive(Debug, Clone)]
pub enum Uses {
    /// Of any of these keys.
    Of(Vec<CredentialId>),
    /// Within this stamping session, by SADs that were drawn from it, too.
    Within(StampingSessionId),
}

/// One call that used a key, with its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureRow {
    /// Place of the outcome in the log.
    pub sequence: i64,
    /// The outcome.
    pub outcome: Entry,
    /// The request for approval that was approved, where a system put one before the signer.
    pub asked: Option<AskedFor>,
    /// What the system said of the documents when it asked, as JSON in their order; without those
    /// whose opening was erased or spoilt.
    pub documents: Vec<String>,
}

/// A request for approval: whoever approves it acts alone, so the outcome names no system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedFor {
    /// The request's id.
    pub approval: String,
    /// Id of the system that asked.
    pub client: String,
}

/// A page of uses, the youngest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignaturePage {
    /// The uses.
    pub rows: Vec<SignatureRow>,
    /// `before` of the next page; `None` on the last.
    pub next: Option<i64>,
    /// Places of outcomes that are not as they were written: they say nothing that could be told.
    pub spoilt: Vec<i64>,
}

/// Reads at most `limit` uses before this place in the log.
///
/// # Errors
/// If the database fails.
pub fn signatures(
    db: &mut Db,
    sealer: &Sealer,
    uses: &Uses,
    before: Option<i64>,
    limit: u16,
) -> Result<SignaturePage, StoreError> {
    let (before, limit) = (before.unwrap_or(i64::MAX), limit.max(1));
    let found = match uses {
        Uses::Of(credentials) => of(db, sealer, credentials, before, limit)?,
        Uses::Within(session) => within(db, *session, before, limit)?,
    };
    let (mut outcomes, mut spoilt) = (Vec::new(), Vec::new());
    for stored in found.entries {
        match read(&stored) {
            Some(outcome) => outcomes.push((stored.0, outcome)),
            None => spoilt.push(stored.0),
        }
    }
    let mut documents = documents(db, &outcomes)?;
    let asked = asked(db, &grants(&outcomes))?;
    let rows = outcomes.into_iter().map(|(sequence, outcome)| {
        let intent = outcome.intent.as_ref();
        let documents = intent.and_then(|leaf| documents.remove(leaf));
        SignatureRow {
            sequence,
            // One SAD may have signed in several calls.
            asked: outcome
                .grant
                .as_ref()
                .and_then(|sad| asked.get(sad).cloned()),
            outcome,
            documents: documents.unwrap_or_default(),
        }
    });
    Ok(SignaturePage {
        rows: rows.collect(),
        next: found.next,
        spoilt,
    })
}

/// The entry, if its bytes are those that were hashed.
pub(super) fn read((_, bytes, leaf): &Stored) -> Option<Entry> {
    let intact = leaf_hash(bytes) == leaf.as_slice();
    intact.then(|| Entry::parse(bytes).ok()).flatten()
}

/// Of each key the youngest, and of these together the youngest. Nothing is told from beyond the place
/// to which all keys were searched.
fn of(
    db: &mut Db,
    sealer: &Sealer,
    credentials: &[CredentialId],
    before: i64,
    limit: u16,
) -> Result<Found, StoreError> {
    let (mut entries, mut searched_to) = (Vec::new(), None);
    for credential in credentials {
        let filter = outcomes_of(*credential, before);
        let found = blocks::find(db, sealer, &filter, usize::from(limit))?;
        entries.extend(found.entries);
        searched_to = searched_to.max(found.next);
    }
    entries.retain(|(sequence, ..)| searched_to.is_none_or(|to| *sequence >= to));
    entries.sort_unstable_by_key(|(sequence, ..)| std::cmp::Reverse(*sequence));
    Ok(cut(entries, limit, searched_to))
}

/// Ends of calls that used this key, the youngest first, before this place in the log.
pub(super) fn outcomes_of(credential: CredentialId, before: i64) -> AuditFilter {
    AuditFilter {
        before: Some(before),
        event: Some(Event::SignatureOutcome.name().to_owned()),
        credential: Some(credential),
        ..AuditFilter::default()
    }
}

/// At most so many; the next page begins behind the last, or behind what was searched.
fn cut(mut entries: Vec<Stored>, limit: u16, searched_to: Option<i64>) -> Found {
    let most = usize::from(limit);
    let next = if entries.len() > most {
        entries.truncate(most);
        entries.last().map(|(sequence, ..)| *sequence)
    } else {
        searched_to
    };
    Found { entries, next }
}

fn within(
    db: &mut Db,
    session: StampingSessionId,
    before: i64,
    limit: u16,
) -> Result<Found, StoreError> {
    let session = session.as_bytes().as_slice();
    // Only what takes from the session's number names it as its grant: these are its SADs.
    let sads: Vec<Option<Vec<u8>>> = on_each!(&mut *db, db => audit_entry::table
        .filter(audit_entry::grant_id.eq(session))
        .filter(audit_entry::event.eq(Event::SadAuthorized.name()))
        .select(audit_entry::object_id)
        .load(db))?;
    let mut grants: Vec<Vec<u8>> = sads.into_iter().flatten().collect();
    grants.push(session.to_vec());
    let entries = on_each!(db, db => audit_entry::table
        .filter(audit_entry::grant_id.eq_any(&grants))
        .filter(audit_entry::event.eq(Event::SignatureOutcome.name()))
        .filter(audit_entry::sequence.lt(before))
        .order(audit_entry::sequence.desc())
        .limit(i64::from(limit) + 1)
        .select((audit_entry::sequence, audit_entry::entry, audit_entry::leaf_hash))
        .load(db))?;
    Ok(cut(entries, limit, None))
}

/// What was said of the documents, by the leaf hash of the intent: the outcome names that and does
/// not say it again. An intent is found by its grant, which has few, and its request.
fn documents(
    db: &mut Db,
    outcomes: &[(i64, Entry)],
) -> Result<HashMap<String, Vec<String>>, StoreError> {
    let (mut grants, mut requests) = (BTreeSet::new(), BTreeSet::new());
    for (_, outcome) in outcomes {
        grants.extend(outcome.grant.as_deref().and_then(bytes_of));
        requests.extend(bytes_of(&outcome.request));
    }
    let intents: Vec<Stored> = on_each!(&mut *db, db => audit_entry::table
        .filter(audit_entry::grant_id.eq_any(&grants))
        .filter(audit_entry::request_id.eq_any(&requests))
        .filter(audit_entry::event.eq(Event::SignatureIntent.name()))
        .select((audit_entry::sequence, audit_entry::entry, audit_entry::leaf_hash))
        .load(db))?;
    let mut stored = packed(db, intents.iter().map(|(sequence, ..)| *sequence).collect())?;
    let each = intents.into_iter().filter_map(|(sequence, entry, _)| {
        let opened = openings::open(&entry, &stored.remove(&sequence)?);
        Some((hex::encode(leaf_hash(&entry)), told(opened.values)))
    });
    Ok(each.collect())
}

fn grants(outcomes: &[(i64, Entry)]) -> BTreeSet<Vec<u8>> {
    let grants = outcomes
        .iter()
        .filter_map(|(_, outcome)| outcome.grant.as_deref());
    grants.filter_map(bytes_of).collect()
}

/// The request whose approval gave what a call used, by the grant that the call's entries name; `None` where it was none
/// that a system asked for.
///
/// # Errors
/// If the database fails.
pub fn asked_for_by(db: &mut Db, grant: &str) -> Result<Option<AskedFor>, StoreError> {
    let sads = bytes_of(grant).into_iter().collect();
    Ok(asked(db, &sads)?.remove(grant))
}

/// What approved these, by the id of the SAD: its entry stands right before that of the SAD, which
/// it names.
fn asked(db: &mut Db, sads: &BTreeSet<Vec<u8>>) -> Result<HashMap<String, AskedFor>, StoreError> {
    let authorized: Vec<i64> = on_each!(&mut *db, db => audit_entry::table
        .filter(audit_entry::object_id.eq_any(sads))
        .filter(audit_entry::event.eq(Event::SadAuthorized.name()))
        .select(audit_entry::sequence)
        .load(db))?;
    let before: Vec<i64> = authorized.iter().map(|sequence| sequence - 1).collect();
    let given: Vec<Stored> = on_each!(db, db => audit_entry::table
        .filter(audit_entry::sequence.eq_any(&before))
        .filter(audit_entry::event.eq(Event::ApprovalGiven.name()))
        .select((audit_entry::sequence, audit_entry::entry, audit_entry::leaf_hash))
        .load(db))?;
    let each = given.iter().filter_map(read);
    Ok(each.filter_map(|entry| approved(&entry)).collect())
}

/// The SAD that an approval made, and what was approved.
fn approved(given: &Entry) -> Option<(String, AskedFor)> {
    let fact = |name| match given.data.get(name)? {
        Fact::Text(text) => Some(text.clone()),
        Fact::Integer(_) => None,
    };
    let asked = AskedFor {
        approval: given.object.clone()?,
        client: fact("of_client")?,
    };
    Some((fact("sad")?, asked))
}

/// The documents among the opened fields, in their order.
fn told(values: BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let documents = values
        .into_iter()
        .filter(|(field, _)| field.starts_with("document_"));
    documents
        .filter_map(|(_, value)| String::from_utf8(value).ok())
        .collect()
}

fn bytes_of(id: &str) -> Option<Vec<u8>> {
    let id = Uuid::parse_str(id).ok()?;
    Some(id.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_told_in_their_order_and_nothing_else() {
        let fields = [
            ("document_010", "k"),
            ("source", "203.0.113.7"),
            ("document_002", "c"),
            ("client_data", "x"),
        ];
        let values = fields.map(|(field, value)| (field.to_owned(), value.into()));
        assert_eq!(told(BTreeMap::from(values)), ["c", "k"]);
    }

    #[test]
    fn the_next_page_begins_behind_what_was_told_or_searched() {
        let entries = |places: &[i64]| {
            places
                .iter()
                .map(|at| (*at, Vec::new(), Vec::new()))
                .collect()
        };
        let cut = |places, limit, to| {
            let found = cut(entries(places), limit, to);
            (found.entries.len(), found.next)
        };
        assert_eq!(cut(&[9, 7, 5], 2, None), (2, Some(7)));
        assert_eq!(cut(&[9, 7, 5], 2, Some(5)), (2, Some(7)));
        assert_eq!(cut(&[9, 7], 2, Some(5)), (2, Some(5)));
        assert_eq!(cut(&[], 2, Some(5)), (0, Some(5)));
        assert_eq!(cut(&[9], 2, None), (1, None));
    }

    #[test]
    fn an_entry_that_was_changed_is_not_read() {
        let bytes = br#"{"v":1}"#.to_vec();
        assert_eq!(read(&(1, bytes.clone(), vec![0; 32])), None);
        let leaf = leaf_hash(&bytes).to_vec();
        assert_eq!(read(&(1, bytes, leaf)), None, "no entry");
    }
}
