//! What a stamp needs: a seal, a system that was granted it, and a clerk.

use std::time::Duration;

use kyso_api::management::{NewStampingSession, RoleName};
use kyso_client::{Client, Secret};
use kyso_core::{Clock, SystemClock};
use kyso_tests::http::Reply;
use kyso_tests::province::{Account, System};
use serde_json::{Value, json};

use crate::desk::{RSA_SHA256, SHA256, hash};
use crate::log;
use crate::world::World;

/// A seal, a system that was granted it, and a clerk who may open sessions for it.
pub(crate) struct Bench<'a> {
    pub(crate) world: &'a World,
    pub(crate) seal: String,
    pub(crate) system: System,
    pub(crate) token: String,
    pub(crate) clerk: Account,
}

/// A clerk whose one-time passwords no other test uses.
pub(crate) fn clerk(world: &World) -> Account {
    let province = world.province();
    let (office, agency) = (&province.office, &province.agencies.province);
    let (role, login) = (RoleName::RecordsClerk, world.name("van-thu"));
    let person = office.person(&login, "Văn thư", "Văn thư", agency, role);
    person.unwrap()
}

/// A bench while its world is started anew.
pub(crate) struct Kept {
    seal: String,
    system: System,
    token: String,
    clerk: Account,
}

impl Kept {
    pub(crate) fn at(self, world: &World) -> Bench<'_> {
        Bench {
            world,
            seal: self.seal,
            system: self.system,
            token: self.token,
            clerk: self.clerk,
        }
    }
}

impl<'a> Bench<'a> {
    pub(crate) fn keep(self) -> Kept {
        Kept {
            seal: self.seal,
            system: self.system,
            token: self.token,
            clerk: self.clerk,
        }
    }

    pub(crate) fn new(world: &'a World) -> Self {
        Self::with(world, world.seal("rsa-2048"))
    }

    /// The same with this seal.
    pub(crate) fn with(world: &'a World, seal: String) -> Self {
        let province = world.province();
        let system = world.system(&seal);
        Self {
            clerk: clerk(world),
            token: system.token(&province.office).unwrap(),
            world,
            seal,
            system,
        }
    }

    /// Opens a session for so many stamps, for `PHAT_HANH`; its id, and the clerk.
    pub(crate) fn open(&self, limit: u32) -> (String, Client) {
        self.open_for(&self.system.id, limit)
    }

    /// Id of the clerk's person.
    pub(crate) fn clerk_id(&self) -> &str {
        &self.clerk.person_id
    }

    /// The same for another system that was granted the seal.
    pub(crate) fn open_for(&self, client: &str, limit: u32) -> (String, Client) {
        self.open_by(&self.clerk, client, limit, (3600, "PHAT_HANH"))
    }

    /// The same by any clerk, for so many seconds and for a purpose.
    pub(crate) fn open_by(
        &self,
        account: &Account,
        client: &str,
        limit: u32,
        (seconds, purpose): (u64, &str),
    ) -> (String, Client) {
        let code = || account.authenticator.code().unwrap();
        let clerk = account.log_in(Some(code())).unwrap();
        let session = clerk.open_stamping_session(&NewStampingSession {
            client: client.to_owned(),
            credential: self.seal.clone(),
            limit,
            until: SystemClock
                .now()
                .after(Duration::from_secs(seconds))
                .to_string(),
            purposes: vec![purpose.to_owned()],
            otp: Secret::new(code()),
        });
        (session.unwrap().id, clerk)
    }

    pub(crate) fn body(&self, texts: &[&str]) -> Value {
        let document = json!({"label": "Quyết định", "number": "12", "symbol": "QĐ-UBND",
            "type": "Quyết định", "purpose": "PHAT_HANH", "secrecy": "thường"});
        json!({
            "credential": self.seal,
            "hashes": texts.iter().map(|text| hash(text)).collect::<Vec<_>>(),
            "hash_algorithm": SHA256,
            "sign_algorithm": RSA_SHA256,
            "documents": vec![document; texts.len()],
        })
    }

    pub(crate) fn post(&self, token: &str, key: &str, body: &Value) -> Reply {
        self.try_post(token, key, body).unwrap()
    }

    /// The same at a server that may be gone.
    pub(crate) fn try_post(&self, token: &str, key: &str, body: &Value) -> anyhow::Result<Reply> {
        let call = self.world.http().post("/api/v1/stamps").bearer(token);
        call.header("Idempotency-Key", key).json(body).send()
    }

    pub(crate) fn stamp(&self, text: &str) -> Reply {
        self.post(&self.token, &fresh_key(), &self.body(&[text]))
    }

    /// A stamp at a server that may be gone.
    pub(crate) fn try_stamp(&self, text: &str) -> anyhow::Result<Reply> {
        self.try_post(&self.token, &fresh_key(), &self.body(&[text]))
    }

    pub(super) fn intents(&self) -> usize {
        log::of_credential(self.world, "signature.intent", &self.seal).len()
    }
}

pub(crate) fn fresh_key() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Asserts a problem (RFC 9457) with this code.
pub(crate) fn assert_problem(reply: &Reply, status: u16, code: &str) {
    let (json, text) = (reply.json(), reply.text());
    assert_eq!(
        (reply.status, json["code"].as_str()),
        (status, Some(code)),
        "{text}"
    );
    assert_eq!(json["type"], format!("urn:kyso:problem:{code}"), "{text}");
    assert_eq!(json["status"], status, "{text}");
    assert!(json["title"].is_string(), "{text}");
    let kind = reply.header("content-type").unwrap_or_default();
    assert!(kind.starts_with("application/problem+json"), "{kind}");
}
