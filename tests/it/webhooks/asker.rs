//! A system that puts documents before a signer and wants to be called back.

use std::time::Duration;

use kyso_api::management::{AuditQuery, NewCallback};
use kyso_client::Secret;
use kyso_core::{Clock, SystemClock};
use kyso_tests::http::Reply;
use kyso_tests::province::{Signer, System};
use serde_json::{Value, json};

use super::receiver::Receiver;
use crate::attestation::{Vandal, key_of};
use crate::desk::{ECDSA_SHA256, SHA256, hash};
use crate::log;
use crate::owner::Owner;
use crate::stamping::fresh_key;
use crate::world::{World, until};

/// A system, whom it asks, and where it is called back.
pub(super) struct Asker<'a> {
    world: &'a World,
    signer: Signer,
    pub(super) system: System,
    token: String,
    url: String,
    pub(super) secret: Secret,
}

impl<'a> Asker<'a> {
    /// A system of its own with a signer of its own.
    pub(super) fn new(world: &'a World, receiver: &Receiver) -> Self {
        let signer = world.signer();
        let system = world.system(&signer.credentials.p256);
        let mut asker = Self {
            token: system.token(&world.province().office).unwrap(),
            url: format!("{}/hook?a=b", receiver.origin),
            secret: Secret::new(""),
            world,
            signer,
            system,
        };
        asker.secret = asker.register(&receiver.origin);
        asker
    }

    /// Has a manager register the origin; the new secret.
    pub(super) fn register(&self, origin: &str) -> Secret {
        let callback = NewCallback {
            origin: origin.to_owned(),
        };
        let manager = &self.world.province().office.manager1;
        let reply = manager.acting(|client| client.set_callback(&self.system.id, &callback));
        reply.unwrap().secret
    }

    pub(super) fn unregister(&self) {
        let manager = &self.world.province().office.manager1;
        let end = manager.acting(|client| client.remove_callback(&self.system.id));
        end.unwrap();
    }

    /// Has a manager disable the system.
    pub(super) fn stop(&self) {
        let manager = &self.world.province().office.manager1;
        let end = manager.acting(|client| client.disable_system(&self.system.id));
        end.unwrap();
    }

    /// Puts a document before the signer; the request's id.
    pub(super) fn ask(&self) -> String {
        let reply = self.submit(&self.body(&self.url));
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.member("id").unwrap()
    }

    /// The same, open for so many seconds only.
    pub(super) fn ask_until(&self, seconds: u64) -> String {
        let mut body = self.body(&self.url);
        let end = SystemClock.now().after(Duration::from_secs(seconds));
        body["open_until"] = end.to_string().into();
        let reply = self.submit(&body);
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.member("id").unwrap()
    }

    /// The same with another URL.
    pub(super) fn try_to_ask(&self, url: &str) -> Reply {
        self.submit(&self.body(url))
    }

    fn body(&self, url: &str) -> Value {
        json!({
            "credential": self.signer.credentials.p256,
            "hashes": [hash("tờ trình")],
            "hash_algorithm": SHA256,
            "sign_algorithm": ECDSA_SHA256,
            "documents": [{"label": "Tờ trình", "purpose": "KY_DUYET", "secrecy": "thường"}],
            "callback": url,
        })
    }

    fn submit(&self, body: &Value) -> Reply {
        let call = self.world.http().post("/api/v1/approvals");
        let call = call.bearer(&self.token);
        let call = call.header("Idempotency-Key", &fresh_key());
        call.json(body).send().unwrap()
    }

    /// The request as the system sees it.
    pub(super) fn one(&self, id: &str) -> Value {
        let path = format!("/api/v1/approvals/{id}");
        let call = self.world.http().get(&path).bearer(&self.token);
        call.done().unwrap().json()
    }

    /// The signer is shown it and approves.
    pub(super) fn sign(&self, id: &str) {
        self.approve(id, "signed");
    }

    /// The same when their key is gone from the token.
    pub(super) fn fail(&self, id: &str) {
        let credential = &self.signer.credentials.p256;
        // Looked at later, it would be locked before it is used.
        until(|| !log::of_credential(self.world, "key.attested", credential).is_empty());
        Vandal::at(self.world).destroy(&key_of(self.world, credential));
        self.approve(id, "failed");
    }

    fn approve(&self, id: &str, end: &str) {
        let opened = self.decide("open", &json!({"approvals": [id]}));
        let shown = &opened.json()["items"][0]["shown"];
        let otp = self.signer.account.authenticator.code().unwrap();
        let given = json!({"approvals": [{"id": id, "shown": shown}], "otp": otp});
        let given = self.decide("give", &given);
        assert_eq!(given.json()["items"][0]["state"], end);
    }

    /// The signer refuses or returns it.
    pub(super) fn refuse(&self, id: &str, verb: &str) {
        let (account, why) = (&self.signer.account, "Chưa đủ hồ sơ");
        let http = self.world.http();
        account.decline_request(http, id, verb, why).unwrap();
    }

    fn decide(&self, what: &str, body: &Value) -> Reply {
        let path = format!("/api/v1/approvals/{what}");
        let call = self.world.http().post(&path);
        let token = self.signer.account.token().unwrap();
        call.bearer(&token).json(body).done().unwrap()
    }

    /// The system takes it back.
    pub(super) fn withdraw(&self, id: &str) {
        let path = format!("/api/v1/approvals/{id}/withdraw");
        let call = self.world.http().post(&path).bearer(&self.token);
        call.json(&json!({})).done().unwrap();
    }

    /// Calls to this system that are still to be made, or under way.
    pub(super) fn due(&self) -> i64 {
        let mut owner = Owner::of(self.world);
        let client = owner.id(&self.system.id);
        owner.count(&format!(
            "SELECT count(*) AS value FROM callback_due JOIN approval \
             ON approval.id = callback_due.approval_id WHERE client_id = {client}"
        ))
    }

    pub(super) fn wait_until_nothing_is_due(&self) {
        until(|| self.due() == 0);
    }

    /// Why calls to this system were given up, as the log says.
    pub(super) fn given_up(&self) -> Vec<String> {
        let query = AuditQuery {
            event: Some("callback.failed".to_owned()),
            ..AuditQuery::default()
        };
        let entries = log::entries(self.world, &query);
        let of_client = |entry: &Value| entry["data"]["of_client"] == *self.system.id;
        let why = |entry: &Value| entry["data"]["because"].as_str().unwrap().to_owned();
        let entries = entries.iter().map(|one| &one.entry);
        entries.filter(|one| of_client(one)).map(why).collect()
    }
}
