//! A second factor that does not hold, wherever it is asked for: what the log says of it.

use kyso_api::management::{AuditQuery, RoleName};
use kyso_core::{Clock, SystemClock};
use kyso_tests::authenticator::Authenticator;
use kyso_tests::http::Reply;
use serde_json::{Value, json};

use crate::desk::{Desk, hash};
use crate::log::{self, assert_events, refusal};
use crate::stamping::Bench;
use crate::world::{World, on_both, on_own, restarted, until};

/// A POST to our own API.
pub(crate) fn post(world: &World, token: &str, path: &str, body: &Value) -> Reply {
    let call = world.http().post(&format!("/api/v1{path}"));
    let call = if token.is_empty() {
        call
    } else {
        call.bearer(token)
    };
    call.json(body).send().unwrap()
}

pub(crate) fn log_in(world: &World, login: &str, password: &str, otp: Option<&str>) -> Reply {
    let mut body = json!({"login": login, "password": password});
    if let Some(otp) = otp {
        body["otp"] = otp.into();
    }
    post(world, "", "/sessions", &body)
}

#[test]
fn a_failed_second_factor_is_an_entry_wherever_it_is_asked_for() {
    let test = "it::second_factor::a_failed_second_factor_is_an_entry_wherever_it_is_asked_for";
    on_both(test, |world| {
        let bench = Bench::new(world);
        let clerk = &bench.clerk;
        let (login, password) = (&clerk.login, &clerk.password);
        let wrong = clerk.authenticator.wrong();
        for (otp, reason) in [(None, "factor_required"), (Some(&*wrong), "invalid_otp")] {
            let reply = log_in(world, login, password, otp);
            let entry = refusal(world, &reply, "login.failed", reason);
            assert_eq!(entry.entry["object"], *clerk.person_id);
        }
        let code = clerk.authenticator.code().unwrap();
        let entered = log_in(world, login, password, Some(&code));
        assert_eq!(entered.status, 201, "{}", entered.text());
        let reply = log_in(world, login, "sai", Some(&wrong));
        refusal(world, &reply, "login.failed", "wrong_password");
        let reply = log_in(world, login, password, Some(&code));
        refusal(world, &reply, "login.failed", "otp_used");
        let token: String = entered.member("access_token").unwrap();
        for (otp, reason) in [(&code, "otp_used"), (&wrong, "invalid_otp")] {
            let entry = refusal(world, &open(&bench, &token, otp), "session.opened", reason);
            assert_eq!(entry.entry["credential"], *bench.seal);
        }
    });
}

#[test]
fn a_failed_change_of_password_is_an_entry() {
    let test = "it::second_factor::a_failed_change_of_password_is_an_entry";
    on_both(test, |world| {
        let account = world.signer().account;
        let token = account.token().unwrap();
        let (right, wrong) = (
            account.authenticator.code().unwrap(),
            account.authenticator.wrong(),
        );
        for (old, otp, reason) in [
            (&*account.password, wrong, "invalid_otp"),
            ("sai", right, "wrong_password"),
        ] {
            let body = json!({"old": old, "new": "Mk-moi-0123456789", "otp": otp});
            let reply = post(world, &token, "/me/password", &body);
            let entry = refusal(world, &reply, "password.changed", reason);
            assert_eq!(entry.entry["object"], *account.person_id);
        }
    });
}

fn open(bench: &Bench<'_>, token: &str, otp: &str) -> Reply {
    let until = SystemClock.now().after(std::time::Duration::from_mins(10));
    let body = json!({"client": bench.system.id, "credential": bench.seal, "limit": 1,
        "until": until.to_string(), "purposes": ["PHAT_HANH"], "otp": otp});
    post(bench.world, token, "/stamping-sessions", &body)
}

#[test]
fn a_failed_second_factor_of_an_act_of_power_is_an_entry() {
    let test = "it::second_factor::a_failed_second_factor_of_an_act_of_power_is_an_entry";
    on_both(test, |world| {
        let (office, agency) = (
            &world.province().office,
            &world.province().agencies.province,
        );
        let (login, role) = (world.name("quan-ly"), RoleName::SubscriberManager);
        let manager = office.person(&login, "Quản Lý", "Quản lý", agency, role);
        let (manager, victim) = (manager.unwrap(), world.signer());
        let person = &victim.account.person_id;
        let waiting = office
            .manager1
            .acting(|client| client.reset_factors(person, None))
            .unwrap();
        let code = manager.authenticator.code().unwrap();
        let entered = log_in(world, &manager.login, &manager.password, Some(&code));
        let token: String = entered.member("access_token").unwrap();
        let (approve, wrong) = (
            format!("/changes/{}/approve", waiting.id),
            manager.authenticator.wrong(),
        );
        let propose = format!("/persons/{person}/reset-factors");
        let reply = post(world, &token, &approve, &json!({"otp": code}));
        refusal(world, &reply, "change.approved", "otp_used");
        let reply = post(world, &token, &approve, &json!({"otp": wrong}));
        let entry = refusal(world, &reply, "change.approved", "invalid_otp");
        assert_eq!(entry.entry["object"], *waiting.id, "{}", entry.entry);
        let reply = post(world, &token, &propose, &json!({"otp": wrong}));
        refusal(world, &reply, "change.proposed", "invalid_otp");
    });
}

/// Guesses until the server says to wait; that reply.
fn until_slowed(guess: impl Fn() -> Reply) -> Reply {
    let mut last = None;
    until(|| {
        let reply = guess();
        let slowed = reply.status == 429;
        last = Some(reply);
        slowed
    });
    last.unwrap()
}

/// A first code that is wrong: whoever enrols is nobody yet, so it is summed.
#[test]
fn a_wrong_first_code_is_summed() {
    let test = "it::second_factor::a_wrong_first_code_is_summed";
    on_own(test, |mut world| {
        let (_, code) = world.newcomer();
        let body = json!({"code": code});
        let begun = post(&world, "", "/enrolments", &body);
        let uri: String = begun.member("otpauth_uri").unwrap();
        let token: String = begun.member("enrolment_token").unwrap();
        let wrong = Authenticator::scan(&uri).unwrap().wrong();
        let body = json!({"enrolment_token": token, "password": "Mk-moi-0123456789", "otp": wrong});
        let reply = post(&world, "", "/enrolments/confirm", &body);
        assert!((400..500).contains(&reply.status), "{}", reply.text());
        assert_events(&world, &reply, &[]);
        world = restarted(world);
        assert!(is_summed(&world, "enrolment_otp"));
    });
}

fn is_summed(world: &World, kind: &str) -> bool {
    let query = AuditQuery {
        event: Some("failures.summed".to_owned()),
        ..AuditQuery::default()
    };
    let sums = log::entries(world, &query);
    sums.iter().any(|one| one.entry["data"]["kind"] == kind)
}

/// Too many guesses: whoever has a token is entered, whoever has not is summed.
#[test]
fn a_throttled_factor_is_an_entry_or_summed() {
    let test = "it::second_factor::a_throttled_factor_is_an_entry_or_summed";
    on_own(test, |mut world| {
        let signer = world.signer();
        let desk = Desk::rsa(&world, &signer);
        let (hashes, wrong) = ([hash("đoán")], signer.account.authenticator.wrong());
        let slowed = until_slowed(|| desk.authorize(&hashes, &wrong));
        refusal(&world, &slowed, "sad.refused", "throttled");
        let (login, guess) = (&signer.account.login, "đoán mật khẩu");
        let slowed = until_slowed(|| log_in(&world, login, guess, None));
        assert_events(&world, &slowed, &[]);
        world = restarted(world);
        assert!(is_summed(&world, "login"));
    });
}
