//! Two managers of the whole province stay, whatever is done.

use std::sync::Arc;

use super::town::{Town, at, person_actor, totp};
use crate::change::*;
use crate::id::*;
use crate::model::*;
use crate::*;

/// The town with so many managers of the whole province beside the first, each of an agency of their own
/// under the town's; the first is the town's.
struct Office {
    town: Town,
    others: Vec<(PersonId, RoleGrantId, AgencyId)>,
}

impl Office {
    fn with(others: usize) -> Self {
        let mut town = Town::new();
        let second = town.second_manager;
        town.bend_people(|people| people.roles.retain(|grant| grant.person != second));
        let others = (0..others).map(|_| Self::add(&mut town)).collect();
        Self { town, others }
    }

    fn add(town: &mut Town) -> (PersonId, RoleGrantId, AgencyId) {
        let (id, role, agency) = (
            PersonId::random(),
            RoleGrantId::random(),
            AgencyId::random(),
        );
        let mut home = town.snapshot.agencies[&town.agency].clone();
        (home.id, home.parent) = (agency, Dated::new(Some(town.agency)));
        Arc::make_mut(&mut town.snapshot.agencies).insert(agency, home);
        let mut person = town.snapshot.people.by_id[&town.outsider].clone();
        (person.id, person.agency) = (id, agency);
        town.bend_people(|people| {
            people.by_id.insert(id, person);
            people.roles.push(RoleGrant {
                id: role,
                ..manager(id, None)
            });
        });
        (id, role, agency)
    }

    fn first(&self) -> PersonId {
        self.town.by_role[&Role::SubscriberManager]
    }

    fn end(&self, change: Change) -> Result<(), Refusal> {
        let actor = person_actor(self.first());
        let policy = self.town.policy();
        policy.authorize_change(actor, change).map(|_| ())
    }

    fn propose(&self, change: PowerChange) -> Result<(), Refusal> {
        self.end(Change::Propose(Proposal {
            id: PendingChangeId::random(),
            change,
            totp: Some(totp(self.first())),
            expires_at: at(60),
        }))
    }

    /// Every act that takes the first of the others out of office.
    fn acts(&self) -> Vec<Result<(), Refusal>> {
        let (person, role, agency) = self.others[0];
        let revoke = PowerChange::RevokeRole(role);
        let several = PowerChange::Several(vec![
            PowerChange::ResetFactors(self.town.outsider),
            revoke.clone(),
        ]);
        vec![
            self.end(Change::RevokeRole(role)),
            self.end(Change::EndPerson(person)),
            self.end(Change::EndAgency(agency, at(0))),
            self.end(Change::EndAgency(agency, at(1_000_000))),
            self.end(Change::Batch(vec![Change::EndPerson(person)])),
            self.end(Change::Batch(vec![
                Change::EndPerson(self.town.outsider),
                Change::EndAgency(agency, at(60)),
            ])),
            self.propose(revoke),
            self.propose(several),
        ]
    }
}

fn manager(person: PersonId, agency: Option<AgencyId>) -> RoleGrant {
    RoleGrant {
        id: RoleGrantId::random(),
        person,
        role: Role::SubscriberManager,
        agency,
    }
}

const CONFLICT: Result<(), Refusal> = Err(Refusal::Conflict);

#[test]
fn of_two_managers_neither_goes_and_of_three_one_may() {
    for (others, end) in [(1, CONFLICT), (2, Ok(())), (3, Ok(()))] {
        let office = Office::with(others);
        for (case, act) in office.acts().into_iter().enumerate() {
            assert_eq!(act, end, "{others} others, act {case}");
        }
        // With it all would go.
        for when in [at(0), at(1_000_000)] {
            let root = Change::EndAgency(office.town.agency, when);
            assert_eq!(office.end(root), CONFLICT, "{others} others");
        }
        // Nobody but the managers is held back.
        let signer = Change::RevokeRole(office.town.role_of_signer);
        assert_eq!(office.end(signer), Ok(()));
        assert_eq!(office.end(Change::EndPerson(office.town.outsider)), Ok(()));
    }
}

#[test]
fn two_of_three_managers_do_not_go_in_one_act() {
    let office = Office::with(2);
    let [(one, role, agency), (other, second, _)] = office.others[..] else {
        panic!("two others");
    };
    for both in [
        vec![Change::EndPerson(one), Change::EndPerson(other)],
        vec![Change::EndAgency(agency, at(60)), Change::EndPerson(other)],
    ] {
        assert_eq!(office.end(Change::Batch(both)), CONFLICT);
    }
    let both = vec![
        PowerChange::RevokeRole(role),
        PowerChange::RevokeRole(second),
    ];
    assert_eq!(office.propose(PowerChange::Several(both)), CONFLICT);
}

#[test]
fn whoever_is_not_in_office_is_no_second_manager() {
    let bends: [fn(&mut Office); 5] = [
        // The third is a manager of one agency, their person has ended, or their agency, or it will, or has
        // not begun.
        |office| {
            let (id, _, agency) = office.others[1];
            office.town.bend_people(|people| {
                people.roles.retain(|grant| grant.person != id);
                people.roles.push(manager(id, Some(agency)));
            });
        },
        |office| {
            let id = office.others[1].0;
            office.town.bend_people(|people| {
                people.by_id.get_mut(&id).unwrap().ended_at = Some(at(0));
            });
        },
        |office| office.bend_agency(|agency| agency.valid_until = Some(at(0))),
        |office| office.bend_agency(|agency| agency.valid_until = Some(at(9))),
        |office| office.bend_agency(|agency| agency.valid_from = at(9)),
    ];
    for (case, bend) in bends.into_iter().enumerate() {
        let mut office = Office::with(2);
        bend(&mut office);
        let acts = office.acts();
        assert_eq!(acts[0], CONFLICT, "{case}");
        assert_eq!(acts[1], CONFLICT, "{case}");
    }
}

impl Office {
    fn bend_agency(&mut self, bend: impl FnOnce(&mut Agency)) {
        let id = self.others[1].2;
        let agencies = Arc::make_mut(&mut self.town.snapshot.agencies);
        bend(agencies.get_mut(&id).unwrap());
    }
}

#[test]
fn a_manager_goes_when_another_comes_by_the_same_proposal() {
    let office = Office::with(1);
    let role = office.others[0].1;
    let replaced = |grant| {
        let both = vec![PowerChange::GrantRole(grant), PowerChange::RevokeRole(role)];
        office.propose(PowerChange::Several(both))
    };
    let newcomer = office.town.outsider;
    assert_eq!(replaced(manager(newcomer, None)), Ok(()));
    let of_one_agency = manager(newcomer, Some(office.town.agency));
    assert_eq!(replaced(of_one_agency), CONFLICT);
}

#[test]
fn an_approval_leaves_two_managers_as_well() {
    for (others, end) in [(1, CONFLICT), (2, Ok(()))] {
        let mut office = Office::with(others);
        let (id, (other, role, _)) = (office.town.pending, office.others[0]);
        let pending = PendingChange {
            id,
            change: PowerChange::RevokeRole(role),
            proposed_by: office.first(),
            expires_at: at(60),
        };
        office.town.snapshot.pending = Arc::new([(id, pending)].into());
        let approve = Change::Approve(id, Some(totp(other)));
        let policy = office.town.policy();
        let approved = policy.authorize_change(person_actor(other), approve);
        assert_eq!(approved.map(|_| ()), end, "{others} others");
    }
}

#[test]
fn the_server_itself_leaves_two_managers_too() {
    let office = Office::with(1);
    let policy = office.town.policy();
    let end = Change::EndPerson(office.first());
    let end = policy.authorize_change(Actor::system(), end).map(|_| ());
    assert_eq!(end, CONFLICT);
}
