//! `POST /api/v1/stamping-sessions`.

use std::time::Duration;

use kyso_core::{Clock, SystemClock, Timestamp};
use serde_json::{Value, json};

use super::{Case, each, not_lists, not_texts, with, without};
use crate::log;
use crate::stamping::{Bench, assert_problem};
use crate::world::on_both;

const MALFORMED: &str = "malformed_body";
const FIELD: &str = "invalid_field";

fn in_hours(hours: u64) -> Timestamp {
    SystemClock.now().after(Duration::from_secs(hours * 3600))
}

fn cases() -> Vec<Case> {
    let mut cases = vec![("mau", json!("xanh"), 400, MALFORMED)];
    for name in ["client", "credential", "until", "otp"] {
        cases.extend(each(name, not_texts(), 400, MALFORMED));
        cases.push((name, Value::Null, 400, MALFORMED));
        cases.push((name, json!("a\u{0}b"), 400, MALFORMED));
    }
    for name in ["client", "credential"] {
        let no_ids = ["", "khong-co", &"x".repeat(10_000)].map(Value::from);
        cases.extend(each(name, no_ids, 400, FIELD));
    }
    let numbers = [
        json!(-1),
        json!(1.5),
        json!("3"),
        json!(1_u64 << 32),
        json!(true),
        json!([3]),
        Value::Null,
    ];
    cases.extend(each("limit", numbers, 400, MALFORMED));
    cases.push(("limit", json!(0), 400, FIELD));
    let times = [
        "",
        "8 giờ",
        "2026-11-26",
        "26/11/2026 08:00",
        "1970-01-01T00:00:00Z",
        "99999-01-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-11-26T08:00:00",
    ];
    cases.extend(each("until", times.map(Value::from), 400, FIELD));
    cases.extend(each("purposes", not_lists(), 400, MALFORMED));
    cases.extend(each(
        "purposes",
        [json!([7]), json!([null]), Value::Null],
        400,
        MALFORMED,
    ));
    let too_many: Vec<String> = ('A'..='Q').map(String::from).collect();
    let purposes = [
        json!([]),
        json!([""]),
        json!(["phát hành"]),
        json!(["PHAT HANH"]),
        json!(["phat_hanh"]),
        json!(["P".repeat(33)]),
        json!(too_many),
    ];
    cases.extend(each("purposes", purposes, 400, FIELD));
    cases
}

#[test]
fn a_session_names_each_mistake_and_uses_no_otp_up() {
    on_both(
        "it::bad_input::sessions::a_session_names_each_mistake_and_uses_no_otp_up",
        |world| {
            let bench = Bench::new(world);
            let token = bench.clerk.token_with_otp().unwrap();
            let right = json!({
                "client": bench.system.id, "credential": bench.seal, "limit": 3,
                "until": in_hours(1).to_string(), "purposes": ["PHAT_HANH"],
                "otp": bench.clerk.authenticator.code().unwrap(),
            });
            let post = |body: &Value| {
                let call = world.http().post("/api/v1/stamping-sessions");
                call.bearer(&token).json(body).send().unwrap()
            };
            for (name, value, status, code) in cases() {
                let reply = post(&with(&right, name, &value));
                println!("{name} = {value:.60}: {}", reply.text());
                assert_problem(&reply, status, code);
            }
            for name in right.as_object().unwrap().keys() {
                assert_problem(&post(&without(&right, name)), 400, MALFORMED);
            }
            let opened = || log::of_credential(world, "session.opened", &bench.seal).len();
            assert_eq!(opened(), 0);
            let reply = post(&right);
            assert_eq!((reply.status, opened()), (201, 1), "{}", reply.text());
            assert_problem(&post(&right), 403, "otp_used");
        },
    );
}
