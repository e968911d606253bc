//! The transparency log's parts, beside what others made of the same specifications: `ct-merkle`,
//! Cloudflare's `tlog_tiles` and `signed_note`, and notes of logs that exist.

#![expect(
    clippy::unwrap_used,
    reason = "the makers of test data may panic as tests may"
)]

mod bundles;
mod checkpoints;
mod notes;
mod proofs;
mod receipts;
mod tiles;
mod witnesses;

use std::cell::Cell;
use std::collections::BTreeMap;

use kyso_evidence::checkpoint::{Checkpoint, SignedCheckpoint};
use kyso_evidence::cosignature::Cosigner;
use kyso_evidence::key::LogKey;
use kyso_evidence::note::NoteSignature;
use kyso_evidence::tiles::{Grower, ReadTile, Tile};
use kyso_evidence::witness::AddCheckpoint;
use kyso_evidence::{Hash, leaf_hash};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey};

const ORIGIN: &str = "kyso.example/log";

fn entry(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

fn leaf(number: u64) -> Hash {
    leaf_hash(&entry(number))
}

/// Tiles in memory, with full ones in place of the partial ones that they replaced.
#[derive(Default)]
struct Stored {
    tiles: BTreeMap<(u8, u64), Vec<Hash>>,
    reads: Cell<usize>,
}

impl Stored {
    /// A tree of so many leaves, appended in batches of so many.
    fn grown(size: u64, batch: u64) -> (Self, Grower) {
        let mut stored = Self::default();
        let mut grower = Grower::new();
        while grower.size() < size {
            let from = grower.size();
            stored.grow(&mut grower, from..size.min(from + batch));
        }
        (stored, grower)
    }

    fn grow(&mut self, grower: &mut Grower, leaves: std::ops::Range<u64>) {
        for grown in grower.grow(leaves.map(leaf)) {
            let tile = grown.tile();
            assert_eq!(tile.parse(&grown.to_bytes()).unwrap(), grown.hashes());
            let place = (tile.level(), tile.index());
            self.tiles.insert(place, grown.hashes().to_vec());
        }
    }
}

impl ReadTile for Stored {
    type Error = Tile;

    fn read_tile(&self, tile: Tile) -> Result<Vec<Hash>, Tile> {
        self.reads.set(self.reads.get() + 1);
        let place = (tile.level(), tile.index());
        self.tiles.get(&place).cloned().ok_or(tile)
    }
}

/// A log's key as an HSM would keep it.
fn hsm() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

fn spki(key: &SigningKey) -> Vec<u8> {
    let prefix = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
    let point = key.verifying_key().to_encoded_point(false);
    [hex::decode(prefix).unwrap().as_slice(), point.as_bytes()].concat()
}

fn log_key() -> LogKey {
    LogKey::ecdsa(ORIGIN.parse().unwrap(), &spki(&hsm())).unwrap()
}

fn signed(size: u64, root: Hash) -> SignedCheckpoint {
    let checkpoint = Checkpoint::new(ORIGIN.to_owned(), size, root).unwrap();
    let signature: DerSignature = hsm().sign(checkpoint.to_string().as_bytes());
    checkpoint
        .signed(&log_key(), signature.as_bytes().to_vec())
        .unwrap()
}

fn cosigner(number: u8) -> Cosigner {
    let name = format!("witness.example/w{number}");
    Cosigner::new(name.parse().unwrap(), &[number; 32])
}

/// What the witness of that number answers when this is the first that it sees of the log.
fn cosignature(number: u8, signed: &SignedCheckpoint, time: u64) -> NoteSignature {
    let request = AddCheckpoint::new(0, vec![], signed.clone()).unwrap();
    let checked = request.check(&log_key(), None).unwrap();
    cosigner(number).cosign(&checked, time).unwrap()
}

/// Signed by the log and cosigned by witnesses 1 and 2, at times 1001 and 1002.
fn cosigned(size: u64, root: Hash) -> SignedCheckpoint {
    let mut signed = signed(size, root);
    for number in 1..=2 {
        let time = 1000 + u64::from(number);
        let line = cosignature(number, &signed, time);
        assert_eq!(signed.add(cosigner(number).key(), line), Ok(time));
    }
    signed
}
