//! Log-in and log-out of people: `auth/login`, `auth/revoke`, `POST /api/v1/sessions`.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use kyso_tests::http::Reply;
use serde_json::{Value, json};

use super::{Case, REQUEST, Version, each, not_texts, not_truths, with, without};
use crate::desk::{Desk, assert_csc_error};
use crate::stamping::assert_problem;
use crate::world::{World, on_both};

const WRONG: &str = "authentication_error";

fn basic(pair: impl AsRef<[u8]>) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

/// Headers that prove nobody, with status and word.
fn headers(stranger: &str) -> Vec<(String, u16, &'static str)> {
    let odd = URL_SAFE.encode("ký~~~>>>???:ý");
    let long = "m".repeat(5000);
    let malformed = [
        "Basic",
        "Bearer x",
        "Digest username=\"a\"",
        "basic",
        "x",
        "Basic\tx",
        "",
    ]
    .map(|header| (header.to_owned(), 401, REQUEST));
    let pairs = [
        "Basic %%%".to_owned(),
        "Basic YW4".to_owned(),
        format!("Basic {odd}"),
        basic("khong-hai-cham"),
        basic(":mat-khau"),
        basic("a\0b:c"),
        basic("a:b\0c"),
        basic(b"\xff\xfe:x"),
    ]
    .map(|header| (header, 400, REQUEST));
    let wrong = [
        basic(format!("{stranger}:")),
        basic(format!("{stranger}-1:{long}")),
        basic(format!("{}:x", "u".repeat(5000))),
        basic(format!("{stranger}-2' OR '1'='1:x")),
    ]
    .map(|header| (header, 400, WRONG));
    malformed.into_iter().chain(pairs).chain(wrong).collect()
}

fn log_in(world: &World, version: Version, header: Option<&str>, body: &Value) -> Reply {
    let call = world.http().post(&version.path("auth/login")).json(body);
    let call = match header {
        Some(header) => call.header("Authorization", header),
        None => call,
    };
    call.send().unwrap()
}

fn login_bodies() -> Vec<Case> {
    let mut cases = each("rememberMe", not_truths(), 400, REQUEST);
    cases.extend(each("refresh_token", not_texts(), 400, REQUEST));
    let tokens = ["", "khong-co", "a\u{0}b"].map(Value::from);
    cases.extend(each("refresh_token", tokens, 400, REQUEST));
    cases.push(("refresh_token", json!("r".repeat(100_000)), 400, REQUEST));
    cases
}

#[test]
fn auth_login_tells_malformed_from_wrong_and_locks_nobody_out() {
    on_both(
        "it::bad_input::entering::auth_login_tells_malformed_from_wrong_and_locks_nobody_out",
        |world| {
            let signer = world.signer();
            let right = basic(format!(
                "{}:{}",
                signer.account.login, signer.account.password
            ));
            for version in Version::BOTH {
                let reply = log_in(world, version, None, &json!({}));
                assert_csc_error(&reply, 401, REQUEST);
                for (header, status, word) in headers(&world.name("ai-do")) {
                    let reply = log_in(world, version, Some(&header), &json!({}));
                    println!("{version:?} {header:.60}: {}", reply.text());
                    assert_csc_error(&reply, status, word);
                }
                for (name, value, status, word) in login_bodies() {
                    let body = with(&json!({}), name, &value);
                    let reply = log_in(world, version, Some(&right), &body);
                    println!("{version:?} {name} = {value:.60}: {}", reply.text());
                    assert_csc_error(&reply, status, word);
                }
                let twice = world
                    .http()
                    .post(&version.path("auth/login"))
                    .json(&json!({}));
                let twice = twice
                    .header("Authorization", &right)
                    .header("Authorization", &right);
                assert_csc_error(&twice.send().unwrap(), 401, REQUEST);
                let reply = log_in(world, version, Some(&right), &json!({"rememberMe": false}));
                assert_eq!(reply.status, 200, "{}", reply.text());
                assert!(
                    reply.member("refresh_token").is_err(),
                    "nobody asked for it"
                );
            }
        },
    );
}

fn revoke_cases() -> Vec<Case> {
    let mut cases = each("token", not_texts(), 400, REQUEST);
    let hints = ["", "id_token", "ACCESS_TOKEN", "a\u{0}b"].map(Value::from);
    cases.extend(each("token_type_hint", hints, 400, REQUEST));
    cases.extend(each("token_type_hint", not_texts(), 400, REQUEST));
    for token in [json!(""), Value::Null, json!("a\u{0}b")] {
        cases.push(("token", token, 400, REQUEST));
    }
    cases
}

#[test]
fn auth_revoke_ends_no_token_by_mistake() {
    on_both(
        "it::bad_input::entering::auth_revoke_ends_no_token_by_mistake",
        |world| {
            let signer = world.signer();
            let desk = Desk::rsa(world, &signer);
            for version in Version::BOTH {
                let right = json!({"token": desk.token, "token_type_hint": "access_token"});
                version.assert_each(&desk, "auth/revoke", &right, &revoke_cases());
                assert_csc_error(
                    &version.post(&desk, "auth/revoke", &json!({})),
                    400,
                    REQUEST,
                );
                for none in ["khong-co", "a.b.c", &"t".repeat(100_000)] {
                    let reply = version.post(&desk, "auth/revoke", &json!({"token": none}));
                    assert_eq!(reply.status, 204, "{}", reply.text());
                }
                let stranger = world.http().post(&version.path("auth/revoke")).json(&right);
                assert_csc_error(&stranger.send().unwrap(), 401, "invalid_token");
            }
            assert_eq!(desk.call("credentials/list", &json!({})).status, 200);
            let reply = desk.call("auth/revoke", &json!({"token": desk.token}));
            assert_eq!((reply.status, reply.text().as_str()), (204, ""));
            let reply = desk.call("credentials/list", &json!({}));
            assert_csc_error(&reply, 401, "invalid_token");
        },
    );
}

fn session_cases() -> Vec<Case> {
    let malformed = "malformed_body";
    let mut cases = vec![
        ("mau", json!("xanh"), 400, malformed),
        ("login", json!(""), 401, "wrong_credentials"),
        ("login", json!("u".repeat(10_000)), 401, "wrong_credentials"),
        ("login", json!("' OR 1=1 --"), 401, "wrong_credentials"),
        ("login", json!("a\u{202e}b"), 401, "wrong_credentials"),
    ];
    for name in ["login", "password"] {
        cases.push((name, Value::Null, 400, malformed));
    }
    for name in ["login", "password", "otp"] {
        cases.push((name, json!("a\u{0}b"), 400, malformed));
        cases.extend(each(name, not_texts(), 400, malformed));
    }
    cases
}

#[test]
fn sessions_name_each_mistake_and_lock_nobody_out() {
    on_both(
        "it::bad_input::entering::sessions_name_each_mistake_and_lock_nobody_out",
        |world| {
            let account = world.signer().account;
            let right = json!({"login": account.login, "password": account.password});
            let post = |body: &Value| {
                world
                    .http()
                    .post("/api/v1/sessions")
                    .json(body)
                    .send()
                    .unwrap()
            };
            for (name, value, status, code) in session_cases() {
                let reply = post(&with(&right, name, &value));
                println!("{name} = {value:.60}: {}", reply.text());
                assert_problem(&reply, status, code);
                assert!(!reply.text().contains(&account.password));
            }
            for name in ["login", "password"] {
                assert_problem(&post(&without(&right, name)), 400, "malformed_body");
            }
            for password in ["", &"p".repeat(10_000)] {
                let wrong = with(&right, "password", &json!(password));
                assert_problem(&post(&wrong), 401, "wrong_credentials");
            }
            assert_eq!(post(&right).status, 201);
        },
    );
}
