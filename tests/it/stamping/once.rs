//! A retry never stamps twice, and a count-bound SAD never more than it was drawn for.

use serde_json::{Value, json};

use super::{Bench, assert_problem, fresh_key};
use crate::desk::{RSA_SHA256, SHA256, at_once, count, hash};
use crate::world::on_both;

#[test]
fn a_retry_gives_the_same_signature_even_after_the_session() {
    on_both(
        "it::stamping::once::a_retry_gives_the_same_signature_even_after_the_session",
        |world| {
            let bench = Bench::new(world);
            let (session, clerk) = bench.open(5);
            let (key, body) = (fresh_key(), bench.body(&["một", "hai"]));
            let first = bench.post(&bench.token, &key, &body);
            assert_eq!(first.status, 200, "{}", first.text());
            let again = bench.post(&bench.token, &key, &body);
            assert_eq!(first.json()["signatures"], again.json()["signatures"]);
            clerk.close_stamping_session(&session).unwrap();
            let late = bench.post(&bench.token, &key, &body);
            assert_eq!(
                first.json()["signatures"],
                late.json()["signatures"],
                "{}",
                late.text()
            );
            assert_eq!(bench.intents(), 1);
        },
    );
}

#[test]
fn a_key_is_bound_to_its_body() {
    on_both("it::stamping::once::a_key_is_bound_to_its_body", |world| {
        let bench = Bench::new(world);
        bench.open(5);
        let key = fresh_key();
        assert_eq!(
            bench.post(&bench.token, &key, &bench.body(&["một"])).status,
            200
        );
        let other = bench.post(&bench.token, &key, &bench.body(&["khác"]));
        assert_problem(&other, 409, "idempotency_mismatch");
        assert_eq!(bench.intents(), 1);
    });
}

#[test]
fn twenty_parallel_calls_with_one_key_sign_once() {
    on_both(
        "it::stamping::once::twenty_parallel_calls_with_one_key_sign_once",
        |world| {
            let bench = Bench::new(world);
            bench.open(50);
            let (key, body) = (fresh_key(), bench.body(&["song song"]));
            let replies = at_once(20, |_| bench.post(&bench.token, &key, &body));
            assert_eq!(count(&replies, 200) + count(&replies, 409), 20);
            for running in replies.iter().filter(|reply| reply.status == 409) {
                assert!(
                    running.header("retry-after").is_some(),
                    "{}",
                    running.text()
                );
            }
            let signed: Vec<Value> = replies
                .iter()
                .filter(|reply| reply.status == 200)
                .map(|reply| reply.json()["signatures"].clone())
                .collect();
            assert!(!signed.is_empty());
            assert!(signed.iter().all(|signatures| *signatures == signed[0]));
            assert_eq!(bench.intents(), 1);
        },
    );
}

#[test]
fn a_count_bound_sad_needs_a_key_and_stays_within_the_session() {
    on_both(
        "it::stamping::once::a_count_bound_sad_needs_a_key_and_stays_within_the_session",
        |world| {
            let bench = Bench::new(world);
            let http = world.http();
            let authorize = |count: u32| {
                let body = json!({"credentialID": bench.seal, "numSignatures": count});
                let call = http
                    .post("/csc/v1/credentials/authorize")
                    .bearer(&bench.token);
                call.json(&body).send().unwrap()
            };
            assert_eq!(authorize(2).status, 400, "outside a session");
            let (session, clerk) = bench.open(3);
            let sad = authorize(2).member("SAD").unwrap();
            let document = bench.body(&["x"])["documents"].clone();
            let sign = |text: &str, key: Option<String>| {
                let body = json!({"credentialID": bench.seal, "SAD": sad, "hash": [hash(text)],
                "hashAlgo": SHA256, "signAlgo": RSA_SHA256, "documents": document});
                let call = http
                    .post("/csc/v1/signatures/signHash")
                    .bearer(&bench.token);
                let call = match key {
                    Some(key) => call.header("Idempotency-Key", &key),
                    None => call,
                };
                call.json(&body).send().unwrap()
            };
            let keyless = sign("không khoá", None);
            assert!(
                keyless.text().contains("Idempotency-Key"),
                "{}",
                keyless.text()
            );
            assert_eq!(sign("một", Some(fresh_key())).status, 200);
            assert_eq!(sign("hai", Some(fresh_key())).status, 200);
            assert_eq!(
                sign("ba", Some(fresh_key())).status,
                400,
                "more than the SAD's number"
            );
            let second = authorize(1);
            assert_eq!(second.status, 200, "{}", second.text());
            clerk.close_stamping_session(&session).unwrap();
            let closed = sign("sau khi đóng", Some(fresh_key()));
            assert_eq!(closed.status, 400, "{}", closed.text());
            assert_eq!(bench.intents(), 2);
        },
    );
}
