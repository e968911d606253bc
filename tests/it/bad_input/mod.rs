//! Bad input: each mistake gets its status and its word, in the family's shape, and loses nothing.

mod algorithms;
mod authorizing;
mod bodies;
mod enrolling;
mod entering;
mod methods;
mod mutations;
mod parameters;
mod reading;
mod sessions;
mod signing;
mod stamps;
mod tokens;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use kyso_tests::http::Reply;
use serde_json::{Value, json};

use crate::desk::{Desk, assert_csc_error, hash};

const SHA1: &str = "1.3.14.3.2.26";
const SHA384: &str = "2.16.840.1.101.3.4.2.2";
const SHA512: &str = "2.16.840.1.101.3.4.2.3";
const SHA3_256: &str = "2.16.840.1.101.3.4.2.8";
const REQUEST: &str = "invalid_request";

/// What a mistake changes in a body that is right, and the status and word that it must get.
type Case = (&'static str, Value, u16, &'static str);

/// A path and the names that parameters have there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    V1,
    V2,
}

impl Version {
    const BOTH: [Self; 2] = [Self::V1, Self::V2];

    fn path(self, method: &str) -> String {
        match self {
            Self::V1 => format!("/csc/v1/{method}"),
            Self::V2 => format!("/csc/v2/{method}"),
        }
    }

    /// The name, in this version, of what v1 calls so.
    fn name(self, v1: &str) -> &str {
        match (self, v1) {
            (Self::V2, "hash") => "hashes",
            (Self::V2, "hashAlgo") => "hashAlgorithmOID",
            _ => v1,
        }
    }

    /// The other version's name of the hashes.
    fn foreign_hashes(self) -> &'static str {
        match self {
            Self::V1 => "hashes",
            Self::V2 => "hash",
        }
    }

    /// A v1 body under this version's names.
    fn body(self, v1: &Value) -> Value {
        let members = v1.as_object().unwrap();
        let renamed = members.iter().map(|(name, value)| match (self, &**name) {
            (Self::V2, "OTP") => ("authData".into(), json!([{"id": "OTP", "value": value}])),
            _ => (self.name(name).to_owned(), value.clone()),
        });
        Value::Object(renamed.collect())
    }

    fn post(self, desk: &Desk<'_>, method: &str, body: &Value) -> Reply {
        let call = desk.http.post(&self.path(method)).bearer(&desk.token);
        call.json(body).send().unwrap()
    }

    /// Holds each case against the method: the body is right but for one member.
    fn assert_each(self, desk: &Desk<'_>, method: &str, right: &Value, cases: &[Case]) {
        for (name, value, status, word) in cases {
            let name = self.name(name);
            let reply = self.post(desk, method, &with(right, name, value));
            println!("{self:?} {name} = {value:.60}: {}", reply.text());
            assert_csc_error(&reply, *status, word);
        }
    }
}

fn with(body: &Value, name: &str, value: &Value) -> Value {
    let mut body = body.clone();
    body[name] = value.clone();
    body
}

fn without(body: &Value, name: &str) -> Value {
    let mut body = body.clone();
    body.as_object_mut().unwrap().remove(name);
    body
}

/// A value that is wrong for every text.
fn not_texts() -> [Value; 5] {
    let one = json!({"a": 1});
    [json!(7), json!(0.5), json!(true), json!(["a"]), one]
}

/// A value that is wrong for every truth; the texts `"true"` and `"false"` are let pass.
fn not_truths() -> [Value; 5] {
    [json!(1), json!("có"), json!(""), json!([true]), json!({})]
}

/// A value that is wrong for every list.
fn not_lists() -> [Value; 4] {
    [json!("x"), json!(7), json!(true), json!({"0": "a"})]
}

fn hex_hash() -> Value {
    json!(["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
}

fn digest_of(length: usize) -> Value {
    json!([STANDARD.encode(vec![7; length])])
}

/// The DER of a `DigestInfo` (RFC 8017 §9.2) with a SHA-256 digest: what the server adds itself.
fn digest_info() -> Value {
    let mut der = hex::decode("3031300d060960864801650304020105000420").unwrap();
    der.extend([7; 32]);
    json!([STANDARD.encode(der)])
}

/// Every way of writing a list of hashes wrongly, for SHA-256.
fn not_hashes() -> Vec<Value> {
    let blank = STANDARD.encode([0xfb; 32]).replace('+', " ");
    let mut values = vec![
        json!([]),
        json!([7]),
        json!([null]),
        json!([[hash("x")]]),
        json!([""]),
        json!([hash("x"), 7]),
        json!(["a\u{0}b"]),
        hex_hash(),
        json!([hex_hash()[0].as_str().unwrap().to_uppercase()]),
        json!([URL_SAFE.encode([0xfb; 32])]),
        json!([hash("x").replace('=', "")]),
        json!([hash("x") + "="]),
        json!([hash("x") + "\n"]),
        json!([format!(" {}", hash("x"))]),
        json!([blank]),
        json!(["băm"]),
        digest_info(),
    ];
    values.extend([1, 16, 20, 31, 33, 48, 64].map(digest_of));
    values.extend(not_lists());
    values
}

/// Every way of writing documents wrongly, for one hash.
fn not_documents() -> Vec<Value> {
    let mut values = vec![
        json!([]),
        json!([{}, {}]),
        json!([7]),
        json!(["x"]),
        json!([null]),
        json!([{"label": 7}]),
        json!([{"label": ["x"]}]),
        json!([{"label": "l".repeat(501)}]),
        json!([{"number": "1".repeat(65)}]),
        json!([{"symbol": "Q".repeat(65)}]),
        json!([{"type": "t".repeat(65)}]),
        json!([{"purpose": "P".repeat(65)}]),
        json!([{"secrecy": "s".repeat(65)}]),
        json!([{"authority": "a".repeat(65)}]),
        json!([{"label": "a\u{0}b"}]),
        json!([{"label": "a\u{202e}b"}]),
        json!([{"label": "a\nb"}]),
        json!([{"secrecy": "tuyệt mật"}]),
        json!([{"secrecy": "Mật"}]),
        json!([{"authority": "khong-co"}]),
    ];
    values.extend(not_lists());
    values
}

/// The same answer for each of these values of one member.
fn each(
    name: &'static str,
    values: impl IntoIterator<Item = Value>,
    status: u16,
    word: &'static str,
) -> Vec<Case> {
    let values = values.into_iter();
    values.map(|value| (name, value, status, word)).collect()
}
