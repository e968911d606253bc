//! Every call that concerns a key or a factor: what the log says of it, and under which id.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_api::management::{AuditEntry, AuditQuery};
use kyso_tests::http::Reply;
use serde_json::{Value, json};

use crate::desk::{Desk, hash};
use crate::log::{self, assert_events, refusal};
use crate::second_factor::{log_in, post};
use crate::stamping::{Bench, fresh_key};
use crate::world::{World, on_both, on_own, restarted};

const SHA1: &str = "1.3.14.3.2.26";

#[test]
fn the_entries_of_a_persons_calls_carry_the_id_that_the_reply_names() {
    let test = "it::calls::the_entries_of_a_persons_calls_carry_the_id_that_the_reply_names";
    on_both(test, |world| {
        let signer = world.signer();
        let account = &signer.account;
        let desk = Desk::p256(world, &signer);
        let entered = log_in(world, &account.login, &account.password, None);
        assert_events(world, &entered, &["login.succeeded"]);
        let failed = log_in(world, &account.login, "sai", None);
        assert_events(world, &failed, &["login.failed"]);
        let (hashes, code) = ([hash("mã cuộc gọi")], account.authenticator.code().unwrap());
        let authorized = desk.authorize(&hashes, &code);
        assert_events(world, &authorized, &["sad.authorized"]);
        let refused = desk.authorize(&hashes, &code);
        assert_events(world, &refused, &["sad.refused"]);
        let sad: String = authorized.member("SAD").unwrap();
        let made = desk.sign(&sad, &hashes);
        assert_events(world, &made, &["signature.intent", "signature.outcome"]);
        let again = desk.sign(&sad, &hashes);
        assert_events(world, &again, &["signature.refused"]);
        let revoked = desk.call("auth/revoke", &json!({"token": desk.token}));
        assert_events(world, &revoked, &["token.revoked"]);
        // The log of the server says the same id of what failed.
        let id = again.header("x-request-id").unwrap();
        assert!(world.deployment.server.log().contains(id));
    });
}

#[test]
fn the_entries_of_a_log_in_that_is_remembered_carry_the_id_that_the_reply_names() {
    let test =
        "it::calls::the_entries_of_a_log_in_that_is_remembered_carry_the_id_that_the_reply_names";
    on_both(test, |world| {
        let account = world.signer().account;
        let basic = STANDARD.encode(format!("{}:{}", account.login, account.password));
        let call = |body: Value| {
            let call = world.http().post("/csc/v1/auth/login");
            let call = call.header("Authorization", &format!("Basic {basic}"));
            call.json(&body).send().unwrap()
        };
        let first = call(json!({"rememberMe": true}));
        assert_events(world, &first, &["login.succeeded", "token.issued"]);
        let old: String = first.member("refresh_token").unwrap();
        let second = call(json!({"refresh_token": old}));
        assert_events(world, &second, &["token.issued"]);
        // One that was used ends its family; to show it again adds nothing.
        let again = call(json!({"refresh_token": old}));
        assert_events(world, &again, &["token.revoked"]);
        for token in [&*old, "khong-co"] {
            let reply = call(json!({"refresh_token": token}));
            assert_events(world, &reply, &[]);
        }
    });
}

/// An old refresh token may be shown for ever: the sum names whose it was.
#[test]
fn refresh_tokens_that_come_back_are_summed() {
    let test = "it::calls::refresh_tokens_that_come_back_are_summed";
    on_own(test, |mut world| {
        let account = world.signer().account;
        let basic = STANDARD.encode(format!("{}:{}", account.login, account.password));
        let call = world.http().post("/csc/v1/auth/login");
        let call = call.header("Authorization", &format!("Basic {basic}"));
        let first = call.json(&json!({"rememberMe": true})).send().unwrap();
        let old: String = first.member("refresh_token").unwrap();
        for turn in 0..5 {
            let call = world.http().post("/csc/v1/auth/login");
            let reply = call.json(&json!({"refresh_token": old})).send().unwrap();
            assert_eq!(reply.status == 200, turn == 0, "{}", reply.text());
        }
        world = restarted(world);
        let summed: u64 = sums_of(&world, &account.person_id, "token").iter().sum();
        assert_eq!(summed, 4);
    });
}

#[test]
fn the_entries_of_a_systems_calls_carry_the_id_that_the_reply_names() {
    let test = "it::calls::the_entries_of_a_systems_calls_carry_the_id_that_the_reply_names";
    on_both(test, |world| {
        let bench = Bench::new(world);
        let base = world.http().base();
        let assertion = bench.system.key.assertion(&bench.system.client_id, base);
        let token = world.http().post("/oauth2/token").form(&[
            ("grant_type", "client_credentials"),
            ("client_id", &bench.system.client_id),
            ("client_assertion_type", kyso_api::oauth::JWT_BEARER),
            ("client_assertion", &assertion.unwrap()),
        ]);
        let token = token.send().unwrap();
        assert_events(world, &token, &["token.issued"]);
        let refused = bench.stamp("chưa mở phiên");
        assert_events(world, &refused, &["signature.refused"]);
        assert_eq!(
            refused.member("request_id").unwrap(),
            refused.header("x-request-id").unwrap()
        );
        bench.open(3);
        let opened = log::of_credential(world, "session.opened", &bench.seal);
        assert_eq!(opened[0].entry["data"]["purposes"], "PHAT_HANH");
        let key = fresh_key();
        let stamped = bench.post(&bench.token, &key, &bench.body(&["đóng dấu"]));
        assert_events(world, &stamped, &["signature.intent", "signature.outcome"]);
        assert_eq!(
            stamped.member("request_id").unwrap(),
            stamped.header("x-request-id").unwrap()
        );
        // A retry is another call and makes nothing; its answer names the call that signed.
        let again = bench.post(&bench.token, &key, &bench.body(&["đóng dấu"]));
        assert_events(world, &again, &[]);
        assert_eq!(
            again.member("request_id").unwrap(),
            stamped.header("x-request-id").unwrap()
        );
    });
}

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
    let test = "it::calls::a_wrong_request_that_names_a_key_leaves_one_entry";
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
    let test = "it::calls::a_wrong_stamp_that_names_a_seal_leaves_one_entry";
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
    let test = "it::calls::a_refusal_of_thousands_of_hashes_is_a_small_entry";
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

/// Whoever guesses credentials makes no entry a guess: one sum that names them.
#[test]
fn guesses_at_keys_are_summed_and_name_who_guesses() {
    let test = "it::calls::guesses_at_keys_are_summed_and_name_who_guesses";
    on_own(test, |mut world| {
        let (owner, thief) = (world.signer(), world.signer());
        let foreign = Desk::rsa(&world, &owner).credential;
        let desk = Desk::rsa(&world, &thief);
        let token = &desk.token;
        let mut guesses = 0;
        for credential in [foreign.as_str(), &fresh_key(), "x", ""] {
            let hashes = [hash("đoán")];
            let guess = Desk {
                credential: credential.to_owned(),
                ..desk.clone()
            };
            let stamp = json!({"credential": credential, "hashes": hashes,
                "hash_algorithm": "2.16.840.1.101.3.4.2.1",
                "sign_algorithm": "1.2.840.113549.1.1.11", "documents": [{}]});
            let call = world.http().post("/api/v1/stamps").bearer(token);
            let stamp = call.header("Idempotency-Key", &fresh_key()).json(&stamp);
            for reply in [
                guess.sign("không có", &hashes),
                guess.authorize(&hashes, "123456"),
                stamp.send().unwrap(),
            ] {
                assert!((400..500).contains(&reply.status), "{}", reply.text());
                assert_events(&world, &reply, &[]);
                guesses += 1;
            }
        }
        assert!(log::of_credential(&world, "signature.refused", &foreign).is_empty());
        world = restarted(world);
        let summed: u64 = sums_of(&world, &thief.account.person_id, "key")
            .iter()
            .sum();
        assert_eq!(summed, guesses);
    });
}

/// What was summed of somebody's failures of this kind.
fn sums_of(world: &World, person: &str, kind: &str) -> Vec<u64> {
    let query = AuditQuery {
        event: Some("failures.summed".to_owned()),
        actor: Some(person.to_owned()),
        ..AuditQuery::default()
    };
    let entries = log::entries(world, &query);
    let found = entries
        .iter()
        .filter(|one| one.entry["data"]["kind"] == kind);
    found
        .map(|one| one.entry["count"].as_u64().unwrap())
        .collect()
}

#[test]
fn intent_and_outcome_say_who_whence_with_what_and_how_long() {
    let test = "it::calls::intent_and_outcome_say_who_whence_with_what_and_how_long";
    on_both(test, |world| {
        let bench = Bench::new(world);
        bench.open(1);
        let stamped = bench.stamp("đủ điều phải ghi");
        let entries = log::of_call(world, &stamped);
        assert_eq!(entries.len(), 2, "{}", stamped.text());
        for AuditEntry {
            entry, openings, ..
        } in &entries
        {
            assert_eq!(entry["actor"]["id"], *bench.system.id, "{entry}");
            assert_eq!(entry["actor"]["factor"], "private_key_jwt", "{entry}");
            assert_eq!(entry["client"], *bench.system.id, "{entry}");
            assert_eq!(entry["credential"], *bench.seal, "{entry}");
            assert_eq!(entry["scheme"], "rsa-pkcs1-sha256", "{entry}");
            assert_eq!(entry["purpose"], "PHAT_HANH", "{entry}");
            assert_eq!(openings["source"], "127.0.0.1", "{entry}");
            for member in ["agency", "session", "grant"] {
                assert!(entry[member].is_string(), "{member}: {entry}");
            }
            let hash = entry["key"]["certificate_sha256"].as_str().unwrap();
            assert_eq!(hash.len(), 64, "{entry}");
        }
        let (intent, outcome) = (&entries[0].entry, &entries[1].entry);
        assert!(intent["latency_us"].is_null(), "{intent}");
        assert!(outcome["latency_us"].as_u64().unwrap() > 0, "{outcome}");
    });
}
