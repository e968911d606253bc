//! `POST /api/v1/stamps`.

use kyso_tests::http::Reply;
use serde_json::{Value, json};

use super::{
    Case, SHA1, SHA3_256, SHA384, SHA512, each, not_documents, not_hashes, not_texts, with, without,
};
use crate::desk::{PSS_32, RSA_PSS, hash};
use crate::log;
use crate::stamping::{Bench, assert_problem, fresh_key};
use crate::world::on_both;

const MALFORMED: &str = "malformed_body";
const FIELD: &str = "invalid_field";

fn cases(anothers: &str) -> Vec<Case> {
    let unknown = ["", "khong-co", anothers].map(Value::from);
    let mut cases = each("credential", unknown, 404, "not_found");
    cases.push(("credential", json!(uuid::Uuid::now_v7()), 404, "not_found"));
    cases.push(("credential", json!("x".repeat(100_000)), 404, "not_found"));
    cases.push(("hashes", json!(vec![hash("x"); 401]), 400, FIELD));
    cases.push(("mau", json!("xanh"), 400, MALFORMED));
    cases.push(("documents", json!([{"nhan": "x"}]), 400, MALFORMED));
    for name in ["credential", "hash_algorithm", "sign_algorithm"] {
        cases.extend(each(name, not_texts(), 400, MALFORMED));
        cases.push((name, Value::Null, 400, MALFORMED));
        cases.push((name, json!("a\u{0}b"), 400, MALFORMED));
    }
    cases.extend(each("sign_algorithm_params", not_texts(), 400, MALFORMED));
    cases.extend(algorithms());
    cases
}

fn algorithms() -> Vec<Case> {
    let hashes = [SHA1, SHA384, SHA512, SHA3_256, "", "sha256", "1.2.3.4"].map(Value::from);
    let signatures = [
        "1.2.840.113549.1.1.5",
        "1.2.3",
        "",
        "1.2.840.10045.4.3.2",
        RSA_PSS,
    ];
    let params = [PSS_32, "%", "MAA=", "AAAA"].map(Value::from);
    let mut cases = each("hash_algorithm", hashes, 400, FIELD);
    cases.extend(each(
        "sign_algorithm",
        signatures.map(Value::from),
        400,
        FIELD,
    ));
    cases.extend(each("sign_algorithm_params", params, 400, FIELD));
    cases
}

/// A list that cannot be read is malformed; one whose content is wrong is an invalid field; a
/// secrecy other than "thường" and a purpose that the clerk did not name have words of their own.
fn assert_list_refused(reply: &Reply, what: &str, value: &Value) {
    let code = reply.member("code").unwrap();
    println!("{what} = {value:.60}: {}", reply.text());
    let status = match &*code {
        MALFORMED | FIELD => 400,
        "secrecy_refused" | "forbidden" => 403,
        // A record of authority that is not there now.
        "wrong_state" => 409,
        other => panic!("{other}"),
    };
    assert_problem(reply, status, &code);
}

#[test]
fn stamps_name_each_mistake_and_sign_nothing() {
    on_both(
        "it::bad_input::stamps::stamps_name_each_mistake_and_sign_nothing",
        |world| {
            let bench = Bench::new(world);
            bench.open(1);
            let right = bench.body(&["đúng"]);
            let post = |body: &Value| bench.post(&bench.token, &fresh_key(), body);
            for (name, value, status, code) in cases(&world.seal("p-256")) {
                let reply = post(&with(&right, name, &value));
                println!("{name} = {value:.60}: {}", reply.text());
                assert_problem(&reply, status, code);
            }
            for (name, values) in [("hashes", not_hashes()), ("documents", not_documents())] {
                for value in values {
                    assert_list_refused(&post(&with(&right, name, &value)), name, &value);
                }
            }
            for name in right.as_object().unwrap().keys() {
                assert_problem(&post(&without(&right, name)), 400, MALFORMED);
            }
            assert!(log::of_credential(world, "signature.intent", &bench.seal).is_empty());
            assert_eq!(
                bench.stamp("đúng").status,
                200,
                "no mistake used the one stamp up"
            );
        },
    );
}

#[test]
fn an_idempotency_key_is_one_line_of_visible_ascii() {
    on_both(
        "it::bad_input::stamps::an_idempotency_key_is_one_line_of_visible_ascii",
        |world| {
            let bench = Bench::new(world);
            bench.open(1);
            let right = bench.body(&["đúng"]);
            for key in ["", " ", "a b", "a\tb", "khoá", &"k".repeat(256)] {
                let reply = bench.post(&bench.token, key, &right);
                println!("{key:.20}: {}", reply.text());
                assert_problem(&reply, 400, FIELD);
            }
            let post = || {
                world
                    .http()
                    .post("/api/v1/stamps")
                    .bearer(&bench.token)
                    .json(&right)
            };
            assert_problem(&post().send().unwrap(), 428, "idempotency_key_required");
            let twice = post()
                .header("Idempotency-Key", "a")
                .header("Idempotency-Key", "a");
            assert_problem(&twice.send().unwrap(), 400, FIELD);
            assert!(log::of_credential(world, "signature.intent", &bench.seal).is_empty());
            let longest = "k".repeat(255 - 36) + &fresh_key();
            assert_eq!(bench.post(&bench.token, &longest, &right).status, 200);
        },
    );
}

#[test]
fn nobody_stamps_without_a_token_that_holds() {
    on_both(
        "it::bad_input::stamps::nobody_stamps_without_a_token_that_holds",
        |world| {
            let bench = Bench::new(world);
            bench.open(1);
            let right = bench.body(&["đúng"]);
            let reply = bench.post("", &fresh_key(), &right);
            assert_problem(&reply, 400, MALFORMED);
            for token in ["x", "a.b.c", &bench.token[..bench.token.len() - 2]] {
                let reply = bench.post(token, &fresh_key(), &right);
                assert_problem(&reply, 401, "not_authenticated");
            }
            let person = world.signer().account.token().unwrap();
            let reply = bench.post(&person, &fresh_key(), &right);
            assert_problem(&reply, 404, "not_found");
            assert_eq!(bench.stamp("đúng").status, 200);
        },
    );
}
