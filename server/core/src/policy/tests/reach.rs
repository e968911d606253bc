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
        parent: Some(town.agency),
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
    let to = |id, parent| PowerChange::MoveAgency(id, parent);
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
