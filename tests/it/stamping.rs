//! Stamps: inside a clerk's session and nowhere else.

use std::time::Duration;

use kyso_api::management::{NewStampingSession, RoleName};
use kyso_client::{Client, Secret};
use kyso_core::{Clock, SystemClock};
use kyso_tests::http::Reply;
use kyso_tests::province::{Account, System};
use serde_json::{Value, json};

use crate::desk::{RSA_SHA256, SHA256, at_once, count, hash};
use crate::log;
use crate::world::{World, on_both};

/// A seal, a system that was granted it, and a clerk who may open sessions for it.
pub(crate) struct Bench<'a> {
    pub(crate) world: &'a World,
    pub(crate) seal: String,
    pub(crate) system: System,
    pub(crate) token: String,
    pub(crate) clerk: Account,
}

/// A clerk whose one-time passwords no other test uses.
fn clerk(world: &World) -> Account {
    let province = world.province();
    let (office, agency) = (&province.office, &province.agencies.province);
    let (role, login) = (RoleName::RecordsClerk, world.name("van-thu"));
    let person = office.person(&login, "Văn thư", "Văn thư", agency, role);
    person.unwrap()
}

impl<'a> Bench<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        let province = world.province();
        let seal = world.seal("rsa-2048");
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
    fn open_by(
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

    fn try_post(&self, token: &str, key: &str, body: &Value) -> anyhow::Result<Reply> {
        let call = self.world.http().post("/api/v1/stamps").bearer(token);
        call.header("Idempotency-Key", key).json(body).send()
    }

    pub(crate) fn stamp(&self, text: &str) -> Reply {
        self.post(&self.token, &fresh_key(), &self.body(&[text]))
    }

    /// The same at a server that may be gone.
    pub(crate) fn try_stamp(&self, text: &str) -> anyhow::Result<Reply> {
        self.try_post(&self.token, &fresh_key(), &self.body(&[text]))
    }

    fn intents(&self) -> usize {
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

#[test]
fn stamps_only_inside_a_session() {
    on_both("it::stamping::stamps_only_inside_a_session", |world| {
        let bench = Bench::new(world);
        assert_problem(&bench.stamp("trước phiên"), 403, "no_stamping_session");
        let (session, clerk) = bench.open(5);
        let inside = bench.stamp("trong phiên");
        assert_eq!(inside.status, 200, "{}", inside.text());
        clerk.close_stamping_session(&session).unwrap();
        assert_problem(&bench.stamp("sau phiên"), 403, "no_stamping_session");
        let refused = log::of_credential(world, "signature.refused", &bench.seal);
        assert_eq!(refused.len(), 2);
        assert_eq!(bench.intents(), 1);
    });
}

#[test]
fn no_more_stamps_than_the_clerk_allowed() {
    on_both(
        "it::stamping::no_more_stamps_than_the_clerk_allowed",
        |world| {
            let bench = Bench::new(world);
            bench.open(3);
            let replies = at_once(12, |index| bench.stamp(&format!("bản {index}")));
            assert_eq!(count(&replies, 200), 3);
            assert_eq!(bench.intents(), 3);
            assert_problem(&bench.stamp("thêm"), 403, "session_exhausted");
            let over = bench.post(&bench.token, &fresh_key(), &bench.body(&["a", "b"]));
            assert_eq!(over.status, 403, "{}", over.text());
        },
    );
}

/// Which session each of these stamps drew from, as its intent or its outcome says.
fn drawn_from(bench: &Bench<'_>, event: &str) -> Vec<String> {
    let entries = log::of_credential(bench.world, event, &bench.seal);
    let session = |entry: &kyso_api::management::AuditEntry| {
        entry.entry["session"].as_str().unwrap().to_owned()
    };
    entries.iter().map(session).collect()
}

#[test]
fn of_several_sessions_the_one_with_enough_left_that_ends_first_is_drawn_from() {
    let test =
        "it::stamping::of_several_sessions_the_one_with_enough_left_that_ends_first_is_drawn_from";
    on_both(test, |world| {
        let bench = Bench::new(world);
        // A clerk each: one would wait half a minute for the next one-time password.
        let open = |limit, seconds, purpose| {
            let (clerk, client) = (clerk(world), &bench.system.id);
            let until = (seconds, purpose);
            bench.open_by(&clerk, client, limit, until).0
        };
        let soon = open(3, 1800, "PHAT_HANH");
        let late = open(9, 7200, "PHAT_HANH");
        let other = open(9, 900, "SAO_Y");
        let stamp = |texts: &[&str]| {
            let reply = bench.post(&bench.token, &fresh_key(), &bench.body(texts));
            assert_eq!(reply.status, 200, "{}", reply.text());
        };
        stamp(&["một"]);
        stamp(&["hai", "ba", "bốn"]);
        stamp(&["năm", "sáu"]);
        stamp(&["bảy"]);
        for event in ["signature.intent", "signature.outcome"] {
            let drawn = [&soon, &late, &soon, &late].map(Clone::clone);
            assert_eq!(drawn_from(&bench, event), drawn, "{event}");
        }
        // A SAD is drawn from one of them too.
        let authorize = |count: u32| {
            let call = world.http().post("/csc/v1/credentials/authorize");
            let body = json!({"credentialID": bench.seal, "numSignatures": count});
            call.bearer(&bench.token).json(&body).send().unwrap()
        };
        let sessions = |event| log::of_credential(world, event, &bench.seal);
        assert_eq!(authorize(9).status, 200, "for other purposes it is whole");
        assert_eq!(authorize(5).status, 200);
        assert_ne!(authorize(1).status, 200, "nothing is left");
        let of = |entry: &kyso_api::management::AuditEntry| entry.entry["session"].clone();
        let sads: Vec<_> = sessions("sad.authorized").iter().map(of).collect();
        assert_eq!(sads, [json!(other), json!(late)]);
    });
}

#[test]
fn other_purposes_and_secret_documents_are_refused() {
    on_both(
        "it::stamping::other_purposes_and_secret_documents_are_refused",
        |world| {
            let bench = Bench::new(world);
            bench.open(5);
            let mut copy = bench.body(&["sao y"]);
            copy["documents"][0]["purpose"] = json!("SAO_Y");
            assert_problem(
                &bench.post(&bench.token, &fresh_key(), &copy),
                403,
                "forbidden",
            );
            let mut unnamed = bench.body(&["không mục đích"]);
            unnamed["documents"][0]
                .as_object_mut()
                .unwrap()
                .remove("purpose");
            assert_problem(
                &bench.post(&bench.token, &fresh_key(), &unnamed),
                403,
                "forbidden",
            );
            let mut secret = bench.body(&["mật"]);
            secret["documents"][0]["secrecy"] = json!("mật");
            assert_problem(
                &bench.post(&bench.token, &fresh_key(), &secret),
                403,
                "secrecy_refused",
            );
            let mut absent = bench.body(&["không tài liệu"]);
            absent["documents"] = json!([]);
            assert_eq!(bench.post(&bench.token, &fresh_key(), &absent).status, 400);
            assert_eq!(bench.intents(), 0);
        },
    );
}

#[test]
fn another_system_does_not_see_the_session() {
    on_both(
        "it::stamping::another_system_does_not_see_the_session",
        |world| {
            let bench = Bench::new(world);
            bench.open(5);
            let office = &world.province().office;
            let other = world.system(&bench.seal).token(office).unwrap();
            let reply = bench.post(&other, &fresh_key(), &bench.body(&["lạ"]));
            assert_problem(&reply, 403, "no_stamping_session");
            let stranger = world.system(&world.seal("p-256")).token(office).unwrap();
            let reply = bench.post(&stranger, &fresh_key(), &bench.body(&["lạ"]));
            assert_problem(&reply, 404, "not_found");
            assert_eq!(bench.intents(), 0);
        },
    );
}

#[test]
fn a_retry_gives_the_same_signature_even_after_the_session() {
    on_both(
        "it::stamping::a_retry_gives_the_same_signature_even_after_the_session",
        |world| {
            let bench = Bench::new(world);
            let (session, clerk) = bench.open(5);
            let (key, body) = (fresh_key(), bench.body(&["một", "hai"]));
            let first = bench.post(&bench.token, &key, &body);
            assert_eq!(first.status, 200, "{}", first.text());
            let again = bench.post(&bench.token, &key, &body);
            assert_eq!(first.json()["signatures"], again.json()["signatures"]);
            clerk.close_stamping_session(&session).unwrap();
            let late = bench.post(&bench.token, &key, &body);
            assert_eq!(
                first.json()["signatures"],
                late.json()["signatures"],
                "{}",
                late.text()
            );
            assert_eq!(bench.intents(), 1);
        },
    );
}

#[test]
fn a_key_is_bound_to_its_body() {
    on_both("it::stamping::a_key_is_bound_to_its_body", |world| {
        let bench = Bench::new(world);
        bench.open(5);
        let key = fresh_key();
        assert_eq!(
            bench.post(&bench.token, &key, &bench.body(&["một"])).status,
            200
        );
        let other = bench.post(&bench.token, &key, &bench.body(&["khác"]));
        assert_problem(&other, 409, "idempotency_mismatch");
        assert_eq!(bench.intents(), 1);
    });
}

#[test]
fn twenty_parallel_calls_with_one_key_sign_once() {
    on_both(
        "it::stamping::twenty_parallel_calls_with_one_key_sign_once",
        |world| {
            let bench = Bench::new(world);
            bench.open(50);
            let (key, body) = (fresh_key(), bench.body(&["song song"]));
            let replies = at_once(20, |_| bench.post(&bench.token, &key, &body));
            assert_eq!(count(&replies, 200) + count(&replies, 409), 20);
            let signed: Vec<Value> = replies
                .iter()
                .filter(|reply| reply.status == 200)
                .map(|reply| reply.json()["signatures"].clone())
                .collect();
            assert!(!signed.is_empty());
            assert!(signed.iter().all(|signatures| *signatures == signed[0]));
            assert_eq!(bench.intents(), 1);
        },
    );
}

#[test]
fn a_count_bound_sad_needs_a_key_and_stays_within_the_session() {
    on_both(
        "it::stamping::a_count_bound_sad_needs_a_key_and_stays_within_the_session",
        |world| {
            let bench = Bench::new(world);
            let http = world.http();
            let authorize = |count: u32| {
                let body = json!({"credentialID": bench.seal, "numSignatures": count});
                let call = http
                    .post("/csc/v1/credentials/authorize")
                    .bearer(&bench.token);
                call.json(&body).send().unwrap()
            };
            assert_eq!(authorize(2).status, 400, "outside a session");
            let (session, clerk) = bench.open(3);
            let sad = authorize(2).member("SAD").unwrap();
            let document = bench.body(&["x"])["documents"].clone();
            let sign = |text: &str, key: Option<String>| {
                let body = json!({"credentialID": bench.seal, "SAD": sad, "hash": [hash(text)],
                "hashAlgo": SHA256, "signAlgo": RSA_SHA256, "documents": document});
                let call = http
                    .post("/csc/v1/signatures/signHash")
                    .bearer(&bench.token);
                let call = match key {
                    Some(key) => call.header("Idempotency-Key", &key),
                    None => call,
                };
                call.json(&body).send().unwrap()
            };
            let keyless = sign("không khoá", None);
            assert!(
                keyless.text().contains("Idempotency-Key"),
                "{}",
                keyless.text()
            );
            assert_eq!(sign("một", Some(fresh_key())).status, 200);
            assert_eq!(sign("hai", Some(fresh_key())).status, 200);
            assert_eq!(
                sign("ba", Some(fresh_key())).status,
                400,
                "more than the SAD's number"
            );
            let second = authorize(1);
            assert_eq!(second.status, 200, "{}", second.text());
            clerk.close_stamping_session(&session).unwrap();
            let closed = sign("sau khi đóng", Some(fresh_key()));
            assert_eq!(closed.status, 400, "{}", closed.text());
            assert_eq!(bench.intents(), 2);
        },
    );
}

#[test]
fn a_seal_is_never_used_without_documents() {
    let world = World::sqlite();
    let bench = Bench::new(world);
    bench.open(3);
    let body = json!({"credentialID": bench.seal, "numSignatures": 1, "hash": [hash("trần")]});
    let call = world
        .http()
        .post("/csc/v1/credentials/authorize")
        .bearer(&bench.token);
    let reply = call.json(&body).send().unwrap();
    crate::desk::assert_csc_error(&reply, 400, "invalid_request");
    assert!(reply.text().contains("documents"), "{}", reply.text());
}

#[test]
fn a_clerk_cannot_go_over_the_ceiling() {
    let world = World::sqlite();
    let bench = Bench::new(world);
    let clerk = &bench.clerk;
    let client = clerk
        .log_in(Some(clerk.authenticator.code().unwrap()))
        .unwrap();
    let session = |limit, hours: u64| NewStampingSession {
        client: bench.system.id.clone(),
        credential: bench.seal.clone(),
        limit,
        until: SystemClock
            .now()
            .after(Duration::from_secs(hours * 3600))
            .to_string(),
        purposes: vec!["PHAT_HANH".to_owned()],
        otp: Secret::new(clerk.authenticator.code().unwrap()),
    };
    for asked in [session(501, 1), session(0, 1), session(5, 9)] {
        let error = client.open_stamping_session(&asked).unwrap_err();
        assert!(matches!(error.status(), Some(400 | 409)), "{error}");
    }
}
