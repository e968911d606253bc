//! `signatures/signHash`.

use serde_json::{Value, json};

use super::{
    Case, REQUEST, SHA1, SHA3_256, SHA384, SHA512, Version, each, not_documents, not_hashes,
    not_texts, with, without,
};
use crate::desk::{Desk, PSS_32, RSA_PSS, assert_csc_error, hash};
use crate::log;
use crate::world::on_both;

/// SHA-1 with MGF1 of SHA-1 and 20 bytes of salt: what an empty RSASSA-PSS-params means.
const PSS_DEFAULT: &str = "MAA=";

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for name in ["credentialID", "SAD", "signAlgo"] {
        let wrong = ["", "khong-co", "a\u{0}b"].map(Value::from);
        cases.extend(each(name, wrong, 400, REQUEST));
        cases.push((name, Value::Null, 400, REQUEST));
        cases.push((name, json!("x".repeat(100_000)), 400, REQUEST));
    }
    cases.push(("credentialID", json!(uuid::Uuid::now_v7()), 400, REQUEST));
    cases.push(("hash", Value::Null, 400, REQUEST));
    cases.push(("hash", json!(vec![hash("x"); 201]), 400, REQUEST));
    cases.extend(each("hash", not_hashes(), 400, REQUEST));
    cases.extend(each("documents", not_documents(), 400, REQUEST));
    cases.extend(algorithms());
    let modes = ["A", "X", "s", ""].map(Value::from);
    cases.extend(each("operationMode", modes, 400, REQUEST));
    cases.push(("clientData", json!("d".repeat(1025)), 400, REQUEST));
    cases.push(("clientData", json!("a\u{0}b"), 400, REQUEST));
    for name in [
        "credentialID",
        "SAD",
        "hashAlgo",
        "signAlgo",
        "signAlgoParams",
        "operationMode",
        "clientData",
    ] {
        cases.extend(each(name, not_texts(), 400, REQUEST));
    }
    cases
}

/// Object identifiers that are unknown, weak, of another key, or no object identifier at all.
fn algorithms() -> Vec<Case> {
    let hashes = [
        SHA1,
        SHA384,
        SHA512,
        SHA3_256,
        "1.2.840.113549.2.5",
        "sha256",
        "SHA-256",
        "1.2.3.4",
        "",
        "2.16.840.1.101.3.4.2.1.",
        "2.16.840.1.101.3.4.2.01",
        " 2.16.840.1.101.3.4.2.1",
    ];
    let signatures = [
        "1.2.840.113549.1.1.4",
        "1.2.840.113549.1.1.5",
        "1.2.840.10045.4.3.2",
        "1.3.101.112",
        "1.2.840.113549.1.1.12",
        "1.2.840.10045.2.1",
        "RS256",
        "1.2.3",
        RSA_PSS,
    ];
    let long = "1.2.".repeat(1000) + "3";
    let params = [PSS_32, PSS_DEFAULT, "%%%", "AAAA", "MA=="].map(Value::from);
    let mut cases = each("hashAlgo", hashes.map(Value::from), 400, REQUEST);
    cases.extend(each("signAlgo", signatures.map(Value::from), 400, REQUEST));
    cases.extend(each("signAlgoParams", params, 400, REQUEST));
    cases.push(("hashAlgo", json!(long), 400, REQUEST));
    cases.push(("signAlgo", json!(long), 400, REQUEST));
    cases
}

#[test]
fn sign_hash_names_each_mistake_and_loses_nothing() {
    on_both(
        "it::bad_input::signing::sign_hash_names_each_mistake_and_loses_nothing",
        |world| {
            let signer = world.signer();
            let desk = Desk::rsa(world, &signer);
            let texts = ["vẫn còn", "nguyên"];
            let hashes = texts.map(hash);
            let sad = desk.sad(&signer, &hashes);
            for (version, one) in Version::BOTH.into_iter().zip(&hashes) {
                let right = version.body(&desk.sign_body(&sad, std::slice::from_ref(one)));
                version.assert_each(&desk, "signatures/signHash", &right, &cases());
                for name in right.as_object().unwrap().keys() {
                    // The signature's algorithm names its hash already.
                    if !name.starts_with("hashAlgo") {
                        let reply =
                            version.post(&desk, "signatures/signHash", &without(&right, name));
                        assert_csc_error(&reply, 400, REQUEST);
                    }
                }
                let contrary = with(&right, version.foreign_hashes(), &json!([hash("khác")]));
                let reply = version.post(&desk, "signatures/signHash", &contrary);
                assert_csc_error(&reply, 400, REQUEST);
            }
            desk.assert_signed(&desk.sign(&sad, &hashes), &texts);
            let count = |event| log::of_credential(world, event, &desk.credential).len();
            assert_eq!(
                (count("signature.intent"), count("signature.outcome")),
                (1, 1)
            );
            let refused = count("signature.refused");
            assert!(refused > 10, "mistakes with a key leave rows: {refused}");
        },
    );
}

/// What belongs to somebody else, was used before, or was never shown: (credential, SAD, hashes).
fn foreign<'a>(own: &'a Desk<'_>, other: &'a Desk<'_>, sads: &'a [String; 3]) -> Vec<[Value; 3]> {
    let [sad, used, theirs] = sads;
    let (shown, absent) = (json!([hash("của tôi")]), uuid::Uuid::now_v7().to_string());
    let twice = json!([hash("của tôi"), hash("của tôi")]);
    [
        (&own.credential, theirs, &shown),
        (&own.credential, used, &shown),
        (&own.credential, &own.token, &shown),
        (&own.credential, sad, &twice),
        (&own.credential, sad, &json!([hash("chưa xem")])),
        (
            &own.credential,
            sad,
            &json!([hash("của tôi"), hash("chưa xem")]),
        ),
        (&other.credential, sad, &shown),
        (&other.credential, theirs, &shown),
        (&absent, sad, &shown),
    ]
    .map(|(credential, sad, hashes)| [json!(credential), json!(sad), hashes.clone()])
    .to_vec()
}

#[test]
fn what_is_anothers_or_used_or_unseen_is_not_signed() {
    let name = "it::bad_input::signing::what_is_anothers_or_used_or_unseen_is_not_signed";
    on_both(name, |world| {
        let (owner, neighbour) = (world.signer(), world.signer());
        let (own, other) = (Desk::p256(world, &owner), Desk::p256(world, &neighbour));
        let shown = [hash("của tôi")];
        let theirs = other.sad(&neighbour, &shown);
        let used = own.sad(&owner, &shown);
        own.assert_signed(&own.sign(&used, &shown), &["của tôi"]);
        let sads = [own.sad(&owner, &shown), used, theirs];
        for version in Version::BOTH {
            for [credential, sad, hashes] in foreign(&own, &other, &sads) {
                let mut body = version.body(&own.sign_body("", &[]));
                body["credentialID"] = credential;
                body["SAD"] = sad;
                body[version.name("hash")] = hashes;
                let reply = version.post(&own, "signatures/signHash", &body);
                assert_csc_error(&reply, 400, REQUEST);
            }
        }
        own.assert_signed(&own.sign(&sads[0], &shown), &["của tôi"]);
        other.assert_signed(&other.sign(&sads[2], &shown), &["của tôi"]);
        let intents =
            |desk: &Desk<'_>| log::of_credential(world, "signature.intent", &desk.credential).len();
        assert_eq!((intents(&own), intents(&other)), (2, 1));
    });
}
