//! Seals by a digest alone, on the word of the system that asks.

use kyso_tests::http::Reply;
use kyso_tests::server::Plan;
use serde_json::{Value, json};

use super::desk;
use crate::building::{Desk, by_digest, digest};
use crate::desk::{RSA_SHA256, SHA256, assert_csc_error, hash};
use crate::log;
use crate::stamping::{Bench, assert_problem, fresh_key};
use crate::world::{Database, World, on_both};

/// A server whose configuration says of seals what a configuration says that does not mention them.
fn disbelieving() -> World {
    let silent = |plan: &mut Plan| plan.asserted_seals = None;
    World::planned(Database::Sqlite, silent).unwrap()
}

/// Opens a session for each purpose, by a clerk each: one would wait for one-time passwords.
fn open(bench: &Bench<'_>, purposes: &[&str]) {
    for purpose in purposes {
        let clerk = crate::stamping::clerk(bench.world);
        bench.open_by(&clerk, &bench.system.id, 9, (600, purpose));
    }
}

/// Every way in which a digest gets to a seal: REST, finished signatures of both formats, and both versions of CSC.
fn by_every_way(bench: &Bench<'_>, purpose: &str) -> Vec<(&'static str, Reply)> {
    let mut stamp = bench.body(&["xác nhận"]);
    stamp["documents"][0]["purpose"] = json!(purpose);
    let (token, key) = (&bench.token, fresh_key());
    let mut replies = vec![("stamps", bench.post(token, &key, &stamp))];
    let desk = Desk::sealing(bench);
    for format in ["cades", "pades"] {
        let mut document = by_digest(format, &digest(b"x"));
        document["document"]["purpose"] = json!(purpose);
        replies.push((format, desk.sign(&desk.body(&[document]))));
    }
    let documents = &stamp["documents"];
    for (version, hashes, algorithm) in [
        ("v1", "hash", "hashAlgo"),
        ("v2", "hashes", "hashAlgorithmOID"),
    ] {
        let mut body = json!({"credentialID": bench.seal, "numSignatures": 1, "documents": documents,
            hashes: [hash("csc")], algorithm: SHA256});
        let reply = csc(bench, version, "credentials/authorize", &body);
        let sad = (reply.status == 200).then(|| reply.member("SAD").unwrap());
        replies.push((version, reply));
        if let Some(sad) = sad {
            body["SAD"] = json!(sad);
            body["signAlgo"] = json!(RSA_SHA256);
            body.as_object_mut().unwrap().remove("numSignatures");
            replies.push((version, csc(bench, version, "signatures/signHash", &body)));
        }
    }
    replies
}

fn csc(bench: &Bench<'_>, version: &str, method: &str, body: &Value) -> Reply {
    let call = bench.world.http().post(&format!("/csc/{version}/{method}"));
    let call = call
        .bearer(&bench.token)
        .header("Idempotency-Key", &fresh_key());
    call.json(body).send().unwrap()
}

/// Also by the default: no word of it in the configuration.
#[test]
fn a_seal_for_documents_signs_no_digest_whatever_purpose_is_named() {
    let world = disbelieving();
    let bench = Bench::new(&world);
    let purposes = ["PHAT_HANH", "XAC_NHAN"];
    open(&bench, &purposes);
    for purpose in purposes {
        let replies = by_every_way(&bench, purpose);
        assert_eq!(replies.len(), 5, "no SAD was given");
        for (way, reply) in replies {
            if way.starts_with('v') {
                assert_csc_error(&reply, 400, "access_denied");
            } else {
                assert_problem(&reply, 403, "evidence_required");
            }
        }
    }
    let refused = ["signature.refused", "sad.refused"]
        .map(|event| log::of_credential(&world, event, &bench.seal))
        .concat();
    assert_eq!(refused.len(), 10);
    let evidence = |one| log::reason(one) == "evidence_required";
    assert!(refused.iter().all(evidence), "{refused:?}");
    // Nor is a number of signatures given, for whatever hashes come later.
    let counted = json!({"credentialID": bench.seal, "numSignatures": 1});
    let reply = csc(&bench, "v1", "credentials/authorize", &counted);
    assert_csc_error(&reply, 400, "access_denied");
    assert!(log::of_credential(&world, "signature.intent", &bench.seal).is_empty());
}

#[test]
fn a_seal_for_digests_signs_no_document_that_goes_out() {
    let world = disbelieving();
    let bench = Bench::with(&world, world.seal_for_digests());
    open(&bench, &["XAC_NHAN", "PHAT_HANH", "SAO_Y"]);
    for (way, reply) in by_every_way(&bench, "XAC_NHAN") {
        assert_eq!(reply.status, 200, "{way}: {}", reply.text());
    }
    let intents = log::of_credential(&world, "signature.intent", &bench.seal);
    assert_eq!(intents.len(), 5);
    let asserted = |one: &kyso_api::management::AuditEntry| {
        one.entry["data"]["ground"] == "asserted_by_client"
    };
    assert!(intents.iter().all(asserted), "{intents:?}");

    for purpose in ["PHAT_HANH", "SAO_Y"] {
        assert_problem(&as_stamp(&bench, purpose), 403, "evidence_required");
    }
    let file = desk::copy("bản sao");
    let mut body = desk::body(&bench.seal, &file.unsealed());
    body["kind"] = json!("sao_y");
    body["source"] = json!("Quyết định số 12/QĐ-UBND");
    let call = world.http().post("/api/v1/seals").bearer(&bench.token);
    let call = call.header("Idempotency-Key", &fresh_key());
    let reply = call.json(&body).send().unwrap();
    log::refusal(&world, &reply, "signature.refused", "purpose_not_allowed");
    assert_problem(&reply, 403, "forbidden");
}

fn as_stamp(bench: &Bench<'_>, purpose: &str) -> Reply {
    let mut body = bench.body(&["một văn bản"]);
    body["documents"][0]["purpose"] = json!(purpose);
    bench.post(&bench.token, &fresh_key(), &body)
}

#[test]
fn a_manager_says_what_a_seal_is_for_when_it_is_requested() {
    on_both(
        "it::sealing::asserted::a_manager_says_what_a_seal_is_for_when_it_is_requested",
        |world| {
            let office = &world.province().office;
            for (seal, by_digest) in [
                (world.seal("p-256"), false),
                (world.seal_for_digests(), true),
            ] {
                let found = office.manager2.acting(|client| client.credential(&seal));
                assert_eq!(found.unwrap().by_digest, by_digest);
                for event in ["credential.requested", "credential.activated"] {
                    let entries = log::of_credential(world, event, &seal);
                    let said = &entries.last().unwrap().entry["data"]["by_digest"];
                    assert_eq!(*said == json!(1), by_digest, "{event}: {said}");
                }
            }
        },
    );
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
