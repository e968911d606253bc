//! CSC requests as clients send them, well and badly.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

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

/// Member, its JSON (empty: left out), the sentence. `~N` stands for N letters.
type Case = (&'static str, &'static str, &'static str);

const SIGN_HASH: &[Case] = &[
    (
        "credentialID",
        "",
        "Missing (or invalid type) string parameter credentialID",
    ),
    (
        "credentialID",
        "7",
        "Missing (or invalid type) string parameter credentialID",
    ),
    (
        "credentialID",
        "null",
        "Missing (or invalid type) string parameter credentialID",
    ),
    ("credentialID", r#""""#, "Invalid parameter credentialID"),
    ("SAD", "", "Missing (or invalid type) string parameter SAD"),
    (
        "SAD",
        r#"["s"]"#,
        "Missing (or invalid type) string parameter SAD",
    ),
    (
        "signAlgo",
        "",
        "Missing (or invalid type) string parameter signAlgo",
    ),
    (
        "hashAlgo",
        "256",
        "Missing (or invalid type) string parameter hashAlgo",
    ),
    (
        "hashAlgorithmOID",
        r#""2.16.840.1.101.3.4.2.2""#,
        "Parameters hashAlgo and hashAlgorithmOID contradict each other",
    ),
    (
        "signAlgoParams",
        r#""MD-_""#,
        "Invalid parameter signAlgoParams",
    ),
    ("operationMode", r#""X""#, "Invalid parameter operationMode"),
    ("documents", "[]", "Invalid parameter documents"),
    ("documents", "[1]", "Invalid parameter documents"),
    ("documents", "[{}, {}]", "Invalid parameter documents"),
    (
        "documents",
        r#"[{"label": 1}]"#,
        "Missing (or invalid type) string parameter label",
    ),
    (
        "documents",
        r#"[{"number": "~65"}]"#,
        "Invalid parameter documents",
    ),
    (
        "documents",
        r#"[{"label": "~501"}]"#,
        "Invalid parameter documents",
    ),
    ("clientData", r#""~1025""#, "Invalid parameter clientData"),
];

const HASHES: &[Case] = &[
    ("hash", "", "Missing (or invalid type) array parameter hash"),
    (
        "hash",
        r#""AAAA""#,
        "Missing (or invalid type) array parameter hash",
    ),
    (
        "hash",
        "[1]",
        "Missing (or invalid type) array parameter hash",
    ),
    ("hash", "[]", "Empty hash array"),
    (
        "hashes",
        r#"["AAAA"]"#,
        "Parameters hash and hashes contradict each other",
    ),
    (
        "hash",
        r#"["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]"#,
        "Invalid Base64 hash string parameter: it looks hexadecimal (64 digits): send the bytes in base64",
    ),
    (
        "hash",
        r#"["47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU="]"#,
        "Invalid Base64 hash string parameter: it is in the URL-safe alphabet: send the standard one, with + and /",
    ),
    (
        "hash",
        r#"["47DEQpj8HBSa /TImW 5JCeuQeRkm5NMpJWZG3hSuFU="]"#,
        "Invalid Base64 hash string parameter: it contains white space",
    ),
    (
        "hash",
        r#"["47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"]"#,
        "Invalid Base64 hash string parameter: its padding is wrong",
    ),
];

const AUTHORIZE: &[Case] = &[
    (
        "numSignatures",
        "",
        "Missing (or invalid type) integer parameter numSignatures",
    ),
    (
        "numSignatures",
        r#""1""#,
        "Missing (or invalid type) integer parameter numSignatures",
    ),
    (
        "numSignatures",
        "1.5",
        "Missing (or invalid type) integer parameter numSignatures",
    ),
    (
        "numSignatures",
        "0",
        "Invalid value for parameter numSignatures",
    ),
    (
        "numSignatures",
        "-1",
        "Invalid value for parameter numSignatures",
    ),
    (
        "numSignatures",
        "4294967296",
        "Invalid value for parameter numSignatures",
    ),
    (
        "OTP",
        "123456",
        "Missing (or invalid type) string parameter OTP",
    ),
    (
        "PIN",
        "true",
        "Missing (or invalid type) string parameter PIN",
    ),
    (
        "authData",
        r#""OTP""#,
        "Missing (or invalid type) array parameter authData",
    ),
    (
        "authData",
        r#"[{"value": "1"}]"#,
        "Missing (or invalid type) string parameter id",
    ),
    (
        "authData",
        r#"[{"id": "SMS", "value": "1"}]"#,
        "Invalid parameter authData",
    ),
    (
        "authData",
        r#"[{"id": "OTP", "value": 1}]"#,
        "Invalid parameter authData",
    ),
    (
        "authData",
        r#"[{"id": "OTP", "value": "123456"}, {"id": "OTP", "value": "1"}]"#,
        "Invalid parameter authData",
    ),
    (
        "authData",
        r#"[{"id": "OTP", "value": "654321"}]"#,
        "Parameters OTP and authData contradict each other",
    ),
    ("description", r#""~501""#, "Invalid parameter description"),
    ("hash", "[]", "Empty hash array"),
];

fn body_of(base: Value, (name, json, _): &Case) -> Vec<u8> {
    let filled = match json.split_once('~') {
        Some((head, tail)) => {
            let end = tail.find('"').unwrap();
            let letters = "x".repeat(tail[..end].parse().unwrap());
            format!("{head}{letters}{}", &tail[end..])
        }
        None => (*json).to_owned(),
    };
    let value = (!filled.is_empty()).then(|| serde_json::from_str(&filled).unwrap());
    with(base, name, value)
}

#[test]
fn sign_hash_names_what_is_wrong() {
    for case in SIGN_HASH.iter().chain(HASHES) {
        let bytes = body_of(sign_v1(), case);
        assert_eq!(
            refusal(SignHashRequest::parse(&bytes, Version::V1)),
            case.2,
            "{case:?}"
        );
    }
}

#[test]
fn authorize_names_what_is_wrong() {
    for case in AUTHORIZE {
        let bytes = body_of(authorize_v1(), case);
        assert_eq!(
            refusal(AuthorizeRequest::parse(&bytes, Version::V1)),
            case.2,
            "{case:?}"
        );
    }
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
    fn document()(authority in of("[0-9a-f-]{36}"), label in of("[^\0]{0,40}"), number in of("[0-9]{0,9}"), symbol in of("\\PC{0,9}"),
                  kind in of("\\PC{0,9}"), purpose in of("[A-Z_]{0,9}"), secrecy in of("\\PC{0,9}"))
                 -> Document {
        Document { authority, label, number, symbol, kind, purpose, secrecy }
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
