//! Measures how fast one core verifies a bundle, and fails if leaves, tree and checkpoint are slower than is aimed at:
//! `cargo run --release -p kyso-evidence --example verify_speed -- [ENTRIES [FILE]]`, on an idle machine.
//!
//! Entries are outcomes as a busy server writes them, in a bundle as it exports them. The first figure is the aim's: the
//! archive is read, each entry hashed, compared with its leaf tile and put into the tree, and the checkpoint judged at its size.
//! It leaves out what [`verify`](kyso_evidence::bundle::verify) does besides: the schema of the entries, which is the second
//! figure, intents and outcomes, and the lists and the manifest over all parts, which hash each byte once more. The third is all of
//! it. FILE is where the bundle is written to.
#![expect(
    clippy::unwrap_used,
    reason = "a maker of test data may panic as tests may"
)]

#[path = "../tests/bundle/log.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod log;

use std::process::ExitCode;
use std::time::Instant;

use kyso_evidence::bundle::verify;
use kyso_evidence::checkpoint::SignedCheckpoint;
use kyso_evidence::{
    DigestRecord, Entry, Event, Frontier, KeyRecord, Outcome, ResultRecord, ResultState, leaf_hash,
};

/// Entries a second of a core, at least, for leaves, tree and checkpoint of a bundle.
const AIM: u128 = 500_000;

fn main() -> ExitCode {
    let count = std::env::args()
        .nth(1)
        .map_or(300_000, |count| count.parse().unwrap());
    let log = busy(count);
    let bytes: usize = log.entries.iter().map(Vec::len).sum();
    let bundle = log.bundle(0..count, &[count]);
    let each = bytes / log.entries.len();
    println!(
        "{count} entries, {each} bytes each, a bundle of {}",
        bundle.len()
    );
    let rate = timed("leaves, tree and checkpoint of a bundle", count, || {
        assert_eq!(proven(&bundle), count);
    });
    timed("entries against their schema", count, || {
        for entry in &log.entries {
            Entry::parse(entry).unwrap();
        }
    });
    timed("all of a bundle", count, || {
        verify(bundle.as_slice(), &log::trust(), &mut ()).unwrap();
    });
    if let Some(file) = std::env::args_os().nth(2) {
        std::fs::write(file, bundle).unwrap();
    }
    if rate < AIM {
        eprintln!("leaves, tree and checkpoint: {rate} entries/s, not {AIM}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The best of three, since what else the machine does only takes away.
fn timed(what: &str, count: u64, work: impl Fn()) -> u128 {
    let best = (0..3).map(|_| {
        let began = Instant::now();
        work();
        began.elapsed()
    });
    let best = best.min().unwrap();
    let rate = u128::from(count) * 1_000_000 / best.as_micros().max(1);
    println!("{what}: {rate} entries/s");
    rate
}

/// Goes through the archive part by part; how many entries its checkpoint proves.
fn proven(bundle: &[u8]) -> u64 {
    let (mut rest, mut frontier) = (bundle, Frontier::new());
    let (mut checkpoint, mut leaves) = (None, &[][..]);
    while let Some((name, content, after)) = part(rest) {
        if name.starts_with("checkpoint/") {
            checkpoint = Some(SignedCheckpoint::parse(content).unwrap());
        } else if name.starts_with("tile/0/") {
            leaves = content;
        } else if name.starts_with("entries/") {
            append(&mut frontier, content, leaves);
        }
        rest = after;
    }
    let policy = log::trust().policy.unwrap();
    let trusted = policy.judge(&checkpoint.unwrap()).unwrap();
    assert_eq!(trusted.checkpoint().size(), frontier.size());
    assert_eq!(*trusted.checkpoint().root(), frontier.root());
    frontier.size()
}

/// Name and content of the first file of a tar archive, and what follows it.
fn part(archive: &[u8]) -> Option<(&str, &[u8], &[u8])> {
    const BLOCK: usize = 512;
    let (header, rest) = archive.split_at_checked(BLOCK)?;
    let text = |from: usize, to: usize| {
        let text = std::str::from_utf8(&header[from..to]).unwrap();
        text.trim_end_matches('\0')
    };
    let (name, size) = (text(0, 100), text(124, 136));
    if name.is_empty() {
        return None;
    }
    let size = usize::from_str_radix(size, 8).unwrap();
    let (content, after) = rest.split_at(size.next_multiple_of(BLOCK));
    Some((name, &content[..size], after))
}

/// Entries, each behind its length, under a leaf tile.
fn append(frontier: &mut Frontier, mut entries: &[u8], leaves: &[u8]) {
    for leaf in leaves.as_chunks::<32>().0 {
        let (length, rest) = entries.split_first_chunk::<2>().unwrap();
        let (entry, after) = rest.split_at(u16::from_be_bytes(*length).into());
        assert_eq!(leaf_hash(entry), *leaf);
        frontier.push(*leaf);
        entries = after;
    }
    assert!(entries.is_empty());
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
