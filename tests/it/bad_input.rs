//! Bad input: each mistake gets its status and its word, in the family's shape, and loses nothing.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use kyso_tests::http::Reply;
use serde_json::{Value, json};
use ureq::http::Method;

use crate::desk::{Desk, PSS_32, RSA_PSS, assert_csc_error, hash};
use crate::log;
use crate::stamping::{Bench, assert_problem, fresh_key};
use crate::world::World;

const SHA1: &str = "1.3.14.3.2.26";
const SHA384: &str = "2.16.840.1.101.3.4.2.2";
const REQUEST: &str = "invalid_request";

/// What a mistake changes in a body that is right, and the status and word that it must get.
type Case = (&'static str, Value, u16, &'static str);

fn hex_hash() -> Value {
    json!(["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
}

fn digest_of(length: usize) -> Value {
    json!([STANDARD.encode(vec![7; length])])
}

/// A value that is wrong for every text.
fn not_texts() -> [Value; 4] {
    [json!(7), json!(true), json!(["a"]), json!({"a": 1})]
}

#[expect(clippy::too_many_lines, reason = "a table, one line a mistake")]
fn sign_cases() -> Vec<Case> {
    let mut cases: Vec<Case> = vec![
        ("credentialID", Value::Null, 400, REQUEST),
        ("credentialID", json!(""), 400, REQUEST),
        ("credentialID", json!("x".repeat(300)), 400, REQUEST),
        ("credentialID", json!("a\u{0}b"), 400, REQUEST),
        ("credentialID", json!(uuid::Uuid::now_v7()), 400, REQUEST),
        ("SAD", Value::Null, 400, REQUEST),
        ("SAD", json!(""), 400, REQUEST),
        ("SAD", json!("khong-co"), 400, REQUEST),
        ("SAD", json!("s".repeat(100_000)), 400, REQUEST),
        ("SAD", json!("a\u{0}b"), 400, REQUEST),
        ("hash", Value::Null, 400, REQUEST),
        ("hash", json!([]), 400, REQUEST),
        ("hash", json!("không phải danh sách"), 400, REQUEST),
        ("hash", json!([7]), 400, REQUEST),
        ("hash", json!([null]), 400, REQUEST),
        ("hash", json!([""]), 400, REQUEST),
        ("hash", hex_hash(), 400, REQUEST),
        ("hash", json!([URL_SAFE.encode([0xfb; 32])]), 400, REQUEST),
        ("hash", json!([hash("x").replace('=', "")]), 400, REQUEST),
        ("hash", json!([hash("x") + "\n"]), 400, REQUEST),
        (
            "hash",
            json!([STANDARD.encode([0xfb; 32]).replace('+', " ")]),
            400,
            REQUEST,
        ),
        ("hash", digest_of(20), 400, REQUEST),
        ("hash", digest_of(31), 400, REQUEST),
        ("hash", digest_of(33), 400, REQUEST),
        ("hash", digest_of(48), 400, REQUEST),
        ("hash", digest_of(51), 400, REQUEST),
        ("hash", json!(vec![hash("x"); 201]), 400, REQUEST),
        ("hashAlgo", json!(SHA1), 400, REQUEST),
        ("hashAlgo", json!(SHA384), 400, REQUEST),
        ("hashAlgo", json!("sha256"), 400, REQUEST),
        ("hashAlgo", json!("1.2.3.4"), 400, REQUEST),
        ("signAlgo", Value::Null, 400, REQUEST),
        ("signAlgo", json!("1.2.840.113549.1.1.5"), 400, REQUEST),
        ("signAlgo", json!("1.2.840.10045.4.3.2"), 400, REQUEST),
        ("signAlgo", json!("1.3.101.112"), 400, REQUEST),
        ("signAlgo", json!(RSA_PSS), 400, REQUEST),
        ("signAlgoParams", json!(PSS_32), 400, REQUEST),
        ("signAlgoParams", json!("%%%"), 400, REQUEST),
        ("operationMode", json!("A"), 400, REQUEST),
        ("operationMode", json!("X"), 400, REQUEST),
        ("clientData", json!("d".repeat(2000)), 400, REQUEST),
        ("documents", json!([]), 400, REQUEST),
        ("documents", json!("x"), 400, REQUEST),
        (
            "documents",
            json!([{"label": "l".repeat(2000)}]),
            400,
            REQUEST,
        ),
        ("documents", json!([{"label": "a\u{202e}b"}]), 400, REQUEST),
        ("documents", json!([{"secrecy": "tuyệt mật"}]), 400, REQUEST),
        ("hashes", json!([hash("khác")]), 400, REQUEST),
    ];
    for name in [
        "credentialID",
        "SAD",
        "hashAlgo",
        "signAlgo",
        "signAlgoParams",
        "clientData",
    ] {
        cases.extend(not_texts().map(|value| (name, value, 400, REQUEST)));
    }
    cases
}

fn authorize_cases() -> Vec<Case> {
    let mut cases: Vec<Case> = vec![
        ("credentialID", Value::Null, 400, REQUEST),
        ("credentialID", json!(uuid::Uuid::now_v7()), 400, REQUEST),
        ("numSignatures", Value::Null, 400, REQUEST),
        ("numSignatures", json!(0), 400, REQUEST),
        ("numSignatures", json!(-1), 400, REQUEST),
        ("numSignatures", json!(1.5), 400, REQUEST),
        ("numSignatures", json!("1"), 400, REQUEST),
        ("numSignatures", json!(2), 400, REQUEST),
        ("numSignatures", json!(u64::MAX), 400, REQUEST),
        ("hash", Value::Null, 400, REQUEST),
        ("hash", json!([]), 400, REQUEST),
        ("hash", hex_hash(), 400, REQUEST),
        ("hash", json!([URL_SAFE.encode([0xfb; 32])]), 400, REQUEST),
        ("hash", digest_of(20), 400, REQUEST),
        ("hash", digest_of(33), 400, REQUEST),
        ("hashAlgo", json!(SHA1), 400, REQUEST),
        ("OTP", Value::Null, 400, REQUEST),
        ("OTP", json!("12345a"), 400, "invalid_otp"),
        ("description", json!("d".repeat(2000)), 400, REQUEST),
        ("documents", json!([{"label": 7}]), 400, REQUEST),
        ("documents", json!([{}, {}]), 400, REQUEST),
    ];
    for name in ["credentialID", "OTP", "description"] {
        cases.extend(not_texts().map(|value| (name, value, 400, REQUEST)));
    }
    cases
}

fn with(body: &Value, name: &str, value: &Value) -> Value {
    let mut body = body.clone();
    body[name] = value.clone();
    body
}

#[test]
fn sign_hash_names_each_mistake_and_loses_nothing() {
    let world = World::sqlite();
    let signer = world.signer();
    let desk = Desk::rsa(world, &signer);
    let hashes = [hash("vẫn còn nguyên")];
    let sad = desk.sad(&signer, &hashes);
    let right = desk.sign_body(&sad, &hashes);
    for (name, value, status, word) in sign_cases() {
        let reply = desk.call("signatures/signHash", &with(&right, name, &value));
        assert!(!reply.text().is_empty(), "{name} {value}");
        println!("{name} = {value:.60}: {}", reply.text());
        assert_csc_error(&reply, status, word);
    }
    desk.assert_signed(&desk.sign(&sad, &hashes), &["vẫn còn nguyên"]);
    assert_eq!(
        log::of_credential(world, "signature.intent", &desk.credential).len(),
        1
    );
    let refused = log::of_credential(world, "signature.refused", &desk.credential);
    assert!(
        refused.len() > 10,
        "mistakes with a key leave rows: {}",
        refused.len()
    );
}

/// `signAlgo`, `signAlgoParams` and `hashAlgo` that an elliptic-curve key cannot do, or nobody.
fn algorithms_of_another_key() -> Vec<[Value; 3]> {
    let (none, sha256) = (Value::Null, json!(crate::desk::SHA256));
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
    let test = "it::bad_input::an_algorithm_of_another_key_is_400_before_anything_is_written";
    crate::world::on_both(test, |world| {
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
            println!("{algorithm} {hashed}: {}", reply.text());
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

#[test]
fn authorize_names_each_mistake_and_uses_no_otp_up() {
    let world = World::sqlite();
    let signer = world.signer();
    let desk = Desk::rsa(world, &signer);
    let hashes = [hash("mã chưa dùng")];
    let code = signer.account.authenticator.code().unwrap();
    let right = desk.authorize_body(&hashes, &code);
    for (name, value, status, word) in authorize_cases() {
        let reply = desk.call("credentials/authorize", &with(&right, name, &value));
        println!("{name} = {value:.60}: {}", reply.text());
        assert_csc_error(&reply, status, word);
    }
    let reply = desk.call("credentials/authorize", &right);
    assert_eq!(reply.status, 200, "{}", reply.text());
}

/// A POST with this body under both versions.
fn raw(desk: &Desk<'_>, path: &str, kind: &str, body: &[u8]) -> Reply {
    desk.http
        .post(path)
        .bearer(&desk.token)
        .bytes(kind, body)
        .send()
        .unwrap()
}

#[test]
fn broken_bodies_get_the_familys_shape() {
    let world = World::sqlite();
    let signer = world.signer();
    let desk = Desk::rsa(world, &signer);
    let (kind, huge) = ("application/json", vec![b' '; 300_000]);
    for version in ["v1", "v2"] {
        for method in [
            "credentials/list",
            "credentials/info",
            "credentials/authorize",
            "signatures/signHash",
        ] {
            let path = format!("/csc/{version}/{method}");
            for broken in [
                "{",
                "nope",
                "[]",
                "7",
                "\"x\"",
                "{\"a\":1,\"a\":2}",
                "{\"lang\":\"\\u0000\"}",
                "\u{feff}{}",
            ] {
                let reply = raw(&desk, &path, kind, broken.as_bytes());
                assert_csc_error(&reply, 400, REQUEST);
            }
            assert_csc_error(&raw(&desk, &path, kind, b"\xff\xfe"), 400, REQUEST);
            let large = raw(&desk, &path, kind, &huge);
            assert_csc_error(&large, 413, REQUEST);
            let form = raw(&desk, &path, "application/x-www-form-urlencoded", b"a=b");
            assert_csc_error(&form, 415, REQUEST);
            let deep = format!("{{\"a\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
            assert_csc_error(&raw(&desk, &path, kind, deep.as_bytes()), 400, REQUEST);
        }
    }
}

#[test]
fn our_own_api_has_its_own_shape() {
    let world = World::sqlite();
    let signer = world.signer();
    let desk = Desk::rsa(world, &signer);
    let elsewhere = desk.http.get("/api/v1/khong-co").bearer(&desk.token);
    assert_problem(&elsewhere.send().unwrap(), 404, "not_found");
    let verb = desk.http.call(Method::PUT, "/api/v1/stamps");
    let verb = verb.bearer(&desk.token);
    assert_problem(&verb.send().unwrap(), 405, "method_not_allowed");
}

#[test]
fn tokens_that_do_not_hold_are_challenged() {
    let world = World::sqlite();
    let call = |value: Option<&str>| {
        let call = world
            .http()
            .post("/csc/v1/credentials/list")
            .json(&json!({}));
        let call = match value {
            Some(value) => call.header("Authorization", value),
            None => call,
        };
        call.send().unwrap()
    };
    let signer = world.signer();
    let token = signer.account.token().unwrap();
    let mut changed = token.clone();
    let last = if changed.pop() == Some('A') { 'B' } else { 'A' };
    changed.push(last);
    let (head, _) = token.rsplit_once('.').unwrap();
    for value in [
        None,
        Some("Bearer khong-phai-token"),
        Some(&*format!("Bearer {changed}")),
        Some(&*format!("Bearer {head}.")),
        Some("Bearer eyJhbGciOiJub25lIn0.e30."),
    ] {
        let reply = call(value);
        assert_eq!(reply.status, 401, "{value:?}: {}", reply.text());
        assert!(
            reply
                .header("www-authenticate")
                .unwrap()
                .starts_with("Bearer"),
            "{value:?}"
        );
    }
    for value in ["Bearer", "Bearer a b", "Basic x", "bearer"] {
        let reply = call(Some(value));
        assert!(
            matches!(reply.status, 400 | 401),
            "{value}: {}",
            reply.text()
        );
    }
    let desk = Desk::rsa(world, &signer);
    let sad = desk.sad(&signer, &[hash("token không phải SAD")]);
    assert_eq!(
        call(Some(&format!("Bearer {sad}"))).status,
        401,
        "a SAD is no token"
    );
    let reply = desk.sign(&token, &[hash("token không phải SAD")]);
    assert_csc_error(&reply, 400, REQUEST);
}

/// What a mistake changes in a stamp that is right, and the status that it must get.
fn stamp_cases() -> Vec<(&'static str, Value, u16)> {
    let mut cases: Vec<(&'static str, Value, u16)> = vec![
        ("credential", Value::Null, 400),
        ("credential", json!(uuid::Uuid::now_v7()), 404),
        ("credential", json!("x"), 404),
        ("hashes", json!([]), 400),
        ("hashes", hex_hash(), 400),
        ("hashes", json!([URL_SAFE.encode([0xfb; 32])]), 400),
        ("hashes", digest_of(20), 400),
        ("hashes", digest_of(48), 400),
        ("hashes", json!("x"), 400),
        ("hash_algorithm", json!(SHA1), 400),
        ("hash_algorithm", json!(SHA384), 400),
        ("sign_algorithm", json!("1.2.840.113549.1.1.5"), 400),
        ("sign_algorithm", json!("1.2.3"), 400),
        ("sign_algorithm", json!(RSA_PSS), 400),
        ("sign_algorithm_params", json!("%"), 400),
        ("documents", Value::Null, 400),
        ("documents", json!([{}, {}]), 400),
        ("documents", json!([{"label": "a\u{0}b"}]), 400),
        ("documents", json!([{"nhan": "x"}]), 400),
        ("mau", json!("xanh"), 400),
    ];
    for name in ["credential", "hash_algorithm", "sign_algorithm"] {
        cases.extend(not_texts().map(|value| (name, value, 400)));
    }
    cases
}

#[test]
fn stamps_name_each_mistake_and_sign_nothing() {
    let world = World::sqlite();
    let bench = Bench::new(world);
    bench.open(5);
    let right = bench.body(&["đúng"]);
    for (name, value, status) in stamp_cases() {
        let reply = bench.post(&bench.token, &fresh_key(), &with(&right, name, &value));
        let text = reply.text();
        assert_eq!(reply.status, status, "{name} = {value}: {text}");
        let kind = reply.header("content-type").unwrap_or_default();
        assert!(
            kind.starts_with("application/problem+json"),
            "{name}: {kind}"
        );
    }
    let keyless = world
        .http()
        .post("/api/v1/stamps")
        .bearer(&bench.token)
        .json(&right);
    assert_problem(&keyless.send().unwrap(), 428, "idempotency_key_required");
    for key in ["", "a b", &"k".repeat(300)] {
        assert_eq!(bench.post(&bench.token, key, &right).status, 400, "{key:?}");
    }
    let post = |kind: &str, body: &[u8]| {
        let call = world.http().post("/api/v1/stamps").bearer(&bench.token);
        call.header("Idempotency-Key", &fresh_key())
            .bytes(kind, body)
            .send()
            .unwrap()
    };
    assert_problem(&post("application/json", b"{"), 400, "malformed_body");
    assert_problem(
        &post("application/json", &vec![b' '; 300_000]),
        413,
        "body_too_large",
    );
    assert_problem(&post("text/plain", b"{}"), 415, "unsupported_media_type");
    let nobody = world
        .http()
        .post("/api/v1/stamps")
        .json(&right)
        .send()
        .unwrap();
    assert_problem(&nobody, 401, "not_authenticated");
    assert!(log::of_credential(world, "signature.intent", &bench.seal).is_empty());
    assert_eq!(bench.stamp("đúng").status, 200);
}

#[test]
fn an_assertion_is_good_once_for_one_audience_and_one_client() {
    let world = World::sqlite();
    let system = world.system(&world.seal("p-256"));
    let base = world.http().base().to_owned();
    let token = |assertion: &str, client: &str| {
        world
            .http()
            .post("/oauth2/token")
            .form(&[
                ("grant_type", "client_credentials"),
                ("client_id", client),
                ("client_assertion_type", kyso_api::oauth::JWT_BEARER),
                ("client_assertion", assertion),
            ])
            .send()
            .unwrap()
    };
    let (id, key) = (&*system.client_id, &system.key);
    let good = key.assertion(id, &base).unwrap();
    assert_eq!(token(&good, id).status, 200);
    assert_csc_error(&token(&good, id), 401, "invalid_client");
    let elsewhere = key.assertion(id, "https://khac.example.vn").unwrap();
    assert_csc_error(&token(&elsewhere, id), 401, "invalid_client");
    let other = kyso_tests::assertion::ClientKey::generate().unwrap();
    assert_csc_error(
        &token(&other.assertion(id, &base).unwrap(), id),
        401,
        "invalid_client",
    );
    let unknown = key.assertion("ai-do", &base).unwrap();
    assert_csc_error(&token(&unknown, "ai-do"), 401, "invalid_client");
    assert_csc_error(&token("x.y.z", id), 401, "invalid_client");
    let old = json!({"iss": id, "sub": id, "aud": base, "jti": fresh_key(), "iat": 1, "exp": 2});
    assert_csc_error(&token(&key.sign(&old).unwrap(), id), 401, "invalid_client");
    let eternal =
        json!({"iss": id, "sub": id, "aud": base, "jti": fresh_key(), "exp": 99_999_999_999_u64});
    assert_csc_error(
        &token(&key.sign(&eternal).unwrap(), id),
        401,
        "invalid_client",
    );
    let http = world.http();
    let unsupported = http
        .post("/oauth2/token")
        .form(&[("grant_type", "password")])
        .send()
        .unwrap();
    assert!(
        matches!(unsupported.status, 400 | 401),
        "{}",
        unsupported.text()
    );
}
