//! Acts that grant power: two people, a fresh one-time password, and nobody's own case.

use kyso_api::management::{NewGrant, NewPerson, NewRole, OtpRequest, RoleName};
use kyso_client::{Client, ClientError, Secret};
use kyso_tests::province::{Account, Holder, options};
use kyso_tests::server::tls;
use serde_json::json;

use crate::desk::{Desk, hash};
use crate::stamping::assert_problem;
use crate::world::{World, on_both};

fn code(error: &ClientError) -> &str {
    error.code().unwrap_or_default()
}

fn role(person: &str, role: RoleName) -> NewRole {
    NewRole {
        person: person.to_owned(),
        role,
        agency: None,
        otp: None,
    }
}

/// A second enrolment code for somebody who is enrolled would be their factors: one manager gets
/// half of it at most, and half opens nothing.
fn assert_no_code(world: &World, token: &str, person: &str) {
    let path = format!("/api/v1/persons/{person}/enrolment-code");
    let stolen = world.http().post(&path).bearer(token).json(&json!({}));
    let stolen = stolen.send().unwrap();
    assert_ne!(stolen.status, 201, "{}", stolen.text());
    if let Ok(half) = stolen.member("/change/enrolment_half") {
        let call = world.http().post("/api/v1/enrolments");
        let call = call.json(&json!({"code": half}));
        assert_problem(&call.send().unwrap(), 410, "code_expired");
    }
}

#[test]
fn a_dishonest_manager_gets_nowhere_alone() {
    on_both(
        "it::power::a_dishonest_manager_gets_nowhere_alone",
        |world| {
            let province = world.province();
            let office = &province.office;
            let victim = world.signer();
            let (me, agency) = (&office.manager1, &province.agencies.department);
            let token = me.token_with_otp().unwrap();
            // A person of straw, whose factors the manager holds; the role has to wait.
            let straw = me.acting(|client| {
                client.add_person(&NewPerson {
                    login: world.name("bu-nhin"),
                    name: "Bù Nhìn".into(),
                    agency: agency.clone(),
                    position: "Văn thư".into(),
                    email: "bu.nhin@hue.example.vn".into(),
                    position_required: None,
                })
            });
            let straw = straw.unwrap().id;
            let clerk = me
                .acting(|client| client.grant_role(&role(&straw, RoleName::RecordsClerk)))
                .unwrap();
            let manager =
                me.acting(|client| client.grant_role(&role(&straw, RoleName::SubscriberManager)));
            let reset = me
                .acting(|client| client.reset_factors(&victim.account.person_id, None))
                .unwrap();
            for change in [clerk.id, manager.unwrap().id, reset.id] {
                let end = me.acting(|client| Ok(client.approve(&change, None)));
                assert_eq!(code(&end.unwrap().unwrap_err()), "same_person");
            }
            assert_no_code(world, &token, &victim.account.person_id);
            // Issuing a credential on the victim's name, or activating one, does not sign as the victim.
            let holder = Holder::Person(&victim.account, agency, "Người ký");
            let fresh = office.certified(holder, "p-256", 1).unwrap();
            let desk = Desk {
                credential: fresh,
                ..Desk::p256(world, &victim)
            };
            let otp = victim.account.authenticator.code().unwrap();
            assert_eq!(
                desk.authorize(&[hash("giả")], &otp).status,
                400,
                "not handed over, not active"
            );
            let hashes = [hash("vẫn ký được")];
            let own = Desk::p256(world, &victim);
            let sad = own.sad(&victim, &hashes);
            own.assert_signed(&own.sign(&sad, &hashes), &["vẫn ký được"]);
        },
    );
}

/// One manager alone makes the code of somebody without power; were the role given while it is out, that manager could enrol and have it.
#[test]
fn nobody_is_given_a_role_while_a_code_of_theirs_is_out() {
    on_both(
        "it::power::nobody_is_given_a_role_while_a_code_of_theirs_is_out",
        |world| {
            let office = &world.province().office;
            let (person, enrolment_code) = world.newcomer();
            let proposed = office
                .manager1
                .acting(|client| client.grant_role(&role(&person, RoleName::Signer)));
            let change = proposed.unwrap().id;
            let approve = || {
                let end = office
                    .manager2
                    .acting(|client| Ok(client.approve(&change, None)));
                end.unwrap()
            };
            assert_eq!(code(&approve().unwrap_err()), "wrong_state");
            let site = world.deployment.server.site();
            let options = options(&site.base_url(), &site.path(tls::CA));
            Account::enrol(&options, &enrolment_code, &person).unwrap();
            approve().unwrap();
        },
    );
}

#[test]
fn a_signer_is_no_manager() {
    let world = World::sqlite();
    let signer = world.signer();
    let client = signer.account.log_in(None).unwrap();
    let office = &world.province().office;
    let id = &signer.credentials.rsa;
    let otp = Some(Secret::new(signer.account.authenticator.code().unwrap()));
    let seen = client.persons().unwrap_or_default();
    assert!(
        seen.iter()
            .all(|person| person.id == signer.account.person_id),
        "{seen:?}"
    );
    let refused: Vec<ClientError> = vec![
        client
            .enrolment_code(&signer.account.person_id)
            .unwrap_err(),
        client.issue_certificate(id).unwrap_err(),
        client.lock_credential(id, "x").unwrap_err(),
        client
            .grant_role(&NewRole {
                otp,
                ..role(&signer.account.person_id, RoleName::SubscriberManager)
            })
            .unwrap_err(),
        client
            .audit(&kyso_api::management::AuditQuery::default())
            .unwrap_err(),
    ];
    for error in refused {
        assert!(matches!(error.status(), Some(401 | 403 | 404)), "{error}");
    }
    assert!(office.manager1.acting(Client::persons).is_ok());
}

#[test]
fn a_security_officer_locks_and_never_unlocks() {
    on_both(
        "it::power::a_security_officer_locks_and_never_unlocks",
        |world| {
            let signer = world.signer();
            let office = &world.province().office;
            let id = &signer.credentials.p256;
            office
                .officer
                .acting(|client| client.lock_credential(id, "nghi lộ mã"))
                .unwrap();
            let error = office
                .officer
                .acting(|client| Ok(client.unlock_credential(id, None)));
            assert!(matches!(
                error.unwrap().unwrap_err().status(),
                Some(403 | 404)
            ));
            let error = office.officer.acting(|client| {
                Ok(client.add_person(&NewPerson {
                    login: world.name("ai-do"),
                    name: "Ai Đó".into(),
                    agency: world.province().agencies.department.clone(),
                    position: "x".into(),
                    email: "x@hue.example.vn".into(),
                    position_required: None,
                }))
            });
            assert_eq!(error.unwrap().unwrap_err().status(), Some(403));
            let change = office
                .manager1
                .acting(|client| client.unlock_credential(id, None))
                .unwrap();
            office.approve(&change.id).unwrap();
            let desk = Desk::p256(world, &signer);
            let hashes = [hash("mở lại")];
            let sad = desk.sad(&signer, &hashes);
            desk.assert_signed(&desk.sign(&sad, &hashes), &["mở lại"]);
        },
    );
}

#[test]
fn an_officer_holds_no_other_role() {
    let world = World::sqlite();
    let office = &world.province().office;
    let officer = &office.officer.person_id;
    let proposed = office
        .manager1
        .acting(|client| Ok(client.grant_role(&role(officer, RoleName::Signer))));
    let end = proposed.unwrap().map(|change| office.approve(&change.id));
    assert!(!matches!(end, Ok(Ok(()))), "the role was given");
}

#[test]
fn a_factor_reset_locks_until_the_person_enrols_again() {
    on_both(
        "it::power::a_factor_reset_locks_until_the_person_enrols_again",
        |world| {
            let signer = world.signer();
            let office = &world.province().office;
            let desk = Desk::p256(world, &signer);
            let hashes = [hash("trước khi đặt lại")];
            let sad = desk.sad(&signer, &hashes);
            let person = signer.account.person_id.clone();
            let change = office
                .manager1
                .acting(|client| client.reset_factors(&person, None))
                .unwrap();
            let approved = office
                .manager2
                .acting(|client| client.approve(&change.id, None))
                .unwrap();
            // Each manager gets one half of the code, so neither can enrol in the person's place.
            let proposers = change.enrolment_half.unwrap().expose().to_owned();
            let approvers = approved.enrolment_half.unwrap().expose().to_owned();
            let reply = desk.sign(&sad, &hashes);
            assert!(matches!(reply.status, 400 | 401), "{}", reply.text());
            assert!(
                signer.account.log_in(None).is_err(),
                "the old password still lets in"
            );
            let manager = &office.manager1;
            let unlocked =
                manager.acting(|client| Ok(client.unlock_credential(&desk.credential, None)));
            let unlocked = unlocked.unwrap().map(|change| office.approve(&change.id));
            assert!(
                !matches!(unlocked, Ok(Ok(()))),
                "two managers unlocked it before its owner was back"
            );
            let code = format!("{proposers}{approvers}");
            let again = kyso_tests::province::Account::enrol(office.options(), &code, &person);
            let again = kyso_tests::province::Signer {
                account: again.unwrap(),
                credentials: signer.credentials,
            };
            let desk = Desk::p256(world, &again);
            let hashes = [hash("sau khi đăng ký lại")];
            let sad = desk.sad(&again, &hashes);
            desk.assert_signed(&desk.sign(&sad, &hashes), &["sau khi đăng ký lại"]);
        },
    );
}

#[test]
fn an_enrolment_code_is_good_once() {
    on_both("it::power::an_enrolment_code_is_good_once", |world| {
        let (id, code) = world.newcomer();
        let options = world.province().office.options();
        kyso_tests::province::Account::enrol(options, &code, &id).unwrap();
        let again = world
            .http()
            .post("/api/v1/enrolments")
            .json(&json!({"code": code}));
        assert_problem(&again.send().unwrap(), 410, "code_expired");
        let guessed = world
            .http()
            .post("/api/v1/enrolments")
            .json(&json!({"code": "AAAA-BBBB-CCCC"}));
        assert_eq!(guessed.send().unwrap().status, 410);
    });
}

#[test]
fn power_needs_a_fresh_one_time_password() {
    let world = World::sqlite();
    let office = &world.province().office;
    let signer = world.signer();
    // By CSC's log-in, so without any one-time password.
    let client = signer.account.log_in(None).unwrap();
    let change = office
        .manager1
        .acting(|client| client.reset_factors(&signer.account.person_id, None))
        .unwrap();
    let body = OtpRequest { otp: None };
    let error = client.approve(&change.id, body.otp).unwrap_err();
    assert!(matches!(error.status(), Some(401 | 403 | 404)), "{error}");
    office
        .manager2
        .acting(|client| client.reject(&change.id, "không có lý do"))
        .unwrap();
    let error = office
        .manager2
        .acting(|client| Ok(client.approve(&change.id, None)));
    assert!(matches!(
        error.unwrap().unwrap_err().status(),
        Some(404 | 409)
    ));
}

#[test]
fn a_client_that_was_granted_nothing_sees_nothing() {
    let world = World::sqlite();
    let (seal, other) = (world.seal("p-256"), world.seal("p-256"));
    let system = world.system(&seal);
    let client = system.log_in(&world.province().office).unwrap();
    let seen = client.credential_ids(None).unwrap().credential_ids;
    assert_eq!(seen, [seal]);
    let error = client
        .credential_info_v1(&other, kyso_api::csc::Certificates::Single)
        .unwrap_err();
    assert_eq!(error.status(), Some(400));
    let grant = NewGrant {
        agency: None,
        credential: Some(other),
        explicit: true,
        raw_hash: true,
        otp: None,
    };
    let error = client.grant_system(&system.id, &grant).unwrap_err();
    assert!(matches!(error.status(), Some(403 | 404)), "{error}");
}
