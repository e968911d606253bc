//! A credential that was locked or revoked: whichever call would sign with it next is refused.

use kyso_client::{Client, ClientError};
use kyso_tests::http::Reply;
use serde_json::{Value, json};

use crate::desk::{Desk, SHA256, assert_csc_error, hash};
use crate::log;
use crate::stamping::{Bench, assert_problem};
use crate::world::{World, on_both};

/// What makes a credential unusable, by a manager.
type Act = fn(&Client, &str) -> Result<(), ClientError>;

const ACTS: [(&str, Act); 2] = [
    ("locked", |manager, id| {
        manager.lock_credential(id, "nghi lộ")
    }),
    ("revoked", |manager, id| {
        manager.revoke_credential(id, "mất khóa")
    }),
];

fn act(world: &World, act: Act, id: &str) {
    let manager = &world.province().office.manager1;
    manager.acting(|client| act(client, id)).unwrap();
}

/// The calls that sign, or allow it, for a person: path, body, and the event of their refusal.
fn calls(desk: &Desk<'_>, sad: &str, otp: &str) -> [(&'static str, Value, &'static str); 4] {
    let (hashes, id) = ([hash("sau khi khóa")], &desk.credential);
    let version2 = json!({"credentialID": id, "SAD": sad, "hashes": hashes,
        "hashAlgorithmOID": SHA256, "signAlgo": desk.algorithm});
    let authorize2 = json!({"credentialID": id, "numSignatures": 1, "hashes": hashes,
        "hashAlgorithmOID": SHA256, "authData": [{"id": "OTP", "value": otp}]});
    let (sign, authorize) = ("signature.refused", "sad.refused");
    [
        (
            "/csc/v1/signatures/signHash",
            desk.sign_body(sad, &hashes),
            sign,
        ),
        ("/csc/v2/signatures/signHash", version2, sign),
        (
            "/csc/v1/credentials/authorize",
            desk.authorize_body(&hashes, otp),
            authorize,
        ),
        ("/csc/v2/credentials/authorize", authorize2, authorize),
    ]
}

/// The one row of the call, which names the credential.
fn assert_row(world: &World, reply: &Reply, event: &str, credential: &str) {
    let row = log::refusal(world, reply, event, "credential_disabled");
    assert_eq!(row.entry["credential"], credential, "{}", row.entry);
}

#[test]
fn a_person_signs_nothing_with_a_locked_or_revoked_credential() {
    let test = "it::disabled::a_person_signs_nothing_with_a_locked_or_revoked_credential";
    on_both(test, |world| {
        for (state, to_state) in ACTS {
            let signer = world.signer();
            let desk = Desk::p256(world, &signer);
            let sad = desk.sad(&signer, &[hash("sau khi khóa")]);
            act(world, to_state, &desk.credential);
            let otp = signer.account.authenticator.code().unwrap();
            for (path, body, event) in calls(&desk, &sad, &otp) {
                let call = desk.http.post(path).bearer(&desk.token);
                let reply = call.json(&body).send().unwrap();
                assert_csc_error(&reply, 400, "invalid_request");
                let body = reply.text();
                assert!(body.contains("is disabled"), "{state} {path}: {body}");
                assert_row(world, &reply, event, &desk.credential);
            }
            let intents = log::of_credential(world, "signature.intent", &desk.credential);
            assert!(intents.is_empty(), "{state}: {intents:?}");
        }
    });
}

#[test]
fn a_system_stamps_nothing_with_a_locked_or_revoked_seal() {
    let test = "it::disabled::a_system_stamps_nothing_with_a_locked_or_revoked_seal";
    on_both(test, |world| {
        for (state, to_state) in ACTS {
            let bench = Bench::new(world);
            bench.open(5);
            assert_eq!(bench.stamp("trước khi khóa").status, 200, "{state}");
            act(world, to_state, &bench.seal);
            let reply = bench.stamp("sau khi khóa");
            assert_problem(&reply, 409, "wrong_state");
            assert_eq!(reply.json()["detail"], "credential_disabled", "{state}");
            assert_row(world, &reply, "signature.refused", &bench.seal);
            let intents = log::of_credential(world, "signature.intent", &bench.seal);
            assert_eq!(intents.len(), 1, "{state}");
        }
    });
}
