//! `POST /api/v1/enrolments` and its confirmation.

use kyso_tests::authenticator::Authenticator;
use serde_json::{Value, json};

use super::{Case, each, not_texts, with, without};
use crate::stamping::assert_problem;
use crate::world::{World, on_both};

const MALFORMED: &str = "malformed_body";

fn post(world: &World, path: &str, body: &Value) -> kyso_tests::http::Reply {
    let call = world.http().post(&format!("/api/v1/{path}"));
    call.json(body).send().unwrap()
}

fn assert_each(world: &World, path: &str, right: &Value, cases: Vec<Case>) {
    for (name, value, status, code) in cases {
        let reply = post(world, path, &with(right, name, &value));
        println!("{path} {name} = {value:.60}: {}", reply.text());
        assert_problem(&reply, status, code);
    }
    for name in right.as_object().unwrap().keys() {
        assert_problem(&post(world, path, &without(right, name)), 400, MALFORMED);
    }
}

fn malformed(names: &[&'static str]) -> Vec<Case> {
    let mut cases = vec![("mau", json!("xanh"), 400, MALFORMED)];
    for name in names {
        cases.extend(each(name, not_texts(), 400, MALFORMED));
        cases.push((name, Value::Null, 400, MALFORMED));
        cases.push((name, json!("a\u{0}b"), 400, MALFORMED));
    }
    cases
}

#[test]
fn enrolments_name_each_mistake_and_use_no_code_up() {
    on_both(
        "it::bad_input::enrolling::enrolments_name_each_mistake_and_use_no_code_up",
        |world| {
            let (_, code) = world.newcomer();
            let right = json!({"code": code});
            let mut cases = malformed(&["code"]);
            let wrong = [
                "",
                "AAAAA-AAAAA-AAAAA-AAAAA",
                "' OR 1=1",
                &"A".repeat(10_000),
            ]
            .map(Value::from);
            cases.extend(each("code", wrong, 410, "code_expired"));
            assert_each(world, "enrolments", &right, cases);

            let begun = post(world, "enrolments", &right);
            assert_eq!(begun.status, 201, "{}", begun.text());
            let authenticator = Authenticator::scan(&begun.member("otpauth_uri").unwrap()).unwrap();
            let token = begun.member("enrolment_token").unwrap();
            let right = json!({
                "enrolment_token": token,
                "password": "Mat-khau-rat-dai-1",
                "otp": authenticator.code().unwrap(),
            });
            let mut cases = malformed(&["enrolment_token", "password", "otp"]);
            let tokens = [
                "",
                "khong-co",
                "ký",
                &"A".repeat(10_000),
                &token[1..],
                &format!("{token}A"),
            ];
            cases.extend(each(
                "enrolment_token",
                tokens.map(Value::from),
                410,
                "code_expired",
            ));
            // One only: each is an attempt, and after three the next must wait.
            cases.push(("otp", json!("１２３４５６"), 403, "otp_invalid"));
            let passwords = ["", "ngan", "ngắn-lắm", &"p".repeat(257)].map(Value::from);
            cases.extend(each("password", passwords, 400, "invalid_field"));
            assert_each(world, "enrolments/confirm", &right, cases);
            let done = post(world, "enrolments/confirm", &right);
            assert_eq!(done.status, 204, "{}", done.text());
            assert_problem(
                &post(world, "enrolments/confirm", &right),
                410,
                "code_expired",
            );
        },
    );
}
