//! Agencies have dates, and what was given for one lasts no longer than it.

use std::sync::Arc;

use super::town::{Town, at, person_actor, totp};
use crate::change::*;
use crate::id::*;
use crate::model::*;
use crate::*;

/// What bends the only agency of the town.
type Bend = fn(&mut Agency);

const ENDED: Bend = |agency| agency.valid_until = Some(at(0));
const ENDS_LATER: Bend = |agency| agency.valid_until = Some(at(1));
const BEGINS_LATER: Bend = |agency| agency.valid_from = at(1);

/// The town with every role given for its agency, and the agency bent.
fn town(bend: Bend) -> Town {
    let mut town = Town::new();
    let agency = town.agency;
    town.bend_people(|people| {
        for grant in &mut people.roles {
            grant.agency = Some(agency);
        }
    });
    let agencies = Arc::get_mut(&mut town.snapshot.agencies).unwrap();
    bend(agencies.get_mut(&agency).unwrap());
    town
}

fn province_wide(mut town: Town) -> Town {
    town.bend_people(|people| {
        for grant in &mut people.roles {
            grant.agency = None;
        }
    });
    town
}

fn change(town: &Town, by: Role, change: Change) -> Result<(), Refusal> {
    let actor = person_actor(town.by_role[&by]);
    town.policy().authorize_change(actor, change).map(|_| ())
}

fn member(town: &Town) -> Change {
    let mut person = town.snapshot.people.by_id[&town.outsider].clone();
    person.id = PersonId::random();
    Change::RegisterPerson(person)
}

fn below(town: &Town) -> Change {
    let mut agency = town.snapshot.agencies[&town.agency].clone();
    agency.parent = Dated::new(Some(agency.id));
    agency.id = AgencyId::random();
    agency.valid_until = None;
    Change::RegisterAgency(agency)
}

fn alias(town: &Town) -> Change {
    let code = AgencyCode {
        format: CodeFormat::Modern,
        code: "H27.5".to_owned(),
        valid_from: at(0),
        valid_until: None,
    };
    Change::AddAgencyCode(town.agency, code)
}

fn proposal(town: &Town, change: PowerChange) -> Change {
    Change::Propose(Proposal {
        id: PendingChangeId::random(),
        change,
        totp: Some(totp(town.by_role[&Role::SubscriberManager])),
        expires_at: at(60),
    })
}

fn role(town: &Town) -> Change {
    let grant = RoleGrant {
        id: RoleGrantId::random(),
        person: town.outsider,
        role: Role::Signer,
        agency: Some(town.agency),
    };
    proposal(town, PowerChange::GrantRole(grant))
}

fn granted(town: &Town) -> Change {
    let grant = ClientGrant {
        id: ClientGrantId::random(),
        client: town.client,
        target: GrantTarget::Agency(town.agency),
        explicit: false,
        raw_hash: false,
    };
    proposal(town, PowerChange::GrantClient(grant))
}

#[test]
fn a_systems_grant_lasts_as_long_as_its_agency_also_for_those_below() {
    for (bend, lasts) in [(ENDED, false), (BEGINS_LATER, false), (ENDS_LATER, true)] {
        let mut town = Town::new();
        let mut above = town.snapshot.agencies[&town.agency].clone();
        above.id = AgencyId::random();
        bend(&mut above);
        town.bend_grant(|grant| grant.target = GrantTarget::Agency(above.id));
        let agencies = Arc::get_mut(&mut town.snapshot.agencies).unwrap();
        agencies.get_mut(&town.agency).unwrap().parent = Dated::new(Some(above.id));
        agencies.insert(above.id, above);
        let policy = town.policy();
        let stamped = policy.authorize_signing(town.system(), town.stamp());
        let expected = if lasts {
            Ok(())
        } else {
            Err(Refusal::UnknownCredential)
        };
        assert_eq!(stamped.map(|_| ()).map_err(|r| r.refusal), expected);
    }
}

#[test]
fn a_role_lasts_as_long_as_its_agency() {
    let opening = |town: &Town| {
        let clerk = town.by_role[&Role::RecordsClerk];
        let open = Change::OpenStampingSession(town.session_value(), totp(clerk));
        change(town, Role::RecordsClerk, open)
    };
    let signs = |town: &Town| {
        let actor = person_actor(town.signer());
        town.policy()
            .authorize_signing(actor, town.call())
            .map(|_| ())
            .map_err(|refused| refused.refusal)
    };
    for (bend, lasts) in [(ENDED, false), (BEGINS_LATER, false), (ENDS_LATER, true)] {
        let town = town(bend);
        assert_eq!(opening(&town).is_ok(), lasts);
        assert_eq!(signs(&town).is_ok(), lasts, "{:?}", signs(&town));
        for wanted in [member(&town), below(&town), role(&town)] {
            assert_eq!(
                change(&town, Role::SubscriberManager, wanted).is_ok(),
                lasts
            );
        }
        let lock = Change::LockCredential(town.personal, "x".to_owned());
        assert_eq!(change(&town, Role::SecurityOfficer, lock).is_ok(), lasts);
    }
}

#[test]
fn an_agency_that_ended_gets_no_members_keys_or_power() {
    // Locked, so that there is something to unlock.
    let locked = |bend| {
        let mut town = province_wide(town(bend));
        town.bend_credential(town.seal, |seal| seal.state = CredentialState::Locked);
        town
    };
    let (ended, later) = (locked(ENDED), locked(BEGINS_LATER));
    let each: [fn(&Town) -> Change; 8] = [
        member,
        below,
        alias,
        role,
        granted,
        |town| Change::Batch(vec![member(town)]),
        |town| proposal(town, PowerChange::ActivateCredential(town.seal)),
        |town| proposal(town, PowerChange::UnlockCredential(town.seal)),
    ];
    for (case, wanted) in each.into_iter().enumerate() {
        let end = change(&ended, Role::SubscriberManager, wanted(&ended));
        assert_eq!(end, Err(Refusal::Conflict), "{case}");
        // One that is only planned is filled before it begins.
        let end = change(&later, Role::SubscriberManager, wanted(&later));
        assert_eq!(end, Ok(()), "{case}");
    }
}

#[test]
fn an_agency_that_ended_still_loses_what_it_had() {
    let town = province_wide(town(ENDED));
    let less = [
        Change::LockCredential(town.seal, "x".to_owned()),
        Change::EndPerson(town.outsider),
        Change::CloseStampingSession(town.session),
        proposal(&town, PowerChange::RevokeRole(town.role_of_signer)),
    ];
    for (case, wanted) in less.into_iter().enumerate() {
        let end = change(&town, Role::SubscriberManager, wanted);
        assert_eq!(end, Ok(()), "{case}");
    }
}

#[test]
fn a_seal_stamps_only_while_its_agency_is_there() {
    for (bend, end) in [
        (ENDED, Err(Refusal::CredentialDisabled)),
        (BEGINS_LATER, Err(Refusal::CredentialDisabled)),
        (ENDS_LATER, Ok(())),
    ] {
        let mut town = province_wide(town(bend));
        // A grant for the agency would end with it, and say nothing about the seal.
        let named = GrantTarget::Credential(town.seal);
        town.bend_grant(|grant| grant.target = named);
        let policy = town.policy();
        let stamped = policy.authorize_signing(town.system(), town.stamp());
        assert_eq!(stamped.map(|_| ()).map_err(|r| r.refusal), end);
    }
    // A row that does not hold is not in the snapshot, and then nothing says that the agency is there.
    let mut town = Town::new();
    town.snapshot.agencies = Arc::default();
    let policy = town.policy();
    let stamped = policy.authorize_signing(town.system(), town.stamp());
    assert!(stamped.is_err());
}

#[test]
fn an_agency_does_not_end_before_now() {
    let mut town = Town::new();
    let mut commune = town.snapshot.agencies[&town.agency].clone();
    (commune.parent, commune.id) = (Dated::new(Some(town.agency)), AgencyId::random());
    let id = commune.id;
    Arc::make_mut(&mut town.snapshot.agencies).insert(id, commune);
    for (when, expected) in [
        (-500, Err(Refusal::Conflict)),
        (-61, Err(Refusal::Conflict)),
        // The server read its clock, and decides a moment later.
        (-60, Ok(())),
        (0, Ok(())),
        (500, Ok(())),
    ] {
        let end = || Change::EndAgency(id, at(when));
        for wanted in [end(), Change::Batch(vec![end()])] {
            let end = change(&town, Role::SubscriberManager, wanted);
            assert_eq!(end, expected, "{when}");
        }
    }
}
