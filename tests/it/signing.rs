//! People sign, one by one and in batches, with each kind of key and padding.

use serde_json::json;

use crate::desk::{Desk, PSS_32, RSA_PSS, hash};
use crate::log;
use crate::world::{World, on_both};

/// One intent and one outcome, and the outcome names the intent.
fn assert_two_rows(world: &World, credential: &str) {
    let intents = log::of_credential(world, "signature.intent", credential);
    let outcomes = log::of_credential(world, "signature.outcome", credential);
    assert_eq!((intents.len(), outcomes.len()), (1, 1));
    let named = outcomes[0].entry.to_string();
    assert!(named.contains(&intents[0].leaf_hash), "{named}");
}

#[test]
fn a_person_signs_with_rsa() {
    on_both("it::signing::a_person_signs_with_rsa", |world| {
        let signer = world.signer();
        let desk = Desk::rsa(world, &signer);
        let hashes = [hash("Quyết định")];
        let sad = desk.sad(&signer, &hashes);
        desk.assert_signed(&desk.sign(&sad, &hashes), &["Quyết định"]);
        assert_two_rows(world, &desk.credential);
    });
}

#[test]
fn a_person_signs_with_p256() {
    on_both("it::signing::a_person_signs_with_p256", |world| {
        let signer = world.signer();
        let desk = Desk::p256(world, &signer);
        let hashes = [hash("Công văn")];
        let sad = desk.sad(&signer, &hashes);
        desk.assert_signed(&desk.sign(&sad, &hashes), &["Công văn"]);
        assert_two_rows(world, &desk.credential);
    });
}

#[test]
fn a_batch_is_one_authorization_and_two_rows() {
    on_both(
        "it::signing::a_batch_is_one_authorization_and_two_rows",
        |world| {
            let signer = world.signer();
            let desk = Desk::rsa(world, &signer);
            let texts: Vec<String> = (0..50).map(|number| format!("Văn bản {number}")).collect();
            let hashes: Vec<String> = texts.iter().map(|text| hash(text)).collect();
            let sad = desk.sad(&signer, &hashes);
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            desk.assert_signed(&desk.sign(&sad, &hashes), &texts);
            assert_two_rows(world, &desk.credential);
        },
    );
}

#[test]
fn a_batch_may_be_signed_in_parts() {
    let world = World::sqlite();
    let signer = world.signer();
    let desk = Desk::p256(world, &signer);
    let hashes = [hash("một"), hash("hai"), hash("ba")];
    let sad = desk.sad(&signer, &hashes);
    desk.assert_signed(&desk.sign(&sad, &hashes[1..]), &["hai", "ba"]);
    desk.assert_signed(&desk.sign(&sad, &hashes[..1]), &["một"]);
    assert_eq!(desk.sign(&sad, &hashes[..1]).status, 400);
}

#[test]
fn pss_has_the_salt_that_was_asked_for() {
    let world = World::sqlite();
    let signer = world.signer();
    let mut desk = Desk::rsa(world, &signer);
    let hashes = [hash("Thông báo")];
    let sad = desk.sad(&signer, &hashes);
    desk.algorithm = RSA_PSS;
    let mut body = desk.sign_body(&sad, &hashes);
    body["signAlgoParams"] = json!(PSS_32);
    desk.assert_signed(&desk.call("signatures/signHash", &body), &["Thông báo"]);
}

#[test]
fn version_2_has_names_of_its_own() {
    let world = World::sqlite();
    let signer = world.signer();
    let desk = Desk::p256(world, &signer);
    let otp = signer.account.authenticator.code().unwrap();
    let hashes = [hash("Tờ trình")];
    let post = |method: &str, body| {
        let call = desk
            .http
            .post(&format!("/csc/v2/{method}"))
            .bearer(&desk.token);
        call.json(&body).send().unwrap()
    };
    let authorized = post(
        "credentials/authorize",
        json!({
            "credentialID": desk.credential,
            "numSignatures": 1,
            "hashes": hashes,
            "hashAlgorithmOID": crate::desk::SHA256,
            "authData": [{"id": "OTP", "value": otp}],
        }),
    );
    let sad = authorized.member("SAD").unwrap();
    let answer = post(
        "signatures/signHash",
        json!({
            "credentialID": desk.credential,
            "SAD": sad,
            "hashes": hashes,
            "hashAlgorithmOID": crate::desk::SHA256,
            "signAlgo": desk.algorithm,
        }),
    );
    desk.assert_signed(&answer, &["Tờ trình"]);
}

#[test]
fn a_lock_stops_the_next_signature() {
    on_both("it::signing::a_lock_stops_the_next_signature", |world| {
        let signer = world.signer();
        let desk = Desk::rsa(world, &signer);
        let hashes = [hash("trước"), hash("sau")];
        let sad = desk.sad(&signer, &hashes);
        desk.assert_signed(&desk.sign(&sad, &hashes[..1]), &["trước"]);
        let officer = &world.province().office.officer;
        let locked =
            officer.acting(|client| client.lock_credential(&desk.credential, "mất điện thoại"));
        locked.unwrap();
        let reply = desk.sign(&sad, &hashes[1..]);
        crate::desk::assert_csc_error(&reply, 400, "invalid_request");
        assert!(reply.text().contains("disabled"), "{}", reply.text());
        let refused = log::of_credential(world, "signature.refused", &desk.credential);
        assert_eq!(log::reason(&refused[0]), "credential_disabled");
    });
}
