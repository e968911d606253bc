//! People, roles, factors, and the rule of two.

use kyso_core::change::{PowerChange, Proposal};
use kyso_core::id::{AgencyId, PendingChangeId, StampingSessionId};
use kyso_core::model::{
    Agency, AgencyCode, CodeFormat, CredentialState, Dated, GrantTarget, Owner, Role,
    StampingSession,
};
use kyso_core::{Change, Refusal, Timestamp};
use kyso_evidence::Event;

use super::town::{Town, code_of, person};
use crate::store::world::{World, on_both};

async fn bootstrap_is_entry_0_and_works_once(world: &mut World) {
    let town = Town::found(world).await;
    let first = &town.world.entries(Event::BootstrapCompleted);
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].seq, 0);
    let snapshot = town.fresh().await;
    assert!(
        town.managers
            .iter()
            .all(|id| snapshot.roles_of(*id) == [Role::SubscriberManager])
    );
    assert_eq!(snapshot.roles_of(town.officer), [Role::SecurityOfficer]);
    let founder = |login| {
        let person = person(town.agency, login);
        kyso_store::Founder {
            code: [1; 32],
            person,
        }
    };
    let again = kyso_store::Bootstrap {
        environment: "evaluation",
        agency: snapshot.agencies[&town.agency].clone(),
        managers: [founder("a"), founder("b")],
        officer: founder("c"),
        codes_expire_at: town.later(60),
    };
    let refused = town.world.journal().bootstrap(again).await;
    assert!(matches!(
        refused,
        Err(kyso_core::journal::CommitError::Refused(Refusal::Conflict))
    ));
    town.world.verify().unwrap();
}

async fn a_clerks_sessions_end_with_the_office(world: &mut World) {
    let mut town = Town::found(world).await;
    let seal = town.active(Owner::Agency(town.agency)).await;
    let (client, ..) = town.system("dms", GrantTarget::Credential(seal)).await;
    for by_role in [true, false] {
        let clerk = town.register(&format!("clerk-{by_role}")).await;
        town.code(clerk, code_of(clerk)).await.unwrap();
        town.enrol(clerk, code_of(clerk)).await.unwrap();
        let role = town.role(clerk, Role::RecordsClerk).await.unwrap();
        let session = StampingSession {
            id: StampingSessionId::random(),
            client,
            credential: seal,
            opened_by: clerk,
            limit: 10,
            purposes: vec!["PHAT_HANH".to_owned()],
            opened_at: town.later(0),
            expires_at: town.later(600),
            closed_at: None,
            made_by: None,
        };
        let open = Change::OpenStampingSession(session, town.totp(clerk));
        town.change(Town::actor(clerk), open).await.unwrap();
        assert_eq!(town.fresh().await.sessions.len(), 1);
        let end = if by_role {
            Change::RevokeRole(role)
        } else {
            Change::EndPerson(clerk)
        };
        town.by_manager(end).await.unwrap();
        assert!(town.policy.snapshot().sessions.is_empty());
    }
    assert_eq!(town.world.entries(Event::SessionClosed).len(), 2);
}

async fn names_are_taken_once(world: &mut World) {
    let town = Town::found(world).await;
    town.register("binh").await;
    let twin = person(town.agency, "binh");
    assert_eq!(
        town.by_manager(Change::RegisterPerson(twin)).await,
        Err(Refusal::Conflict)
    );
    let code = AgencyCode {
        format: CodeFormat::Modern,
        code: "H27.1".to_owned(),
        valid_from: Timestamp::from_micros(0),
        valid_until: None,
    };
    let add = |id, code: &AgencyCode| Change::AddAgencyCode(id, code.clone());
    town.by_manager(add(town.agency, &code)).await.unwrap();
    assert_eq!(
        town.by_manager(add(town.agency, &code)).await,
        Err(Refusal::Conflict)
    );
    assert_eq!(town.policy.snapshot().agencies[&town.agency].codes, [code]);
}

async fn an_ended_person_keeps_nothing(world: &mut World) {
    let mut town = Town::found(world).await;
    let leader = town.signer("leader").await;
    let key = town.active(Owner::Person(leader)).await;
    town.by_manager(Change::EndPerson(leader)).await.unwrap();
    let snapshot = town.fresh().await;
    assert!(snapshot.person(leader, town.later(0)).is_none());
    assert!(snapshot.roles_of(leader).is_empty());
    assert_eq!(snapshot.credentials[&key].state, CredentialState::Revoked);
    assert_eq!(town.world.entries(Event::CredentialRevoked).len(), 1);
    assert_eq!(
        town.by_manager(Change::EndPerson(leader)).await,
        Err(Refusal::Conflict)
    );
    assert_eq!(
        town.code(leader, [9; 32]).await,
        Err(Refusal::SecondPersonRequired)
    );
    assert_eq!(
        town.split_code(leader, [9; 32]).await,
        Err(Refusal::Conflict)
    );
}

async fn the_dishonest_manager_gets_nothing_alone(world: &mut World) {
    let mut town = Town::found(world).await;
    let [dishonest, _] = town.managers;
    let friend = town.signer("friend").await;
    let grant = |person| {
        let id = kyso_core::id::RoleGrantId::random();
        let role = Role::SubscriberManager;
        PowerChange::GrantRole(kyso_core::model::RoleGrant {
            id,
            person,
            role,
            agency: None,
        })
    };
    let id = town.propose(grant(friend)).await.unwrap();
    let totp = Some(town.totp(dishonest));
    let alone = town
        .change(Town::actor(dishonest), Change::Approve(id, totp))
        .await;
    assert_eq!(alone, Err(Refusal::SamePerson));
    let totp = Some(town.totp(friend));
    let friends = town
        .change(Town::actor(friend), Change::Approve(id, totp))
        .await;
    assert_eq!(
        friends,
        Err(Refusal::SamePerson),
        "the friend over themself"
    );
    let totp = Some(town.totp(town.officer));
    let officers = town
        .change(Town::actor(town.officer), Change::Approve(id, totp))
        .await;
    assert_eq!(officers, Err(Refusal::Forbidden));
    assert!(
        !town
            .fresh()
            .await
            .holds_anywhere(friend, Role::SubscriberManager)
    );
    assert_eq!(
        town.propose(grant(dishonest)).await,
        Err(Refusal::SamePerson),
        "over oneself"
    );
}

async fn a_managers_one_time_password_is_their_own(world: &mut World) {
    let mut town = Town::found(world).await;
    let [dishonest, other] = town.managers;
    let friend = town.register("friend").await;
    let change = PowerChange::ResetFactors(friend);
    let id = town.propose(change.clone()).await.unwrap();
    let otp = town.totp(dishonest);
    let proposal = Proposal {
        id: PendingChangeId::random(),
        change,
        totp: None,
        expires_at: town.later(60),
    };
    let stale = town
        .change(Town::actor(other), Change::Propose(proposal))
        .await;
    assert_eq!(stale, Err(Refusal::FactorRequired));
    let stolen = Change::Approve(id, Some(otp));
    assert_eq!(
        town.change(Town::actor(other), stolen).await,
        Err(Refusal::FactorRequired)
    );
    assert_eq!(
        town.code(other, [1; 32]).await,
        Err(Refusal::SecondPersonRequired),
        "no code for somebody with power from one manager alone"
    );
    let hidden = Change::Batch(vec![Change::Approve(id, None)]);
    assert_eq!(
        town.by_manager(hidden).await,
        Err(Refusal::Forbidden),
        "nor inside an import"
    );
}

async fn a_pending_change_is_decided_once_and_in_time(world: &mut World) {
    let mut town = Town::found(world).await;
    let person = town.register("binh").await;
    let grant = |role| {
        let id = kyso_core::id::RoleGrantId::random();
        PowerChange::GrantRole(kyso_core::model::RoleGrant {
            id,
            person,
            role,
            agency: None,
        })
    };
    let id = town.propose(grant(Role::Signer)).await.unwrap();
    town.approve(id).await.unwrap();
    assert_eq!(
        town.approve(id).await,
        Err(Refusal::UnknownObject),
        "not pending any more"
    );
    let approved = town.world.entries(Event::ChangeApproved);
    let granted = town.world.entries(Event::RoleGranted);
    assert_eq!(
        approved.last().unwrap().seq + 1,
        granted.last().unwrap().seq
    );
    let id = town.propose(grant(Role::RecordsClerk)).await.unwrap();
    town.change(
        Town::actor(town.managers[1]),
        Change::Reject(id, "không cần".to_owned()),
    )
    .await
    .unwrap();
    assert_eq!(town.approve(id).await, Err(Refusal::UnknownObject));
    let id = town.propose(grant(Role::RecordsClerk)).await.unwrap();
    town.world.clock.advance(3_601);
    assert_eq!(town.approve(id).await, Err(Refusal::Conflict), "too late");
    assert_eq!(
        town.role(town.officer, Role::Signer).await,
        Err(Refusal::Conflict)
    );
    assert_eq!(
        town.role(person, Role::SecurityOfficer).await,
        Err(Refusal::Conflict)
    );
}

async fn an_import_is_all_or_nothing(world: &mut World) {
    let town = Town::found(world).await;
    let new = |login| Change::RegisterPerson(person(town.agency, login));
    let bad = Change::Batch(vec![new("a"), new("b"), new("a")]);
    assert_eq!(town.by_manager(bad).await, Err(Refusal::Conflict));
    assert_eq!(town.fresh().await.people.by_id.len(), 3);
    town.by_manager(Change::Batch(vec![new("a"), new("b")]))
        .await
        .unwrap();
    assert_eq!(town.fresh().await.people.by_id.len(), 5);
    let import = town.world.entries(Event::ImportApplied);
    assert_eq!(import.len(), 1);
    assert_eq!(import[0].count, Some(2));
    town.world.verify().unwrap();
}

async fn an_agency_stands_under_its_parent_until_it_ends(world: &mut World) {
    let town = Town::found(world).await;
    let commune = Agency {
        id: AgencyId::random(),
        parent: Dated::new(Some(town.agency)),
        name: Dated::new("UBND xã".to_owned()),
        kind: "state".to_owned(),
        level: "commune".to_owned(),
        valid_from: town.later(0),
        valid_until: None,
        codes: Vec::new(),
    };
    town.by_manager(Change::RegisterAgency(commune.clone()))
        .await
        .unwrap();
    let now = town.later(0);
    assert!(town.fresh().await.is_under(commune.id, town.agency, now));
    let twice = town
        .by_manager(Change::RegisterAgency(commune.clone()))
        .await;
    assert_eq!(twice, Err(Refusal::Conflict));
    let mut later = Agency {
        id: AgencyId::random(),
        ..commune.clone()
    };
    later.valid_from = town.later(60);
    let planned = Change::RegisterAgency(later.clone());
    town.by_manager(planned).await.unwrap();
    let ends = async |id, at| {
        let end = town.by_manager(Change::EndAgency(id, at)).await;
        end.map(|_| ())
    };
    let conflict = Err(Refusal::Conflict);
    let past = Timestamp::from_micros(1);
    assert_eq!(ends(commune.id, past).await, conflict);
    assert_eq!(ends(later.id, town.later(59)).await, conflict, "not begun");
    assert_eq!(ends(later.id, town.later(60)).await, Ok(()));
    // An end that has not come is set anew, later and earlier.
    for seconds in [60, 90, 30] {
        assert_eq!(ends(commune.id, town.later(seconds)).await, Ok(()));
        let end = town.fresh().await.agencies[&commune.id].valid_until;
        assert_eq!(end, Some(town.later(seconds)));
    }
    town.world.clock.advance(30);
    for seconds in [0, 60] {
        assert_eq!(ends(commune.id, town.later(seconds)).await, conflict);
    }
    let code = AgencyCode {
        format: CodeFormat::Modern,
        code: "H27.9".to_owned(),
        valid_from: town.later(0),
        valid_until: None,
    };
    let alias = Change::AddAgencyCode(commune.id, code);
    assert_eq!(town.by_manager(alias).await.map(|_| ()), conflict);
    town.world.verify().unwrap();
}

/// What the server read as now is a moment old when it is written.
async fn an_agency_ends_at_the_time_of_the_entry_that_ends_it(world: &mut World) {
    let town = Town::found(world).await;
    let mut commune = town.policy.snapshot().agencies[&town.agency].clone();
    (commune.parent, commune.id) = (Dated::new(Some(town.agency)), AgencyId::random());
    let id = commune.id;
    let register = Change::RegisterAgency(commune);
    town.by_manager(register).await.unwrap();
    let read = town.later(0);
    town.world.clock.advance(60);
    town.by_manager(Change::EndAgency(id, read)).await.unwrap();
    let end = town.fresh().await.agencies[&id].valid_until;
    assert_eq!(end, Some(town.later(0)));
}

on_both! {
    bootstrap_is_entry_0_and_works_once,
    a_clerks_sessions_end_with_the_office,
    names_are_taken_once,
    an_ended_person_keeps_nothing,
    the_dishonest_manager_gets_nothing_alone,
    a_managers_one_time_password_is_their_own,
    a_pending_change_is_decided_once_and_in_time,
    an_import_is_all_or_nothing,
    an_agency_stands_under_its_parent_until_it_ends,
    an_agency_ends_at_the_time_of_the_entry_that_ends_it,
}
