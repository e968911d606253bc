//! Acts that one person did without the second whom they need.

use kyso_evidence::entry::{ActorKind, Outcome};
use kyso_evidence::{Entry, Event};

use super::look;
use crate::connection::Db;
use crate::error::StoreError;

/// What grants power or lets somebody come into it, what cannot be given again once it is erased, and what may blind the
/// watcher.
pub(super) const EVENTS: &[Event] = &[
    Event::AgencyMoved,
    Event::AuthorityRecorded,
    Event::ChangeApproved,
    Event::ClientGranted,
    Event::ClientKeyAdded,
    Event::CredentialActivated,
    Event::CredentialErased,
    Event::CredentialUnlocked,
    Event::FactorCodeIssued,
    Event::FactorReset,
    Event::PersonErased,
    Event::PictureSet,
    Event::RoleGranted,
    Event::RoleRevoked,
];

/// The approval of a change and what it makes are one transaction, of no more entries than this.
const REACH: i64 = 2_048;

/// Why nobody else stands behind an act.
pub(super) fn judge(
    db: &mut Db,
    at: i64,
    entry: &Entry,
) -> Result<Option<&'static str>, StoreError> {
    if entry.outcome != Outcome::Ok {
        return Ok(None);
    }
    match entry.event {
        Event::ChangeApproved => approval(db, at, entry),
        // What a reset had locked comes back when its owner enrols: nobody's act of power.
        Event::CredentialUnlocked if look::text(entry, "reason") == Some("factor_enrolled") => {
            Ok(None)
        }
        // One manager may take any other role away.
        Event::RoleRevoked if look::text(entry, "role") != Some("security_officer") => Ok(None),
        _ if entry.actor.kind == ActorKind::System => Ok(Some("by_the_server")),
        event => {
            let near = at.saturating_sub(REACH)..at;
            let approved = look::of_call(db, Event::ChangeApproved, &entry.request, near)?;
            let why = match event {
                Event::FactorCodeIssued => "code",
                _ => "no_second",
            };
            Ok(approved.is_empty().then_some(why))
        }
    }
}

/// Whether the approver is somebody else than whoever proposed it before.
fn approval(db: &mut Db, at: i64, approved: &Entry) -> Result<Option<&'static str>, StoreError> {
    let change = approved.object.as_deref().unwrap_or_default();
    let looked = look::about(db, change)?;
    if !looked.spoilt.is_empty() {
        return Ok(Some("tampered"));
    }
    let proposed = looked.whole.iter().find(|(sequence, one)| {
        *sequence < at && one.event == Event::ChangeProposed && one.outcome == Outcome::Ok
    });
    let Some((_, proposed)) = proposed else {
        return Ok(Some("no_proposal"));
    };
    let same = proposed.actor.id.is_none() || proposed.actor.id == approved.actor.id;
    Ok(same.then_some("same_person"))
}
