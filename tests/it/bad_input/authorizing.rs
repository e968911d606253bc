//! `credentials/authorize`.

use serde_json::{Value, json};

use super::{
    Case, REQUEST, SHA1, SHA3_256, SHA384, Version, each, not_documents, not_hashes, not_lists,
    not_texts, with, without,
};
use crate::desk::{Desk, SHA256, assert_csc_error, hash};
use crate::log;
use crate::world::on_both;

fn cases(another: &str) -> Vec<Case> {
    let mut cases = vec![
        ("credentialID", json!(uuid::Uuid::now_v7()), 400, REQUEST),
        ("credentialID", json!(another), 400, REQUEST),
        ("hash", json!([hash("một"), hash("hai")]), 400, REQUEST),
        ("hash", json!(vec![hash("x"); 201]), 400, REQUEST),
        ("description", json!("d".repeat(501)), 400, REQUEST),
        ("description", json!("a\u{0}b"), 400, REQUEST),
        ("description", json!("a\u{202e}b"), 400, REQUEST),
        ("description", json!("a\nb"), 400, REQUEST),
        ("clientData", json!("d".repeat(1025)), 400, REQUEST),
        ("clientData", json!("a\u{0}b"), 400, REQUEST),
    ];
    let ids = ["", "khong-co", "a\u{0}b"].map(Value::from);
    let oids = [SHA1, SHA384, SHA3_256, "sha256", "1.2.3.4"].map(Value::from);
    let numbers = [
        json!(0),
        json!(-1),
        json!(1.5),
        json!("1"),
        json!(2),
        json!(u32::MAX),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!(true),
        json!([1]),
        Value::Null,
    ];
    cases.extend(each("credentialID", ids, 400, REQUEST));
    cases.extend(each("hashAlgo", oids, 400, REQUEST));
    cases.extend(each("numSignatures", numbers, 400, REQUEST));
    cases.extend(each("hash", not_hashes(), 400, REQUEST));
    cases.extend(each("documents", not_documents(), 400, REQUEST));
    for name in [
        "credentialID",
        "description",
        "clientData",
        "hashAlgo",
        "PIN",
    ] {
        cases.extend(each(name, not_texts(), 400, REQUEST));
    }
    cases
}

fn factors(version: Version) -> Vec<Case> {
    if version == Version::V1 {
        return each("OTP", not_texts(), 400, REQUEST);
    }
    let mut cases = each("authData", not_lists(), 400, REQUEST);
    let wrong = [
        json!([]),
        json!(["123456"]),
        json!([{}]),
        json!([{"value": "123456"}]),
        json!([{"id": 7, "value": "123456"}]),
        json!([{"id": "OTP"}]),
        json!([{"id": "OTP", "value": null}]),
        json!([{"id": "OTP", "value": 123_456}]),
        json!([{"id": "OTP", "value": ["123456"]}]),
        json!([{"id": "SMS", "value": "123456"}]),
        json!([{"id": "otp", "value": "123456"}]),
        json!([{"id": "OTP", "value": "1"}, {"id": "OTP", "value": "1"}]),
        json!([{"id": "OTP", "value": "1\u{0}"}]),
    ];
    cases.extend(each("authData", wrong, 400, REQUEST));
    cases
}

#[test]
fn authorize_names_each_mistake_and_uses_no_otp_up() {
    on_both(
        "it::bad_input::authorizing::authorize_names_each_mistake_and_uses_no_otp_up",
        |world| {
            let (signer, other) = (world.signer(), world.signer());
            let desk = Desk::rsa(world, &signer);
            let hashes = [hash("mã chưa dùng")];
            let code = signer.account.authenticator.code().unwrap();
            let v1 = with(
                &desk.authorize_body(&hashes, &code),
                "hashAlgo",
                &json!(SHA256),
            );
            for version in Version::BOTH {
                let method = "credentials/authorize";
                let right = version.body(&v1);
                version.assert_each(&desk, method, &right, &cases(&other.credentials.rsa));
                version.assert_each(&desk, method, &right, &factors(version));
                // Its length says which hash a digest is of.
                let needed = right.as_object().unwrap().keys();
                for name in needed.filter(|name| !name.starts_with("hashAlgo")) {
                    let reply = version.post(&desk, method, &without(&right, name));
                    println!("{version:?} without {name}: {}", reply.text());
                    assert_csc_error(&reply, 400, REQUEST);
                }
                let contrary = with(&right, version.foreign_hashes(), &json!([hash("khác")]));
                assert_csc_error(&version.post(&desk, method, &contrary), 400, REQUEST);
            }
            let reply = desk.call("credentials/authorize", &v1);
            assert_eq!(reply.status, 200, "{}", reply.text());
            let sads = log::of_credential(world, "sad.authorized", &desk.credential);
            assert_eq!(sads.len(), 1);
        },
    );
}

/// A code that is no code is an attempt like any other, and gets a factor's own word.
#[test]
fn a_code_in_another_alphabet_is_a_wrong_code() {
    on_both(
        "it::bad_input::authorizing::a_code_in_another_alphabet_is_a_wrong_code",
        |world| {
            for (version, word) in [
                (Version::V1, "invalid_otp"),
                (Version::V2, "invalid_authentication_data"),
            ] {
                for code in ["12345a", "１２３４５６", "1234567", "", " 123456"] {
                    let signer = world.signer();
                    let desk = Desk::p256(world, &signer);
                    let right = desk.authorize_body(&[hash("mã sai")], code);
                    let reply = version.post(&desk, "credentials/authorize", &version.body(&right));
                    assert_csc_error(&reply, 400, word);
                    desk.sad(&signer, &[hash("mã đúng")]);
                }
            }
        },
    );
}
