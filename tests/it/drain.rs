//! SIGTERM under load: what is under way is finished, what comes later is told to come again.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use kyso_api::management::{AuditEntry, AuditQuery};
use kyso_tests::http::Reply;
use kyso_tests::server::{Plan, Server};
use kyso_tests::skip;
use sha2::{Digest as _, Sha256};

use crate::log;
use crate::stamping::Bench;
use crate::world::{Database, World, until};

const CONNECTIONS: usize = 8;

/// What a client holds of one call: the digest that it sent, and the reply if one came.
type Call = (String, Option<Reply>);

fn ceiling(plan: &mut Plan) {
    "[limits]\nsession_signatures = 1000000\n".clone_into(&mut plan.more);
}

#[test]
fn sigterm_under_load_finishes_every_call_on_sqlite() {
    drained(World::planned(Database::Sqlite, ceiling).unwrap());
}

#[test]
fn sigterm_under_load_finishes_every_call_on_postgres() {
    match World::planned(Database::Postgres, ceiling) {
        Some(world) => drained(world),
        None => skip::because(
            "it::drain::sigterm_under_load_finishes_every_call_on_postgres",
            "no PostgreSQL (KYSO_TEST_POSTGRES)",
        ),
    }
}

fn drained(mut world: World) {
    let calls = {
        let bench = Bench::new(&world);
        bench.open(1_000_000);
        loaded_until_gone(&bench, || terminate(world.deployment.server.id()))
    };
    let site = world.deployment.server.site().clone();
    let status = world.deployment.server.stop().unwrap();
    assert!(status.success(), "{status}");
    world.deployment.server = Server::start(&site).unwrap();
    check(&world, &calls);
    let report = site.run(&["audit", "verify"]).unwrap();
    assert!(report.contains("complete up to"), "{report}");
}

/// Stamps over kept-alive connections until each of them finds nobody there; ends the server
/// meanwhile.
fn loaded_until_gone(bench: &Bench<'_>, end: impl FnOnce()) -> Vec<Call> {
    let (signed, calls) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let drive = |connection: usize| {
        for number in 0.. {
            let text = format!("{connection}-{number}");
            let digest = hex::encode(Sha256::digest(&text));
            let reply = bench.try_stamp(&text).ok();
            let gone = reply.is_none();
            if reply.as_ref().is_some_and(|reply| reply.status == 200) {
                signed.fetch_add(1, Ordering::Relaxed);
            }
            calls.lock().unwrap().push((digest, reply));
            if gone {
                return;
            }
        }
    };
    let drive = &drive;
    thread::scope(|scope| {
        for connection in 0..CONNECTIONS {
            scope.spawn(move || drive(connection));
        }
        until(|| signed.load(Ordering::Relaxed) > 40);
        end();
    });
    calls.into_inner().unwrap()
}

pub(crate) fn terminate(process: u32) {
    signal(process, "TERM");
}

pub(crate) fn signal(process: u32, name: &str) {
    let mut kill = std::process::Command::new("kill");
    let status = kill.args([&format!("-{name}"), &process.to_string()]);
    assert!(status.status().unwrap().success());
}

/// Each call was signed, or told to come again, or found nobody there and signed nothing; and every
/// intent has its outcome, before the server noted its own end.
fn check(world: &World, calls: &[Call]) {
    let entries = log::entries(world, &AuditQuery::default());
    let of = |event: &'static str| {
        entries
            .iter()
            .filter(move |one| one.entry["event"] == event)
    };
    let outcomes: BTreeMap<&str, &AuditEntry> = of("signature.outcome")
        .map(|outcome| (outcome.entry["intent"].as_str().unwrap(), outcome))
        .collect();
    let mut signed: BTreeMap<&str, &str> = BTreeMap::new();
    for intent in of("signature.intent") {
        let outcome = outcomes.get(&*intent.leaf_hash);
        let outcome = outcome.unwrap_or_else(|| panic!("no outcome: {}", intent.entry));
        assert_eq!(outcome.entry["outcome"], "ok", "{}", outcome.entry);
        let digest = intent.entry["digests"][0]["value"].as_str().unwrap();
        signed.insert(
            digest,
            outcome.entry["results"][0]["sha256"].as_str().unwrap(),
        );
    }
    let mut refused = 0;
    for (digest, reply) in calls {
        let logged = signed.remove(&**digest);
        match reply {
            Some(reply) if reply.status == 200 => assert!(logged.is_some(), "{digest}"),
            Some(reply) => {
                refused += 1;
                assert_eq!(reply.status, 503, "{}", reply.text());
                assert!(reply.header("retry-after").is_some(), "{}", reply.text());
                assert_eq!(logged, None, "signed behind a 503: {digest}");
            }
            None => assert_eq!(logged, None, "signed for nobody: {digest}"),
        }
    }
    assert!(signed.is_empty(), "signed unasked: {signed:?}");
    let stopped = of("server.stopped").next().unwrap().sequence;
    let last = outcomes.values().map(|one| one.sequence).max().unwrap();
    assert!(last < stopped, "{last} is after {stopped}");
    println!("{} calls, {refused} told to come again", calls.len());
}
