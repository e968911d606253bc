//! A refused call that names a key of the caller's is one entry, with the reason.

use kyso_tests::http::Reply;
use serde_json::{Value, json};

use crate::desk::{Desk, hash};
use crate::log::refusal;
use crate::second_factor::post;
use crate::stamping::{Bench, fresh_key};
use crate::world::{World, on_both};

const SHA1: &str = "1.3.14.3.2.26";

/// What a mistake changes in a body that is right, and the word that the log has for it.
type Mistake = (&'static str, Value, &'static str);

fn mistakes_in_signing(foreign_sad: &str) -> Vec<Mistake> {
    let short = json!(["c2FpIMSR4buZIGTDoGk="]);
    let hexadecimal = json!(["ab".repeat(32)]);
    vec![
        ("hash", short, "digest_mismatch"),
        ("hash", hexadecimal, "malformed"),
        ("hash", json!(["%%%"]), "malformed"),
        ("hash", json!([]), "malformed"),
        ("hash", Value::Null, "malformed"),
        ("hashAlgo", json!(SHA1), "unsupported_scheme"),
        ("signAlgo", json!("1.2.3"), "unsupported_scheme"),
        ("signAlgo", json!(7), "malformed"),
        ("SAD", Value::Null, "malformed"),
        ("SAD", json!("không có"), "unknown_sad"),
        ("SAD", json!(foreign_sad), "unknown_sad"),
        ("operationMode", json!("A"), "malformed"),
        ("documents", json!([{}, {}]), "malformed"),
        ("documents", json!([{"secrecy": "mật"}]), "secret_document"),
        ("documents", json!([{"label": "a\u{202e}b"}]), "malformed"),
        ("clientData", json!("d".repeat(2000)), "malformed"),
        (
            "signAlgoParams",
            json!("d".repeat(300_000)),
            "body_too_large",
        ),
    ]
}

fn mistakes_in_authorizing(wrong_code: &str) -> Vec<Mistake> {
    vec![
        ("numSignatures", json!(0), "malformed"),
        ("numSignatures", json!(2), "malformed"),
        ("numSignatures", json!(100_000), "too_many_signatures"),
        ("hash", json!(["%%%"]), "malformed"),
        ("hash", Value::Null, "hashes_required"),
        ("hash", json!(["c2Fp"]), "digest_mismatch"),
        ("hashAlgo", json!(SHA1), "malformed"),
        ("OTP", Value::Null, "factor_required"),
        ("OTP", json!(7), "malformed"),
        ("documents", json!([{}, {}]), "malformed"),
        ("documents", json!([{"secrecy": "mật"}]), "secret_document"),
        ("description", json!("d".repeat(300_000)), "body_too_large"),
        ("description", json!("d".repeat(501)), "malformed"),
        ("description", json!("a\nb"), "malformed"),
        ("description", json!("a\u{202e}b"), "malformed"),
        ("OTP", json!(wrong_code), "invalid_otp"),
    ]
}

fn mistakes_in_stamping() -> Vec<Mistake> {
    vec![
        ("hashes", json!(["%%%"]), "malformed"),
        ("hashes", json!(["ab".repeat(32)]), "malformed"),
        ("hashes", json!(["c2Fp"]), "digest_mismatch"),
        ("hashes", json!([]), "empty_hashes"),
        ("hash_algorithm", json!(SHA1), "unsupported_scheme"),
        ("sign_algorithm", json!("1.2.3"), "unsupported_scheme"),
        ("documents", json!([]), "documents_required"),
        ("documents", json!([{}]), "purpose_not_allowed"),
        ("documents", json!([{}, {}]), "documents_mismatch"),
        ("documents", json!([{"secrecy": "mật"}]), "secret_document"),
        (
            "documents",
            json!([{"label": "l".repeat(9000)}]),
            "malformed",
        ),
        ("mau", json!("xanh"), "malformed"),
        ("mau", json!("x".repeat(300_000)), "body_too_large"),
    ]
}

fn with(body: &Value, (name, value, _): &Mistake) -> Value {
    let mut body = body.clone();
    body[*name] = value.clone();
    body
}

/// One entry, under the call's id, that names the key.
fn assert_entered(world: &World, reply: &Reply, event: &str, mistake: &Mistake, key: &str) {
    let value = mistake.1.to_string();
    println!("{} = {:.40}", mistake.0, value);
    let entry = refusal(world, reply, event, mistake.2);
    assert_eq!(entry.entry["credential"], key, "{}", entry.entry);
    assert!(entry.entry["key"]["cka_id"].is_string(), "{}", entry.entry);
    assert!(entry.entry["agency"].is_string(), "{}", entry.entry);
}

#[test]
fn a_wrong_request_that_names_a_key_leaves_one_entry() {
    let test = "it::calls::refusals::a_wrong_request_that_names_a_key_leaves_one_entry";
    on_both(test, |world| {
        let (signer, other) = (world.signer(), world.signer());
        let (desk, foreign) = (Desk::rsa(world, &signer), Desk::rsa(world, &other));
        let hashes = [hash("sai ở đâu đó")];
        let foreign_sad = foreign.sad(&other, &hashes);
        let right = desk.sign_body(&desk.sad(&signer, &hashes), &hashes);
        for mistake in mistakes_in_signing(&foreign_sad) {
            let reply = desk.call("signatures/signHash", &with(&right, &mistake));
            assert_entered(
                world,
                &reply,
                "signature.refused",
                &mistake,
                &desk.credential,
            );
        }
        // What was authorized once is signed once, whatever was refused before.
        let used = ("hash", json!("twice, and again"), "hash_not_authorized");
        let twice = with(&right, &("hash", json!([hashes[0], hashes[0]]), ""));
        let reply = desk.call("signatures/signHash", &twice);
        assert_entered(world, &reply, "signature.refused", &used, &desk.credential);
        let made = desk.call("signatures/signHash", &right);
        desk.assert_signed(&made, &["sai ở đâu đó"]);
        let reply = desk.call("signatures/signHash", &right);
        assert_entered(world, &reply, "signature.refused", &used, &desk.credential);
        let code = signer.account.authenticator.code().unwrap();
        let right = desk.authorize_body(&hashes, &code);
        for mistake in mistakes_in_authorizing(&signer.account.authenticator.wrong()) {
            let reply = desk.call("credentials/authorize", &with(&right, &mistake));
            assert_entered(world, &reply, "sad.refused", &mistake, &desk.credential);
        }
    });
}

#[test]
fn a_wrong_stamp_that_names_a_seal_leaves_one_entry() {
    let test = "it::calls::refusals::a_wrong_stamp_that_names_a_seal_leaves_one_entry";
    on_both(test, |world| {
        let bench = Bench::new(world);
        bench.open(5);
        let right = bench.body(&["đúng"]);
        for mistake in mistakes_in_stamping() {
            let reply = bench.post(&bench.token, &fresh_key(), &with(&right, &mistake));
            assert_entered(world, &reply, "signature.refused", &mistake, &bench.seal);
        }
        let keyless = post(world, &bench.token, "/stamps", &right);
        let why = ("Idempotency-Key", Value::Null, "idempotency_required");
        assert_entered(world, &keyless, "signature.refused", &why, &bench.seal);
    });
}

/// Bytes that are no JSON, or not said to be: the key that they name is entered all the same.
#[test]
fn a_body_that_cannot_be_read_leaves_an_entry_if_it_names_a_key() {
    let world = World::sqlite();
    let signer = world.signer();
    let desk = Desk::rsa(world, &signer);
    for (method, event) in [
        ("signatures/signHash", "signature.refused"),
        ("credentials/authorize", "sad.refused"),
    ] {
        for (kind, body) in [
            ("application/json", r#"{"credentialID":"<id>","hash":["#),
            (
                "application/json",
                r#"{"credentialID":"<id>","credentialID":"<id>"}"#,
            ),
            (
                "application/json",
                r#"{"SAD":"\u0000","credentialID" : "<id>"}"#,
            ),
            ("text/plain", r#"{"credentialID":"<id>"}"#),
        ] {
            let body = body.replace("<id>", &desk.credential);
            let call = world.http().post(&format!("/csc/v2/{method}"));
            let reply = call.bearer(&desk.token).bytes(kind, body).send().unwrap();
            let entry = refusal(world, &reply, event, "malformed");
            assert_eq!(entry.entry["credential"], *desk.credential);
        }
    }
}

/// Thousands of hashes: the answer is the caller's fault, and the entry stays small and says how many.
#[test]
fn a_refusal_of_thousands_of_hashes_is_a_small_entry() {
    let test = "it::calls::refusals::a_refusal_of_thousands_of_hashes_is_a_small_entry";
    on_both(test, |world| {
        let signer = world.signer();
        let desk = Desk::rsa(world, &signer);
        let many: Vec<String> = (0..5000).map(|number| hash(&number.to_string())).collect();
        let reply = desk.sign("không có", &many);
        let entry = refusal(world, &reply, "signature.refused", "too_many_signatures");
        assert_eq!(entry.entry["count"], 5000);
        assert_eq!(entry.entry["digests"].as_array().unwrap().len(), 64);
        let reply = desk.authorize(&many, "123456");
        refusal(world, &reply, "sad.refused", "too_many_signatures");

        let bench = Bench::new(world);
        bench.open(500);
        let texts: Vec<String> = (0..2500).map(|number| number.to_string()).collect();
        let mut body = bench.body(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        let document = json!({"purpose": "PHAT_HANH"});
        body["documents"] = json!(vec![document; texts.len()]);
        let reply = bench.post(&bench.token, &fresh_key(), &body);
        let entry = refusal(world, &reply, "signature.refused", "too_many_signatures");
        assert_eq!(entry.entry["count"], 2500);
        let authorize = json!({"credentialID": bench.seal, "numSignatures": texts.len(),
            "hash": body["hashes"], "documents": body["documents"]});
        let call = world.http().post("/csc/v1/credentials/authorize");
        let reply = call.bearer(&bench.token).json(&authorize).send().unwrap();
        refusal(world, &reply, "sad.refused", "too_many_signatures");
    });
}
