//! A token that vanishes and comes back under load: 503 meanwhile, and no restart.

mod load;
mod remote;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use kyso_api::management::AuditEntry;
use kyso_tests::server::{Plan, Server};

use crate::attestation::Vandal;
use crate::carry::carry;
use crate::desk::at_once;
use crate::health;
use crate::log;
use crate::stamping::Bench;
use crate::world::{Database, World, until, until_within};
use load::{Ending, Load};
use remote::Remote;

/// Callers that stamp at once.
const CONNECTIONS: usize = 8;
const CLIENT: &str = "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so";

fn through_a_socket(plan: &mut Plan) {
    plan.module = PathBuf::from(CLIENT);
    // p11-kit 0.24 carries no mechanism with the parameters of AES-GCM.
    "mechanisms.sealing = 'hmac-kdf'\n".clone_into(&mut plan.profile);
    // Where its connection breaks in the middle of an answer, it leaves every other thread that waits for one waiting for
    // ever: with one lane there is none.
    plan.lanes = 1;
    let address = format!("unix:path={}", plan.directory.join("p11").display());
    plan.environment
        .push(("P11_KIT_SERVER_ADDRESS".to_owned(), address));
    "[limits]\nsession_signatures = 1000000\n".clone_into(&mut plan.more);
}

/// A server whose lanes reach the token through `p11-kit`, as many as the test says.
fn reached(lanes: u8, carried: bool) -> (World, Remote) {
    let mut remote = None;
    let world = World::planned(Database::Sqlite, |plan| {
        through_a_socket(plan);
        plan.lanes = lanes;
        remote = Some(if carried {
            let [client, server] = ["p11", "p11.server"].map(|name| plan.directory.join(name));
            carry(&client, &server, &Arc::default());
            Remote::at(&plan.directory, "p11.server")
        } else {
            Remote::start(&plan.directory)
        });
    });
    (world.unwrap(), remote.unwrap())
}

/// Loads the server, takes the token away, brings it back, and goes on until it signs again or has ended.
fn vanish_under(load: &Load, bench: &Bench<'_>, remote: &mut Remote) {
    thread::scope(|scope| {
        let _ending = Ending(load);
        scope.spawn(|| load.drive(bench, CONNECTIONS));
        until(|| load.signed() > 50);
        remote.vanish();
        until(|| load.unavailable() > 20 || load.gone() == CONNECTIONS);
        let before = load.signed();
        remote.come_back();
        // A server that sees that it cannot have the token back has tried three times, for ten seconds each.
        let patience = Duration::from_mins(3);
        until_within(patience, || {
            load.signed() > before + 50 || load.gone() == CONNECTIONS
        });
    });
}

/// The token went and came, and the server that runs now is the one that was started.
fn needs_no_restart((world, mut remote): (World, Remote)) {
    let bench = Bench::new(&world);
    bench.open(1_000_000);
    let load = Load::default();
    vanish_under(&load, &bench, &mut remote);
    assert_eq!(load.gone(), 0, "the server has ended");
    load.check(&bench);
    assert_whole(&world);
}

#[test]
fn a_token_that_vanishes_and_returns_needs_no_restart() {
    needs_no_restart(reached(1, false));
}

/// What stands between lets no answer begin that has not come whole. So the client never breaks off in the middle of one,
/// which could leave the threads that wait beside it waiting for ever, and what is left is what the server does itself.
#[test]
fn a_token_that_vanishes_under_several_lanes_needs_no_restart() {
    needs_no_restart(reached(4, true));
}

/// Straight to p11-kit, whose client may hang when its server is killed: the server comes back by itself, or sees that it
/// cannot and ends, to be started anew. Either way each signature is there once, and right.
#[test]
fn a_token_that_vanishes_in_mid_answer_loses_doubles_and_spoils_nothing() {
    let (mut world, mut remote) = reached(4, false);
    let bench = Bench::new(&world);
    bench.open(1_000_000);
    let load = Load::default();
    vanish_under(&load, &bench, &mut remote);
    let (kept, ended) = (bench.keep(), load.gone() > 0);
    if ended {
        start_anew(&mut world);
    }
    load.check(&kept.at(&world));
    assert_eq!(stuck(&world), ended, "it ends for this alone");
    assert_whole(&world);
    println!("the server ended: {ended}");
}

/// As whoever watches it does, once it has ended by itself and with a failure.
fn start_anew(world: &mut World) {
    let server = &mut world.deployment.server;
    let end = server.ended(Duration::from_mins(1)).unwrap();
    assert!(!end.success(), "whoever watches it starts it again");
    let site = server.site().clone();
    world.deployment.server = Server::start(&site).unwrap();
}

/// Whether a server entered that only a new one gets the token back.
fn stuck(world: &World) -> bool {
    let alarms = log::entries(world, &log::of_event("alarm.raised"));
    let told = |one: &AuditEntry| one.entry["data"]["alarm"] == "hsm_stuck";
    alarms.iter().any(told)
}

fn assert_whole(world: &World) {
    let report = world.deployment.server.site().run(&["audit", "verify"]);
    let report = report.unwrap();
    assert!(report.contains("complete up to"), "{report}");
}

/// Where a call hangs in the module, this process cannot have the token back: it ends, and the next one has it.
#[test]
fn a_server_in_which_a_call_hangs_for_good_ends_and_the_next_one_signs() {
    let (mut remote, break_off) = (None, Arc::default());
    let world = World::planned(Database::Sqlite, |plan| {
        through_a_socket(plan);
        plan.lanes = 2;
        plan.profile += "lanes.call_limit_ms = 200\n";
        remote = Some(Remote::at(&plan.directory, "p11.server"));
        let [client, server] = ["p11", "p11.server"].map(|name| plan.directory.join(name));
        carry(&client, &server, &break_off);
    });
    let mut world = world.unwrap();
    let bench = Bench::new(&world);
    bench.open(1_000_000);
    // Whenever one signs, an answer is broken off, until that leaves another call waiting for ever.
    at_once(4, |_| {
        while let Ok(reply) = bench.try_stamp("x") {
            break_off.fetch_or(reply.status == 200, Ordering::SeqCst);
        }
    });
    break_off.store(false, Ordering::SeqCst);
    start_anew(&mut world);
    let bench = Bench::new(&world);
    bench.open(1);
    assert_eq!(bench.stamp("x").status, 200);
    assert!(stuck(&world));
}

/// A server that asks five times a second whether the token is there.
fn probed() -> (World, Remote) {
    let mut remote = None;
    let world = World::planned(Database::Sqlite, |plan| {
        through_a_socket(plan);
        plan.profile += "lanes.probe_ms = 200\n";
        remote = Some(Remote::start(&plan.directory));
    });
    (world.unwrap(), remote.unwrap())
}

/// Nobody signs: the log says all the same when the token went and came, and each key is looked at
/// anew, since nobody knows what became of it meanwhile.
#[test]
fn an_absence_is_entered_and_every_key_is_attested_again() {
    let (world, mut remote) = probed();
    let count = |event: &str| log::entries(&world, &log::of_event(event)).len();
    let credentials = &world.province().credentials;
    let keys = [
        &credentials.leader,
        &credentials.leader_p256,
        &credentials.seal,
    ];
    let attested = |times: usize| {
        let of = |key: &&String| log::of_credential(&world, "key.attested", key).len();
        keys.iter().all(|key| of(key) >= times)
    };
    until(|| attested(1));
    assert_eq!((count("hsm.away"), count("hsm.returned")), (0, 0));
    remote.vanish();
    until(|| count("hsm.away") == 1);
    health::assert_not_ready(&health::internal(&world), &["token"]);
    assert_eq!(count("hsm.returned"), 0);
    remote.come_back();
    until(|| count("hsm.returned") == 1);
    until(|| attested(2));
    assert_eq!(count("hsm.away"), 1);
    assert_eq!(count("key.attestation_failed"), 0);
}

/// An officer is told, once, and nothing is signed.
#[test]
fn a_pin_that_was_changed_while_the_token_was_away_is_told() {
    let (world, mut remote) = probed();
    let bench = Bench::new(&world);
    bench.open(2);
    assert_eq!(bench.stamp("trước").status, 200);
    remote.vanish();
    until(|| !log::entries(&world, &log::of_event("hsm.away")).is_empty());
    Vandal::at(&world).run(&["--change-pin", "--new-pin", "87654321"]);
    remote.come_back();
    let told = || {
        let alarms = log::entries(&world, &log::of_event("alarm.raised"));
        let refused = |one: &&AuditEntry| one.entry["data"]["alarm"] == "hsm_pin_refused";
        alarms.iter().filter(refused).count()
    };
    until(|| told() == 1);
    health::assert_not_ready(&health::internal(&world), &["token"]);
    assert_eq!(bench.stamp("sau").status, 503);
    assert_eq!(told(), 1);
}
