//! How far a manager of one agency reaches, and who moves the bounds.

use super::power::{approve, grant, propose, record};
use super::town::{Town, at, totp};
use crate::change::*;
use crate::id::*;
use crate::model::*;
use crate::*;

/// A commune in the town's agency, its manager, and somebody who serves there.
struct Commune {
    id: AgencyId,
    manager: PersonId,
    member: PersonId,
}

fn with_commune() -> (Town, Commune) {
    let mut town = Town::new();
    let commune = AgencyId::random();
    let agency = Agency {
        id: commune,
        parent: Dated::new(Some(town.agency)),
        ..town.snapshot.agencies[&town.agency].clone()
    };
    std::sync::Arc::make_mut(&mut town.snapshot.agencies).insert(commune, agency);
    let local = town.outsider;
    let role = RoleGrant {
        id: RoleGrantId::random(),
        person: local,
        role: Role::SubscriberManager,
        agency: Some(commune),
    };
    town.bend_people(|people| people.roles.push(role));
    let member = town.by_role[&Role::RecordsClerk];
    town.bend_people(|people| people.by_id.get_mut(&member).unwrap().agency = commune);
    let commune = Commune {
        id: commune,
        manager: local,
        member,
    };
    (town, commune)
}

#[test]
fn a_commune_s_manager_reaches_no_further() {
    let (town, commune) = with_commune();
    let (commune, local, friend) = (commune.id, commune.manager, commune.member);
    let leader = town.signer();
    assert_eq!(
        propose(&town, local, grant(friend, Role::Signer, Some(commune))),
        Ok(())
    );
    for beyond in [Some(town.agency), None] {
        let end = propose(&town, local, grant(friend, Role::Signer, beyond));
        assert_eq!(end, Err(Refusal::Forbidden));
    }
    let target = GrantTarget::Agency(commune);
    let wide = ClientGrant {
        id: ClientGrantId::random(),
        client: town.client,
        target,
        explicit: false,
        raw_hash: false,
    };
    assert_eq!(
        propose(&town, local, PowerChange::GrantClient(wide)),
        Err(Refusal::Forbidden)
    );
    assert_eq!(
        propose(&town, local, PowerChange::ResetFactors(leader)),
        Err(Refusal::Forbidden)
    );
}

/// Who is moved leaves some managers' reach and enters others'.
#[test]
fn only_a_manager_of_all_moves_an_agency_and_never_below_itself() {
    let (mut town, commune) = with_commune();
    let (manager, local) = (town.by_role[&Role::SubscriberManager], commune.manager);
    let (top, low) = (town.agency, commune.id);
    let to = |id, parent| PowerChange::MoveAgency(id, parent, None);
    assert_eq!(
        propose(&town, local, to(low, None)),
        Err(Refusal::Forbidden)
    );
    assert_eq!(propose(&town, manager, to(low, None)), Ok(()));
    for (id, parent) in [
        (low, Some(top)), // where it is
        (top, Some(low)),
        (top, Some(top)),
        (low, Some(AgencyId::random())),
        (AgencyId::random(), None),
    ] {
        let end = propose(&town, manager, to(id, parent));
        assert_eq!(end, Err(Refusal::Conflict), "{id:?} {parent:?}");
    }
    let other = AgencyId::random();
    let agencies = std::sync::Arc::make_mut(&mut town.snapshot.agencies);
    let mut ending = agencies[&top].clone();
    (ending.id, ending.valid_until) = (other, Some(at(1000)));
    agencies.insert(other, ending);
    assert_eq!(
        propose(&town, manager, to(low, Some(other))),
        Err(Refusal::Conflict),
        "it is to end"
    );
}

/// The commune leaves the town's agency in a minute.
fn with_commune_leaving() -> (Town, Commune) {
    let (mut town, commune) = with_commune();
    let agencies = std::sync::Arc::make_mut(&mut town.snapshot.agencies);
    let agency = agencies.get_mut(&commune.id).unwrap();
    agency.parent.change(at(60), None);
    (town, commune)
}

/// Also how long a role counts, since write 1 comes later than the decision.
#[test]
fn a_role_reaches_an_agency_until_that_is_moved() {
    let never = Some(Timestamp::NEVER);
    let clerk_over = |over: fn(&Town, &Commune) -> Option<AgencyId>, now| {
        let (mut town, commune) = with_commune_leaving();
        let clerk = town.outsider;
        let role = RoleGrant {
            id: RoleGrantId::random(),
            person: clerk,
            role: Role::RecordsClerk,
            agency: over(&town, &commune),
        };
        town.bend_people(|people| people.roles.push(role));
        let until = |agency| {
            let snapshot = &town.snapshot;
            snapshot.holds_until(clerk, Role::RecordsClerk, Some(agency), now)
        };
        (until(commune.id), until(town.agency))
    };
    let above = |town: &Town, _: &Commune| Some(town.agency);
    assert_eq!(clerk_over(above, at(0)), (Some(at(60)), never));
    assert_eq!(clerk_over(above, at(60)), (None, never));
    // Its own move ends nothing for the clerk of the commune, nor for one of all.
    for now in [at(0), at(60)] {
        assert_eq!(
            clerk_over(|_, commune| Some(commune.id), now),
            (never, None)
        );
        assert_eq!(clerk_over(|_, _| None, now), (never, never));
    }
}

#[test]
fn a_systems_grant_reaches_an_agency_until_that_is_moved() {
    let (mut town, commune) = with_commune_leaving();
    let target = GrantTarget::Agency(town.agency);
    let grant = ClientGrant {
        id: ClientGrantId::random(),
        client: town.client,
        target,
        explicit: false,
        raw_hash: false,
    };
    let clients = std::sync::Arc::get_mut(&mut town.snapshot.clients).unwrap();
    clients.grants.insert(town.client, vec![grant]);
    let mut seal = town.snapshot.credentials[&town.seal].as_ref().clone();
    seal.agency = commune.id;
    let until = |now| {
        let leave = town.snapshot.grant_for(town.client, &seal, now);
        leave.map(|leave| leave.until)
    };
    assert_eq!(until(at(0)), Some(at(60)));
    assert_eq!(until(at(60)), None);
}

/// A manager of the place that it leaves decides nothing for the time after.
#[test]
fn what_holds_after_a_move_is_for_those_who_are_over_it_then() {
    let (mut town, commune) = with_commune_leaving();
    let above = town.by_role[&Role::RecordsClerk];
    let role = RoleGrant {
        id: RoleGrantId::random(),
        person: above,
        role: Role::SubscriberManager,
        agency: Some(town.agency),
    };
    town.bend_people(|people| people.roles.push(role));
    let all = town.by_role[&Role::SubscriberManager];
    let rename = |at| Change::RenameAgency(commune.id, "B".to_owned(), at);
    let end = |at| Change::EndAgency(commune.id, at);
    let asked = |by, change| {
        let end = town
            .policy()
            .authorize_change(super::town::person_actor(by), change);
        end.map(|_| ())
    };
    for (time, allowed) in [
        (at(0), Ok(())),
        (at(59), Ok(())),
        (at(60), Err(Refusal::Forbidden)),
        (at(90), Err(Refusal::Forbidden)),
    ] {
        for by in [above, all] {
            let allowed = if by == all { Ok(()) } else { allowed };
            assert_eq!(asked(by, rename(time)), allowed, "{time:?}");
            assert_eq!(asked(by, end(time)), allowed, "{time:?}");
        }
    }
    let below = |time| {
        let mut agency = town.snapshot.agencies[&commune.id].clone();
        (agency.id, agency.parent) = (AgencyId::random(), Dated::new(Some(commune.id)));
        (agency.valid_from, agency.codes) = (time, Vec::new());
        Change::RegisterAgency(agency)
    };
    let signs_from = |time| {
        let PowerChange::RecordAuthority(mut record) = record(town.signer(), commune.id) else {
            panic!("no record");
        };
        (record.valid_from, record.valid_until) = (time, at(1_000));
        propose(&town, above, PowerChange::RecordAuthority(record))
    };
    let forbidden = Err(Refusal::Forbidden);
    assert_eq!(asked(above, below(at(59))), Ok(()));
    assert_eq!(asked(above, below(at(60))), forbidden);
    assert_eq!(
        (signs_from(at(59)), signs_from(at(60))),
        (Ok(()), forbidden)
    );
    // The commune's own manager may end it still, as it stays theirs.
    assert_eq!(asked(commune.manager, end(at(90))), Ok(()));
}

#[test]
fn a_name_is_given_from_above() {
    let (town, commune) = with_commune();
    let rename = |id, at| Change::RenameAgency(id, "B".to_owned(), at);
    let asked = |by, change| {
        let end = town
            .policy()
            .authorize_change(super::town::person_actor(by), change);
        end.map(|_| ())
    };
    let manager = town.by_role[&Role::SubscriberManager];
    let own = asked(commune.manager, rename(commune.id, at(0)));
    assert_eq!(own, Err(Refusal::Forbidden));
    assert_eq!(asked(manager, rename(commune.id, at(0))), Ok(()));
    assert_eq!(asked(manager, rename(commune.id, at(60))), Ok(()));
    let back = asked(manager, rename(commune.id, at(-61)));
    assert_eq!(
        back,
        Err(Refusal::Conflict),
        "what was signed bears the old one"
    );
}

#[test]
fn a_commune_s_manager_gives_no_power_to_a_leader_of_the_agency_above() {
    let (mut town, commune) = with_commune();
    let (commune, local, friend) = (commune.id, commune.manager, commune.member);
    let leader = town.signer();
    let forbidden = Err(Refusal::Forbidden);
    for (person, end) in [(friend, Ok(())), (leader, forbidden)] {
        let role = grant(person, Role::Operator, Some(commune));
        let record = record(person, commune);
        let several = PowerChange::Several(vec![record.clone()]);
        for change in [role, record, several] {
            let name = change.name();
            assert_eq!(propose(&town, local, change), end, "{name}");
        }
    }
    // The same when one over both has proposed it: the second person must be over both too.
    for (person, end) in [(friend, Ok(())), (leader, Err(Refusal::Forbidden))] {
        let pending = PendingChange {
            id: town.pending,
            change: record(person, commune),
            proposed_by: town.second_manager,
            expires_at: at(60),
        };
        town.snapshot.pending = std::sync::Arc::new([(town.pending, pending)].into());
        assert_eq!(approve(&town, local, Some(totp(local))), end);
    }
}
