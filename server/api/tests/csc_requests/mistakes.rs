//! One member wrong, or not there: the sentence names it.

use kyso_api::csc::{AuthorizeRequest, SignHashRequest, Version};
use serde_json::Value;

use super::{authorize_v1, refusal, sign_v1, with};

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
