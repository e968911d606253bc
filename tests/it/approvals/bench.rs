//! A signer, their credential, and a system that may ask them.

use kyso_api::management::AuditQuery;
use kyso_tests::http::Reply;
use kyso_tests::province::{Signer, System};
use serde_json::{Value, json};

use crate::desk::{Desk, ECDSA_SHA256, SHA256, hash};
use crate::log;
use crate::stamping::fresh_key;
use crate::world::World;

/// Why a signer does not sign.
pub(crate) const DECLINED: &str = "Thiếu căn cứ pháp lý tại khoản 2";

/// A system that asks a signer, each with a token.
pub(crate) struct Asking<'a> {
    pub(crate) world: &'a World,
    pub(crate) signer: Signer,
    pub(crate) system: System,
    /// The system's.
    pub(crate) token: String,
    /// The signer's.
    pub(crate) own: String,
}

impl<'a> Asking<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self::by(world, world.signer())
    }

    pub(crate) fn by(world: &'a World, signer: Signer) -> Self {
        let system = world.system(&signer.credentials.p256);
        Self {
            token: system.token(&world.province().office).unwrap(),
            own: signer.account.token().unwrap(),
            world,
            signer,
            system,
        }
    }

    /// The same with a credential whose authorizations live only so many seconds.
    pub(crate) fn short_lived(world: &'a World, seconds: u32) -> Self {
        let mut signer = world.signer();
        let short = world.province().short_lived(&signer.account, seconds);
        signer.credentials.p256 = short.unwrap();
        Self::by(world, signer)
    }

    /// What outlives the server's process.
    pub(crate) fn keep(self) -> Kept {
        Kept(self.signer, self.system)
    }

    pub(crate) fn credential(&self) -> &str {
        &self.signer.credentials.p256
    }

    pub(crate) fn desk(&self) -> Desk<'a> {
        Desk::p256(self.world, &self.signer)
    }

    pub(crate) fn body(&self, texts: &[&str]) -> Value {
        let document = |text: &&str| {
            json!({"abstract": format!("Về việc {text}"), "number": "12", "symbol": "QĐ-UBND",
                "type": "Quyết định", "drafter": "Trần Thị Bình", "recipients": "Các sở",
                "purpose": "KY_DUYET", "secrecy": "thường", "urgency": "khẩn"})
        };
        json!({
            "credential": self.credential(),
            "hashes": texts.iter().map(|text| hash(text)).collect::<Vec<_>>(),
            "hash_algorithm": SHA256,
            "sign_algorithm": ECDSA_SHA256,
            "documents": texts.iter().map(document).collect::<Vec<_>>(),
            "urgency": "urgent",
        })
    }

    pub(crate) fn post(&self, token: &str, path: &str, body: &Value) -> Reply {
        let call = self.world.http().post(&format!("/api/v1{path}"));
        call.bearer(token).json(body).send().unwrap()
    }

    pub(crate) fn submit(&self, key: &str, body: &Value) -> Reply {
        let call = self.world.http().post("/api/v1/approvals");
        let call = call.bearer(&self.token).header("Idempotency-Key", key);
        call.json(body).send().unwrap()
    }

    /// Asks; the request's id, and the reply.
    pub(crate) fn ask(&self, texts: &[&str]) -> (String, Reply) {
        self.ask_with(&self.body(texts))
    }

    pub(crate) fn ask_with(&self, body: &Value) -> (String, Reply) {
        let reply = self.submit(&fresh_key(), body);
        assert_eq!(reply.status, 201, "{}", reply.text());
        (reply.member("id").unwrap(), reply)
    }

    fn read(&self, token: &str, path: &str) -> Reply {
        let call = self.world.http().get(&format!("/api/v1{path}"));
        call.bearer(token).send().unwrap()
    }

    /// The request as the system sees it.
    pub(crate) fn get(&self, id: &str) -> Reply {
        self.get_as(&self.token, id)
    }

    pub(crate) fn get_as(&self, token: &str, id: &str) -> Reply {
        self.read(token, &format!("/approvals/{id}"))
    }

    /// Ids of the signer's requests in this state.
    pub(crate) fn inbox(&self, state: &str) -> Vec<String> {
        let page = self.read(&self.own, &format!("/approvals?state={state}"));
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// What the signer is shown.
    pub(crate) fn open(&self, ids: &[&str]) -> Vec<Value> {
        let reply = self.try_open(ids);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()["items"].as_array().unwrap().clone()
    }

    pub(crate) fn try_open(&self, ids: &[&str]) -> Reply {
        self.post(&self.own, "/approvals/open", &json!({"approvals": ids}))
    }

    /// Approves what was shown, with a fresh one-time password.
    pub(crate) fn give(&self, shown: &[Value]) -> Reply {
        self.give_with(shown, &self.code())
    }

    /// The system takes it back.
    pub(crate) fn withdraw(&self, id: &str) -> Reply {
        let path = format!("/approvals/{id}/withdraw");
        self.post(&self.token, &path, &json!({}))
    }

    /// Refuses or returns it (`refuse`, `return`) with this one-time password.
    pub(crate) fn decline_with(&self, id: &str, way: &str, otp: &str) -> Reply {
        self.decline_as(&self.own, id, way, otp)
    }

    pub(crate) fn decline_as(&self, token: &str, id: &str, way: &str, otp: &str) -> Reply {
        let body = json!({"reason": DECLINED, "otp": otp});
        self.post(token, &format!("/approvals/{id}/{way}"), &body)
    }

    pub(crate) fn code(&self) -> String {
        self.signer.account.authenticator.code().unwrap()
    }

    pub(crate) fn give_with(&self, shown: &[Value], otp: &str) -> Reply {
        self.give_as(&self.own, shown, otp)
    }

    pub(crate) fn give_as(&self, token: &str, shown: &[Value], otp: &str) -> Reply {
        let shown = shown
            .iter()
            .map(|one| json!({"id": one["id"], "shown": one["shown"]}));
        let body = json!({"approvals": shown.collect::<Vec<_>>(), "otp": otp});
        self.post(token, "/approvals/give", &body)
    }

    /// The same at a server that may be killed meanwhile.
    pub(crate) fn try_give(&self, shown: &[Value], otp: &str) -> Option<Reply> {
        let shown = shown
            .iter()
            .map(|one| json!({"id": one["id"], "shown": one["shown"]}));
        let body = json!({"approvals": shown.collect::<Vec<_>>(), "otp": otp});
        let call = self.world.http().post("/api/v1/approvals/give");
        call.bearer(&self.own).json(&body).send().ok()
    }

    /// Digests that the key was asked for, hexadecimal.
    pub(crate) fn signed(&self) -> Vec<String> {
        let intents = log::of_credential(self.world, "signature.intent", self.credential());
        let digests = intents.iter().map(|one| &one.entry["digests"][0]["value"]);
        digests
            .map(|value| value.as_str().unwrap().to_owned())
            .collect()
    }

    /// Where the request stands, as the system sees it.
    pub(crate) fn state(&self, id: &str) -> String {
        self.get(id).member("state").unwrap()
    }

    /// Every entry about the signer's credential, the oldest first.
    pub(crate) fn entries(&self) -> Vec<Value> {
        let query = AuditQuery {
            credential: Some(self.credential().to_owned()),
            ..AuditQuery::default()
        };
        let entries = log::entries(self.world, &query).into_iter();
        entries.map(|entry| entry.entry).collect()
    }

    /// Calls to the key.
    pub(crate) fn intents(&self) -> usize {
        log::of_credential(self.world, "signature.intent", self.credential()).len()
    }
}

/// Signer and system, while no server runs.
pub(crate) struct Kept(Signer, System);

impl Kept {
    /// The two, at the server that runs now.
    pub(crate) fn at(self, world: &World) -> Asking<'_> {
        let Self(signer, system) = self;
        Asking {
            token: system.token(&world.province().office).unwrap(),
            own: signer.account.token().unwrap(),
            world,
            signer,
            system,
        }
    }
}
