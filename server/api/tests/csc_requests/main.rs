//! CSC requests as clients send them, well and badly.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod mistakes;

use kyso_api::csc::{
    AuthorizeRequest, CredentialsInfoRequest, CredentialsListRequest, Document, Factors,
    OperationMode, RevokeRequest, SignHashRequest, Version,
};
use kyso_api::{Secret, csc_error::CscError};
use proptest::option::of;
use proptest::prelude::*;
use serde_json::{Value, json};

const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const RSA_SHA256: &str = "1.2.840.113549.1.1.11";
const DIGEST: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

fn sign_v1() -> Value {
    json!({ "credentialID": "c", "SAD": "s", "hash": [DIGEST], "hashAlgo": SHA256,
            "signAlgo": RSA_SHA256 })
}

fn authorize_v1() -> Value {
    json!({ "credentialID": "c", "numSignatures": 1, "hash": [DIGEST], "OTP": "123456" })
}

/// `base` with one member replaced, or removed for `None`.
fn with(mut base: Value, name: &str, value: Option<Value>) -> Vec<u8> {
    let members = base.as_object_mut().unwrap();
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
    serde_json::to_vec(&base).unwrap()
}

fn refusal<T: std::fmt::Debug>(parsed: Result<T, kyso_api::csc::Malformed>) -> String {
    CscError::from(&parsed.unwrap_err())
        .error_description
        .unwrap()
}

#[test]
fn a_missing_name_is_that_of_the_version_asked() {
    let bytes = with(sign_v1(), "hash", None);
    let sentence = refusal(SignHashRequest::parse(&bytes, Version::V2));
    assert_eq!(sentence, "Missing (or invalid type) array parameter hashes");
}

#[test]
fn no_secret_shows_in_a_refusal_or_in_debug() {
    let body = json!({ "credentialID": "c", "numSignatures": 1, "PIN": "canary-1", "OTP": "canary-2",
                       "authData": [{ "id": "OTP", "value": "canary-3" }] });
    let bytes = serde_json::to_vec(&body).unwrap();
    assert!(!refusal(AuthorizeRequest::parse(&bytes, Version::V2)).contains("canary"));
    let bytes = with(body, "authData", None);
    let request = AuthorizeRequest::parse(&bytes, Version::V1).unwrap();
    assert!(!format!("{request:?}").contains("canary"));
}

#[test]
fn reads_what_pyhanko_sends_to_either_path() {
    let body = json!({ "credentialID": "c", "numSignatures": 1, "hash": [DIGEST], "OTP": "123456",
                       "PIN": null, "description": null, "clientData": null });
    let bytes = serde_json::to_vec(&body).unwrap();
    for version in [Version::V1, Version::V2] {
        let request = AuthorizeRequest::parse(&bytes, version).unwrap();
        assert_eq!(
            request.factors.otp.as_ref().map(Secret::expose),
            Some("123456")
        );
        assert!(request.factors.pin.is_none());
        assert_eq!(request.hashes.unwrap().len(), 1);
    }
}

#[test]
fn reads_what_the_eudi_library_sends() {
    let body = json!({ "credentialID": "c", "hashes": [DIGEST], "hashAlgorithmOID": SHA256,
                       "signAlgo": RSA_SHA256, "signAlgoParams": null, "operationMode": "S" });
    let bytes = serde_json::to_vec(&body).unwrap();
    let request = SignHashRequest::parse(&bytes, Version::V2).unwrap();
    assert!(request.sad.is_none() && request.sign_algorithm_params.is_none());
    assert_eq!(request.operation_mode, OperationMode::Synchronous);
    assert!(
        SignHashRequest::parse(&bytes, Version::V1).is_err(),
        "v1 cannot do without a SAD"
    );
}

#[test]
fn the_same_hash_twice_stays_twice() {
    let bytes = with(sign_v1(), "hash", Some(json!([DIGEST, DIGEST])));
    assert_eq!(
        SignHashRequest::parse(&bytes, Version::V1)
            .unwrap()
            .hashes
            .len(),
        2
    );
}

#[test]
fn both_names_with_one_value_are_one_parameter() {
    let bytes = with(sign_v1(), "hashes", Some(json!([DIGEST])));
    assert_eq!(
        SignHashRequest::parse(&bytes, Version::V2)
            .unwrap()
            .hashes
            .len(),
        1
    );
}

#[test]
fn unknown_members_are_ignored() {
    let bytes = with(sign_v1(), "futureMember", Some(json!({ "x": [1] })));
    assert!(SignHashRequest::parse(&bytes, Version::V1).is_ok());
}

#[test]
fn lists_and_particulars_take_lenient_booleans_only() {
    let body = br#"{"credentialID":"c","certificates":"chain","certInfo":"true","authInfo":true}"#;
    let request = CredentialsInfoRequest::parse(body, Version::V1).unwrap();
    assert!(request.detail.cert_info && request.detail.auth_info);
    for (body, sentence) in [
        (
            r#"{"certInfo":1}"#,
            "Missing (or invalid type) boolean parameter certInfo",
        ),
        (
            r#"{"certificates":"all"}"#,
            "Invalid parameter certificates",
        ),
        (r#"{"maxResults":0}"#, "Invalid parameter maxResults"),
        (
            r#"{"maxResults":"10"}"#,
            "Missing (or invalid type) integer parameter maxResults",
        ),
    ] {
        assert_eq!(
            refusal(CredentialsListRequest::parse(body.as_bytes(), Version::V1)),
            sentence
        );
    }
}

#[test]
fn revoke_takes_known_hints_only() {
    assert!(RevokeRequest::parse(br#"{"token":"t"}"#, Version::V1).is_ok());
    let other = RevokeRequest::parse(br#"{"token":"t","token_type_hint":"sad"}"#, Version::V1);
    assert_eq!(refusal(other), "Invalid parameter token_type_hint");
}

prop_compose! {
    fn document()(summary in of("[^\0]{0,40}"), drafter in of("\\PC{0,9}"), recipients in of("[^\0]{0,40}"), urgency in of("\\PC{0,9}"),
                  authority in of("[0-9a-f-]{36}"), label in of("[^\0]{0,40}"), number in of("[0-9]{0,9}"), symbol in of("\\PC{0,9}"),
                  kind in of("\\PC{0,9}"), purpose in of("[A-Z_]{0,9}"), secrecy in of("\\PC{0,9}"))
                 -> Document {
        Document { summary, authority, drafter, label, number, symbol, kind, purpose, recipients, secrecy, urgency }
    }
}

prop_compose! {
    fn hashes()(list in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..70), 1..5))
               -> Vec<Vec<u8>> { list }
}

prop_compose! {
    fn authorize()(hashes in of(hashes()), num_signatures in 1..u32::MAX, pin in of("[^\0]{1,9}"),
                   otp in of("[0-9]{6}"), description in of("[^\0]{0,99}"),
                   hash_algorithm in of("[0-9.]{1,30}"), first in document())
                  -> AuthorizeRequest {
        AuthorizeRequest {
            credential_id: "c".into(),
            num_signatures,
            documents: hashes.as_ref().map(|list| vec![first.clone(); list.len()]),
            hashes,
            hash_algorithm,
            factors: Factors { pin: pin.map(Secret::new), otp: otp.map(Secret::new) },
            description,
            client_data: None,
        }
    }
}

prop_compose! {
    fn sign()(hashes in hashes(), sad in "[a-z]{1,9}", params in of(prop::collection::vec(any::<u8>(), 1..99)),
              documents in of(document()), asynchronous: bool) -> SignHashRequest {
        SignHashRequest {
            credential_id: "c".into(),
            sad: Some(Secret::new(sad)),
            documents: documents.map(|one| vec![one; hashes.len()]),
            hashes,
            hash_algorithm: Some(SHA256.into()),
            sign_algorithm: RSA_SHA256.into(),
            sign_algorithm_params: params,
            operation_mode: if asynchronous { OperationMode::Asynchronous } else { OperationMode::Synchronous },
            client_data: Some("ref 1".into()),
        }
    }
}

proptest! {
    #[test]
    fn authorize_returns_in_both_versions(request in authorize()) {
        for version in [Version::V1, Version::V2] {
            let sent = request.to_json(version);
            let read = AuthorizeRequest::parse(&serde_json::to_vec(&sent).unwrap(), version).unwrap();
            prop_assert_eq!(read.to_json(Version::V1), request.to_json(Version::V1));
        }
    }

    #[test]
    fn sign_hash_returns_in_both_versions(request in sign()) {
        for version in [Version::V1, Version::V2] {
            let sent = request.to_json(version);
            let read = SignHashRequest::parse(&serde_json::to_vec(&sent).unwrap(), version).unwrap();
            prop_assert_eq!(read.to_json(Version::V2), request.to_json(Version::V2));
        }
    }

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        for version in [Version::V1, Version::V2] {
            let _ = SignHashRequest::parse(&bytes, version);
            let _ = AuthorizeRequest::parse(&bytes, version);
        }
    }
}
