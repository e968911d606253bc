//! The agency that an act is about, which the actor's role must cover.

use std::time::Duration;

use crate::Timestamp;
use crate::change::{Change, PowerChange};
use crate::id::{AgencyId, CredentialId, PersonId, RoleGrantId};
use crate::model::{AgencyCode, Owner, Role};
use crate::refusal::Refusal;
use crate::snapshot::Snapshot;

/// The agency that a change is about; `None` is the whole province.
pub(super) fn agency_of(snapshot: &Snapshot, change: &Change) -> Result<Option<AgencyId>, Refusal> {
    match change {
        Change::RegisterAgency(agency) => Ok(*agency.parent.first()),
        Change::AddAgencyCode(agency, _)
        | Change::EndAgencyCode(agency, ..)
        | Change::EndAgency(agency, _)
        | Change::RenameAgency(agency, ..) => Ok(Some(*agency)),
        Change::RegisterPerson(person) => Ok(Some(person.agency)),
        Change::EndPerson(person) | Change::IssueEnrolmentCode { person, .. } => {
            agency_of_person(snapshot, *person)
        }
        Change::RequestCredential(request) => agency_of_owner(snapshot, request.owner),
        Change::RemovePicture(owner) => agency_of_owner(snapshot, *owner),
        Change::CertifyCredential(id, _)
        | Change::HandOverCredential(id, _)
        | Change::LockCredential(id, _)
        | Change::RevokeCredential(id, _) => agency_of_credential(snapshot, *id),
        Change::CloseStampingSession(id) => {
            let session = snapshot.sessions.find(*id).ok_or(Refusal::SessionClosed)?;
            agency_of_credential(snapshot, session.credential)
        }
        Change::EndAuthority(id) => {
            let record = snapshot
                .people
                .authorities
                .iter()
                .find(|record| record.id == *id);
            record
                .map(|record| Some(record.agency))
                .ok_or(Refusal::UnknownObject)
        }
        Change::RevokeRole(id) => agency_of_role(snapshot, *id),
        // Batches and systems reach over agencies, so only a province-wide role covers them.
        _ => Ok(None),
    }
}

/// The server's own "now" may have been read so long before policy decides.
pub const JUST_NOW: Duration = Duration::from_mins(1);

/// Whether a change would end an agency before now, or have had it called otherwise: what was signed and stamped since
/// was lawful, and under the name that it had.
pub(super) fn reaches_back(change: &Change, now: Timestamp) -> bool {
    match change {
        Change::Batch(changes) => changes.iter().any(|change| reaches_back(change, now)),
        Change::EndAgency(_, at) | Change::RenameAgency(_, _, at) => now.since(*at) > JUST_NOW,
        _ => false,
    }
}

/// Whether a change would put an agency, a code, a name, a person or a key under an agency that has ended.
pub(super) fn joins_ended(snapshot: &Snapshot, change: &Change, now: Timestamp) -> bool {
    let joined = match change {
        Change::Batch(changes) => {
            return changes
                .iter()
                .any(|change| joins_ended(snapshot, change, now));
        }
        Change::RegisterAgency(_)
        | Change::AddAgencyCode(..)
        | Change::RenameAgency(..)
        | Change::RegisterPerson(_)
        | Change::RequestCredential(_) => agency_of(snapshot, change),
        _ => Ok(None),
    };
    // An agency or a person that is not there is refused where the change is applied.
    matches!(joined, Ok(Some(id)) if snapshot.has_ended(id, now))
}

/// A code lies below one of the agency above: whoever manages a commune names nothing else in the province.
///
/// A further code of an agency lies beside those of its neighbours, and its name is what others know it by, so both are
/// given from above: by whoever manages the agency above too. Only a manager of the whole province gives the first
/// code of its format, and any other; a batch is theirs alone already.
pub(super) fn check_given_from_above(
    snapshot: &Snapshot,
    manager: PersonId,
    change: &Change,
    now: Timestamp,
) -> Result<(), Refusal> {
    let (parent, codes) = match change {
        Change::RegisterAgency(agency) => (*agency.parent.first(), agency.codes.as_slice()),
        Change::AddAgencyCode(id, code) => (snapshot.above(*id, now), std::slice::from_ref(code)),
        // What is given from above is taken from above.
        Change::EndAgencyCode(id, ..) | Change::RenameAgency(id, ..) => {
            (snapshot.above(*id, now), &[][..])
        }
        _ => return Ok(()),
    };
    let above = parent.and_then(|id| snapshot.agencies.get(&id));
    let above = above.map_or(&[][..], |agency| &agency.codes);
    let in_force = |upper: &AgencyCode| upper.valid_until.is_none_or(|end| now < end);
    let uppers = above.iter().filter(|upper| in_force(upper));
    let over = |id| snapshot.holds_at(manager, Role::SubscriberManager, id, now);
    let below = codes
        .iter()
        .all(|code| uppers.clone().any(|upper| code.is_below(upper)));
    if over(None) || over(parent) && below {
        Ok(())
    } else {
        Err(Refusal::Forbidden)
    }
}

/// What comes into force later is for those to decide who are over the agency then as well: a manager from whose reach it is
/// to be moved neither ends it, nor names it, nor puts another below it for those who take it over.
///
/// So with an authority, see [`super::power::check_power`].
pub(super) fn check_over_it_then(
    snapshot: &Snapshot,
    manager: PersonId,
    change: &Change,
    now: Timestamp,
) -> Result<(), Refusal> {
    let (over, then) = match change {
        Change::EndAgency(id, at) => (Some(*id), now.max(*at)),
        Change::RegisterAgency(agency) => (*agency.parent.first(), now.max(agency.valid_from)),
        Change::RenameAgency(id, _, at) => {
            let then = now.max(*at);
            (snapshot.above(*id, then), then)
        }
        _ => return Ok(()),
    };
    if snapshot.holds_over(manager, Role::SubscriberManager, over, (now, then)) {
        Ok(())
    } else {
        Err(Refusal::Forbidden)
    }
}

/// The agency that a change of power is about; `None` is the whole province.
///
/// # Errors
/// [`Refusal::UnknownObject`], [`Refusal::UnknownCredential`].
pub fn agency_of_power(
    snapshot: &Snapshot,
    change: &PowerChange,
) -> Result<Option<AgencyId>, Refusal> {
    match change {
        PowerChange::ActivateCredential(id) | PowerChange::UnlockCredential(id) => {
            agency_of_credential(snapshot, *id)
        }
        PowerChange::GrantRole(grant) => Ok(grant.agency),
        PowerChange::RecordAuthority(record) => Ok(Some(record.agency)),
        PowerChange::SetPicture(picture) => agency_of_owner(snapshot, picture.owner),
        PowerChange::ResetFactors(person) => agency_of_person(snapshot, *person),
        PowerChange::ErasePerson(erasure) => agency_of_person(snapshot, erasure.person),
        PowerChange::IssueEnrolmentCode(code) => agency_of_person(snapshot, code.person),
        PowerChange::RevokeRole(id) => agency_of_role(snapshot, *id),
        // Who is moved leaves some managers' reach and enters others', so only a manager of all decides.
        PowerChange::MoveAgency(..)
        | PowerChange::AddClientKey(_)
        | PowerChange::GrantClient(_)
        | PowerChange::Several(_) => Ok(None),
    }
}

fn agency_of_credential(
    snapshot: &Snapshot,
    id: CredentialId,
) -> Result<Option<AgencyId>, Refusal> {
    snapshot
        .credentials
        .get(&id)
        .map(|c| Some(c.agency))
        .ok_or(Refusal::UnknownCredential)
}

fn agency_of_owner(snapshot: &Snapshot, owner: Owner) -> Result<Option<AgencyId>, Refusal> {
    match owner {
        Owner::Agency(agency) => Ok(Some(agency)),
        Owner::Person(person) => agency_of_person(snapshot, person),
    }
}

pub(super) fn agency_of_person(
    snapshot: &Snapshot,
    id: PersonId,
) -> Result<Option<AgencyId>, Refusal> {
    let person = snapshot.people.by_id.get(&id);
    person
        .map(|person| Some(person.agency))
        .ok_or(Refusal::UnknownObject)
}

fn agency_of_role(snapshot: &Snapshot, id: RoleGrantId) -> Result<Option<AgencyId>, Refusal> {
    let grant = snapshot.people.roles.iter().find(|grant| grant.id == id);
    grant
        .map(|grant| grant.agency)
        .ok_or(Refusal::UnknownObject)
}
