//! Receipts of what a system asked for and another call signed: an approval, a poll, a retry.

use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use kyso_tests::http::Reply;
use serde_json::json;

use super::{ask, call_of, logged};
use crate::approvals::Asking;
use crate::approvals_csc::{self, v2};
use crate::desk::{Desk, hash};
use crate::idempotency::{sign_hash, signatures};
use crate::stamping::{Bench, assert_problem, fresh_key};
use crate::world::{World, on_both};

/// The call that signed, as CSC's replies name it.
fn signed_by(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.header("kyso-call").unwrap().to_owned()
}

/// Both receipts of a call are those of one signature with this key.
fn assert_receipts(world: &World, token: &str, call: &str, credential: &str) {
    for (query, event, outcome) in [
        ("", Event::SignatureOutcome, Outcome::Ok),
        ("?entry=intent", Event::SignatureIntent, Outcome::Started),
    ] {
        let entry = logged(world.http(), token, call, query).entry;
        assert_eq!((entry.event, entry.outcome), (event, outcome));
        assert_eq!(entry.request, call);
        assert_eq!(entry.credential.as_deref(), Some(credential));
    }
}

/// Nobody else has them: not a system that may use the same key either.
fn assert_hidden(world: &World, tokens: &[&str], call: &str) {
    for token in tokens {
        for query in ["", "?entry=intent"] {
            assert_problem(&ask(world.http(), token, call, query), 404, "not_found");
        }
    }
}

#[test]
fn a_system_has_the_receipt_of_what_a_signer_approved() {
    let test = "it::transparency::asked::a_system_has_the_receipt_of_what_a_signer_approved";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let ids = ["Một", "Hai"].map(|text| asking.ask(&[text]).0);
        let shown = asking.open(&[&ids[0], &ids[1]]);
        let waiting = asking.get(&ids[0]).json();
        assert_eq!(waiting.get("request_id"), None, "{waiting}");
        assert_eq!(asking.give(&shown).status, 200);
        let calls = ids.each_ref().map(|id| {
            let call: String = asking.get(id).member("request_id").unwrap();
            let own: String = asking.get_as(&asking.own, id).member("request_id").unwrap();
            assert_eq!(own, call, "its signer is told, too");
            call
        });
        assert_ne!(calls[0], calls[1], "each is a call of its own");
        let office = &world.province().office;
        let other = world.system(asking.credential()).token(office).unwrap();
        let elsewhere = Bench::new(world);
        for call in &calls {
            assert_receipts(world, &asking.token, call, asking.credential());
            assert_receipts(world, &asking.own, call, asking.credential());
            assert_hidden(world, &[&other, &elsewhere.token], call);
        }
    });
}

#[test]
fn a_system_has_the_receipt_of_what_it_polled_for() {
    let test = "it::transparency::asked::a_system_has_the_receipt_of_what_it_polled_for";
    on_both(test, |world| {
        let asking = approvals_csc::Asking::new(world);
        let body = asking.sign_body(&["Quyết định"]);
        let asked = v2(&asking.desk, "signatures/signHash", &body);
        let id: String = asked.member("responseID").unwrap();
        assert_eq!(asking.poll(&id).header("kyso-call"), None, "not yet");
        asking.approve(&id);
        let reply = asking.poll(&id);
        let call = signed_by(&reply);
        assert_ne!(call, call_of(&reply), "the poll used no key");
        let members = reply.json().as_object().unwrap().len();
        assert_eq!(members, 1, "the body is CSC's: {}", reply.text());
        let desk = &asking.desk;
        assert_receipts(world, &desk.token, &call, &desk.credential);
        assert_hidden(world, &[&asking.another().token], &call);
    });
}

/// A system that was given the SAD signs in a call of its own.
#[test]
fn a_system_has_the_receipt_of_what_it_signed_by_a_handle() {
    let test = "it::transparency::asked::a_system_has_the_receipt_of_what_it_signed_by_a_handle";
    on_both(test, |world| {
        let asking = approvals_csc::Asking::new(world);
        let handle = asking.handle(&["Tờ trình"]);
        asking.approve(&asking.only_request());
        let sad: String = asking.check(&handle).member("SAD").unwrap();
        let reply = asking.sign(&sad, &["Tờ trình"]);
        let call = signed_by(&reply);
        assert_eq!(call, call_of(&reply));
        let desk = &asking.desk;
        assert_receipts(world, &desk.token, &call, &desk.credential);
        assert_hidden(world, &[&asking.another().token], &call);
    });
}

#[test]
fn the_answer_to_a_retry_names_the_call_that_signed() {
    let test = "it::transparency::asked::the_answer_to_a_retry_names_the_call_that_signed";
    on_both(test, |world| {
        let signer = world.signer();
        let desk = Desk::p256(world, &signer);
        let (hashes, key) = ([hash("một lần")], fresh_key());
        let body = desk.sign_body(&desk.sad(&signer, &hashes), &hashes);
        let first = sign_hash(&desk, &key, &body);
        let call = signed_by(&first);
        assert_eq!(call, call_of(&first));
        let second_version = desk.http.post("/csc/v2/signatures/signHash");
        let second_version = second_version.header("Idempotency-Key", &key);
        let second_version = second_version.bearer(&desk.token).json(&body).send();
        for again in [sign_hash(&desk, &key, &body), second_version.unwrap()] {
            assert_eq!(signatures(&again), signatures(&first));
            assert_ne!(call_of(&again), call, "a call of its own");
            assert_eq!(signed_by(&again), call);
            let own = call_of(&again);
            let nothing = ask(desk.http, &desk.token, &own, "");
            assert_problem(&nothing, 404, "not_found");
        }
        assert_receipts(world, &desk.token, &call, &desk.credential);
    });
}

#[test]
fn a_stamps_receipt_is_found_after_a_retry() {
    let test = "it::transparency::asked::a_stamps_receipt_is_found_after_a_retry";
    on_both(test, |world| {
        let bench = Bench::new(world);
        bench.open(1);
        let (key, body) = (fresh_key(), bench.body(&["một dấu"]));
        let first = bench.post(&bench.token, &key, &body);
        let again = bench.post(&bench.token, &key, &body);
        let call: String = again.member("request_id").unwrap();
        assert_eq!(json!(call), first.json()["request_id"]);
        assert_receipts(world, &bench.token, &call, &bench.seal);
        assert_hidden(world, &[&Bench::new(world).token], &call);
    });
}
