//! Algorithms that the key named cannot do.

use serde_json::{Value, json};

use super::{REQUEST, SHA1, SHA384, with};
use crate::desk::{Desk, PSS_32, RSA_PSS, SHA256, assert_csc_error, hash};
use crate::log;
use crate::stamping::{Bench, assert_problem, fresh_key};
use crate::world::on_both;

/// `signAlgo`, `signAlgoParams` and `hashAlgo` that an elliptic-curve key cannot do, or nobody.
fn algorithms_of_another_key() -> Vec<[Value; 3]> {
    let (none, sha256) = (Value::Null, json!(SHA256));
    vec![
        [json!("1.2.840.113549.1.1.11"), none.clone(), none.clone()],
        [json!("1.2.840.113549.1.1.1"), none.clone(), sha256.clone()],
        [json!(RSA_PSS), json!(PSS_32), none.clone()],
        [json!("1.2.840.10045.4.3.1"), none.clone(), none.clone()],
        [json!("1.2.840.10045.4.1"), none.clone(), none.clone()],
        [json!("1.3.101.112"), none.clone(), sha256],
        [json!("1.2.840.10045.4.3.2"), none.clone(), json!(SHA384)],
        [json!("1.2.840.10045.4.3.2"), none.clone(), json!(SHA1)],
        [json!("1.2.840.10045.4.3.3"), none.clone(), none],
    ]
}

#[test]
fn an_algorithm_of_another_key_is_400_before_anything_is_written() {
    let test =
        "it::bad_input::algorithms::an_algorithm_of_another_key_is_400_before_anything_is_written";
    on_both(test, |world| {
        let signer = world.signer();
        let desk = Desk::p256(world, &signer);
        let hashes = [hash("khóa khác")];
        let sad = desk.sad(&signer, &hashes);
        let right = desk.sign_body(&sad, &hashes);
        for [algorithm, params, hashed] in algorithms_of_another_key() {
            let body = with(&right, "signAlgo", &algorithm);
            let body = with(&body, "signAlgoParams", &params);
            let body = with(&body, "hashAlgo", &hashed);
            let reply = desk.call("signatures/signHash", &body);
            assert_csc_error(&reply, 400, REQUEST);
        }
        desk.assert_signed(&desk.sign(&sad, &hashes), &["khóa khác"]);
        let bench = Bench::new(world);
        bench.open(1);
        for oid in ["1.2.840.10045.4.3.2", "1.3.101.112", SHA1] {
            let body = with(&bench.body(&["dấu"]), "sign_algorithm", &json!(oid));
            let reply = bench.post(&bench.token, &fresh_key(), &body);
            assert_problem(&reply, 400, "invalid_field");
        }
        assert_eq!(bench.stamp("dấu").status, 200, "its one stamp is left");
        for credential in [&desk.credential, &bench.seal] {
            let intents = log::of_credential(world, "signature.intent", credential);
            assert_eq!(intents.len(), 1);
        }
    });
}
