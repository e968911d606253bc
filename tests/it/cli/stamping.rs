//! A clerk opens a stamping session, a system stamps within it, an officer reads what happened.

use std::time::Duration;

use kyso_core::{Clock, SystemClock};
use serde_json::Value;

use super::{Terminal, code, text, why};
use crate::stamping::Bench;
use crate::world::World;

/// Stamps one file as the system; its terminal needs no log-in.
fn stamp(terminal: &Terminal<'_>, bench: &Bench<'_>, file: &str) -> std::process::Output {
    terminal.write(file, file);
    terminal.write("system.pem", &bench.system.key.private_pem());
    let document = ["--number", "12", "--symbol", "QĐ-UBND"];
    let kind = ["--type", "Quyết định", "--purpose", "PHAT_HANH"];
    let (client, seal) = (&*bench.system.client_id, &*bench.seal);
    let who = ["--client-id", client, "--key-file", "system.pem"];
    let what = ["--json", "stamp", file, "--credential", seal];
    terminal.kyso(&[&what[..], &who, &document, &kind].concat())
}

/// The clerk opens a session for two stamps within an hour.
fn open(terminal: &Terminal<'_>, bench: &Bench<'_>) -> String {
    let end = SystemClock.now().after(Duration::from_hours(1));
    let end = end.to_string();
    terminal.take_otp(&bench.clerk);
    let session = ["session", "open", "--client", &bench.system.id];
    let what = ["--credential", &bench.seal, "--limit", "2"];
    let bounds = ["--until", &end, "--purpose", "PHAT_HANH"];
    let otp = ["--otp-file", "otp"];
    let opened = terminal.json(&[&session[..], &what, &bounds, &otp].concat());
    text(&opened, "id").to_owned()
}

#[test]
fn a_system_stamps_within_a_clerks_session_and_not_after_it() {
    let world = World::sqlite();
    let bench = Bench::new(world);
    let (clerk, system) = (Terminal::of(world, &bench.clerk), Terminal::new(world));
    let output = stamp(&system, &bench, "quá sớm.txt");
    assert_eq!(code(&output), 1, "{output:?}");
    assert_eq!(why(&output).0, "no_stamping_session");
    let session = open(&clerk, &bench);
    let output = stamp(&system, &bench, "Quyết định 12.txt");
    assert_eq!(code(&output), 0, "{output:?}");
    assert!(system.openssl_accepts("Quyết định 12.txt"));
    assert_eq!(code(&system.verify("Quyết định 12.txt")), 0);
    let listed = clerk.json(&["session", "list"]);
    let listed = listed.as_array().unwrap();
    let found = listed.iter().find(|one| one["id"] == *session).unwrap();
    let left = (found["used"].as_u64(), found["remaining"].as_u64());
    assert_eq!(left, (Some(1), Some(1)), "{found}");
    let stamped = ["session", "signatures", &session];
    let page = clerk.json(&stamped);
    let stamps = page["items"].as_array().unwrap();
    assert_eq!(stamps.len(), 1, "{page}");
    assert_eq!(stamps[0]["documents"][0]["symbol"], "QĐ-UBND", "{page}");
    let table = clerk.done(&stamped);
    assert!(
        table.contains("PHAT_HANH") && table.contains("signed"),
        "{table}"
    );
    clerk.done(&["session", "close", &session]);
    let output = stamp(&system, &bench, "quá muộn.txt");
    assert_eq!(code(&output), 1, "{output:?}");
    assert_eq!(why(&output).0, "no_stamping_session");
    assert!(!system.path("quá muộn.txt.p7s").exists());
    assert_officer_reads(world, &bench);
    clerk.fails(1, &["audit", "list"]);
}

/// Exactly one intent, for the one file that was stamped; the page is one JSON document.
fn assert_officer_reads(world: &World, bench: &Bench<'_>) {
    let officer = Terminal::of(world, &world.province().office.officer);
    let what = ["audit", "list", "--credential", &bench.seal];
    let event = ["--event", "signature.intent"];
    let page = officer.json(&[&what[..], &event].concat());
    let entries = page["entries"].as_array().unwrap();
    let events: Vec<&Value> = entries.iter().map(|e| &e["entry"]["event"]).collect();
    assert_eq!(events, ["signature.intent"], "{page}");
    let table = officer.done(&[&what[..], &event].concat());
    assert_eq!(table.lines().count(), 2, "a heading and a row: {table}");
}
