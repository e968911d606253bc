//! A server that is killed between approval and signature.

use std::process::Command;
use std::time::Duration;

use kyso_tests::server::Server;
use serde_json::json;
use sha2::Digest as _;

use super::Asking;
use crate::owner::Owner;
use crate::world::{Database, World, until_within};

/// Whoever holds the database's lock when the approval is durable keeps the intent from being written, so the
/// server is killed in between. It may be faster; then the next request is tried.
fn killed_in_between(world: &World, asking: &Asking<'_>) -> Option<String> {
    let (id, _) = asking.ask(&["Mất điện"]);
    let shown = asking.open(&[&id]);
    let code = asking.code();
    std::thread::scope(|scope| {
        let approving = scope.spawn(|| asking.try_give(&shown, &code));
        let mut owner = Owner::of(world);
        let row = owner.id(&id);
        let state = format!("SELECT CAST(state AS BLOB) AS value FROM approval WHERE id = {row}");
        // Waiting for the lock as SQLite does, in steps that grow, it would come too late.
        owner.run("PRAGMA busy_timeout = 0");
        loop {
            if !owner.try_run("BEGIN IMMEDIATE") {
                continue;
            }
            match &*owner.read(&state) {
                b"opened" => owner.run("COMMIT"),
                b"approved" => break,
                _ => return None,
            }
        }
        let server = world.deployment.server.id().to_string();
        let killed = Command::new("kill").args(["-KILL", &server]).status();
        assert!(killed.unwrap().success());
        drop(owner);
        assert!(
            approving.join().unwrap().is_none(),
            "answered though it was killed"
        );
        Some(id)
    })
}

#[test]
fn what_was_approved_and_not_signed_by_a_killed_server_says_so_and_is_never_signed() {
    let mut world = World::own(Database::Sqlite).unwrap();
    let asking = Asking::short_lived(&world, 30);
    let id = (0..5).find_map(|_| killed_in_between(&world, &asking));
    let (id, kept) = (id.expect("the server was faster each time"), asking.keep());
    let site = world.deployment.server.site().clone();
    world.deployment.server = Server::start(&site).unwrap();
    let asking = kept.at(&world);
    // Half a minute for the SAD, then a round of upkeep.
    until_within(Duration::from_mins(3), || asking.state(&id) == "failed");
    // Where the intent was faster than the kill, nobody can tell whether the key was used.
    let digest = hex::encode(sha2::Sha256::digest("Mất điện"));
    let asked = asking.signed().iter().filter(|one| **one == digest).count();
    let begun = asked > asking.inbox("signed").len();
    let reason = if begun { "unknown" } else { "interrupted" };
    assert_eq!(asking.get(&id).json()["reason"], json!(reason));
    let failed = asking.entries().into_iter();
    let failed = failed.filter(|entry| entry["event"] == "approval.failed");
    let reasons = failed.map(|entry| entry["data"]["because"].clone());
    assert_eq!(reasons.collect::<Vec<_>>(), [reason]);
    assert_eq!(asking.inbox("failed"), [id]);
}
