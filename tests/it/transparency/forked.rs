//! Checkpoints that are of another history, that are none, or that do not come: what a server does that runs.

use std::fs;

use kyso_evidence::checkpoint::SignedCheckpoint;
use kyso_tests::http::Http;
use kyso_tests::postgres::PostgresDatabase;
use kyso_tests::server::{Server, Site, write_private};

use super::witnessed::add_to_audit;
use super::{Earlier, alarms, call_of, checkpoint, checkpoint_of, logged};
use crate::health::internal;
use crate::owner::Owner;
use crate::stamping::{Bench, assert_problem};
use crate::world::{World, on_own, restarted_after, until};

/// A checkpoint of another history, which this log's own key signed: a copy of database, head file and last checkpoint that went on
/// by itself, for so long that it counts more entries than its original will in this test.
fn fork(site: &Site, postgres: Option<&PostgresDatabase>) -> SignedCheckpoint {
    let files = ["audit.head", "audit.head.checkpoint"];
    let earlier = Earlier::of(site, postgres, &files);
    let directory = tempfile::tempdir().unwrap();
    let copy = site.second(directory.path()).unwrap();
    earlier.put_back(&copy, None, &files);
    if let Some(database) = &earlier.postgres {
        write_private(&copy.path("postgres.url"), &database.url()).unwrap();
    }
    let (mut count, mut first) = (0, None);
    loop {
        let server = Server::start(&copy).unwrap();
        let newest = checkpoint_of(server.http(), count + 1);
        assert!(server.stop().unwrap().success());
        count = newest.unverified().size();
        if count > *first.get_or_insert(count) + 50 {
            return newest;
        }
    }
}

/// The original, which goes on, and a checkpoint of the copy.
pub(super) fn forked(world: World) -> (World, SignedCheckpoint) {
    let mut other = None;
    let world = restarted_after(world, |site, postgres| other = Some(fork(site, postgres)));
    (world, other.unwrap())
}

/// As whoever owns the database puts it there.
pub(super) fn insert(owner: &mut Owner, size: u64, witnesses: u32, note: &str) {
    owner.run(&format!(
        "INSERT INTO tree_checkpoint (size, signed_at, witnesses, note) VALUES ({size}, 1, {witnesses}, '{note}')"
    ));
}

fn is_halted(http: &Http) -> bool {
    let ready = http.get("/readyz").send().unwrap();
    assert_eq!(ready.status == 200, ready.json()["log"] == true);
    ready.status == 503
}

#[test]
fn a_checkpoint_of_another_history_ends_all_signing() {
    let test = "it::transparency::forked::a_checkpoint_of_another_history_ends_all_signing";
    on_own(test, |world| {
        let bench = Bench::new(&world);
        bench.open(9);
        let kept = bench.keep();
        let (world, other) = forked(world);
        let (http, bench) = (internal(&world), kept.at(&world));
        let call = call_of(&bench.stamp("trước khi thấy"));
        let before = logged(world.http(), &bench.token, &call, "").checkpoint;
        let size = other.unverified().size();
        assert!(
            before.checkpoint().size() < size,
            "else it is not looked at"
        );
        insert(&mut Owner::of(&world), size, 0, &other.to_string());
        until(|| is_halted(&http));
        assert_problem(&bench.stamp("sau khi thấy"), 503, "unavailable");
        until(|| alarms(&world, "log_forked") == 1);
        // Nobody is shown the other history in the place of this one.
        let shown = checkpoint(world.http()).unwrap();
        assert!(shown.unverified().size() < size);
    });
}

/// The tiles prove nothing against a checkpoint, since whoever owns the database may have changed them: the entries tell.
#[test]
fn spoilt_tiles_are_no_fork() {
    let test = "it::transparency::forked::spoilt_tiles_are_no_fork";
    on_own(test, |world| {
        let bench = Bench::new(&world);
        bench.open(9);
        let call = call_of(&bench.stamp("trước"));
        let seen = logged(world.http(), &bench.token, &call, "").checkpoint;
        let size = seen.checkpoint().size();
        assert_eq!(bench.stamp("thêm").status, 200);
        let _ = checkpoint_of(world.http(), size + 1);
        let mut owner = Owner::of(&world);
        let zero = owner.bytes(&[0; 32]);
        // The newest row is an older one now, which the server does not show any more.
        owner.run(&format!(
            "UPDATE tree_tile SET hashes = {zero}; DELETE FROM tree_checkpoint WHERE size > {size}"
        ));
        until(|| {
            world
                .deployment
                .server
                .log()
                .contains("the entries are asked")
        });
        let call = call_of(&bench.stamp("sau"));
        let _ = logged(world.http(), &bench.token, &call, "");
        assert_eq!(alarms(&world, "log_forked"), 0);
    });
}

#[test]
fn a_row_that_is_no_checkpoint_is_removed_and_told() {
    let test = "it::transparency::forked::a_row_that_is_no_checkpoint_is_removed_and_told";
    on_own(test, |world| {
        let newest = checkpoint_of(world.http(), 1).to_string();
        let mut owner = Owner::of(&world);
        let table = [
            (1_000_001, 0, "no note"),
            (1_000_002, 0, &*newest.replace("demo.kyso", "other.kyso")),
            // What it says of its size, and of its witnesses, is not so.
            (1_000_003, 0, &*newest),
            (1_000_004, 3, &*newest),
        ];
        for ((size, witnesses, note), told) in table.into_iter().zip(1..) {
            insert(&mut owner, size, witnesses, note);
            until(|| alarms(&world, "checkpoint_changed") == told);
            let there =
                format!("SELECT count(*) AS value FROM tree_checkpoint WHERE size = {size}");
            until(|| owner.count(&there) == 0);
        }
        let bench = Bench::new(&world);
        bench.open(1);
        let call = call_of(&bench.stamp("vẫn ký"));
        let _ = logged(world.http(), &bench.token, &call, "");
        assert!(!is_halted(&internal(&world)));
    });
}

/// The disk of the checkpoint file fails: nothing may leave that was not remembered.
#[test]
fn without_a_checkpoint_nothing_is_signed_until_there_is_one() {
    let test =
        "it::transparency::forked::without_a_checkpoint_nothing_is_signed_until_there_is_one";
    on_own(test, |world| {
        let site = world.deployment.server.site().clone();
        let world = restarted_after(world, |site, _| {
            add_to_audit(site, "witness_patience_seconds = 2");
        });
        let (http, bench) = (internal(&world), Bench::new(&world));
        bench.open(99);
        let call = call_of(&bench.stamp("khi còn mốc"));
        let _ = logged(world.http(), &bench.token, &call, "");
        // No file takes the place of a directory that holds something, whoever the server runs as.
        let file = site.path("audit.head.checkpoint");
        let kept = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        fs::create_dir_all(file.join("full")).unwrap();
        until(|| {
            let _ = bench.try_stamp("khi không có mốc mới");
            is_halted(&http)
        });
        assert_problem(&bench.stamp("khi đã dừng"), 503, "unavailable");
        until(|| alarms(&world, "checkpoint_missing") >= 1);
        fs::remove_dir_all(&file).unwrap();
        fs::write(&file, kept).unwrap();
        until(|| !is_halted(&http));
        assert_eq!(bench.stamp("khi có lại").status, 200);
        assert_eq!(alarms(&world, "log_forked"), 0);
    });
}
