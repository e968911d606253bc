//! Many who have files sealed at once, and slowly.

use serde_json::json;

use super::desk::Registry;
use crate::cli::apart::begin_slowly;
use crate::stamping::{assert_problem, fresh_key};
use crate::world::{Database, World, until};

/// So many bodies with files of one system arrive at once.
const SHARE: usize = 4;

/// A world of its own: whoever else has something sealed here would find no place.
#[test]
fn slow_senders_hold_their_places_alone_and_give_them_back_when_they_go() {
    let world = World::own(Database::Sqlite).unwrap();
    let registry = Registry::new(&world);
    let body = registry.body(&registry.outgoing("đến chậm", 1));
    let (site, bearer) = (world.deployment.server.site(), &registry.bench.token);
    let line = format!("Authorization: Bearer {bearer}");
    let (mut slow, nothing) = (Vec::new(), json!({}));
    until(|| {
        slow.push(begin_slowly(site, "/api/v1/seals", &line));
        registry.post(&fresh_key(), &nothing).status == 503
    });
    assert!(slow.len() >= SHARE, "{} took all its places", slow.len());
    let late = registry.seal(&body);
    assert_problem(&late, 503, "unavailable");
    assert!(late.header("retry-after").is_some(), "it may come again");
    // No place where a file is read is taken by what has not come, and no key waits for it.
    let file = json!({"document": "aGVsbG8="});
    let judged = world.http().post("/api/v1/verify").json(&file);
    assert_problem(&judged.send().unwrap(), 400, "invalid_field");
    assert_eq!(registry.bench.stamp("không chờ ai").status, 200);
    drop(slow);
    let mut sealed = late;
    until(|| {
        sealed = registry.seal(&body);
        sealed.status != 503
    });
    assert_eq!(sealed.status, 200, "{}", sealed.text());
}
