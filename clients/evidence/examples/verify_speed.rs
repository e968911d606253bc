//! Measures how fast one core verifies a bundle:
//! `cargo run --release -p kyso-evidence --example verify_speed -- [ENTRIES]`, on an idle machine.
//!
//! Entries are outcomes as a busy server writes them. The first figure is hashing alone: leaves, tree
//! and checkpoint. The second is reading entries alone, the third all of [`verify`](kyso_evidence::bundle::verify).
#![expect(
    clippy::unwrap_used,
    reason = "a maker of test data may panic as tests may"
)]

#[path = "../tests/bundle/log.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod log;

use std::time::Instant;

use kyso_evidence::bundle::verify;
use kyso_evidence::{
    DigestRecord, Entry, Event, Frontier, KeyRecord, Outcome, ResultRecord, ResultState, leaf_hash,
};

fn main() {
    let count = std::env::args()
        .nth(1)
        .map_or(300_000, |count| count.parse().unwrap());
    let log = busy(count);
    let bytes: usize = log.entries.iter().map(Vec::len).sum();
    println!("{count} entries, {} bytes each", bytes / log.entries.len());
    timed("leaves, tree and checkpoint", count, || {
        let mut frontier = Frontier::new();
        for entry in &log.entries {
            frontier.push(leaf_hash(entry));
        }
        let checkpoint = log.checkpoint(count, &[1, 2]);
        let trusted = log::trust().policy.unwrap().judge(&checkpoint).unwrap();
        assert_eq!(*trusted.checkpoint().root(), frontier.root());
    });
    timed("entries against their schema", count, || {
        for entry in &log.entries {
            Entry::parse(entry).unwrap();
        }
    });
    let bundle = log.bundle(0..count, &[count]);
    println!("bundle of {} bytes", bundle.len());
    timed("all of a bundle", count, || {
        verify(bundle.as_slice(), &log::trust(), &mut ()).unwrap();
    });
    if let Some(file) = std::env::args_os().nth(2) {
        std::fs::write(file, bundle).unwrap();
    }
}

fn timed(what: &str, count: u64, work: impl Fn()) {
    let best = (0..3).map(|_| {
        let began = Instant::now();
        work();
        began.elapsed()
    });
    let best = best.min().unwrap();
    let rate = u128::from(count) * 1_000_000 / best.as_micros().max(1);
    println!("{what}: {rate} entries/s");
}

/// Intents and outcomes by turns.
fn busy(count: u64) -> log::Log {
    let mut all: Vec<Vec<u8>> = Vec::new();
    for number in 0..count {
        let intent = number % 2 == 1;
        let before = all
            .last()
            .filter(|_| intent)
            .map(|entry| hex::encode(leaf_hash(entry)));
        all.push(entry(number, before).to_bytes().unwrap());
    }
    log::Log::of(all)
}

fn entry(number: u64, intent: Option<String>) -> Entry {
    let event = if intent.is_some() {
        Event::SignatureOutcome
    } else {
        Event::SignatureIntent
    };
    let digest = DigestRecord {
        alg: "sha256".into(),
        content: None,
        value: format!("{number:064x}"),
    };
    let result = ResultRecord {
        sha256: Some("ab".repeat(32)),
        state: ResultState::Signed,
    };
    let key = KeyRecord {
        algorithm: "ecdsa-p256".into(),
        certificate_issuer: None,
        certificate_serial: None,
        certificate_sha256: None,
        cka_id: "0123456789abcdef".into(),
        purpose: "signing".into(),
    };
    let results = if intent.is_some() {
        vec![result]
    } else {
        vec![]
    };
    Entry {
        credential: Some("0199a3f4-7c51-7000-8000-000000000001".into()),
        client: Some("0199a3f4-7c51-7000-8000-000000000002".into()),
        time: "2026-11-23T08:00:00.000000Z".into(),
        request: format!("0199a3f4-7c51-7000-8000-{:012}", number / 2),
        digests: vec![digest],
        key: Some(key),
        results,
        intent,
        ..log::started(number, event, Outcome::Ok)
    }
}
