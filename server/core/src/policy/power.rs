//! Who may propose and approve power.

use super::agency::{agency_of_person, agency_of_power};
use crate::Timestamp;
use crate::change::{Change, Erasure, PowerChange, SplitCode};
use crate::id::{AgencyId, PersonId};
use crate::model::{ClientGrant, Credential, CredentialState, GrantTarget, Owner, Role, RoleGrant};
use crate::refusal::Refusal;
use crate::snapshot::Snapshot;

/// Proposing and approving power is a subscriber manager's, over the agency concerned.
pub(super) fn check_power(
    snapshot: &Snapshot,
    person: PersonId,
    change: &PowerChange,
    now: Timestamp,
) -> Result<(), Refusal> {
    if let PowerChange::Several(changes) = change {
        return changes
            .iter()
            .try_for_each(|change| check_power(snapshot, person, change, now));
    }
    if let PowerChange::GrantRole(grant) = change {
        check_officer_apart(snapshot, grant.person, grant.role)?;
        // Who watches the log watches all of it; an officer of one commune would read the rest.
        if grant.role == Role::SecurityOfficer && grant.agency.is_some() {
            return Err(Refusal::Conflict);
        }
    }
    if let PowerChange::GrantClient(grant) = change {
        check_named(grant)?;
    }
    if let PowerChange::ResetFactors(subject)
    | PowerChange::IssueEnrolmentCode(SplitCode {
        person: subject, ..
    }) = change
    {
        check_reach(snapshot, person, *subject, now)?;
    }
    // Power over oneself is never one's own to propose or approve: the third rule of two people.
    if concerns(snapshot, change) == Some(person) {
        return Err(Refusal::SamePerson);
    }
    if let Some(subject) = empowered(change) {
        check_within(snapshot, person, subject, now)?;
    }
    let agency = agency_of_power(snapshot, change)?;
    if gains(snapshot, change).is_some_and(|id| snapshot.has_ended(id, now)) {
        return Err(Refusal::Conflict);
    }
    // What is valid later is decided by whoever is over the agency then as well, wherever it is to be moved.
    let then = match change {
        PowerChange::RecordAuthority(record) => record.valid_from.max(now),
        _ => now,
    };
    let over = |time| snapshot.holds_over(person, Role::SubscriberManager, agency, (now, time));
    if over(now) && over(then) {
        Ok(())
    } else {
        Err(Refusal::Forbidden)
    }
}

/// What nobody could approve is not put before a second person: a credential that has ended signs nothing
/// again, and only one that is locked is unlocked.
///
/// Nor does anybody get a role twice, and one whose service has ended gets nothing.
pub(super) fn check_use(
    snapshot: &Snapshot,
    change: &PowerChange,
    now: Timestamp,
) -> Result<(), Refusal> {
    let state = |id| snapshot.credentials.get(id).map(|one| one.state);
    let serves = |person| snapshot.person(person, now).is_some();
    let useful = match change {
        PowerChange::Several(changes) => {
            return changes
                .iter()
                .try_for_each(|change| check_use(snapshot, change, now));
        }
        PowerChange::UnlockCredential(id) => state(id) == Some(CredentialState::Locked),
        PowerChange::ActivateCredential(id) => !matches!(
            state(id),
            Some(CredentialState::Revoked | CredentialState::Expired)
        ),
        PowerChange::GrantRole(grant) => {
            serves(grant.person)
                && !snapshot
                    .people
                    .roles
                    .iter()
                    .any(|held| is_same(held, grant))
        }
        PowerChange::MoveAgency(id, parent, at) => {
            may_move(snapshot, *id, *parent, now.or_later(*at))
        }
        PowerChange::RecordAuthority(record) => serves(record.person),
        PowerChange::SetPicture(picture) => match picture.owner {
            Owner::Agency(agency) => snapshot.agencies.contains_key(&agency),
            Owner::Person(person) => serves(person),
        },
        PowerChange::ResetFactors(person) => serves(*person),
        PowerChange::IssueEnrolmentCode(code) => serves(code.person),
        PowerChange::ErasePerson(erasure) => has_ended(snapshot, erasure),
        PowerChange::AddClientKey(_) | PowerChange::GrantClient(_) | PowerChange::RevokeRole(_) => {
            true
        }
    };
    if useful {
        Ok(())
    } else {
        Err(Refusal::Conflict)
    }
}

/// Whether service and credentials have ended; since when, the journal looks up.
fn has_ended(snapshot: &Snapshot, erasure: &Erasure) -> bool {
    let person = snapshot.people.by_id.get(&erasure.person);
    let ended = person.and_then(|person| person.ended_at);
    let theirs = |one: &Credential| one.owner.person() == Some(erasure.person);
    let over = |state| matches!(state, CredentialState::Revoked | CredentialState::Expired);
    let mut credentials = snapshot.credentials.values();
    ended.is_some_and(|end| end <= erasure.ended_before)
        && credentials.all(|one| !theirs(one) || over(one.state))
}

/// An agency that is there from then on, to another place, which is there too, stays with all above it, and never comes to
/// lie below it.
fn may_move(snapshot: &Snapshot, id: AgencyId, parent: Option<AgencyId>, from: Timestamp) -> bool {
    let agency = snapshot.agencies.get(&id);
    let moves = agency
        .is_some_and(|agency| *agency.parent.at(from) != parent && agency.parent.has_room(from));
    moves
        && !snapshot.has_ended(id, from)
        && parent.is_none_or(|parent| snapshot.may_stand_under(id, parent, from))
}

/// The same role of the same person at the same place.
fn is_same(held: &RoleGrant, wanted: &RoleGrant) -> bool {
    (held.person, held.role, held.agency) == (wanted.person, wanted.role, wanted.agency)
}

/// Whom a change would give a role or authority.
const fn empowered(change: &PowerChange) -> Option<PersonId> {
    match change {
        PowerChange::GrantRole(grant) => Some(grant.person),
        PowerChange::RecordAuthority(record) => Some(record.person),
        _ => None,
    }
}

/// A manager gives power only to whoever serves within their own reach: a commune's manager makes nobody
/// of another agency a clerk or signer of the commune, and writes nothing of a department's leader.
fn check_within(
    snapshot: &Snapshot,
    manager: PersonId,
    subject: PersonId,
    now: Timestamp,
) -> Result<(), Refusal> {
    let agency = agency_of_person(snapshot, subject)?;
    if snapshot.holds_at(manager, Role::SubscriberManager, agency, now) {
        Ok(())
    } else {
        Err(Refusal::Forbidden)
    }
}

/// A manager reaches a person only if they are over every role that the person holds: a commune's
/// manager must not end or reset a province's.
pub(super) fn check_reach(
    snapshot: &Snapshot,
    manager: PersonId,
    subject: PersonId,
    now: Timestamp,
) -> Result<(), Refusal> {
    let mut held = snapshot
        .people
        .roles
        .iter()
        .filter(|grant| grant.person == subject);
    let role = Role::SubscriberManager;
    let over = held.all(|grant| snapshot.holds_at(manager, role, grant.agency, now));
    if over {
        Ok(())
    } else {
        Err(Refusal::Forbidden)
    }
}

/// The agency into which a change would put power: one that has ended cannot have any.
fn gains(snapshot: &Snapshot, change: &PowerChange) -> Option<AgencyId> {
    let of_credential = |id| snapshot.credentials.get(&id).map(|one| one.agency);
    match change {
        PowerChange::ActivateCredential(id) | PowerChange::UnlockCredential(id) => {
            of_credential(*id)
        }
        PowerChange::GrantClient(grant) => match grant.target {
            GrantTarget::Agency(id) => Some(id),
            GrantTarget::Credential(id) => of_credential(id),
        },
        PowerChange::GrantRole(grant) => grant.agency,
        PowerChange::MoveAgency(_, parent, _) => *parent,
        PowerChange::RecordAuthority(record) => Some(record.agency),
        PowerChange::SetPicture(picture) => match picture.owner {
            Owner::Agency(agency) => Some(agency),
            Owner::Person(_) => None,
        },
        PowerChange::AddClientKey(_)
        | PowerChange::ErasePerson(_)
        | PowerChange::IssueEnrolmentCode(_)
        | PowerChange::ResetFactors(_)
        | PowerChange::RevokeRole(_)
        | PowerChange::Several(_) => None,
    }
}

/// What one manager alone may not do: hand the whole code of somebody with power to one person,
/// or take the watcher's role away.
pub fn needs_two(snapshot: &Snapshot, change: &Change) -> bool {
    match change {
        Change::IssueEnrolmentCode { person, .. } => snapshot.holds_power(*person),
        Change::EndPerson(person) => snapshot.holds_anywhere(*person, Role::SecurityOfficer),
        Change::RevokeRole(id) => {
            let is_officers = |grant: &RoleGrant| grant.role == Role::SecurityOfficer;
            snapshot
                .people
                .roles
                .iter()
                .any(|grant| grant.id == *id && is_officers(grant))
        }
        Change::Batch(changes) => changes.iter().any(|change| needs_two(snapshot, change)),
        _ => false,
    }
}

/// To sign a hash that nothing is known of, or to collect somebody's one-time password, is granted
/// for one credential by its name, never for all that an agency has and will have.
fn check_named(grant: &ClientGrant) -> Result<(), Refusal> {
    match grant.target {
        GrantTarget::Agency(_) if grant.explicit || grant.raw_hash => Err(Refusal::Conflict),
        GrantTarget::Agency(_) | GrantTarget::Credential(_) => Ok(()),
    }
}

/// A security officer holds no other role, and nobody else becomes one.
fn check_officer_apart(snapshot: &Snapshot, person: PersonId, role: Role) -> Result<(), Refusal> {
    let mut held = snapshot.roles_of(person).into_iter();
    let clash = held.any(|other| {
        other != role && (other == Role::SecurityOfficer || role == Role::SecurityOfficer)
    });
    if clash {
        Err(Refusal::Conflict)
    } else {
        Ok(())
    }
}

/// The person whom a change gives power to.
fn concerns(snapshot: &Snapshot, change: &PowerChange) -> Option<PersonId> {
    match change {
        PowerChange::GrantRole(grant) => Some(grant.person),
        PowerChange::RecordAuthority(record) => Some(record.person),
        PowerChange::ResetFactors(person) => Some(*person),
        PowerChange::ErasePerson(erasure) => Some(erasure.person),
        PowerChange::IssueEnrolmentCode(code) => Some(code.person),
        PowerChange::SetPicture(picture) => picture.owner.person(),
        PowerChange::ActivateCredential(id) | PowerChange::UnlockCredential(id) => {
            snapshot.credentials.get(id)?.owner.person()
        }
        PowerChange::AddClientKey(_)
        | PowerChange::GrantClient(_)
        | PowerChange::MoveAgency(..)
        | PowerChange::RevokeRole(_)
        | PowerChange::Several(_) => None,
    }
}
