//! Stamps on several connections while the token goes and comes, and whether log, replies and signatures agree.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_api::management::AuditEntry;
use kyso_tests::http::Reply;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::desk::{Desk, RSA_SHA256, at_once};
use crate::log;
use crate::stamping::{Bench, fresh_key};
use crate::world::{World, until};

/// What a caller asked, and was told unless the server went.
struct Told {
    text: String,
    key: String,
    reply: Option<Reply>,
}

impl Told {
    fn status(&self) -> Option<u16> {
        self.reply.as_ref().map(|reply| reply.status)
    }
}

/// What the connections of a load share.
#[derive(Default)]
pub(super) struct Load {
    ending: AtomicBool,
    signed: AtomicUsize,
    unavailable: AtomicUsize,
    gone: AtomicUsize,
    told: Mutex<Vec<Told>>,
}

/// Ends the load also when the test fails, which would otherwise never end.
pub(super) struct Ending<'a>(pub(super) &'a Load);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.ending.store(true, Ordering::Relaxed);
    }
}

impl Load {
    /// Stamps on so many connections until it is ended or its server has gone.
    pub(super) fn drive(&self, bench: &Bench<'_>, connections: usize) {
        at_once(connections, |connection| {
            for number in 0.. {
                if self.ending.load(Ordering::Relaxed) {
                    return;
                }
                let (text, key) = (format!("{connection}-{number}"), fresh_key());
                let reply = bench.try_post(&bench.token, &key, &bench.body(&[&text]));
                let told = Told {
                    text,
                    key,
                    reply: reply.ok(),
                };
                let status = told.status();
                self.told.lock().unwrap().push(told);
                self.count(status).fetch_add(1, Ordering::Relaxed);
                if status.is_none() {
                    return;
                }
            }
        });
    }

    const fn count(&self, status: Option<u16>) -> &AtomicUsize {
        match status {
            Some(200) => &self.signed,
            Some(_) => &self.unavailable,
            None => &self.gone,
        }
    }

    pub(super) fn signed(&self) -> usize {
        self.signed.load(Ordering::Relaxed)
    }

    /// Calls that were told to come back, or that nobody knows whether they signed.
    pub(super) fn unavailable(&self) -> usize {
        self.unavailable.load(Ordering::Relaxed)
    }

    /// Connections whose server has gone.
    pub(super) fn gone(&self) -> usize {
        self.gone.load(Ordering::Relaxed)
    }

    /// No call was told what does not hold, none of its signatures is lost, wrong or there twice.
    pub(super) fn check(self, bench: &Bench<'_>) {
        let told = self.told.into_inner().unwrap();
        told.iter().for_each(check_words);
        check_log(bench.world, &told);
        check_signatures(bench, &told);
        check_again(bench, &told);
    }
}

/// A call that was in the token when it went may have signed; any other that did not was told when to come back.
fn check_words(told: &Told) {
    let Some(reply) = &told.reply else { return };
    let retry = reply.header("retry-after").is_some();
    let code = reply.member("code").unwrap_or_default();
    let known = matches!(
        (reply.status, retry, &*code),
        (200, ..) | (503, true, _) | (500, _, "outcome_uncertain")
    );
    assert!(known, "{}", reply.text());
}

/// Each intent has one outcome, no digest two intents, and each caller was told what the outcome says: also one whose call
/// found the token gone, or was in it when it went.
fn check_log(world: &World, told: &[Told]) {
    let entries = |event: &str| log::entries(world, &log::of_event(event));
    let mut intents = BTreeMap::new();
    for intent in entries("signature.intent") {
        let digest = text(&intent.entry["digests"][0]["value"]);
        let twice = intents.insert(digest, text(&intent.entry["request"]));
        assert_eq!(twice, None, "a digest was signed under two intents");
    }
    let outcomes = entries("signature.outcome");
    let closed: Vec<String> = outcomes
        .iter()
        .map(|one| text(&one.entry["request"]))
        .collect();
    let distinct: BTreeSet<_> = closed.iter().collect();
    assert_eq!(distinct.len(), closed.len(), "an intent has two outcomes");
    let open: BTreeSet<_> = intents.values().collect();
    assert_eq!(open, distinct, "an intent alone");
    let by_call: BTreeMap<_, _> = closed.iter().zip(&outcomes).collect();
    let mut away = 0;
    for one in told {
        let outcome = intents.get(&digest(&one.text)).map(|call| by_call[call]);
        check_outcome(one, outcome);
        away += usize::from(one.status() != Some(200) && outcome.is_some());
    }
    println!("{away} calls found the token gone after their intent");
}

fn check_outcome(told: &Told, outcome: Option<&AuditEntry>) {
    let word = outcome.map(|one| text(&one.entry["outcome"]));
    let word = word.as_deref();
    match told.status() {
        Some(200) => {
            assert_eq!(word, Some("ok"), "{}", told.text);
            let result = &outcome.unwrap().entry["results"][0]["sha256"];
            let held = hex::encode(Sha256::digest(signature(told)));
            assert_eq!(text(result), held, "{}", told.text);
        }
        Some(503) => assert!(matches!(word, None | Some("failed")), "{}", told.text),
        Some(_) => assert_eq!(word, Some("unknown"), "{}", told.text),
        // Its server went before it answered: at whatever step of the call.
        None => {}
    }
}

/// Every signature that a caller holds is right.
fn check_signatures(bench: &Bench<'_>, told: &[Told]) {
    let desk = Desk {
        http: bench.world.http(),
        token: bench.token.clone(),
        credential: bench.seal.clone(),
        algorithm: RSA_SHA256,
    };
    let key = desk.public_key();
    for one in told.iter().filter(|one| one.status() == Some(200)) {
        desk.assert_right(&key, &one.text, &signature(one));
    }
}

/// Asked again under its key, a call of which nobody knows whether it signed stays so, and one whose answer was lost has
/// one end for good. Any other is asked again by whoever wants it.
fn check_again(bench: &Bench<'_>, told: &[Told]) {
    for one in told
        .iter()
        .filter(|one| !matches!(one.status(), Some(200 | 503)))
    {
        let [once, twice] = [(); 2].map(|()| answered(bench, one));
        assert_eq!(once.status, twice.status, "{}", twice.text());
        match once.status {
            200 if one.reply.is_none() => {
                assert_eq!(once.json()["signatures"], twice.json()["signatures"]);
            }
            _ => crate::stamping::assert_problem(&once, 409, "outcome_unknown"),
        }
    }
}

/// What a call is told under its key once the server can answer: after a start each key has to be attested first.
fn answered(bench: &Bench<'_>, told: &Told) -> Reply {
    let ask = || bench.post(&bench.token, &told.key, &bench.body(&[&told.text]));
    let mut last = None;
    until(|| last.insert(ask()).status != 503);
    last.unwrap()
}

fn signature(told: &Told) -> Vec<u8> {
    let reply = told.reply.as_ref().unwrap();
    STANDARD
        .decode(reply.member("/signatures/0").unwrap())
        .unwrap()
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
