//! Several servers of one log: one has checkpoints signed, the others follow it, and one of them goes on when it ends.

use kyso_tests::http::Http;
use kyso_tests::server::{Server, Site};

use super::forked::{forked, insert};
use super::growing::assert_continues;
use super::{alarms, checkpoint, checkpoint_of};
use crate::health::internal;
use crate::owner::Owner;
use crate::stamping::{Bench, fresh_key};
use crate::two_servers::pair;
use crate::world::{Database, World, restarted_after, until};

/// The internal listener of a server.
fn inside(site: &Site) -> Http {
    Http::new(&site.internal_url(), &site.ca().unwrap()).unwrap()
}

/// How many checkpoints the server had signed since its start.
fn signed(inside: &Http) -> u64 {
    let text = inside.get("/metrics").done().unwrap().text();
    let mut lines = text.lines();
    let figure = lines.find_map(|line| line.strip_prefix("kyso_checkpoints_signed_total "));
    figure.unwrap().parse().unwrap()
}

fn size(http: &Http) -> u64 {
    checkpoint(http).map_or(0, |one| one.unverified().size())
}

#[test]
fn of_two_servers_one_has_checkpoints_signed_and_then_the_other_goes_on() {
    let test = "it::transparency::leading::of_two_servers_one_has_checkpoints_signed_and_then_the_other_goes_on";
    let Some((world, second, _directory)) = pair(test) else {
        return;
    };
    let there = inside(second.site());
    let first = checkpoint_of(second.http(), 1);
    let bench = Bench::new(&world);
    bench.open(9);
    for text in ["một", "hai", "ba"] {
        let before = size(world.http());
        assert_eq!(bench.stamp(text).status, 200);
        checkpoint_of(second.http(), before + 1);
    }
    assert!(signed(&internal(&world)) > 0);
    assert_eq!(signed(&there), 0, "it only follows");
    let (token, body) = (bench.token.clone(), bench.body(&["bốn"]));
    let stamp = || {
        let call = second.http().post("/api/v1/stamps").bearer(&token);
        let call = call.header("Idempotency-Key", &fresh_key()).json(&body);
        call.send().unwrap().status
    };
    let (mut last, mut later) = (None, None);
    let world = restarted_after(world, |_, _| {
        until(|| signed(&there) > 0);
        let own = checkpoint_of(second.http(), size(second.http()));
        until(|| stamp() == 200);
        later = Some(checkpoint_of(second.http(), own.unverified().size() + 1));
        last = Some(own);
    });
    let (last, later) = (last.unwrap(), later.unwrap());
    checkpoint_of(world.http(), later.unverified().size());
    assert_eq!(signed(&internal(&world)), 0, "now this one follows");
    for one in [first, last] {
        assert_continues(&world, one.unverified(), later.unverified());
    }
}

#[test]
fn a_server_that_follows_sees_another_history_too() {
    let Some(world) = World::own(Database::Postgres) else {
        let test = "it::transparency::leading::a_server_that_follows_sees_another_history_too";
        kyso_tests::skip::because(test, "no PostgreSQL (KYSO_TEST_POSTGRES)");
        return;
    };
    let (world, other) = forked(world);
    let directory = tempfile::tempdir().unwrap();
    let site = world.deployment.server.site();
    let site = site.second(directory.path()).unwrap();
    let second = Server::start(&site).unwrap();
    checkpoint_of(second.http(), 1);
    let counted = other.unverified().size();
    assert!(size(world.http()) < counted, "else it is not looked at");
    insert(&mut Owner::of(&world), counted, 0, &other.to_string());
    // Each by itself: that no checkpoint comes any more would stop the second one after a minute.
    for ready in [internal(&world), inside(&site)] {
        until(|| ready.get("/readyz").send().unwrap().json()["log"] == false);
    }
    until(|| alarms(&world, "log_forked") == 2);
    for server in [world.http(), second.http()] {
        assert!(size(server) < counted);
    }
}
