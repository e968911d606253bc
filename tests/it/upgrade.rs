//! A database of the schema before, with people, grants and signatures in it, is upgraded and goes on.

use kyso_api::management::{AuditEntry, AuditQuery};
use kyso_tests::server::{Server, Site};

use crate::desk::{Desk, assert_csc_error, hash};
use crate::idempotency::{sign_hash, signatures};
use crate::log;
use crate::owner::Owner;
use crate::stamping::fresh_key;
use crate::tree::repository;
use crate::world::{World, on_own};

#[test]
fn a_database_of_the_schema_before_is_upgraded_and_signs() {
    on_own(
        "it::upgrade::a_database_of_the_schema_before_is_upgraded_and_signs",
        upgrade,
    );
}

fn upgrade(mut world: World) {
    let (signer, later) = (world.signer(), world.signer());
    let desk = Desk::rsa(&world, &signer);
    let (key, one, two, three) = (fresh_key(), [hash("một")], [hash("hai")], [hash("ba")]);
    let sad = desk.sad(&signer, &[one.clone(), two.clone(), three.clone()].concat());
    let body = desk.sign_body(&sad, &one);
    let first = sign_hash(&desk, &key, &body);
    desk.assert_signed(&first, &["một"]);
    desk.assert_signed(&desk.sign(&sad, &two), &["hai"]);
    let entries = log::entries(&world, &AuditQuery::default());
    let desk = desk.keep();

    let mut owner = Owner::of(&world);
    let site = world.deployment.server.site().clone();
    assert!(world.deployment.server.stop().unwrap().success());
    owner.run(&before(&site));
    world.deployment.server = migrated(&site, &mut owner);

    // What was there is there: entries, the answer to a retry, what is used and what is left of a SAD.
    same_entries(&entries, &log::entries(&world, &AuditQuery::default()));
    let desk = desk.at(&world);
    let again = sign_hash(&desk, &key, &body);
    assert_eq!(signatures(&again), signatures(&first));
    assert_csc_error(&desk.sign(&sad, &two), 400, "invalid_request");
    desk.assert_signed(&desk.sign(&sad, &three), &["ba"]);
    // And a new signature.
    let (desk, four) = (Desk::p256(&world, &later), [hash("bốn")]);
    let sad = desk.sad(&later, &four);
    desk.assert_signed(&desk.sign(&sad, &four), &["bốn"]);
}

/// What gives a database of this schema the one before.
fn before(site: &Site) -> String {
    let database = site.postgres().map_or("sqlite", |_| "postgres");
    let file = format!("tests/vectors/schema-8/{database}.sql");
    std::fs::read_to_string(repository().join(file)).unwrap()
}

/// The server, as ops/runbooks/upgrade.md has it started. Before that nothing works.
fn migrated(site: &Site, owner: &mut Owner) -> Server {
    let refusals = [
        Server::start(site).map(drop),
        site.run(&["audit", "verify"]).map(drop),
    ];
    for refused in refusals {
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("20261123000008"), "{refused}");
    }
    let said = site.run(&["migrate"]).unwrap();
    assert!(said.starts_with("13 migrations were applied"), "{said}");
    // Agencies of that schema had nothing here; these were sealed with it, as this build does.
    owner.run(r#"UPDATE agency SET dated = '{"names":{},"parents":{}}'"#);
    let said = site.run(&["audit", "verify"]).unwrap();
    assert!(said.contains("complete up to"), "{said}");
    Server::start(site).unwrap()
}

/// Every entry is as it was, with what opens its commitments.
fn same_entries(before: &[AuditEntry], after: &[AuditEntry]) {
    let opened = before.iter().filter(|entry| !entry.openings.is_empty());
    assert!(opened.count() > 1, "nothing to carry over");
    for (before, after) in before.iter().zip(after) {
        assert_eq!(before, after);
    }
    assert!(before.len() < after.len());
}
