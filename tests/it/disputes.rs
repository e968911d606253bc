//! "I did not make this": the owner of a key locks it, and the officers are told.

use kyso_api::management::{SignatureDispute, SignaturePage};
use kyso_tests::http::Reply;
use kyso_tests::province::Signer;
use serde_json::{Value, json};

use crate::desk::{Desk, assert_csc_error, hash};
use crate::log;
use crate::stamping::{Bench, assert_problem};
use crate::world::{World, on_both};

/// A signer who signed once, and the call in which they did.
pub(crate) struct Signed<'a> {
    world: &'a World,
    pub(crate) signer: Signer,
    pub(crate) desk: Desk<'a>,
    pub(crate) call: String,
}

impl<'a> Signed<'a> {
    pub(crate) fn once(world: &'a World) -> Self {
        let signer = world.signer();
        let desk = Desk::p256(world, &signer);
        let hashes = [hash("không phải tôi ký")];
        let sad = desk.sad(&signer, &hashes);
        let reply = desk.sign(&sad, &hashes);
        desk.assert_signed(&reply, &["không phải tôi ký"]);
        let call = reply.header("x-request-id").unwrap().to_owned();
        Self {
            world,
            signer,
            desk,
            call,
        }
    }

    pub(crate) fn dispute(&self, body: &Value) -> Reply {
        dispute(self.world, &self.desk.token, &self.call, body)
    }

    fn state(&self) -> Value {
        let path = format!("/api/v1/credentials/{}", self.desk.credential);
        let reply = self.world.http().get(&path).bearer(&self.desk.token);
        reply.done().unwrap().json()["state"].clone()
    }

    fn feed(&self) -> SignaturePage {
        let reply = self.world.http().get("/api/v1/signatures");
        let reply = reply.bearer(&self.desk.token).done().unwrap();
        serde_json::from_value(reply.json()).unwrap()
    }
}

fn dispute(world: &World, token: &str, call: &str, body: &Value) -> Reply {
    let path = format!("/api/v1/signatures/{call}/dispute");
    let post = world.http().post(&path).bearer(token);
    post.json(body).send().unwrap()
}

#[test]
fn a_dispute_locks_the_key_at_once_and_both_are_entries() {
    let test = "it::disputes::a_dispute_locks_the_key_at_once_and_both_are_entries";
    on_both(test, |world| {
        let signed = Signed::once(world);
        let ready = signed.desk.sad(&signed.signer, &[hash("đã cho phép")]);
        assert_eq!(signed.state(), "active");
        // The log-in is by password alone, and nothing else is asked for.
        let reply = signed.dispute(&json!({"reason": "Lúc đó tôi đang họp"}));
        assert_eq!(reply.status, 200, "{}", reply.text());
        let told: SignatureDispute = serde_json::from_value(reply.json()).unwrap();
        assert_eq!(told.request_id, signed.call);
        assert_eq!(told.credential, signed.desk.credential);
        assert_eq!(signed.state(), "locked");
        let late = signed.desk.sign(&ready, &[hash("đã cho phép")]);
        assert_csc_error(&late, 400, "invalid_request");

        let entries = log::of_call(world, &reply);
        let events: Vec<&Value> = entries.iter().map(|one| &one.entry["event"]).collect();
        assert_eq!(events, ["signature.disputed", "credential.locked"]);
        let entry = &entries[0].entry;
        assert_eq!(entry["object"], json!(signed.call));
        assert_eq!(entry["object_kind"], "signature");
        assert_eq!(entry["credential"], json!(signed.desk.credential));
        assert_eq!(entry["seq"], json!(told.sequence));
        assert_eq!(entry["actor"]["id"], json!(signed.signer.account.person_id));
        let said = entries[0].entry.to_string();
        assert!(!said.contains("họp"), "only a commitment: {said}");
        assert_eq!(entries[0].openings["reason"], "Lúc đó tôi đang họp");
        assert_eq!(entries[1].entry["data"]["reason"], "signature_disputed");

        let feed = signed.feed();
        assert_eq!(feed.items[0].disputed_at.as_ref(), Some(&told.at));
        // Repeated, it is answered the same and enters nothing, whatever is said.
        for body in [json!({}), json!({"reason": "khác"})] {
            let again = signed.dispute(&body);
            assert_eq!((again.status, again.json()), (200, reply.json()));
            log::assert_events(world, &again, &[]);
        }
    });
}

#[test]
fn a_lock_that_was_there_stays_and_the_dispute_is_entered_all_the_same() {
    let test = "it::disputes::a_lock_that_was_there_stays_and_the_dispute_is_entered_all_the_same";
    on_both(test, |world| {
        let signed = Signed::once(world);
        let manager = &world.province().office.manager1;
        let lock = manager.acting(|client| client.lock_credential(&signed.desk.credential, "x"));
        lock.unwrap();
        let reply = signed.dispute(&json!({}));
        assert_eq!(reply.status, 200, "{}", reply.text());
        log::assert_events(world, &reply, &["signature.disputed"]);
        assert_eq!(signed.state(), "locked");
    });
}

#[test]
fn two_people_unlock_what_was_disputed_and_the_same_dispute_does_not_lock_again() {
    let test = "it::disputes::two_people_unlock_what_was_disputed_and_the_same_dispute_does_not_lock_again";
    on_both(test, |world| {
        let signed = Signed::once(world);
        assert_eq!(signed.dispute(&json!({})).status, 200);
        let office = &world.province().office;
        let unlock =
            |client: &kyso_client::Client| client.unlock_credential(&signed.desk.credential, None);
        let change = office.manager1.acting(unlock).unwrap();
        assert_eq!(signed.state(), "locked", "one is not enough");
        office.approve(&change.id).unwrap();
        assert_eq!(signed.state(), "active");
        assert_eq!(signed.dispute(&json!({})).status, 200);
        assert_eq!(signed.state(), "active");
    });
}

#[test]
fn only_the_owner_of_the_key_disputes() {
    let test = "it::disputes::only_the_owner_of_the_key_disputes";
    on_both(test, |world| {
        let (signed, other) = (Signed::once(world), world.signer());
        let office = &world.province().office;
        let bench = Bench::new(world);
        bench.open(1);
        let stamped = bench
            .stamp("con dấu")
            .header("x-request-id")
            .unwrap()
            .to_owned();
        let unknown = uuid::Uuid::now_v7().to_string();
        let own = &signed.desk.token;
        for (token, call) in [
            (&other.account.token().unwrap(), &signed.call),
            (&office.manager1.token_with_otp().unwrap(), &signed.call),
            (&office.officer.token_with_otp().unwrap(), &signed.call),
            (own, &stamped),
            (own, &unknown),
        ] {
            let reply = dispute(world, token, call, &json!({"reason": "thử"}));
            assert_problem(&reply, 404, "not_found");
            let entry = log::refusal(world, &reply, "signature.disputed", "unknown_object");
            assert_eq!(entry.entry["object"], json!(call));
        }
        let system = dispute(world, &bench.token, &stamped, &json!({}));
        assert_problem(&system, 403, "forbidden");
        assert_eq!(signed.state(), "active");
        assert_eq!(signed.feed().items[0].disputed_at, None);
    });
}

#[test]
fn what_is_wrong_with_a_dispute_is_named_and_locks_nothing() {
    let world = World::sqlite();
    let signed = Signed::once(world);
    let long = "x".repeat(501);
    for (body, status, code) in [
        (json!({"reason": ""}), 400, "invalid_field"),
        (json!({"reason": "  "}), 400, "invalid_field"),
        (json!({"reason": long}), 400, "invalid_field"),
        (json!({"reason": "a\u{202e}b"}), 400, "invalid_field"),
        (json!({"reason": 7}), 400, "malformed_body"),
        (json!({"otp": "123456"}), 400, "malformed_body"),
        (json!([]), 400, "malformed_body"),
    ] {
        assert_problem(&signed.dispute(&body), status, code);
    }
    for call in ["0", "toi", "00000000-0000-0000-0000-00000000000g"] {
        let reply = dispute(world, &signed.desk.token, call, &json!({}));
        assert_eq!(reply.status, 404, "{call}: {}", reply.text());
    }
    assert_eq!(signed.state(), "active");
}
