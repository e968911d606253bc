//! A retry answers what the first call answered, to the byte, and signs nothing.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::desk::{Desk, cms, file};
use crate::desk::at_once;
use crate::log;
use crate::stamping::{Bench, assert_problem, fresh_key};
use crate::world::{World, on_both, restarted, until};

fn intents(desk: &Desk<'_>) -> usize {
    log::of_credential(desk.world, "signature.intent", &desk.credential).len()
}

/// Until the next second: a time that is claimed anew would be another.
fn next_second() {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    until(|| OffsetDateTime::now_utc().unix_timestamp() > now);
}

#[test]
fn a_retry_gets_the_same_bytes_though_session_and_second_are_over() {
    on_both(
        "it::building::retried::a_retry_gets_the_same_bytes_though_session_and_second_are_over",
        |world| {
            let bench = Bench::new(world);
            let (session, clerk) = bench.open(5);
            let desk = Desk::sealing(&bench);
            let (key, body) = (fresh_key(), desk.body(&[file("một"), file("hai")]));
            let first = desk.post(&key, &body);
            let made = cms(&first);
            next_second();
            clerk.close_stamping_session(&session).unwrap();
            let again = desk.post(&key, &body);
            assert_eq!(cms(&again), made);
            assert_eq!(again.json()["request_id"], first.json()["request_id"]);
            let other = desk.body(&[file("khác")]);
            assert_problem(&desk.post(&key, &other), 409, "idempotency_mismatch");
            assert_eq!(intents(&desk), 1);
        },
    );
}

#[test]
fn a_code_counts_once_and_a_retry_needs_no_other() {
    on_both(
        "it::building::retried::a_code_counts_once_and_a_retry_needs_no_other",
        |world| {
            let signer = world.signer();
            let desk = Desk::of(world, &signer);
            let key = fresh_key();
            let body = desk.body_with_otp(&[file("một")], &signer.account);
            let made = cms(&desk.post(&key, &body));
            next_second();
            assert_eq!(cms(&desk.post(&key, &body)), made);
            assert_problem(&desk.sign(&body), 403, "otp_used");
            assert_eq!(intents(&desk), 1);
        },
    );
}

#[test]
fn twenty_parallel_calls_with_one_code_sign_once() {
    on_both(
        "it::building::retried::twenty_parallel_calls_with_one_code_sign_once",
        |world| {
            let signer = world.signer();
            let desk = Desk::of(world, &signer);
            let key = fresh_key();
            let body = desk.body_with_otp(&[file("song song")], &signer.account);
            let replies = at_once(20, |_| desk.post(&key, &body));
            let made: Vec<_> = replies.iter().filter(|one| one.status == 200).collect();
            assert!(!made.is_empty());
            assert!(made.iter().all(|one| cms(one) == cms(made[0])));
            assert_eq!(intents(&desk), 1);
            assert_eq!(
                cms(&desk.post(&key, &body)),
                cms(made[0]),
                "whatever came first"
            );
        },
    );
}

#[test]
fn what_was_signed_before_a_restart_is_answered_after_it() {
    let world = World::own(crate::world::Database::Sqlite).unwrap();
    let (credential, token, key, body, made) = {
        let signer = world.signer();
        let desk = Desk::of(&world, &signer);
        let key = fresh_key();
        let body: Value = desk.body_with_otp(&[file("trước")], &signer.account);
        let made = cms(&desk.post(&key, &body));
        (desk.credential.clone(), desk.token.clone(), key, body, made)
    };
    next_second();
    let world = restarted(world);
    let desk = Desk {
        world: &world,
        token,
        credential,
        algorithm: crate::desk::ECDSA_SHA256,
    };
    assert_eq!(json!(cms(&desk.post(&key, &body))), json!(made));
    assert_eq!(intents(&desk), 1);
}
