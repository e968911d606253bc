//! Seals by a digest alone, on the word of the system that asks.

use kyso_tests::server::Plan;
use serde_json::json;

use crate::building::{Desk, by_digest};
use crate::log;
use crate::stamping::{Bench, assert_problem};
use crate::world::{Database, World, on_both};

#[test]
fn a_digest_alone_gets_no_seal_where_the_operator_does_not_believe_systems() {
    let disbelieving = |plan: &mut Plan| plan.asserted_seals = false;
    let world = World::planned(Database::Sqlite, disbelieving).unwrap();
    let bench = Bench::new(&world);
    bench.open(5);
    assert_problem(&bench.stamp("phát hành"), 403, "evidence_required");
    let desk = Desk::sealing(&bench);
    let mut document = by_digest("cades", &crate::building::digest(b"x"));
    assert_problem(
        &desk.sign(&desk.body(&[document.clone()])),
        403,
        "evidence_required",
    );
    let refused = log::of_credential(&world, "signature.refused", &bench.seal);
    assert_eq!(refused.len(), 2);
    assert!(
        refused
            .iter()
            .all(|one| log::reason(one) == "evidence_required")
    );
    // What goes out as nobody's word needs no evidence.
    bench.open_by(&bench.clerk, &bench.system.id, 5, (600, "XAC_NHAN"));
    document["document"]["purpose"] = json!("XAC_NHAN");
    let reply = desk.sign(&desk.body(&[document]));
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[test]
fn where_systems_are_believed_the_entry_says_so() {
    on_both(
        "it::sealing::asserted::where_systems_are_believed_the_entry_says_so",
        |world| {
            let bench = Bench::new(world);
            bench.open(5);
            assert_eq!(bench.stamp("phát hành").status, 200);
            let intents = log::of_credential(world, "signature.intent", &bench.seal);
            assert_eq!(intents[0].entry["data"]["ground"], "asserted_by_client");
        },
    );
}
