//! `GET receipts/{id}`, and what it is verified with.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ct_merkle::{InclusionProof, RootHash};
use kyso_evidence::entry::Outcome;
use kyso_evidence::{Event, leaf_hash};

use super::{ask, call_of, keys, logged, receipt};
use crate::desk::{Desk, hash};
use crate::stamping::{Bench, assert_problem};
use crate::world::on_both;

#[test]
fn a_system_has_the_receipts_of_what_it_asked_for() {
    let test = "it::transparency::receipts::a_system_has_the_receipts_of_what_it_asked_for";
    on_both(test, |world| {
        let bench = Bench::new(world);
        bench.open(1);
        let reply = bench.stamp("có biên nhận");
        let (http, call) = (world.http(), call_of(&reply));
        let outcome = logged(http, &bench.token, &call, "");
        assert_eq!(outcome.entry.event, Event::SignatureOutcome);
        assert_eq!(
            (outcome.entry.outcome, &outcome.entry.request),
            (Outcome::Ok, &call)
        );
        let intent = logged(http, &bench.token, &call, "?entry=intent");
        assert_eq!(intent.entry.event, Event::SignatureIntent);
        assert_eq!(intent.entry.digests, outcome.entry.digests);
        let leaf = hex::encode(leaf_hash(&intent.entry.to_bytes().unwrap()));
        assert_eq!(
            outcome.entry.intent,
            Some(leaf),
            "the outcome names the intent"
        );
    });
}

/// The path by RFC 6962 §2.1.1 as another implementation checks it, and its checkpoint by another's note.
#[test]
fn others_believe_a_receipt() {
    on_both(
        "it::transparency::receipts::others_believe_a_receipt",
        |world| {
            let bench = Bench::new(world);
            bench.open(1);
            let call = call_of(&bench.stamp("cho người khác kiểm tra"));
            let receipt = receipt(world.http(), &bench.token, &call, "");
            let proof = receipt.proof();
            let root = proof.checkpoint().unverified();
            let path: Vec<u8> = proof.path().concat();
            let other = InclusionProof::try_from_bytes(path).unwrap();
            let root =
                RootHash::<sha2_of_ct_merkle::Sha256>::new((*root.root()).into(), root.size());
            root.verify_inclusion(&proof.extra().to_vec(), proof.index(), &other)
                .unwrap();
            assert!(another_verifies(
                &proof.checkpoint().to_string(),
                &keys(world.http()).key
            ));
        },
    );
}

/// Takes the note apart by hand (C2SP `signed-note`), and has another library verify the signature.
fn another_verifies(note: &str, vkey: &str) -> bool {
    let (text, lines) = note.split_once("\n\n").unwrap();
    let line = lines.lines().next().unwrap();
    let signature = STANDARD.decode(line.rsplit_once(' ').unwrap().1).unwrap();
    // The key's type and DER SubjectPublicKeyInfo; the point is its last 65 bytes.
    let key = STANDARD
        .decode(vkey.splitn(3, '+').nth(2).unwrap())
        .unwrap();
    let point = &key[key.len() - 65..];
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point);
    let signed = format!("{text}\n");
    key.verify(signed.as_bytes(), &signature[4..]).is_ok()
}

#[test]
fn a_signer_has_receipts_and_others_have_not() {
    let test = "it::transparency::receipts::a_signer_has_receipts_and_others_have_not";
    on_both(test, |world| {
        let signer = world.signer();
        let desk = Desk::p256(world, &signer);
        let hashes = [hash("của tôi")];
        let sad = desk.sad(&signer, &hashes);
        let (http, call) = (world.http(), call_of(&desk.sign(&sad, &hashes)));
        let token = signer.account.token().unwrap();
        let own = logged(http, &token, &call, "");
        assert_eq!(own.entry.credential.as_deref(), Some(&*desk.credential));
        let stranger = world.signer();
        let system = Bench::new(world);
        for other in [&stranger.account.token().unwrap(), &system.token] {
            assert_problem(&ask(http, other, &call, ""), 404, "not_found");
        }
        let unknown = uuid::Uuid::now_v7().to_string();
        for (call, query, status, code) in [
            (&*unknown, "", 404, "not_found"),
            ("0", "", 404, "not_found"),
            (&*call, "?entry=both", 400, "invalid_field"),
            (&*call, "?half=intent", 400, "invalid_field"),
        ] {
            assert_problem(&ask(http, &token, call, query), status, code);
        }
    });
}
