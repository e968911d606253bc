//! A log as the server will keep one: entries, tiles, and a P-256 key that signs checkpoints.

use std::collections::BTreeMap;

use kyso_evidence::bundle::{Export, ExportKey, Keys, Writer};
use kyso_evidence::checkpoint::{Checkpoint, SignedCheckpoint};
use kyso_evidence::key::{LogKey, WitnessKey};
use kyso_evidence::proof::LogProof;
use kyso_evidence::receipt::Receipt;
use kyso_evidence::tiles::{Grower, Prover, ReadTile, Tile};
use kyso_evidence::witness::AddCheckpoint;
use kyso_evidence::{
    Actor, DigestRecord, Entry, Event, Hash, Outcome, ResultRecord, ResultState, leaf_hash,
};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey};

pub(crate) const ORIGIN: &str = "kyso.example/log";

fn spki(secret: &SigningKey) -> Vec<u8> {
    let prefix = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
    let point = secret.verifying_key().to_encoded_point(false);
    [prefix, point.as_bytes()].concat()
}

/// A log of audit entries.
pub(crate) struct Log {
    origin: &'static str,
    secret: SigningKey,
    history: &'static str,
    entries: Vec<Vec<u8>>,
    tiles: BTreeMap<(u8, u64), Vec<Hash>>,
    grower: Grower,
}

impl Log {
    pub(crate) fn new(size: u64) -> Self {
        Self::of(ORIGIN, 7, "first").grown(size)
    }

    /// The same log with the same key and other entries from the first on.
    pub(crate) fn rewritten(size: u64) -> Self {
        Self::of(ORIGIN, 7, "second").grown(size)
    }

    pub(crate) fn of(origin: &'static str, secret: u8, history: &'static str) -> Self {
        Self {
            origin,
            secret: SigningKey::from_slice(&[secret; 32]).unwrap(),
            history,
            entries: Vec::new(),
            tiles: BTreeMap::new(),
            grower: Grower::new(),
        }
    }

    /// The log, whose entries are others from here on.
    pub(crate) fn turned(self, history: &'static str) -> Self {
        Self { history, ..self }
    }

    /// The log with so many entries.
    pub(crate) fn grown(mut self, size: u64) -> Self {
        let new: Vec<_> = (self.grower.size()..size)
            .map(|number| self.entry(number))
            .collect();
        let leaves: Vec<_> = new.iter().map(|entry| leaf_hash(entry)).collect();
        for grown in self.grower.grow(leaves) {
            let place = (grown.tile().level(), grown.tile().index());
            self.tiles.insert(place, grown.hashes().to_vec());
        }
        self.entries.extend(new);
        self
    }

    fn entry(&self, number: u64) -> Vec<u8> {
        let digest = DigestRecord {
            alg: "sha256".into(),
            content: None,
            value: format!("{number:064x}"),
        };
        let result = ResultRecord {
            sha256: Some("ab".repeat(32)),
            state: ResultState::Signed,
        };
        let entry = Entry {
            log: "kyso-1".into(),
            seq: number,
            time: "2026-11-23T08:00:00.000000Z".into(),
            boot: self.history.into(),
            request: "r-17".into(),
            intent: Some("cd".repeat(32)),
            digests: vec![digest],
            results: vec![result],
            ..Entry::new(Event::SignatureOutcome, Outcome::Ok, Actor::person("p-3"))
        };
        entry.to_bytes().unwrap()
    }

    pub(crate) fn key(&self) -> LogKey {
        LogKey::ecdsa(self.origin.parse().unwrap(), &spki(&self.secret)).unwrap()
    }

    /// The key of the exporter, which is another.
    pub(crate) fn export_key() -> ExportKey {
        let secret = SigningKey::from_slice(&[8; 32]).unwrap();
        let name = "kyso.example/log/export".parse().unwrap();
        ExportKey::ecdsa(name, &spki(&secret)).unwrap()
    }

    /// What a server exports of it, from the second entry on, under a checkpoint of the present
    /// size; these are all outcomes, and their intents may lie before.
    pub(crate) fn bundle(
        &self,
        checkpoint: SignedCheckpoint,
        witnesses: Vec<WitnessKey>,
    ) -> Vec<u8> {
        let keys = Keys {
            log: self.key(),
            export: Self::export_key(),
            witnesses,
        };
        let (time, exporter) = ("2026-11-27T17:00:00.000000Z", "person p-3");
        let range = 1..self.grower.size();
        let exporter = exporter.parse().unwrap();
        let export = Export::new(range, vec![checkpoint], keys, time.into(), exporter);
        let mut writer = Writer::begin(Vec::new(), export.unwrap(), self).unwrap();
        for entry in &self.entries[1..] {
            writer.push(entry, &[]).unwrap();
        }
        let unsigned = writer.finish().unwrap();
        let secret = SigningKey::from_slice(&[8; 32]).unwrap();
        let signature: DerSignature = secret.sign(unsigned.text().as_bytes());
        unsigned.signed(signature.as_bytes().to_vec()).unwrap()
    }

    pub(crate) fn checkpoint(&self) -> SignedCheckpoint {
        let (size, root) = (self.grower.size(), self.grower.root());
        let checkpoint = Checkpoint::new(self.origin.to_owned(), size, root).unwrap();
        let signature: DerSignature = self.secret.sign(checkpoint.to_string().as_bytes());
        let signature = signature.as_bytes().to_vec();
        checkpoint.signed(&self.key(), signature).unwrap()
    }

    /// What a witness that saw `old` entries is asked.
    pub(crate) fn request(&self, old: u64) -> String {
        let prover = Prover::new(self, self.grower.size());
        let proof = prover.consistency(old).unwrap();
        let request = AddCheckpoint::new(old, proof, self.checkpoint()).unwrap();
        request.to_string()
    }

    /// A receipt for an entry under a checkpoint of the present size.
    pub(crate) fn receipt(&self, number: u64, checkpoint: SignedCheckpoint) -> String {
        let prover = Prover::new(self, self.grower.size());
        let path = prover.inclusion(number).unwrap();
        let proof = LogProof::new(number, path, checkpoint).unwrap();
        let entry = &self.entries[usize::try_from(number).unwrap()];
        Receipt::new(entry, proof).unwrap().to_string()
    }
}

impl ReadTile for Log {
    type Error = Tile;

    fn read_tile(&self, tile: Tile) -> Result<Vec<Hash>, Tile> {
        let place = (tile.level(), tile.index());
        self.tiles.get(&place).cloned().ok_or(tile)
    }
}
