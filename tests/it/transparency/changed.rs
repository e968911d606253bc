//! What the owner of the database changes is found, and nothing is signed on it.

use std::fs;
use std::process::Stdio;

use kyso_tests::server::Site;

use super::{Earlier, alarms, call_of, checkpoint, checkpoint_of, logged};
use crate::health::{assert_not_ready, internal};
use crate::owner::Owner;
use crate::stamping::{Bench, assert_problem};
use crate::world::{on_own, restarted_after, until};

/// The youngest entries, which no checkpoint holds yet, are changed before the tree comes to them.
#[test]
fn entries_that_are_not_as_written_end_all_signing() {
    let test = "it::transparency::changed::entries_that_are_not_as_written_end_all_signing";
    ends_signing(test, "UPDATE audit_entry SET entry = leaf_hash");
}

/// The same by whoever cuts the end off under a server at work.
#[test]
fn entries_that_are_removed_end_all_signing() {
    let test = "it::transparency::changed::entries_that_are_removed_end_all_signing";
    ends_signing(test, "DELETE FROM audit_entry");
}

fn ends_signing(test: &str, change: &str) {
    on_own(test, |world| {
        let (http, bench) = (internal(&world), Bench::new(&world));
        bench.open(9);
        let _ = logged(
            world.http(),
            &bench.token,
            &call_of(&bench.stamp("trước")),
            "",
        );
        let mut owner = Owner::of(&world);
        owner.unlock("audit_entry");
        let halted = || http.get("/readyz").send().unwrap().json()["log"] == false;
        // An entry that the tree has already is not looked at again: then the next one is tried.
        until(|| {
            let _ = bench.try_stamp("lúc bị sửa");
            let last = "(SELECT max(sequence) FROM audit_entry)";
            let size = owner.count(&format!("SELECT {last} AS value")) + 1;
            owner.run(&format!("{change} WHERE sequence = {size} - 1"));
            let passed = || {
                checkpoint(world.http())
                    .is_some_and(|one| one.unverified().size() > size.cast_unsigned())
            };
            until(|| halted() || passed());
            halted()
        });
        assert_problem(&bench.stamp("sau khi bị sửa"), 503, "unavailable");
        assert_not_ready(&http, &[]);
        until(|| alarms(&world, "log_changed") == 1);
    });
}

#[test]
fn a_spoilt_tree_is_made_anew() {
    let test = "it::transparency::changed::a_spoilt_tree_is_made_anew";
    on_own(test, |world| {
        let bench = Bench::new(&world);
        bench.open(9);
        let call = call_of(&bench.stamp("một"));
        let token = bench.token.clone();
        let _ = logged(world.http(), &token, &call, "");
        let mut owner = Owner::of(&world);
        let zero = owner.bytes(&[0; 32]);
        owner.run(&format!("UPDATE tree_tile SET hashes = {zero}"));
        // The right edge is held in memory; a proof over what lies before needs the rows.
        until(|| {
            let reply = super::ask(world.http(), &token, &call, "");
            assert!(matches!(reply.status, 200 | 409 | 500), "{}", reply.text());
            reply.status == 200
        });
        assert_eq!(alarms(&world, "tree_changed"), 1);
        let _ = logged(world.http(), &token, &call, "");
        assert_eq!(bench.stamp("hai").status, 200);
    });
}

/// Database and head file of an earlier day: only the checkpoint's file knows better.
#[test]
fn a_database_that_was_set_back_with_its_head_file_is_not_served() {
    let test =
        "it::transparency::changed::a_database_that_was_set_back_with_its_head_file_is_not_served";
    on_own(test, |world| {
        let site = world.deployment.server.site().clone();
        let before = checkpoint_of(world.http(), 1).unverified().size();
        let mut earlier = None;
        let world = restarted_after(world, |site, postgres| {
            earlier = Some(Earlier::of(site, postgres, &["audit.head"]));
        });
        checkpoint_of(world.http(), before + 1);
        let still = world.lay_still();
        let earlier = earlier.unwrap();
        earlier.put_back(&site, still.postgres.as_ref(), &["audit.head"]);
        let refused = refusal(&site);
        assert!(refused.contains("the database is behind"), "{refused}");
        // Nor may it be made to forget: the database itself tells that there were checkpoints.
        fs::remove_file(site.path("audit.head.checkpoint")).unwrap();
        let refused = refusal(&site);
        assert!(
            refused.contains("audit.checkpoint_file is gone"),
            "{refused}"
        );
    });
}

/// What the server says when it does not start.
fn refusal(site: &Site) -> String {
    let mut command = site.command(&["serve"]);
    let command = command.stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The program under test ends with whoever holds its standard input.
    let _held = child.stdin.take();
    let ended = child.wait_with_output().unwrap();
    assert!(!ended.status.success());
    String::from_utf8(ended.stderr).unwrap()
}
