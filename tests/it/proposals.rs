//! Proposals over HTTP: who sees them, who decides, and what they are worth once things have moved on.

use kyso_api::management::{Change, ChangeState, EndRequest, NewRole, RoleName};
use kyso_client::Client;
use kyso_tests::http::Reply;
use kyso_tests::province::Account;
use serde_json::{Value, json};

use crate::stamping::{Bench, assert_problem};
use crate::world::{World, on_both};

fn post(world: &World, token: &str, path: &str, body: &Value) -> Reply {
    let call = world.http().post(&format!("/api/v1/{path}"));
    call.bearer(token).json(body).send().unwrap()
}

/// The first manager proposes a further role for somebody.
fn proposed(world: &World, person: &str) -> Change {
    proposed_as(world, person, RoleName::Operator)
}

fn proposed_as(world: &World, person: &str, role: RoleName) -> Change {
    let role = NewRole {
        person: person.to_owned(),
        role,
        agency: None,
        otp: None,
    };
    let manager = &world.province().office.manager1;
    manager.acting(|client| client.grant_role(&role)).unwrap()
}

fn listed(who: &Account, id: &str) -> Option<Change> {
    let changes = who.acting(|client| client.changes(None)).unwrap();
    changes.into_iter().find(|change| change.id == id)
}

fn state(who: &Account, id: &str) -> Option<ChangeState> {
    listed(who, id).unwrap().state
}

fn roles(world: &World, person: &str) -> usize {
    let manager = &world.province().office.manager1;
    let roles = manager.acting(Client::roles).unwrap();
    roles.iter().filter(|role| role.person == person).count()
}

#[test]
fn managers_and_officers_see_a_proposal_and_nobody_else() {
    on_both(
        "it::proposals::managers_and_officers_see_a_proposal_and_nobody_else",
        |world| {
            let (signer, bench) = (world.signer(), Bench::new(world));
            let office = &world.province().office;
            let change = proposed(world, &signer.account.person_id);
            for who in [&office.manager1, &office.manager2, &office.officer] {
                let seen = listed(who, &change.id).unwrap();
                assert_eq!(seen.state, Some(ChangeState::Waiting), "{}", who.login);
                assert_eq!(seen.proposed_by, office.manager1.person_id);
                assert_eq!(seen.expires_at, change.expires_at);
            }
            let others = [
                signer.account.token().unwrap(),
                bench.clerk.token_with_otp().unwrap(),
                bench.token,
            ];
            for token in &others {
                let list = world.http().get("/api/v1/changes").bearer(token);
                let list = list.send().unwrap();
                assert_eq!(list.status, 403, "{}", list.text());
                let path = format!("changes/{}", change.id);
                let body = json!({"reason": "tôi"});
                let reject = post(world, token, &format!("{path}/reject"), &body);
                assert_eq!(reject.status, 403, "{}", reject.text());
                let approve = post(world, token, &format!("{path}/approve"), &json!({}));
                // A signer has not even proved a one-time password.
                assert!(matches!(approve.status, 401 | 403), "{}", approve.text());
            }
            // An officer watches: they do not decide.
            let officer = office.officer.token_with_otp().unwrap();
            let path = format!("changes/{}/approve", change.id);
            assert_problem(&post(world, &officer, &path, &json!({})), 403, "forbidden");
            assert_eq!(
                state(&office.officer, &change.id),
                Some(ChangeState::Waiting)
            );
        },
    );
}

#[test]
fn whoever_proposed_withdraws() {
    on_both("it::proposals::whoever_proposed_withdraws", |world| {
        let signer = world.signer();
        let office = &world.province().office;
        let person = &signer.account.person_id;
        let change = proposed(world, person);
        let withdrawn = |client: &Client| client.reject(&change.id, "ghi nhầm người");
        office.manager1.acting(withdrawn).unwrap();
        assert_eq!(
            state(&office.manager2, &change.id),
            Some(ChangeState::Rejected)
        );
        let token = office.manager2.token_with_otp().unwrap();
        let path = format!("changes/{}", change.id);
        let late = post(world, &token, &format!("{path}/approve"), &json!({}));
        assert_problem(&late, 404, "not_found");
        let twice = json!({"reason": "lần nữa"});
        let twice = post(world, &token, &format!("{path}/reject"), &twice);
        assert_problem(&twice, 404, "not_found");
        assert_eq!(roles(world, person), 1);
    });
}

#[test]
fn approving_takes_another_manager_once_and_a_one_time_password() {
    on_both(
        "it::proposals::approving_takes_another_manager_once_and_a_one_time_password",
        |world| {
            let signer = world.signer();
            let office = &world.province().office;
            let person = &signer.account.person_id;
            let change = proposed(world, person);
            let path = format!("changes/{}/approve", change.id);
            let own = office.manager1.token_with_otp().unwrap();
            let own = |body: &Value| post(world, &own, &path, body);
            assert_problem(&own(&json!({})), 403, "same_person");
            let reply = office.manager1.with_code(|otp| own(&json!({"otp": otp})));
            assert_problem(&reply.unwrap(), 403, "same_person");
            let other = office.manager2.token_with_otp().unwrap();
            let wrong = post(world, &other, &path, &json!({"otp": "abcdef"}));
            assert!((400..500).contains(&wrong.status), "{}", wrong.text());
            assert_eq!(roles(world, person), 1);
            let approve = |otp| post(world, &other, &path, &json!({"otp": otp}));
            let reply = office.manager2.with_code(approve).unwrap();
            assert_eq!(reply.status, 204, "{}", reply.text());
            assert_eq!(roles(world, person), 2);
            assert_problem(&post(world, &other, &path, &json!({})), 404, "not_found");
            assert_eq!(
                state(&office.officer, &change.id),
                Some(ChangeState::Approved)
            );
        },
    );
}

#[test]
fn a_proposal_is_stale_once_its_object_changed() {
    on_both(
        "it::proposals::a_proposal_is_stale_once_its_object_changed",
        |world| {
            let signer = world.signer();
            let office = &world.province().office;
            let (person, credential) = (&signer.account.person_id, &signer.credentials.p256);
            let manager = &office.manager1;
            let lock = |client: &Client| client.lock_credential(credential, "nghi lộ");
            manager.acting(lock).unwrap();
            let unlock = |client: &Client| client.unlock_credential(credential, None);
            let unlocked = manager.acting(unlock).unwrap();
            let revoke = |client: &Client| client.revoke_credential(credential, "mất thiết bị");
            manager.acting(revoke).unwrap();
            let role = proposed(world, person);
            let end = |client: &Client| client.end_person(person, &EndRequest::default());
            manager.acting(end).unwrap();
            let token = office.manager2.token_with_otp().unwrap();
            for (what, change) in [("unlock", unlocked), ("role", role)] {
                let path = format!("changes/{}/approve", change.id);
                let reply = post(world, &token, &path, &json!({}));
                assert!(
                    matches!(reply.status, 403 | 404 | 409),
                    "{what}: {} {}",
                    reply.status,
                    reply.text()
                );
            }
            assert_eq!(roles(world, person), 0);
        },
    );
}

/// Each was right when it was made; whichever is decided second is not any more.
#[test]
fn an_officers_role_and_another_that_wait_at_once_are_not_both_given() {
    on_both(
        "it::proposals::an_officers_role_and_another_that_wait_at_once_are_not_both_given",
        |world| {
            let office = &world.province().office;
            let both = [RoleName::SecurityOfficer, RoleName::Operator];
            for first in [0, 1] {
                let person = world.registered();
                let waiting = both.map(|role| proposed_as(world, &person, role));
                office.approve(&waiting[first].id).unwrap();
                let late = &waiting[1 - first];
                let token = office.manager2.token_with_otp().unwrap();
                // The log-in's one-time password is fresh. One for this act would count as a wrong one, since the act is refused,
                // and others who act as this manager meanwhile would have to wait.
                let path = format!("changes/{}/approve", late.id);
                let reply = post(world, &token, &path, &json!({}));
                assert_problem(&reply, 409, "wrong_state");
                assert_eq!(roles(world, &person), 1, "{}", late.kind);
            }
        },
    );
}
