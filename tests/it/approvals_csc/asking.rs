//! A system that asks a signer.

use kyso_tests::http::Reply;
use kyso_tests::province::Signer;
use serde_json::{Value, json};

use crate::desk::{Desk, ECDSA_SHA256, SHA256, hash};
use crate::world::World;

/// A signer, and a system that may ask them.
pub(crate) struct Asking<'a> {
    pub(crate) world: &'a World,
    pub(crate) signer: Signer,
    /// The system's, at the signer's P-256 credential.
    pub(crate) desk: Desk<'a>,
}

/// Posts to a CSC v2 method.
pub(crate) fn v2(desk: &Desk<'_>, method: &str, body: &Value) -> Reply {
    let call = desk.http.post(&format!("/csc/v2/{method}"));
    call.bearer(&desk.token).json(body).send().unwrap()
}

pub(crate) fn hashes(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| hash(text)).collect()
}

impl<'a> Asking<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        let signer = world.signer();
        Self::with(world, signer, |signer| signer.credentials.p256.clone())
    }

    /// With another credential of theirs.
    pub(crate) fn with(
        world: &'a World,
        signer: Signer,
        credential: impl FnOnce(&Signer) -> String,
    ) -> Self {
        let credential = credential(&signer);
        let desk = Desk {
            token: String::new(),
            credential,
            ..Desk::p256(world, &signer)
        };
        let (desk, _) = another(world, &desk);
        Self {
            world,
            signer,
            desk,
        }
    }

    /// Another system, with a grant for the same credential.
    pub(crate) fn another(&self) -> Desk<'a> {
        self.another_system().0
    }

    /// The same, with the system's id.
    pub(crate) fn another_system(&self) -> (Desk<'a>, String) {
        another(self.world, &self.desk)
    }

    pub(crate) fn authorize_body(&self, texts: &[&str], description: &str) -> Value {
        json!({
            "credentialID": self.desk.credential,
            "numSignatures": texts.len(),
            "hashes": hashes(texts),
            "hashAlgorithmOID": SHA256,
            "description": description,
        })
    }

    pub(crate) fn sign_body(&self, texts: &[&str]) -> Value {
        let documents = texts.iter().map(|text| json!({"label": text}));
        json!({
            "credentialID": self.desk.credential,
            "operationMode": "A",
            "hashes": hashes(texts),
            "signAlgo": ECDSA_SHA256,
            "documents": documents.collect::<Value>(),
        })
    }

    /// A handle for these texts.
    pub(crate) fn handle(&self, texts: &[&str]) -> String {
        let body = self.authorize_body(texts, "Hồ sơ trình ký");
        let reply = v2(&self.desk, "credentials/authorize", &body);
        assert_eq!(reply.status, 202, "{}", reply.text());
        assert!(reply.header("retry-after").is_some());
        reply.member("handle").unwrap()
    }

    pub(crate) fn check(&self, handle: &str) -> Reply {
        v2(
            &self.desk,
            "credentials/authorizeCheck",
            &json!({"handle": handle}),
        )
    }

    pub(crate) fn poll(&self, id: &str) -> Reply {
        v2(
            &self.desk,
            "signatures/signPolling",
            &json!({"requestID": id}),
        )
    }

    /// Signs with a SAD as a client does that knows no `documents[]`.
    pub(crate) fn sign(&self, sad: &str, texts: &[&str]) -> Reply {
        self.desk.sign(sad, &hashes(texts))
    }

    /// What the system asked, the newest state first.
    pub(crate) fn requests(&self) -> Vec<Value> {
        let call = self.world.http().get("/api/v1/approvals");
        let reply = call.bearer(&self.desk.token).done().unwrap();
        reply.json()["items"].as_array().unwrap().clone()
    }

    /// The id of the one thing that it asked.
    pub(crate) fn only_request(&self) -> String {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests[0]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn approve(&self, id: &str) {
        let account = &self.signer.account;
        account.approve_request(self.world.http(), id).unwrap();
    }

    pub(crate) fn decline(&self, id: &str, how: &str) {
        let (account, why) = (&self.signer.account, "Sai thể thức");
        let http = self.world.http();
        account.decline_request(http, id, how, why).unwrap();
    }

    pub(crate) fn withdraw(&self, id: &str) {
        let path = format!("/api/v1/approvals/{id}/withdraw");
        let call = self.world.http().post(&path).bearer(&self.desk.token);
        call.done().unwrap();
    }
}

fn another<'a>(world: &'a World, desk: &Desk<'a>) -> (Desk<'a>, String) {
    let system = world.system(&desk.credential);
    let desk = Desk {
        token: system.token(&world.province().office).unwrap(),
        ..desk.clone()
    };
    (desk, system.id)
}
