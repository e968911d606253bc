//! The log proves itself: receipts, checkpoints and witnesses of a server that runs, and what becomes of it
//! when somebody changed or set back its database.

mod asked;
mod attacks;
mod changed;
mod erased;
mod export;
mod forked;
mod growing;
mod leading;
mod losing;
mod receipts;
mod tampering;
mod witness;
pub(crate) mod witnessed;

use kyso_api::management::LogKeys;
use kyso_evidence::checkpoint::SignedCheckpoint;
use kyso_evidence::policy::Policy;
use kyso_evidence::receipt::{Logged, Receipt};
use kyso_tests::http::{Http, Reply};
use kyso_tests::postgres::PostgresDatabase;
use kyso_tests::server::Site;

use crate::log;
use crate::stamping::{Bench, assert_problem};
use crate::world::{World, until};

fn keys(http: &Http) -> LogKeys {
    let reply = http.get("/api/v1/log/keys").send().unwrap();
    serde_json::from_slice(&reply.body).unwrap()
}

/// What a receiver was told once and believes, of so many witnesses.
fn policy(http: &Http, quorum: usize) -> Policy {
    let keys = keys(http);
    let witnesses = keys.witnesses.iter().map(|key| key.parse().unwrap());
    Policy::new(keys.key.parse().unwrap(), witnesses.collect(), quorum).unwrap()
}

fn call_of(reply: &Reply) -> String {
    reply.header("x-request-id").unwrap().to_owned()
}

pub(crate) fn ask(http: &Http, token: &str, call: &str, query: &str) -> Reply {
    let path = format!("/api/v1/receipts/{call}{query}");
    http.get(&path).bearer(token).send().unwrap()
}

/// The receipt of a call, once there is one.
fn receipt(http: &Http, token: &str, call: &str, query: &str) -> Receipt {
    let mut receipt = None;
    until(|| {
        let reply = ask(http, token, call, query);
        if reply.status == 200 {
            receipt = Some(Receipt::parse(&reply.body).unwrap());
        } else {
            assert_problem(&reply, 409, "receipt_pending");
            assert!(reply.header("retry-after").is_some());
        }
        receipt.is_some()
    });
    receipt.unwrap()
}

/// The same, verified with what the server names.
pub(crate) fn logged(http: &Http, token: &str, call: &str, query: &str) -> Logged {
    let receipt = receipt(http, token, call, query);
    receipt.verify(&policy(http, keys(http).quorum)).unwrap()
}

/// A stamp, and its receipt as the system reads it.
pub(crate) fn stamped_with_a_receipt(world: &World) {
    let bench = Bench::new(world);
    bench.open(1);
    let call = call_of(&bench.stamp("có biên nhận"));
    let _ = receipt(world.http(), &bench.token, &call, "");
}

/// The newest checkpoint, if there is one.
pub(crate) fn checkpoint(http: &Http) -> Option<SignedCheckpoint> {
    let reply = http.get("/api/v1/log/checkpoint").send().unwrap();
    (reply.status == 200).then(|| SignedCheckpoint::parse(&reply.body).unwrap())
}

/// Waits for a checkpoint of at least so many entries.
pub(crate) fn checkpoint_of(http: &Http, size: u64) -> SignedCheckpoint {
    let mut found = None;
    until(|| {
        found = checkpoint(http).filter(|one| one.unverified().size() >= size);
        found.is_some()
    });
    found.unwrap()
}

/// Database and files of a server as they were on an earlier day.
struct Earlier {
    files: tempfile::TempDir,
    postgres: Option<PostgresDatabase>,
}

/// The files of an SQLite database.
const SQLITE: [&str; 3] = ["kyso.db", "kyso.db-wal", "kyso.db-shm"];

impl Earlier {
    /// Takes copies; files that are not there are not taken.
    fn of(site: &Site, postgres: Option<&PostgresDatabase>, files: &[&str]) -> Self {
        let kept = tempfile::tempdir().unwrap();
        for file in SQLITE.iter().chain(files) {
            let _ = std::fs::copy(site.path(file), kept.path().join(file));
        }
        Self {
            files: kept,
            postgres: postgres.map(|one| one.copied().unwrap()),
        }
    }

    /// Puts them back, and nothing in place of files that were not there.
    fn put_back(&self, site: &Site, postgres: Option<&PostgresDatabase>, files: &[&str]) {
        for file in SQLITE.iter().chain(files) {
            let _ = std::fs::remove_file(site.path(file));
            let _ = std::fs::copy(self.files.path().join(file), site.path(file));
        }
        if let Some((now, then)) = postgres.zip(self.postgres.as_ref()) {
            now.set_back(then).unwrap();
        }
    }
}

/// Waits for a checkpoint of at least so many entries.
pub(crate) fn checkpointed(world: &World, size: u64) {
    let _ = checkpoint_of(world.http(), size);
}

/// What an auditor was told once and believes, as `kyso audit verify --policy` reads it.
pub(crate) fn trusted_keys(world: &World) -> String {
    let known = keys(world.http());
    format!("log {}\nexport {}\nquorum 0\n", known.key, known.export)
}

/// How often this alarm was raised.
fn alarms(world: &World, kind: &str) -> usize {
    let raised = log::entries(world, &log::of_event("alarm.raised"));
    let of_word = raised
        .iter()
        .filter(|one| one.entry["data"]["alarm"] == kind);
    of_word.count()
}
