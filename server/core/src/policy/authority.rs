//! Signing in another's place: a dated record, and always the signer's own key (Decree 30/2020 art. 13).

use crate::Timestamp;
use crate::id::AuthorityId;
use crate::model::{AuthorityRecord, Credential, Owner};
use crate::refusal::Refusal;
use crate::request::DocumentFacts;
use crate::snapshot::Snapshot;

/// The record that the documents name: one for the whole call, the owner's own, in force at `now`.
///
/// A seal is nobody's signature, so no record goes with it. The answer is when the record ends, or that
/// nothing does.
pub(super) fn check_authority(
    snapshot: &Snapshot,
    credential: &Credential,
    documents: &[DocumentFacts],
    now: Timestamp,
) -> Result<Timestamp, Refusal> {
    let mut named = documents.iter().map(|document| &document.authority);
    let Some(first) = named.next() else {
        return Ok(Timestamp::NEVER);
    };
    if named.any(|other| other != first) {
        return Err(Refusal::AuthorityInvalid);
    }
    let Some(id) = first else {
        return Ok(Timestamp::NEVER);
    };
    let id: AuthorityId = id.parse().map_err(|_| Refusal::AuthorityInvalid)?;
    let mut records = snapshot.people.authorities.iter();
    let record = records.find(|record| record.id == id && supports(record, credential, now));
    let record = record.ok_or(Refusal::AuthorityInvalid)?;
    Ok(record.valid_until)
}

fn supports(record: &AuthorityRecord, credential: &Credential, now: Timestamp) -> bool {
    credential.owner == Owner::Person(record.person)
        && record.valid_from <= now
        && now < record.valid_until
}
