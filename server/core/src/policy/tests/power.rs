//! The rule of two, and the dishonest manager.

use super::town::{Town, at, person_actor, totp};
use crate::change::*;
use crate::id::*;
use crate::model::*;
use crate::*;

pub(super) fn grant(person: PersonId, role: Role, agency: Option<AgencyId>) -> PowerChange {
    PowerChange::GrantRole(RoleGrant {
        id: RoleGrantId::random(),
        person,
        role,
        agency,
    })
}

pub(super) fn propose(town: &Town, by: PersonId, change: PowerChange) -> Result<(), Refusal> {
    let proposal = Proposal {
        id: PendingChangeId::random(),
        change,
        totp: Some(totp(by)),
        expires_at: at(60),
    };
    let end = town
        .policy()
        .authorize_change(person_actor(by), Change::Propose(proposal));
    end.map(|_| ())
}

pub(super) fn approve(town: &Town, by: PersonId, factor: Option<TotpUse>) -> Result<(), Refusal> {
    let change = Change::Approve(town.pending, factor);
    town.policy()
        .authorize_change(person_actor(by), change)
        .map(|_| ())
}

fn waiting(change: impl Fn(&Town) -> PowerChange) -> Town {
    let mut town = Town::new();
    let pending = PendingChange {
        id: town.pending,
        change: change(&town),
        proposed_by: town.by_role[&Role::SubscriberManager],
        expires_at: at(60),
    };
    town.snapshot.pending = std::sync::Arc::new([(town.pending, pending)].into());
    town
}

#[test]
fn a_manager_does_not_approve_what_they_proposed() {
    let town = waiting(|town| grant(town.outsider, Role::SubscriberManager, None));
    let proposer = town.by_role[&Role::SubscriberManager];
    assert_eq!(
        approve(&town, proposer, Some(totp(proposer))),
        Err(Refusal::SamePerson)
    );
    let second = town.second_manager;
    assert_eq!(approve(&town, second, Some(totp(second))), Ok(()));
}

#[test]
fn a_second_manager_cannot_be_made_alone() {
    let town = waiting(|town| grant(town.outsider, Role::SubscriberManager, None));
    for by in [
        town.outsider,
        town.signer(),
        town.by_role[&Role::SecurityOfficer],
    ] {
        assert!(approve(&town, by, Some(totp(by))).is_err());
    }
}

#[test]
fn power_over_oneself_is_another_pairs_to_give() {
    let mut town = Town::new();
    let manager = town.by_role[&Role::SubscriberManager];
    town.bend_credential(town.personal, |credential| {
        credential.owner = Owner::Person(manager);
    });
    let record = AuthorityRecord {
        id: AuthorityId::random(),
        person: manager,
        agency: town.agency,
        kind: AuthorityKind::KT,
        basis: "1".to_owned(),
        valid_from: at(0),
        valid_until: at(1),
    };
    for change in [
        grant(manager, Role::Signer, None),
        PowerChange::ResetFactors(manager),
        PowerChange::ActivateCredential(town.personal),
        PowerChange::UnlockCredential(town.personal),
        PowerChange::RecordAuthority(record),
        PowerChange::Several(vec![PowerChange::ResetFactors(manager)]),
    ] {
        let name = change.name();
        assert_eq!(
            propose(&town, manager, change),
            Err(Refusal::SamePerson),
            "{name}"
        );
    }
}

#[test]
fn what_nobody_could_approve_is_not_proposed() {
    use CredentialState as S;
    for state in S::ALL {
        let mut town = Town::new();
        town.bend_credential(town.personal, |credential| credential.state = state);
        let manager = town.by_role[&Role::SubscriberManager];
        let unlock = PowerChange::UnlockCredential(town.personal);
        let activate = PowerChange::ActivateCredential(town.personal);
        let several = PowerChange::Several(vec![unlock.clone()]);
        let ended = matches!(state, S::Revoked | S::Expired);
        for (change, useful) in [
            (unlock, state == S::Locked),
            (several, state == S::Locked),
            (activate, !ended),
        ] {
            let name = change.name();
            let expected = if useful {
                Ok(())
            } else {
                Err(Refusal::Conflict)
            };
            assert_eq!(
                propose(&town, manager, change),
                expected,
                "{name} {state:?}"
            );
        }
    }
}

#[test]
fn an_approval_needs_ones_own_fresh_factor() {
    let town = waiting(|town| PowerChange::ResetFactors(town.signer()));
    let second = town.second_manager;
    assert_eq!(approve(&town, second, None), Err(Refusal::FactorRequired));
    let stolen = Some(totp(town.by_role[&Role::SubscriberManager]));
    assert_eq!(approve(&town, second, stolen), Err(Refusal::FactorRequired));
    for (age, end) in [(300, Ok(())), (301, Err(Refusal::FactorRequired))] {
        let actor = person_actor(second).with_otp_at(at(-age));
        let change = Change::Approve(town.pending, None);
        let approved = town.policy().authorize_change(actor, change).map(|_| ());
        assert_eq!(approved, end, "{age} s old");
    }
}

#[test]
fn a_dismissed_proposer_proposes_nothing() {
    let mut town = waiting(|town| PowerChange::ResetFactors(town.signer()));
    let (proposer, second) = (town.by_role[&Role::SubscriberManager], town.second_manager);
    town.bend_people(|people| people.roles.retain(|grant| grant.person != proposer));
    assert_eq!(
        approve(&town, second, Some(totp(second))),
        Err(Refusal::Forbidden)
    );
}

#[test]
fn an_officer_holds_no_other_role() {
    let town = Town::new();
    let (manager, officer) = (
        town.by_role[&Role::SubscriberManager],
        town.by_role[&Role::SecurityOfficer],
    );
    for role in Role::ALL
        .into_iter()
        .filter(|role| *role != Role::SecurityOfficer)
    {
        let end = propose(&town, manager, grant(officer, role, None));
        assert_eq!(end, Err(Refusal::Conflict), "an officer as {}", role.name());
        let end = propose(
            &town,
            manager,
            grant(town.by_role[&role], Role::SecurityOfficer, None),
        );
        let own = role == Role::SubscriberManager;
        assert!(end.is_err(), "{} as officer ({own})", role.name());
    }
    let of_one_agency = grant(town.outsider, Role::SecurityOfficer, Some(town.agency));
    assert_eq!(
        propose(&town, manager, of_one_agency),
        Err(Refusal::Conflict)
    );
}

pub(super) fn record(person: PersonId, agency: AgencyId) -> PowerChange {
    PowerChange::RecordAuthority(AuthorityRecord {
        id: AuthorityId::random(),
        person,
        agency,
        kind: AuthorityKind::KT,
        basis: "1".to_owned(),
        valid_from: at(0),
        valid_until: at(1),
    })
}

#[test]
fn a_role_is_not_proposed_twice_nor_anything_for_one_who_has_gone() {
    let mut town = Town::new();
    let manager = town.by_role[&Role::SubscriberManager];
    let (signer, gone) = (town.signer(), town.by_role[&Role::RecordsClerk]);
    town.bend_people(|people| people.by_id.get_mut(&gone).unwrap().ended_at = Some(at(0)));
    let conflict = Err(Refusal::Conflict);
    let there = Some(town.agency);
    let code = |person| {
        PowerChange::IssueEnrolmentCode(SplitCode {
            person,
            code: [0; 32],
            approver_half: vec![1],
            seconds: 60,
        })
    };
    let erase = |person, before| {
        PowerChange::ErasePerson(Erasure {
            person,
            ended_before: at(before),
            reason: None,
        })
    };
    for (case, (change, end)) in [
        (grant(signer, Role::Signer, None), conflict),
        (grant(signer, Role::Signer, there), Ok(())),
        (grant(signer, Role::Operator, None), Ok(())),
        (grant(gone, Role::Signer, None), conflict),
        (record(signer, town.agency), Ok(())),
        (record(gone, town.agency), conflict),
        (PowerChange::ResetFactors(signer), Ok(())),
        (PowerChange::ResetFactors(gone), conflict),
        (code(signer), Ok(())),
        (code(gone), conflict),
        (erase(signer, 9), conflict),
        (erase(gone, 0), Ok(())),
        (erase(gone, -1), conflict),
    ]
    .into_iter()
    .enumerate()
    {
        let several = PowerChange::Several(vec![change.clone()]);
        assert_eq!(propose(&town, manager, change), end, "{case}");
        assert_eq!(propose(&town, manager, several), end, "{case}");
    }
    let agencies = std::sync::Arc::make_mut(&mut town.snapshot.agencies);
    agencies.get_mut(&town.agency).unwrap().valid_until = Some(at(0));
    for change in [
        grant(signer, Role::Signer, there),
        record(signer, town.agency),
    ] {
        assert_eq!(propose(&town, manager, change), conflict);
    }
}

#[test]
fn the_two_liberties_are_granted_for_one_credential_by_its_name() {
    let town = Town::new();
    let manager = town.by_role[&Role::SubscriberManager];
    let named = GrantTarget::Credential(town.personal);
    let agency = GrantTarget::Agency(town.agency);
    for (target, explicit, raw_hash, expected) in [
        (agency, false, false, Ok(())),
        (agency, true, false, Err(Refusal::Conflict)),
        (agency, false, true, Err(Refusal::Conflict)),
        (named, true, true, Ok(())),
    ] {
        let grant = ClientGrant {
            id: ClientGrantId::random(),
            client: town.client,
            target,
            explicit,
            raw_hash,
        };
        let one = PowerChange::GrantClient(grant.clone());
        assert_eq!(propose(&town, manager, one), expected, "{grant:?}");
        let hidden = PowerChange::Several(vec![PowerChange::GrantClient(grant)]);
        assert_eq!(propose(&town, manager, hidden), expected, "in a batch");
    }
}

#[test]
fn a_log_in_by_password_alone_does_not_grow_with_a_later_role() {
    use crate::actor::{Proof, Subject};
    let acts = |town: &Town, proof| {
        let subject = Subject::Person(town.signer());
        let actor = Actor::trust_verified(subject, None, proof, None, None);
        let policy = town.policy();
        policy.visible(&actor, town.personal).map(|_| ())
    };
    let mut town = Town::new();
    assert_eq!(acts(&town, Proof::Password), Ok(()));
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Signer) {
        let person = town.signer();
        town.bend_people(|people| {
            people
                .roles
                .retain(|grant| grant.person != person || grant.role == Role::Signer);
            let (id, agency) = (RoleGrantId::random(), None);
            people.roles.push(RoleGrant {
                id,
                person,
                role,
                agency,
            });
        });
        assert_eq!(
            acts(&town, Proof::Password),
            Err(Refusal::TokenInvalid),
            "{role:?}"
        );
        assert_eq!(acts(&town, Proof::PasswordAndTotp), Ok(()), "{role:?}");
    }
}
