//! Stamps: inside a clerk's session and nowhere else.

mod bench;
mod largest;
mod once;

use std::time::Duration;

use kyso_api::management::NewStampingSession;
use kyso_client::Secret;
use kyso_core::{Clock, SystemClock};
use serde_json::json;

pub(crate) use bench::{Bench, assert_problem, clerk, fresh_key};

use crate::desk::{at_once, count, hash};
use crate::log;
use crate::world::{World, on_both};

#[test]
fn stamps_only_inside_a_session() {
    on_both("it::stamping::stamps_only_inside_a_session", |world| {
        let bench = Bench::new(world);
        assert_problem(&bench.stamp("trước phiên"), 403, "no_stamping_session");
        let (session, clerk) = bench.open(5);
        let inside = bench.stamp("trong phiên");
        assert_eq!(inside.status, 200, "{}", inside.text());
        clerk.close_stamping_session(&session).unwrap();
        assert_problem(&bench.stamp("sau phiên"), 403, "no_stamping_session");
        let refused = log::of_credential(world, "signature.refused", &bench.seal);
        assert_eq!(refused.len(), 2);
        assert_eq!(bench.intents(), 1);
    });
}

#[test]
fn no_more_stamps_than_the_clerk_allowed() {
    on_both(
        "it::stamping::no_more_stamps_than_the_clerk_allowed",
        |world| {
            let bench = Bench::new(world);
            bench.open(3);
            let replies = at_once(12, |index| bench.stamp(&format!("bản {index}")));
            assert_eq!(count(&replies, 200), 3);
            assert_eq!(bench.intents(), 3);
            assert_problem(&bench.stamp("thêm"), 403, "session_exhausted");
            let over = bench.post(&bench.token, &fresh_key(), &bench.body(&["a", "b"]));
            assert_eq!(over.status, 403, "{}", over.text());
        },
    );
}

/// Which session each of these stamps drew from, as its intent or its outcome says.
fn drawn_from(bench: &Bench<'_>, event: &str) -> Vec<String> {
    let entries = log::of_credential(bench.world, event, &bench.seal);
    let session = |entry: &kyso_api::management::AuditEntry| {
        entry.entry["session"].as_str().unwrap().to_owned()
    };
    entries.iter().map(session).collect()
}

#[test]
fn of_several_sessions_the_one_with_enough_left_that_ends_first_is_drawn_from() {
    let test =
        "it::stamping::of_several_sessions_the_one_with_enough_left_that_ends_first_is_drawn_from";
    on_both(test, |world| {
        let bench = Bench::new(world);
        // A clerk each: one would wait half a minute for the next one-time password.
        let open = |limit, seconds, purpose| {
            let (clerk, client) = (clerk(world), &bench.system.id);
            let until = (seconds, purpose);
            bench.open_by(&clerk, client, limit, until).0
        };
        let soon = open(3, 1800, "PHAT_HANH");
        let late = open(9, 7200, "PHAT_HANH");
        let other = open(9, 900, "SAO_Y");
        let stamp = |texts: &[&str]| {
            let reply = bench.post(&bench.token, &fresh_key(), &bench.body(texts));
            assert_eq!(reply.status, 200, "{}", reply.text());
        };
        stamp(&["một"]);
        stamp(&["hai", "ba", "bốn"]);
        stamp(&["năm", "sáu"]);
        stamp(&["bảy"]);
        for event in ["signature.intent", "signature.outcome"] {
            let drawn = [&soon, &late, &soon, &late].map(Clone::clone);
            assert_eq!(drawn_from(&bench, event), drawn, "{event}");
        }
        // A SAD is drawn from one of them too.
        let authorize = |count: u32| {
            let call = world.http().post("/csc/v1/credentials/authorize");
            let body = json!({"credentialID": bench.seal, "numSignatures": count});
            call.bearer(&bench.token).json(&body).send().unwrap()
        };
        let sessions = |event| log::of_credential(world, event, &bench.seal);
        assert_eq!(authorize(9).status, 200, "for other purposes it is whole");
        assert_eq!(authorize(5).status, 200);
        assert_ne!(authorize(1).status, 200, "nothing is left");
        let of = |entry: &kyso_api::management::AuditEntry| entry.entry["session"].clone();
        let sads: Vec<_> = sessions("sad.authorized").iter().map(of).collect();
        assert_eq!(sads, [json!(other), json!(late)]);
    });
}

#[test]
fn other_purposes_and_secret_documents_are_refused() {
    on_both(
        "it::stamping::other_purposes_and_secret_documents_are_refused",
        |world| {
            let bench = Bench::new(world);
            bench.open(5);
            let mut copy = bench.body(&["sao y"]);
            copy["documents"][0]["purpose"] = json!("SAO_Y");
            assert_problem(
                &bench.post(&bench.token, &fresh_key(), &copy),
                403,
                "forbidden",
            );
            let mut unnamed = bench.body(&["không mục đích"]);
            unnamed["documents"][0]
                .as_object_mut()
                .unwrap()
                .remove("purpose");
            assert_problem(
                &bench.post(&bench.token, &fresh_key(), &unnamed),
                403,
                "forbidden",
            );
            let mut secret = bench.body(&["mật"]);
            secret["documents"][0]["secrecy"] = json!("mật");
            assert_problem(
                &bench.post(&bench.token, &fresh_key(), &secret),
                403,
                "secrecy_refused",
            );
            let mut absent = bench.body(&["không tài liệu"]);
            absent["documents"] = json!([]);
            assert_eq!(bench.post(&bench.token, &fresh_key(), &absent).status, 400);
            assert_eq!(bench.intents(), 0);
        },
    );
}

#[test]
fn another_system_does_not_see_the_session() {
    on_both(
        "it::stamping::another_system_does_not_see_the_session",
        |world| {
            let bench = Bench::new(world);
            bench.open(5);
            let office = &world.province().office;
            let other = world.system(&bench.seal).token(office).unwrap();
            let reply = bench.post(&other, &fresh_key(), &bench.body(&["lạ"]));
            assert_problem(&reply, 403, "no_stamping_session");
            let stranger = world.system(&world.seal("p-256")).token(office).unwrap();
            let reply = bench.post(&stranger, &fresh_key(), &bench.body(&["lạ"]));
            assert_problem(&reply, 404, "not_found");
            assert_eq!(bench.intents(), 0);
        },
    );
}

#[test]
fn a_seal_is_never_used_without_documents() {
    let world = World::sqlite();
    let bench = Bench::new(world);
    bench.open(3);
    let body = json!({"credentialID": bench.seal, "numSignatures": 1, "hash": [hash("trần")]});
    let call = world
        .http()
        .post("/csc/v1/credentials/authorize")
        .bearer(&bench.token);
    let reply = call.json(&body).send().unwrap();
    crate::desk::assert_csc_error(&reply, 400, "invalid_request");
    assert!(reply.text().contains("documents"), "{}", reply.text());
}

#[test]
fn a_clerk_cannot_go_over_the_ceiling() {
    let world = World::sqlite();
    let bench = Bench::new(world);
    let clerk = &bench.clerk;
    let client = clerk
        .log_in(Some(clerk.authenticator.code().unwrap()))
        .unwrap();
    let session = |limit, hours: u64| NewStampingSession {
        client: bench.system.id.clone(),
        credential: bench.seal.clone(),
        limit,
        until: SystemClock
            .now()
            .after(Duration::from_secs(hours * 3600))
            .to_string(),
        purposes: vec!["PHAT_HANH".to_owned()],
        otp: Secret::new(clerk.authenticator.code().unwrap()),
    };
    for asked in [session(501, 1), session(0, 1), session(5, 9)] {
        let error = client.open_stamping_session(&asked).unwrap_err();
        assert!(matches!(error.status(), Some(400 | 409)), "{error}");
    }
}
