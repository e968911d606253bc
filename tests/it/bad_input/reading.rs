//! `credentials/list` and `credentials/info`.

use serde_json::{Value, json};

use super::{Case, REQUEST, Version, each, not_texts, not_truths};
use crate::desk::{Desk, assert_csc_error};
use crate::world::on_both;

/// What both methods take.
fn detail() -> Vec<Case> {
    let mut cases = vec![("lang", json!("l".repeat(65)), 400, REQUEST)];
    let words = ["all", "Chain", "", "single ", "a\u{0}b"].map(Value::from);
    cases.extend(each("certificates", words, 400, REQUEST));
    cases.extend(each("certificates", not_texts(), 400, REQUEST));
    cases.extend(each("lang", not_texts(), 400, REQUEST));
    for name in ["certInfo", "authInfo"] {
        cases.extend(each(name, not_truths(), 400, REQUEST));
    }
    cases
}

fn list_cases(version: Version) -> Vec<Case> {
    let mut cases = detail();
    let numbers = [
        json!(0),
        json!(-1),
        json!(1.5),
        json!("1"),
        json!(1_u64 << 40),
        json!(u64::MAX),
        json!(true),
        json!([1]),
    ];
    let tokens = ["", "khong-co", "a\u{0}b"].map(Value::from);
    cases.extend(each("maxResults", numbers, 400, REQUEST));
    // Version 2 has no pages; what stands there is read no further than its type.
    if version == Version::V1 {
        cases.extend(each("pageToken", tokens, 400, REQUEST));
    }
    cases.push(("pageToken", json!("p".repeat(256)), 400, REQUEST));
    // Whose list it is, the token says; naming anybody, even oneself, is refused.
    cases.push(("userID", json!("ky-0"), 400, REQUEST));
    cases.push(("userID", json!("u".repeat(256)), 400, REQUEST));
    for name in ["userID", "pageToken"] {
        cases.extend(each(name, not_texts(), 400, REQUEST));
    }
    for name in ["credentialInfo", "onlyValid"] {
        cases.extend(each(name, not_truths(), 400, REQUEST));
    }
    cases
}

fn info_cases(another: &str) -> Vec<Case> {
    let mut cases = detail();
    let ids = ["", "khong-co", "a\u{0}b", another].map(Value::from);
    cases.extend(each("credentialID", ids, 400, REQUEST));
    cases.extend(each("credentialID", not_texts(), 400, REQUEST));
    cases.push(("credentialID", Value::Null, 400, REQUEST));
    cases.push(("credentialID", json!("x".repeat(100_000)), 400, REQUEST));
    cases.push(("credentialID", json!(uuid::Uuid::now_v7()), 400, REQUEST));
    cases
}

#[test]
fn list_names_each_mistake_and_shows_nobody_elses() {
    on_both(
        "it::bad_input::reading::list_names_each_mistake_and_shows_nobody_elses",
        |world| {
            let (signer, _) = (world.signer(), world.signer());
            let desk = Desk::rsa(world, &signer);
            for version in Version::BOTH {
                version.assert_each(&desk, "credentials/list", &json!({}), &list_cases(version));
                let reply = version.post(&desk, "credentials/list", &json!({"userID": null}));
                assert_eq!(reply.status, 200, "{}", reply.text());
                let listed = reply.json()["credentialIDs"].as_array().unwrap().len();
                assert_eq!(listed, 2, "{}", reply.text());
            }
        },
    );
}

#[test]
fn info_names_each_mistake_and_tells_no_one_elses_key_from_none() {
    on_both(
        "it::bad_input::reading::info_names_each_mistake_and_tells_no_one_elses_key_from_none",
        |world| {
            let (signer, other) = (world.signer(), world.signer());
            let desk = Desk::rsa(world, &signer);
            let right = json!({"credentialID": desk.credential});
            for version in Version::BOTH {
                let method = "credentials/info";
                version.assert_each(&desk, method, &right, &info_cases(&other.credentials.rsa));
                let ask = |id: &str| version.post(&desk, method, &json!({"credentialID": id}));
                let (foreign, absent) = (
                    ask(&other.credentials.rsa),
                    ask(&uuid::Uuid::now_v7().to_string()),
                );
                assert_eq!(foreign.text(), absent.text());
                assert_csc_error(&version.post(&desk, method, &json!({})), 400, REQUEST);
                assert_eq!(version.post(&desk, method, &right).status, 200);
            }
        },
    );
}

/// A system may ask for one person's; whoever is unknown has no credentials.
#[test]
fn a_system_that_asks_for_a_stranger_gets_an_empty_list() {
    on_both(
        "it::bad_input::reading::a_system_that_asks_for_a_stranger_gets_an_empty_list",
        |world| {
            let signer = world.signer();
            let system = world.system(&signer.credentials.rsa);
            let token = system.token(&world.province().office).unwrap();
            let desk = Desk {
                token,
                ..Desk::rsa(world, &signer)
            };
            for version in Version::BOTH {
                for (user, count) in [(&*signer.account.login, 1), ("khong-co", 0), ("", 0)] {
                    let reply = version.post(&desk, "credentials/list", &json!({"userID": user}));
                    let listed = reply.json()["credentialIDs"].as_array().map(Vec::len);
                    assert_eq!(listed, Some(count), "{user}: {}", reply.text());
                }
            }
        },
    );
}
