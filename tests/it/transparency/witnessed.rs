//! Servers whose checkpoints witnesses cosign.

use std::fs;
use std::net::SocketAddr;

use kyso_tests::server::Site;

use super::witness::Witness;
use super::{Earlier, alarms, call_of, checkpoint_of, keys, logged};
use crate::health::internal;
use crate::stamping::{Bench, assert_problem};
use crate::world::{World, on_own, restarted_after, until};

/// Adds lines to the table `audit` of the configuration.
pub(crate) fn add_to_audit(site: &Site, lines: &str) {
    let path = site.path("kysod.toml");
    let before = fs::read_to_string(&path).unwrap();
    let table = format!("[audit]\n{lines}\n");
    fs::write(&path, before.replacen("[audit]\n", &table, 1)).unwrap();
}

/// Adds a witness to the configuration, and these lines to the table `audit`.
pub(super) fn configure(site: &Site, witness: &Witness, at: SocketAddr, more: &str) {
    add_to_audit(site, more);
    let path = site.path("kysod.toml");
    let before = fs::read_to_string(&path).unwrap();
    let witness = format!(
        "[[audit.witnesses]]\nurl = \"http://{at}\"\nkey = \"{}\"\n",
        witness.key
    );
    fs::write(&path, format!("{before}{witness}")).unwrap();
}

/// A server with so many witnesses that run, started anew with these lines in its table `audit`.
pub(crate) fn witnessed(world: World, count: usize, more: &str) -> (World, Vec<Witness>) {
    let log = keys(world.http()).key;
    let mut witnesses = Vec::new();
    let world = restarted_after(world, |site, _| {
        for number in 0..count {
            let mut witness = Witness::new(&format!("witness-{number}.example"));
            let at = witness.run(&log, None);
            let lines = if number == 0 { more } else { "" };
            configure(site, &witness, at, lines);
            witnesses.push(witness);
        }
    });
    (world, witnesses)
}

#[test]
fn receipts_come_with_the_witnesses_lines() {
    let test = "it::transparency::witnessed::receipts_come_with_the_witnesses_lines";
    on_own(test, |world| {
        let (world, witnesses) = witnessed(world, 1, "witness_quorum = 1");
        let key = &witnesses[0].key;
        let bench = Bench::new(&world);
        bench.open(1);
        let told = keys(world.http());
        assert_eq!((told.quorum, told.witnesses), (1, vec![key.to_string()]));
        let call = call_of(&bench.stamp("có người chứng kiến"));
        let logged = logged(world.http(), &bench.token, &call, "");
        let cosigned = logged.checkpoint.cosignatures();
        assert_eq!(cosigned.len(), 1);
        assert_eq!(&cosigned[0].witness, key.label().name());
    });
}

/// The database, the head file and the file of the last checkpoint are all of an earlier day: the server cannot know, and
/// its witness does.
#[test]
fn a_witness_knows_a_log_that_was_set_back_whole() {
    let test = "it::transparency::witnessed::a_witness_knows_a_log_that_was_set_back_whole";
    on_own(test, |world| {
        let (world, _witnesses) = witnessed(world, 1, "witness_quorum = 1");
        let files = ["audit.head", "audit.head.checkpoint"];
        let before = checkpoint_of(world.http(), 1).unverified().size();
        let mut earlier = None;
        let world = restarted_after(world, |site, postgres| {
            earlier = Some(Earlier::of(site, postgres, &files));
        });
        let bench = Bench::new(&world);
        bench.open(1);
        let call = call_of(&bench.stamp("sẽ bị xoá"));
        let seen = logged(world.http(), &bench.token, &call, "").checkpoint;
        assert!(seen.checkpoint().size() > before);
        let earlier = earlier.unwrap();
        let world = restarted_after(world, |site, postgres| {
            earlier.put_back(site, postgres, &files);
        });
        until(|| alarms(&world, "witness_ahead") + alarms(&world, "witness_refuses") > 0);
    });
}

#[test]
fn without_witnesses_that_are_required_nothing_is_signed_until_they_are_back() {
    let test = "it::transparency::witnessed::without_witnesses_that_are_required_nothing_is_signed_until_they_are_back";
    on_own(test, |world| {
        let more = "witness_quorum = 1\nwitnesses_required = true\nwitness_patience_seconds = 1";
        let (world, mut witnesses) = witnessed(world, 1, more);
        let log = keys(world.http()).key;
        let (http, bench) = (internal(&world), Bench::new(&world));
        bench.open(5);
        until(|| bench.stamp("khi có người chứng kiến").status == 200);
        let at = witnesses[0].stop();
        let ready =
            |wanted: bool| until(|| http.get("/readyz").send().unwrap().json()["log"] == wanted);
        ready(false);
        assert_problem(&bench.stamp("khi không có"), 503, "unavailable");
        until(|| alarms(&world, "witnesses_missing") >= 1);
        witnesses[0].run(&log, Some(at));
        ready(true);
        assert_eq!(bench.stamp("khi có lại").status, 200);
        assert!(witnesses[0].state().is_dir());
    });
}
