//! A token that vanishes and comes back under load: 503 meanwhile, and no restart.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use kyso_api::management::{AuditEntry, AuditQuery};
use kyso_tests::server::{Plan, Server};

use crate::carry::carry;
use crate::desk::at_once;
use crate::health;
use crate::log;
use crate::stamping::Bench;
use crate::world::{Database, World, until};

const CLIENT: &str = "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so";

/// The token behind a socket, in a process that can be killed.
struct Remote {
    child: Child,
    directory: PathBuf,
}

impl Remote {
    /// Where the server's module looks for it.
    fn start(directory: &Path) -> Self {
        Self::at(directory, "p11")
    }

    fn at(directory: &Path, socket: &str) -> Self {
        let socket = directory.join(socket);
        let _ = std::fs::remove_file(&socket);
        let child = Command::new("p11-kit")
            .args([
                "server",
                "--foreground",
                "--provider",
                "/usr/lib/softhsm/libsofthsm2.so",
                "--name",
            ])
            .arg(&socket)
            .arg("pkcs11:")
            .env("SOFTHSM2_CONF", directory.join("softhsm2.conf"))
            .env("XDG_RUNTIME_DIR", directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until(|| socket.exists());
        Self {
            child,
            directory: directory.to_owned(),
        }
    }

    /// Kills the server and the process that serves the connection.
    fn vanish(&mut self) {
        let children = Command::new("pgrep")
            .args(["-P", &self.child.id().to_string()])
            .output()
            .unwrap();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        for child in String::from_utf8(children.stdout).unwrap().lines() {
            let _ = Command::new("kill").args(["-KILL", child]).status();
        }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.vanish();
        }
    }
}

/// Ends the load also when the test fails, which would otherwise never end.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn through_a_socket(plan: &mut Plan) {
    plan.module = PathBuf::from(CLIENT);
    // p11-kit 0.24 carries no mechanism with the parameters of AES-GCM.
    "mechanisms.sealing = 'hmac-kdf'\n".clone_into(&mut plan.profile);
    // Where its connection breaks in the middle of an answer, it leaves every other thread that waits for one waiting for
    // ever: with one lane there is none. That such a server ends, to be started anew, is tested by itself.
    plan.lanes = 1;
    let address = format!("unix:path={}", plan.directory.join("p11").display());
    plan.environment
        .push(("P11_KIT_SERVER_ADDRESS".to_owned(), address));
    "[limits]\nsession_signatures = 1000000\n".clone_into(&mut plan.more);
}

#[test]
fn a_token_that_vanishes_and_returns_needs_no_restart() {
    let mut remote = None;
    let world = World::planned(Database::Sqlite, |plan| {
        through_a_socket(plan);
        remote = Some(Remote::start(&plan.directory));
    });
    let (world, mut remote) = (world.unwrap(), remote.unwrap());
    let bench = Bench::new(&world);
    bench.open(1_000_000);
    let (ending, signed) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (unavailable, surprises) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let replies = Mutex::new(Vec::new());
    thread::scope(|scope| {
        let _ending = Ending(&ending);
        scope.spawn(|| {
            at_once(8, |connection| {
                let mut number = 0;
                while !ending.load(Ordering::Relaxed) {
                    number += 1;
                    let reply = bench.stamp(&format!("{connection}-{number}"));
                    let retry = reply.header("retry-after").is_some();
                    let code = reply.member("code").unwrap_or_default();
                    let call = reply.header("x-request-id").unwrap().to_owned();
                    replies.lock().unwrap().push((call, reply.status));
                    match (reply.status, retry, &*code) {
                        (200, ..) => signed.fetch_add(1, Ordering::Relaxed),
                        // A call that was in the token when it went may have signed.
                        (503, true, _) | (500, _, "outcome_uncertain") => {
                            unavailable.fetch_add(1, Ordering::Relaxed)
                        }
                        _ => {
                            surprises.lock().unwrap().push(reply.text());
                            0
                        }
                    };
                }
            });
        });
        until(|| signed.load(Ordering::Relaxed) > 50);
        remote.vanish();
        until(|| unavailable.load(Ordering::Relaxed) > 20);
        let before = signed.load(Ordering::Relaxed);
        remote = Remote::start(&remote.directory.clone());
        until(|| signed.load(Ordering::Relaxed) > before + 50);
    });
    assert_eq!(surprises.into_inner().unwrap(), Vec::<String>::new());
    check_outcomes(&world, &replies.into_inner().unwrap());
    let report = world
        .deployment
        .server
        .site()
        .run(&["audit", "verify"])
        .unwrap();
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
    let server = &mut world.deployment.server;
    let end = server.ended(Duration::from_mins(1)).unwrap();
    assert!(!end.success(), "whoever watches it starts it again");
    break_off.store(false, Ordering::SeqCst);
    let site = server.site().clone();
    world.deployment.server = Server::start(&site).unwrap();
    let bench = Bench::new(&world);
    bench.open(1);
    assert_eq!(bench.stamp("x").status, 200);
    let alarms = log::entries(&world, &of_event("alarm.raised"));
    let told = |one: &AuditEntry| one.entry["data"]["alarm"] == "hsm_stuck";
    assert!(alarms.iter().any(told), "{alarms:?}");
}

fn of_event(event: &str) -> AuditQuery {
    AuditQuery {
        event: Some(event.to_owned()),
        ..AuditQuery::default()
    }
}

/// Nobody signs: the log says all the same when the token went and came, and each key is looked at
/// anew, since nobody knows what became of it meanwhile.
#[test]
fn an_absence_is_entered_and_every_key_is_attested_again() {
    let mut remote = None;
    let world = World::planned(Database::Sqlite, |plan| {
        through_a_socket(plan);
        plan.profile += "lanes.probe_ms = 200\n";
        remote = Some(Remote::start(&plan.directory));
    });
    let (world, mut remote) = (world.unwrap(), remote.unwrap());
    let count = |event: &str| log::entries(&world, &of_event(event)).len();
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
    let _remote = Remote::start(&remote.directory.clone());
    until(|| count("hsm.returned") == 1);
    until(|| attested(2));
    assert_eq!(count("hsm.away"), 1);
    assert_eq!(count("key.attestation_failed"), 0);
}

/// Each call has the outcome that its caller was told, and none has an intent alone: also one that
/// found the token gone, or was in it when it went.
fn check_outcomes(world: &World, replies: &[(String, u16)]) {
    let named = |event: &str| {
        let of_call = |one: AuditEntry| (text(&one, "request"), text(&one, "outcome"));
        let entries = log::entries(world, &of_event(event)).into_iter();
        entries.map(of_call).collect::<BTreeMap<_, _>>()
    };
    let (intents, outcomes) = (named("signature.intent"), named("signature.outcome"));
    let mut away = 0;
    for (call, status) in replies {
        let outcome = outcomes.get(call).map(String::as_str);
        assert_eq!(intents.contains_key(call), outcome.is_some(), "{call}");
        match status {
            200 => assert_eq!(outcome, Some("ok"), "{call}"),
            503 => assert!(matches!(outcome, None | Some("failed")), "{call}"),
            _ => assert_eq!(outcome, Some("unknown"), "{call}"),
        }
        away += usize::from(*status != 200 && outcome.is_some());
    }
    println!("{away} calls found the token gone after their intent");
}

fn text(entry: &AuditEntry, member: &str) -> String {
    entry.entry[member].as_str().unwrap_or_default().to_owned()
}
