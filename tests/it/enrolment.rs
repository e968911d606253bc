//! Enrolment: a code has so many attempts, and no more.

use kyso_tests::authenticator::Authenticator;
use kyso_tests::http::Reply;
use serde_json::json;

use crate::desk::{at_once, count};
use crate::stamping::assert_problem;
use crate::world::{World, on_both};

/// A person's first step with a code.
struct Begun<'a> {
    world: &'a World,
    token: String,
    authenticator: Authenticator,
}

impl<'a> Begun<'a> {
    fn with(world: &'a World, code: &str) -> Self {
        let call = world.http().post("/api/v1/enrolments");
        let reply = call.json(&json!({"code": code})).done().unwrap();
        let uri = reply.member("otpauth_uri").unwrap();
        Self {
            world,
            token: reply.member("enrolment_token").unwrap(),
            authenticator: Authenticator::scan(&uri).unwrap(),
        }
    }

    fn confirm(&self, network: usize, otp: &str) -> Reply {
        let call = self.world.http().post("/api/v1/enrolments/confirm");
        let call = call.header("X-Forwarded-For", &format!("198.51.100.{network}"));
        let body = json!({"enrolment_token": self.token, "otp": otp,
            "password": "Mat-khau-rat-dai-1"});
        call.json(&body).send().unwrap()
    }
}

#[test]
fn a_code_has_ten_attempts_over_all_networks_and_tokens() {
    let test = "it::enrolment::a_code_has_ten_attempts_over_all_networks_and_tokens";
    on_both(test, |world| {
        let (id, code) = world.newcomer();
        let begun = Begun::with(world, &code);
        let wrong = begun.authenticator.wrong();
        let replies = at_once(20, |network| begun.confirm(network, &wrong));
        let compared = replies.iter().find(|reply| reply.status != 410).unwrap();
        assert_eq!(compared.json()["code"], "otp_invalid");
        assert_eq!(count(&replies, compared.status), 10, "compared");
        assert_eq!(count(&replies, 410), 10, "spent");
        // Neither the right one nor a new token for the same code helps.
        for begun in [&begun, &Begun::with(world, &code)] {
            let right = begun.authenticator.code().unwrap();
            assert_problem(&begun.confirm(50, &right), 410, "code_expired");
        }
        let begun = Begun::with(world, &world.enrolment_code(&id));
        let right = begun.authenticator.code().unwrap();
        assert_eq!(begun.confirm(50, &right).status, 204);
    });
}

#[test]
fn a_network_waits_between_attempts() {
    let world = World::sqlite();
    let (_, code) = world.newcomer();
    let begun = Begun::with(world, &code);
    let wrong = begun.authenticator.wrong();
    let replies = at_once(10, |_| begun.confirm(1, &wrong));
    let waiting = replies.iter().find(|reply| reply.status == 429).unwrap();
    assert!(waiting.header("retry-after").is_some());
    assert!(count(&replies, 429) > 3, "{}", count(&replies, 429));
}
