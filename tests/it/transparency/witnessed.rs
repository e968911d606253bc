//! Servers whose checkpoints witnesses cosign.

use std::fs;
use std::net::SocketAddr;

use kyso_tests::server::{Server, Site};

use super::witness::Witness;
use super::{Earlier, alarms, call_of, checkpoint_of, keys, logged};
use crate::health::internal;
use crate::stamping::{Bench, assert_problem};
use crate::world::{Database, World, until};

/// Adds a witness to the configuration, and these lines to the table `audit`.
pub(super) fn configure(site: &Site, witness: &Witness, at: SocketAddr, more: &str) {
    let path = site.path("kysod.toml");
    let text = fs::read_to_string(&path).unwrap();
    let table = format!("[audit]\n{more}\n");
    let text = text.replacen("[audit]\n", &table, 1);
    let witness = format!(
        "[[audit.witnesses]]\nurl = \"http://{at}\"\nkey = \"{}\"\n",
        witness.key
    );
    fs::write(&path, format!("{text}{witness}")).unwrap();
}

/// A server with a witness that runs, started anew with these lines in its table `audit`.
fn world_with(more: &str) -> (World, Witness) {
    let mut world = World::own(Database::Sqlite).unwrap();
    let mut witness = Witness::new("witness.example");
    let at = witness.run(&keys(world.http()).key, None);
    let site = world.deployment.server.site().clone();
    configure(&site, &witness, at, more);
    assert!(world.deployment.server.stop().unwrap().success());
    world.deployment.server = Server::start(&site).unwrap();
    (world, witness)
}

#[test]
fn receipts_come_with_the_witnesses_lines() {
    let (world, witness) = world_with("witness_quorum = 1");
    let bench = Bench::new(&world);
    bench.open(1);
    let told = keys(world.http());
    assert_eq!(
        (told.quorum, told.witnesses),
        (1, vec![witness.key.to_string()])
    );
    let call = call_of(&bench.stamp("có người chứng kiến"));
    let logged = logged(world.http(), &bench.token, &call, "");
    let cosigned = logged.checkpoint.cosignatures();
    assert_eq!(cosigned.len(), 1);
    assert_eq!(&cosigned[0].witness, witness.key.label().name());
}

/// The database, the head file and the file of the last checkpoint are all of an earlier day: the server cannot know, and
/// its witness does.
#[test]
fn a_witness_knows_a_log_that_was_set_back_whole() {
    let (mut world, _witness) = world_with("witness_quorum = 1");
    let site = world.deployment.server.site().clone();
    let files = [
        "kyso.db",
        "kyso.db-wal",
        "kyso.db-shm",
        "audit.head",
        "audit.head.checkpoint",
    ];
    let before = checkpoint_of(world.http(), 1).unverified().size();
    assert!(world.deployment.server.stop().unwrap().success());
    let earlier = Earlier::of(&site, &files);
    world.deployment.server = Server::start(&site).unwrap();
    let bench = Bench::new(&world);
    bench.open(1);
    let call = call_of(&bench.stamp("sẽ bị xoá"));
    assert!(
        logged(world.http(), &bench.token, &call, "")
            .checkpoint
            .checkpoint()
            .size()
            > before
    );
    assert!(world.deployment.server.stop().unwrap().success());
    earlier.put_back(&site, &files);
    world.deployment.server = Server::start(&site).unwrap();
    until(|| alarms(&world, "witness_ahead") + alarms(&world, "witness_refuses") > 0);
}

#[test]
fn without_witnesses_that_are_required_nothing_is_signed_until_they_are_back() {
    let more = "witness_quorum = 1\nwitnesses_required = true\nwitness_patience_seconds = 1";
    let (world, mut witness) = world_with(more);
    let log = keys(world.http()).key;
    let (http, bench) = (internal(&world), Bench::new(&world));
    bench.open(5);
    until(|| bench.stamp("khi có người chứng kiến").status == 200);
    let at = witness.stop();
    let ready =
        |wanted: bool| until(|| http.get("/readyz").send().unwrap().json()["log"] == wanted);
    ready(false);
    assert_problem(&bench.stamp("khi không có"), 503, "unavailable");
    assert!(alarms(&world, "witnesses_missing") >= 1);
    witness.run(&log, Some(at));
    ready(true);
    assert_eq!(bench.stamp("khi có lại").status, 200);
    assert!(witness.state().is_dir());
}
