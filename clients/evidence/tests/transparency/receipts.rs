//! Proofs of logging and receipts: from tiles to a file, and back by a policy.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kyso_evidence::policy::{Distrust, Policy};
use kyso_evidence::proof::{LogProof, LogProofError, ProofFault};
use kyso_evidence::receipt::{Receipt, ReceiptError};
use kyso_evidence::tiles::{Grower, Prover};
use kyso_evidence::tree::InclusionError;
use kyso_evidence::{Actor, Entry, EntryError, Event, Outcome, leaf_hash, node_hash};
use proptest::prelude::*;

use crate::{Stored, cosigned, cosigner, entry, leaf, log_key};

fn policy(quorum: usize) -> Policy {
    let witnesses = [1, 2].map(|number| cosigner(number).key().clone());
    Policy::new(log_key(), witnesses.to_vec(), quorum).unwrap()
}

fn proof(index: u64, size: u64) -> LogProof {
    let (stored, grower) = Stored::grown(size, 300);
    let path = Prover::new(&stored, size).inclusion(index).unwrap();
    LogProof::new(index, path, cosigned(size, grower.root())).unwrap()
}

/// The bytes of the audit entry of that number.
fn audit(number: u64) -> Vec<u8> {
    let entry = Entry {
        log: "kyso-1".into(),
        seq: number,
        time: "2026-11-23T08:00:00.000000Z".into(),
        boot: "b".into(),
        request: "r".into(),
        ..Entry::new(Event::ServerStarted, Outcome::Ok, Actor::system())
    };
    entry.to_bytes().unwrap()
}

/// A receipt for an entry of a log of audit entries.
fn receipt(number: u64, size: u64) -> Receipt {
    let mut stored = Stored::default();
    let mut grower = Grower::new();
    for grown in grower.grow((0..size).map(|number| leaf_hash(&audit(number)))) {
        let place = (grown.tile().level(), grown.tile().index());
        stored.tiles.insert(place, grown.hashes().to_vec());
    }
    let path = Prover::new(&stored, size).inclusion(number).unwrap();
    let proof = LogProof::new(number, path, cosigned(size, grower.root())).unwrap();
    Receipt::new(&audit(number), proof).unwrap()
}

#[test]
fn a_proof_has_the_lines_of_the_specification() {
    let proof = proof(2, 3);
    let checkpoint = proof.checkpoint().to_string();
    let left = BASE64_STANDARD.encode(node_hash(&leaf(0), &leaf(1)));
    let text = proof.to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[..4],
        ["c2sp.org/tlog-proof@v1", "index 2", left.as_str(), ""]
    );
    assert!(text.ends_with(&format!("\n\n{checkpoint}")));
    assert_eq!(LogProof::parse(text.as_bytes()).unwrap(), proof);
    let trusted = proof.verify(&entry(2), &policy(2)).unwrap();
    assert_eq!(trusted.checkpoint().size(), 3);
}

#[test]
fn a_proof_holds_for_its_entry_under_its_policy_alone() {
    let proof = proof(2, 3);
    let other = ProofFault::Inclusion(InclusionError::Root);
    assert_eq!(proof.verify(&entry(1), &policy(2)), Err(other));
    let strangers = [3, 4].map(|number| cosigner(number).key().clone());
    let strict = Policy::new(log_key(), strangers.to_vec(), 1).unwrap();
    let quorum = Distrust::Quorum {
        quorum: 1,
        found: 0,
    };
    assert_eq!(
        proof.verify(&entry(2), &strict),
        Err(ProofFault::Checkpoint(quorum))
    );
}

#[test]
fn other_text_is_no_proof() {
    let good = proof(2, 3).to_string();
    let swap = |from: &str, to: &str| good.replacen(from, to, 1);
    for text in [
        String::new(),
        swap("@v1", "@v2"),
        swap("c2sp", " c2sp"),
        swap("\nindex", "\n\nindex"),
        swap("index 2", "index 02"),
        swap("index 2", "index +2"),
        swap("index 2", "index  2"),
        swap("index 2\n", ""),
        swap("index 2", "extra \nindex 2"),
        swap("index 2", "extra eA\nindex 2"),
        swap("index 2", "index 2\nextra eA=="),
        swap("index 2", "extra eA==\nextra eA==\nindex 2"),
        swap("index 2", "index 2\nAAAA"),
        swap("=\n\n", "=\n"),
        good.replace('\n', "\r\n"),
    ] {
        assert_eq!(
            LogProof::parse(text.as_bytes()),
            Err(LogProofError::Form),
            "{text}"
        );
    }
    let extra = LogProof::parse(swap("index 2", "extra eA==\nindex 2").as_bytes()).unwrap();
    assert_eq!(extra.extra(), b"x");
    let checkpoint = LogProof::parse(swap("\n3\n", "\n03\n").as_bytes());
    assert!(matches!(checkpoint, Err(LogProofError::Checkpoint(_))));
}

#[test]
fn a_proof_that_is_too_long_is_refused_before_it_is_read() {
    let checkpoint = proof(2, 3).checkpoint().clone();
    let path = vec![[0; 32]; 64];
    let long = LogProof::new(0, path, checkpoint);
    assert_eq!(long, Err(LogProofError::TooLong));
    assert_eq!(
        LogProof::parse(&vec![b'x'; 262_145]),
        Err(LogProofError::TooLong)
    );
}

#[test]
fn a_receipt_carries_its_entry_and_shows_it_logged() {
    let receipt = receipt(41, 300);
    let text = receipt.to_string();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra "));
    let read = Receipt::parse(text.as_bytes()).unwrap();
    assert_eq!(read, receipt);
    assert_eq!(read.unverified().seq, 41);
    let logged = read.verify(&policy(2)).unwrap();
    assert_eq!(logged.entry.to_bytes().unwrap(), audit(41));
    assert_eq!(logged.checkpoint.cosignatures().len(), 2);
}

#[test]
fn a_receipt_of_anything_but_its_entry_is_none() {
    let misplaced = ReceiptError::Misplaced {
        index: 2,
        sequence: 1,
    };
    assert_eq!(Receipt::new(&audit(1), proof(2, 3)), Err(misplaced));
    let schema = Receipt::new(b"no entry", proof(2, 3));
    assert!(matches!(
        schema,
        Err(ReceiptError::Entry(EntryError::Schema { .. }))
    ));
    let bare = Receipt::parse(proof(2, 3).to_string().as_bytes());
    assert!(matches!(bare, Err(ReceiptError::Entry(_))));
    // The entry that belongs there, but not the one that was logged.
    let forged = Receipt::new(&audit(2), proof(2, 3)).unwrap();
    let fault = ProofFault::Inclusion(InclusionError::Root);
    assert_eq!(forged.verify(&policy(2)), Err(fault));
}

#[test]
fn no_changed_byte_of_a_receipt_passes() {
    let good = receipt(5, 9).to_string().into_bytes();
    let holds = |bytes: &[u8]| {
        Receipt::parse(bytes).is_ok_and(|receipt| receipt.verify(&policy(2)).is_ok())
    };
    assert!(holds(&good));
    for at in 0..good.len() {
        for flip in [1, 32, 255] {
            let mut bad = good.clone();
            bad[at] ^= flip;
            assert!(!holds(&bad), "byte {at} ^ {flip}");
        }
        assert!(!holds(&good[..at]), "cut to {at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn proofs_of_any_entry_lead_back_and_verify(size in 1_u64..1_000, index in 0_u64..1_000) {
        prop_assume!(index < size);
        let proof = proof(index, size);
        let read = LogProof::parse(proof.to_string().as_bytes()).unwrap();
        prop_assert_eq!(&read, &proof);
        prop_assert_eq!(read.index(), index);
        prop_assert!(read.verify(&entry(index), &policy(2)).is_ok());
    }

    #[test]
    fn any_lines_are_read_or_refused(head in "c2sp.org/tlog-proof@v1\n(extra [a-zA-Z0-9+/=]{0,9}\n)?index [0-9+]{1,3}\n([A-Za-z0-9+/]{42}[A-Z]=\n){0,3}") {
        let text = format!("{head}\n{}", cosigned(1, [1; 32]));
        if let Ok(proof) = LogProof::parse(text.as_bytes()) {
            prop_assert_eq!(proof.to_string(), text);
        }
    }
}
