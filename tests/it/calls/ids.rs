//! Under which id the log says what a call did, and what it says of it.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_api::management::AuditEntry;
use serde_json::{Value, json};

use crate::desk::{Desk, hash};
use crate::log::{self, assert_events};
use crate::second_factor::log_in;
use crate::stamping::{Bench, fresh_key};
use crate::world::on_both;

#[test]
fn the_entries_of_a_persons_calls_carry_the_id_that_the_reply_names() {
    let test = "it::calls::ids::the_entries_of_a_persons_calls_carry_the_id_that_the_reply_names";
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
    let test = "it::calls::ids::the_entries_of_a_log_in_that_is_remembered_carry_the_id_that_the_reply_names";
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

#[test]
fn the_entries_of_a_systems_calls_carry_the_id_that_the_reply_names() {
    let test = "it::calls::ids::the_entries_of_a_systems_calls_carry_the_id_that_the_reply_names";
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

/// Serial number and issuer of the seal's certificate as `openssl` reads them.
fn told_by_openssl(bench: &Bench<'_>) -> (String, String) {
    let call = bench.world.http().post("/csc/v1/credentials/info");
    let asked = json!({"credentialID": bench.seal, "certificates": "single"});
    let info = call.bearer(&bench.token).json(&asked).send().unwrap();
    let der = info.json()["cert"]["certificates"][0].clone();
    let der = STANDARD.decode(der.as_str().unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("leaf.der");
    std::fs::write(&file, der).unwrap();
    let mut command = Command::new("openssl");
    command.args(["x509", "-inform", "DER", "-noout", "-serial", "-issuer"]);
    command.args(["-nameopt", "RFC2253,-esc_msb,utf8", "-in"]);
    let output = command.arg(&file).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let told = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let serial = told("serial=").unwrap().to_lowercase();
    (serial, told("issuer=").unwrap().trim().to_owned())
}

#[test]
fn intent_and_outcome_say_who_whence_with_what_and_how_long() {
    let test = "it::calls::ids::intent_and_outcome_say_who_whence_with_what_and_how_long";
    on_both(test, |world| {
        let bench = Bench::new(world);
        bench.open(1);
        let stamped = bench.stamp("đủ điều phải ghi");
        let entries = log::of_call(world, &stamped);
        assert_eq!(entries.len(), 2, "{}", stamped.text());
        for AuditEntry { entry, .. } in &entries {
            assert_eq!(entry["actor"]["id"], *bench.system.id, "{entry}");
            assert_eq!(entry["actor"]["factor"], "private_key_jwt", "{entry}");
            assert_eq!(entry["client"], *bench.system.id, "{entry}");
            assert_eq!(entry["credential"], *bench.seal, "{entry}");
            assert_eq!(entry["scheme"], "rsa-pkcs1-sha256", "{entry}");
            assert_eq!(entry["purpose"], "PHAT_HANH", "{entry}");
            for member in ["agency", "session", "grant"] {
                assert!(entry[member].is_string(), "{member}: {entry}");
            }
            let hash = entry["key"]["certificate_sha256"].as_str().unwrap();
            assert_eq!(hash.len(), 64, "{entry}");
        }
        let (intent, outcome) = (&entries[0].entry, &entries[1].entry);
        // The outcome names the intent, so issuer and serial number are said once too.
        assert!(outcome["key"]["certificate_serial"].is_null(), "{outcome}");
        assert!(outcome["key"]["certificate_issuer"].is_null(), "{outcome}");
        let (serial, issuer) = told_by_openssl(&bench);
        assert_eq!(intent["key"]["certificate_serial"], *serial, "{intent}");
        assert_eq!(intent["key"]["certificate_issuer"], *issuer, "{intent}");
        // Whence is said once; the outcome names the intent by its leaf.
        assert_eq!(entries[0].openings["source"], "127.0.0.1", "{intent}");
        assert_eq!(outcome["intent"], *entries[0].leaf_hash, "{outcome}");
        assert!(intent["latency_us"].is_null(), "{intent}");
        assert!(outcome["latency_us"].as_u64().unwrap() > 0, "{outcome}");
    });
}
