//! Time stamps of an outside authority: each signature that was to have one gets it, once, however slow or
//! wrong the authority is.

mod authority;

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_api::management::{AuditEntry, AuditQuery};
use kyso_tests::http::Reply;
use kyso_tests::server::{Plan, Server};
use kyso_tests::skip;
use serde_json::{Value, json};

use crate::health::internal;
use crate::log;
use crate::pages::Browser;
use crate::stamping::{Bench, assert_problem, fresh_key};
use crate::world::{Database, World, on_both, until};
use authority::Answer;
pub(crate) use authority::Authority;

/// Longer than an authority is shut here.
const SECONDS: u32 = 120;

/// A server that asks this authority, soon again and two at once, and waits for so many seconds.
pub(crate) fn asking(authority: &Authority, seconds: u32) -> impl FnOnce(&mut Plan) {
    let (url, root) = (
        authority.url.clone(),
        authority.root().display().to_string(),
    );
    move |plan: &mut Plan| {
        let lines = format!(
            "[time_stamps]\nauthorities = [\"{url}\"]\ntrusted_roots = \"{root}\"\n\
             timeout_seconds = {seconds}\nretry_seconds = 1\nlongest_retry_seconds = 1\nparallel = 2\n"
        );
        plan.more.push_str(&lines);
    }
}

/// Runs a test's body on each database, on a server of its own with an authority of its own.
fn on_each(test: &str, seconds: u32, body: impl Fn(World, &Authority)) {
    for database in [Database::Sqlite, Database::Postgres] {
        let authority = Authority::new();
        match World::planned(database, asking(&authority, seconds)) {
            Some(world) => body(world, &authority),
            None => skip::because(test, "no PostgreSQL (KYSO_TEST_POSTGRES)"),
        }
    }
}

/// A server on SQLite with an authority that answers rightly.
pub(crate) fn with_an_authority() -> World {
    World::planned(Database::Sqlite, asking(&Authority::new(), SECONDS)).unwrap()
}

/// A signature is stamped, and its stamp read by the system that asked.
pub(crate) fn stamped_once(world: &World) {
    let bench = Bench::new(world);
    bench.open(1);
    let id = ids(&stamp(&bench, &["một"]), "pending").remove(0);
    held(&bench, world, &id);
}

fn body(bench: &Bench<'_>, texts: &[&str]) -> Value {
    let mut body = bench.body(texts);
    body["time_stamp"] = json!(true);
    body
}

fn stamp(bench: &Bench<'_>, texts: &[&str]) -> Reply {
    let reply = bench.post(&bench.token, &fresh_key(), &body(bench, texts));
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply
}

/// The ids in a reply, of which every one is in this state.
pub(crate) fn ids(reply: &Reply, state: &str) -> Vec<String> {
    let standings = reply.json()["time_stamps"].clone();
    let all = standings.as_array().unwrap().iter().map(|one| {
        assert_eq!(one["state"], state, "{}", reply.text());
        one["id"].as_str().unwrap().to_owned()
    });
    all.collect()
}

fn read(world: &World, token: &str, id: &str) -> Reply {
    let call = world.http().get(&format!("/api/v1/time-stamps/{id}"));
    call.bearer(token).send().unwrap()
}

/// The time stamp, once its token is there.
pub(crate) fn held(bench: &Bench<'_>, world: &World, id: &str) -> Value {
    let mut last = Value::Null;
    until(|| {
        last = read(world, &bench.token, id).json();
        last["state"] == "held"
    });
    last
}

fn metrics(world: &World) -> String {
    internal(world).get("/metrics").send().unwrap().text()
}

pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap()).unwrap()
}

fn received(world: &World, event: &str) -> Vec<AuditEntry> {
    let query = AuditQuery {
        event: Some(event.to_owned()),
        ..AuditQuery::default()
    };
    log::entries(world, &query)
}

fn nonces(queries: &[Vec<u8>]) -> usize {
    let nonce = |query: &Vec<u8>| {
        let start = query.windows(2).position(|two| two == [4, 32]).unwrap() + 34;
        query[start..].to_vec()
    };
    queries.iter().map(nonce).collect::<BTreeSet<_>>().len()
}

#[test]
fn a_signature_gets_its_stamp_however_the_authority_stumbles() {
    let test = "it::time_stamps::a_signature_gets_its_stamp_however_the_authority_stumbles";
    on_each(test, SECONDS, |world, authority| {
        let bench = Bench::new(&world);
        bench.open(5);
        let wrong = [
            (Answer::Refused, "rejected"),
            (Answer::OtherImprint, "other_imprint"),
            (Answer::OtherNonce, "other_nonce"),
            (Answer::Foreign, "untrusted"),
            (Answer::Garbage, "form"),
            (Answer::Status(500), "status"),
            (Answer::Closed, "unreachable"),
        ];
        let answers: Vec<Answer> = wrong.iter().map(|(answer, _)| *answer).collect();
        authority.answer(&answers);
        let (key, body) = (fresh_key(), body(&bench, &["một"]));
        let reply = bench.post(&bench.token, &key, &body);
        assert_eq!(reply.status, 200, "{}", reply.text());
        let id = ids(&reply, "pending").remove(0);
        let stamp = held(&bench, &world, &id);
        let signature = bytes(&reply.json()["signatures"][0]);
        assert!(authority.accepts(&bytes(&stamp["token"]), &signature));
        assert!(!authority.accepts(&bytes(&stamp["token"]), b"else"));
        assert_eq!(stamp["request_id"], reply.json()["request_id"]);

        let queries = authority.queries();
        assert_eq!(queries.len(), wrong.len() + 1);
        assert_eq!(nonces(&queries), queries.len(), "each try asks anew");
        let said = metrics(&world);
        for word in wrong.iter().map(|(_, word)| *word).chain(["held"]) {
            let line = format!("kyso_time_stamp_tries_total{{outcome=\"{word}\"}} 1\n");
            assert!(said.contains(&line), "{word}: {said}");
        }
        let entries = received(&world, "timestamp.received");
        assert_eq!(entries.len(), 1);
        let entry = &entries[0].entry;
        assert_eq!(entry["request"], reply.json()["request_id"]);
        assert_eq!(entry["data"]["time"], stamp["time"]);
        assert_eq!(entry["data"]["tries"], 8);
        assert_eq!(received(&world, "timestamp.failed").len(), 0);

        // The same call again is the same stamp, and asks nobody.
        let again = bench.post(&bench.token, &key, &body);
        assert_eq!(ids(&again, "held"), [id]);
        assert_eq!(authority.queries().len(), queries.len());
    });
}

#[test]
fn a_reply_does_not_wait_for_the_authority_and_says_so() {
    let test = "it::time_stamps::a_reply_does_not_wait_for_the_authority_and_says_so";
    on_each(test, SECONDS, |world, authority| {
        let bench = Bench::new(&world);
        let (session, _) = bench.open(9);
        authority.shut(true);
        let reply = stamp(&bench, &["một", "hai", "ba"]);
        let waiting = ids(&reply, "pending");
        assert_eq!(waiting.len(), 3);
        authority.wait_for(0, 2);
        until(|| metrics(&world).contains("kyso_time_stamps_pending 3\n"));
        let without = bench.stamp("không");
        assert_eq!(without.json()["time_stamps"], Value::Null);

        // A clerk of the agency sees what waits, on the pages too; another system does not.
        let other = Bench::new(&world);
        let clerk = world.province().clerk.token_with_otp().unwrap();
        let listed = world
            .http()
            .get(&format!("/api/v1/stamping-sessions/{session}/signatures"));
        let listed = listed.bearer(&clerk).send().unwrap().json();
        let standing = |place: usize| listed["items"][place]["time_stamps"].clone();
        assert_eq!(standing(0), Value::Null, "{listed}");
        assert_eq!(standing(1), reply.json()["time_stamps"], "{listed}");
        assert_eq!(read(&world, &clerk, &waiting[0]).status, 200);
        let page = Browser::of(world.http(), &other.clerk);
        let page = page.page(&format!("/ui/stamping/{session}"));
        assert!(page.contains("Đã ký, chờ dấu thời gian"), "{page}");
        assert_eq!(page.matches("dấu thời gian").count(), 1, "{page}");
        assert_problem(&read(&world, &other.token, &waiting[0]), 404, "not_found");
        assert_problem(&read(&world, &bench.token, &session), 404, "not_found");

        authority.shut(false);
        let signatures = reply.json()["signatures"].clone();
        for (place, id) in waiting.iter().enumerate() {
            let stamp = held(&bench, &world, id);
            assert_eq!(stamp["place"], place);
            let signature = bytes(&signatures[place]);
            assert!(authority.accepts(&bytes(&stamp["token"]), &signature));
        }
        assert_eq!(received(&world, "timestamp.received").len(), 3);
        until(|| metrics(&world).contains("kyso_time_stamps_pending 0\n"));
    });
}

#[test]
fn a_stamp_outlives_the_server_that_asked_for_it() {
    let test = "it::time_stamps::a_stamp_outlives_the_server_that_asked_for_it";
    on_each(test, 3, |mut world, authority| {
        authority.shut(true);
        let (reply, token) = {
            let bench = Bench::new(&world);
            bench.open(5);
            (stamp(&bench, &["một", "hai"]), bench.token.clone())
        };
        authority.wait_for(0, 2);
        // Killed while the authority thinks: what it answers then goes nowhere.
        let site = world.deployment.server.kill().unwrap();
        world.deployment.server = Server::start(&site).unwrap();
        authority.shut(false);
        for (place, id) in ids(&reply, "pending").iter().enumerate() {
            let mut stamp = Value::Null;
            until(|| {
                stamp = read(&world, &token, id).json();
                stamp["state"] == "held"
            });
            let signature = bytes(&reply.json()["signatures"][place]);
            assert!(authority.accepts(&bytes(&stamp["token"]), &signature));
        }
        assert_eq!(received(&world, "timestamp.received").len(), 2);
    });
}

#[test]
fn two_servers_ask_once_for_each_stamp() {
    let authority = Authority::new();
    let Some(world) = World::planned(Database::Postgres, asking(&authority, SECONDS)) else {
        let test = "it::time_stamps::two_servers_ask_once_for_each_stamp";
        return skip::because(test, "no PostgreSQL (KYSO_TEST_POSTGRES)");
    };
    let folder = tempfile::tempdir().unwrap();
    let site = world
        .deployment
        .server
        .site()
        .second(folder.path())
        .unwrap();
    let _second = Server::start(&site).unwrap();
    let bench = Bench::new(&world);
    bench.open(20);
    let texts: Vec<String> = (0..12).map(|number| number.to_string()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    authority.shut(true);
    let reply = stamp(&bench, &texts);
    // Both have as many under way as each may have.
    authority.wait_for(0, 4);
    authority.shut(false);
    for id in ids(&reply, "pending") {
        held(&bench, &world, &id);
    }
    assert_eq!(authority.queries().len(), texts.len());
    assert_eq!(received(&world, "timestamp.received").len(), texts.len());
}

#[test]
fn an_authority_that_is_not_there_is_followed_by_the_next() {
    let authority = Authority::new();
    let nowhere = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = nowhere.local_addr().unwrap().port();
    drop(nowhere);
    let plan = |plan: &mut Plan| {
        asking(&authority, SECONDS)(plan);
        let first = format!("[\"http://127.0.0.1:{port}\", ");
        plan.more = plan
            .more
            .replace("authorities = [", &format!("authorities = {first}"));
    };
    let world = World::planned(Database::Sqlite, plan).unwrap();
    let bench = Bench::new(&world);
    bench.open(2);
    let id = ids(&stamp(&bench, &["một"]), "pending").remove(0);
    held(&bench, &world, &id);
    assert_eq!(authority.queries().len(), 1);
    assert_eq!(
        received(&world, "timestamp.received")[0].entry["data"]["tries"],
        2
    );
}

#[test]
fn none_is_promised_without_an_authority() {
    let test = "it::time_stamps::none_is_promised_without_an_authority";
    on_both(test, |world| {
        let bench = Bench::new(world);
        bench.open(2);
        let body = body(&bench, &["một"]);
        let reply = bench.post(&bench.token, &fresh_key(), &body);
        assert_problem(&reply, 400, "invalid_field");
        assert!(reply.text().contains("time_stamp"), "{}", reply.text());
        let signed = log::of_credential(world, "signature.intent", &bench.seal);
        assert_eq!(signed.len(), 0);
    });
}
