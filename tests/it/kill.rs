//! SIGKILL at random moments: what clients hold is what the log says, and nothing was used twice.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_api::management::{AuditEntry, AuditQuery};
use kyso_tests::http::{Http, Reply};
use kyso_tests::server::Server;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::desk::{RSA_SHA256, SHA256};
use crate::log;
use crate::stamping::{Bench, assert_problem, fresh_key};
use crate::world::{Database, World};

const KILLS: usize = 10;
const CONNECTIONS: usize = 32;
const AT_LEAST: usize = 1_000;

/// A signature that a client holds: of which digest, and the digest of it.
type Received = BTreeMap<String, String>;

/// Splitmix64: a seed that is printed gives the same moments again.
struct Moments(u64);

impl Moments {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % below
    }
}

/// Says it on the process's own standard error: what a passing test prints is hidden otherwise, and
/// a run that passes is worth running again too.
fn announce(line: &str) {
    let line = format!("it::kill: {line}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// The seed in `KYSO_SEED`, or a new one.
fn seed() -> u64 {
    if let Some(given) = std::env::var_os("KYSO_SEED") {
        // Another seed than the one asked for would be a silent mistake.
        return given.to_str().unwrap().parse().unwrap();
    }
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    u64::from_le_bytes(bytes)
}

/// What all rounds share.
struct Load {
    token: String,
    seal: String,
    number: AtomicUsize,
    received: Mutex<Received>,
    /// SADs, and the hash that each is bound to.
    sads: Mutex<Vec<(String, String)>>,
    /// Keys and bodies of stamps that got no answer.
    unheard: Mutex<Vec<(String, Value)>>,
}

/// What the connections of one round share.
struct Round<'a> {
    http: &'a Http,
    load: &'a Load,
    progress: &'a Progress,
}

/// Signatures received in this round, and whom to tell.
type Progress = (Mutex<usize>, Condvar);

impl Round<'_> {
    /// Signs until the server is gone: one stamp in one call, one through a SAD, in turn.
    fn drive(&self) {
        loop {
            let number = self.load.number.fetch_add(1, Ordering::Relaxed);
            let signed = if number.is_multiple_of(2) {
                self.stamp(number)
            } else {
                self.by_sad(number)
            };
            let Some(signed) = signed else {
                break;
            };
            if let Answered::Signed(digest, signature) = signed {
                self.load.received.lock().unwrap().insert(digest, signature);
                *self.progress.0.lock().unwrap() += 1;
                self.progress.1.notify_one();
            }
        }
        self.progress.1.notify_one();
    }

    /// `None` when the server is gone.
    fn stamp(&self, number: usize) -> Option<Answered> {
        let digest = Sha256::digest(number.to_string());
        let body = json!({"credential": &self.load.seal, "hashes": [STANDARD.encode(digest)],
            "hash_algorithm": SHA256, "sign_algorithm": RSA_SHA256, "documents": [document()]});
        let call = self.http.post("/api/v1/stamps").bearer(&self.load.token);
        let key = fresh_key();
        let call = call.header("Idempotency-Key", &key).json(&body);
        let Ok(reply) = call.send() else {
            self.load.unheard.lock().unwrap().push((key, body));
            return None;
        };
        Some(outcome(&digest, &reply))
    }

    fn by_sad(&self, number: usize) -> Option<Answered> {
        let digest = Sha256::digest(number.to_string());
        let hash = STANDARD.encode(digest);
        let ask = json!({"credentialID": &self.load.seal, "numSignatures": 1, "hash": [hash], "documents": [document()]});
        let call = self
            .http
            .post("/csc/v1/credentials/authorize")
            .bearer(&self.load.token);
        let reply = call.json(&ask).send().ok()?;
        if must_wait(&reply) {
            return Some(Answered::Later);
        }
        assert_eq!(reply.status, 200, "{}", reply.text());
        let sad = reply.member("SAD").unwrap();
        self.load
            .sads
            .lock()
            .unwrap()
            .push((sad.clone(), hash.clone()));
        let reply = sign(self.http, &self.load.token, &self.load.seal, &sad, &hash)?;
        Some(outcome(&digest, &reply))
    }
}

/// What came of one call that the server answered.
enum Answered {
    /// A signature: the digest it is of, and the digest of it.
    Signed(String, String),
    /// It asked to come back later.
    Later,
}

/// Busy, or its keys are not attested yet after a start: nothing happened, and it says when.
fn must_wait(reply: &Reply) -> bool {
    reply.status == 503 && reply.header("retry-after").is_some()
}

fn outcome(digest: &[u8], reply: &Reply) -> Answered {
    if must_wait(reply) {
        return Answered::Later;
    }
    assert_eq!(reply.status, 200, "{}", reply.text());
    let signature = STANDARD
        .decode(reply.member("/signatures/0").unwrap())
        .unwrap();
    Answered::Signed(hex::encode(digest), hex::encode(Sha256::digest(signature)))
}

fn sign(http: &Http, token: &str, seal: &str, sad: &str, hash: &str) -> Option<Reply> {
    let body = json!({"credentialID": seal, "SAD": sad, "hash": [hash], "hashAlgo": SHA256,
        "signAlgo": RSA_SHA256, "documents": [document()]});
    http.post("/csc/v1/signatures/signHash")
        .bearer(token)
        .json(&body)
        .send()
        .ok()
}

fn document() -> serde_json::Value {
    json!({"label": "Công văn", "purpose": "PHAT_HANH", "secrecy": "thường"})
}

#[test]
fn nothing_is_lost_or_done_twice_on_sqlite() {
    survive(World::planned(Database::Sqlite, ceiling).unwrap());
}

#[test]
fn nothing_is_lost_or_done_twice_on_postgres() {
    match World::planned(Database::Postgres, ceiling) {
        Some(world) => survive(world),
        None => kyso_tests::skip::because(
            "it::kill::nothing_is_lost_or_done_twice_on_postgres",
            "no PostgreSQL (KYSO_TEST_POSTGRES)",
        ),
    }
}

fn ceiling(plan: &mut kyso_tests::server::Plan) {
    "[limits]\nsession_signatures = 1000000\n[tokens]\nclient_seconds = 3600\n"
        .clone_into(&mut plan.more);
}

fn survive(mut world: World) {
    let seed = seed();
    announce(&format!("KYSO_SEED={seed}"));
    let mut moments = Moments(seed);
    let load = Load::begin(&world);
    for kill in 0..KILLS {
        // The last one waits until enough were received; the others for 20 to 180 more.
        let have = load.received.lock().unwrap().len();
        let last = kill + 1 == KILLS;
        let missing = if last {
            AT_LEAST.saturating_sub(have)
        } else {
            0
        };
        let after = usize::try_from(20 + moments.next(160)).unwrap();
        world = killed_under_load(world, after.max(missing), &load);
    }
    load.check(&world);
    let report = world
        .deployment
        .server
        .site()
        .run(&["audit", "verify"])
        .unwrap();
    assert!(report.contains("complete up to"), "{report}");
}

impl Load {
    fn begin(world: &World) -> Self {
        let bench = Bench::new(world);
        bench.open(1_000_000);
        Self {
            token: bench.token.clone(),
            seal: bench.seal.clone(),
            number: AtomicUsize::new(0),
            received: Mutex::default(),
            sads: Mutex::default(),
            unheard: Mutex::default(),
        }
    }

    fn check(self, world: &World) {
        let (mut received, sads) = (
            self.received.into_inner().unwrap(),
            self.sads.into_inner().unwrap(),
        );
        assert!(received.len() >= AT_LEAST, "{}", received.len());
        let unheard = self.unheard.into_inner().unwrap();
        ask_again(world, &self.token, &unheard, &mut received);
        let held =
            |hash: &String| received.contains_key(&hex::encode(STANDARD.decode(hash).unwrap()));
        for (sad, hash) in sads.iter().filter(|(_, hash)| held(hash)) {
            let reply = sign(world.http(), &self.token, &self.seal, sad, hash).unwrap();
            assert_eq!(reply.status, 400, "a SAD was used twice: {}", reply.text());
        }
        check(world, &received);
    }
}

fn killed_under_load(mut world: World, after: usize, load: &Load) -> World {
    let progress = (Mutex::new(0), Condvar::new());
    let server = world.deployment.server;
    let http = server.http().clone();
    let round = Round {
        http: &http,
        load,
        progress: &progress,
    };
    let site = thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|_| scope.spawn(|| round.drive()))
            .collect();
        let mut done = progress.0.lock().unwrap();
        while *done < after && threads.iter().any(|thread| !thread.is_finished()) {
            done = progress.1.wait(done).unwrap();
        }
        drop(done);
        server.kill().unwrap()
    });
    world.deployment.server = Server::start(&site).unwrap();
    world
}

/// Every signature that a client holds has its two rows; no digest was signed by two intents; no gap.
fn check(world: &World, received: &Received) {
    let entries = log::entries(world, &AuditQuery::default());
    for (expected, entry) in (0..).zip(&entries) {
        assert_eq!(entry.sequence, expected, "a gap");
    }
    let named = |event: &str| {
        entries
            .iter()
            .filter(|entry| entry.entry["event"] == event)
            .collect::<Vec<_>>()
    };
    let mut intents: BTreeMap<String, &AuditEntry> = BTreeMap::new();
    for intent in named("signature.intent") {
        for digest in intent.entry["digests"].as_array().unwrap() {
            let earlier = intents.insert(digest["value"].as_str().unwrap().to_owned(), intent);
            assert!(
                earlier.is_none(),
                "a digest was signed under two intents: {digest}"
            );
        }
    }
    let outcomes: BTreeMap<&str, &AuditEntry> = named("signature.outcome")
        .into_iter()
        .map(|outcome| (outcome.entry["intent"].as_str().unwrap(), outcome))
        .collect();
    for (digest, signature) in received {
        let intent = intents
            .get(digest)
            .unwrap_or_else(|| panic!("{digest} has no intent"));
        let outcome = outcomes
            .get(&*intent.leaf_hash)
            .unwrap_or_else(|| panic!("{digest} has no outcome"));
        assert_eq!(outcome.entry["outcome"], "ok", "{}", outcome.entry);
        assert_eq!(
            outcome.entry["results"][0]["sha256"], **signature,
            "{}",
            outcome.entry
        );
    }
    let closed: BTreeSet<&str> = outcomes.keys().copied().collect();
    let open = intents
        .values()
        .filter(|intent| !closed.contains(&*intent.leaf_hash))
        .count();
    assert_eq!(open, 0, "intents are open after the last start");
    let (received, intents) = (received.len(), intents.len());
    announce(&format!("{received} received, {intents} intents"));
    check_grants(&named("signature.intent"));
}

/// Each SAD here was bound to one hash: it lets one intent be, whoever received its signature. A
/// direct stamp names its session as its grant.
fn check_grants(intents: &[&AuditEntry]) {
    let mut used = BTreeSet::new();
    for intent in intents {
        let (grant, session) = (&intent.entry["grant"], &intent.entry["session"]);
        let once = grant == session || used.insert(grant.as_str().unwrap());
        assert!(once, "a SAD was used twice: {}", intent.entry);
    }
    assert!(!used.is_empty(), "no SAD was used at all");
}

/// Calls that got no answer, asked again with the same key: each has the one signature, or never
/// will; and what it says once it says for ever.
fn ask_again(world: &World, token: &str, unheard: &[(String, Value)], received: &mut Received) {
    let mut unknown = 0;
    for (key, body) in unheard {
        let ask = || {
            let call = world.http().post("/api/v1/stamps").bearer(token);
            let call = call.header("Idempotency-Key", key).json(body);
            call.send().unwrap()
        };
        let (once, twice) = (ask(), ask());
        assert_eq!(once.status, twice.status, "{}", twice.text());
        if once.status == 200 {
            assert_eq!(once.json()["signatures"], twice.json()["signatures"]);
            let hash = STANDARD
                .decode(body["hashes"][0].as_str().unwrap())
                .unwrap();
            let Answered::Signed(digest, signature) = outcome(&hash, &once) else {
                panic!("{}", once.text());
            };
            received.insert(digest, signature);
        } else {
            assert_problem(&once, 409, "outcome_unknown");
            unknown += 1;
        }
    }
    let unheard = unheard.len();
    announce(&format!(
        "{unheard} calls got no answer, {unknown} stay unknown"
    ));
}
