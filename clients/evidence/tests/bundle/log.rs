//! A log as a server keeps it, with witnesses, and bundles of it.

use std::collections::BTreeMap;
use std::ops::Range;

use kyso_evidence::bundle::{Beside, Disclosed, Export, ExportKey, Keys, Trust, Writer};
use kyso_evidence::checkpoint::{Checkpoint, SignedCheckpoint};
use kyso_evidence::cosignature::Cosigner;
use kyso_evidence::key::LogKey;
use kyso_evidence::policy::Policy;
use kyso_evidence::proof::LogProof;
use kyso_evidence::receipt::Receipt;
use kyso_evidence::tiles::{Grower, Prover, ReadTile, Tile};
use kyso_evidence::witness::AddCheckpoint;
use kyso_evidence::{Actor, Entry, Event, Hash, Outcome, commitment, leaf_hash};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey};

pub(crate) const ORIGIN: &str = "kyso.example/log";

/// Entries, tiles, and keys that an HSM would keep.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) entries: Vec<Vec<u8>>,
    tiles: BTreeMap<(u8, u64), Vec<Hash>>,
    grower: Grower,
}

pub(crate) fn secret(number: u8) -> SigningKey {
    SigningKey::from_slice(&[number; 32]).unwrap()
}

fn spki(key: &SigningKey) -> Vec<u8> {
    let prefix = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
    let point = key.verifying_key().to_encoded_point(false);
    [hex::decode(prefix).unwrap().as_slice(), point.as_bytes()].concat()
}

/// 7 is the log's own.
pub(crate) fn log_key(secret_number: u8) -> LogKey {
    LogKey::ecdsa(ORIGIN.parse().unwrap(), &spki(&secret(secret_number))).unwrap()
}

/// 8 is the server's.
pub(crate) fn export_key(secret_number: u8) -> ExportKey {
    let name = format!("{ORIGIN}/export");
    ExportKey::ecdsa(name.parse().unwrap(), &spki(&secret(secret_number))).unwrap()
}

pub(crate) fn cosigner(number: u8) -> Cosigner {
    let name = format!("witness.example/w{number}");
    Cosigner::new(name.parse().unwrap(), &[number; 32])
}

pub(crate) fn keys() -> Keys {
    Keys {
        log: log_key(7),
        export: export_key(8),
        witnesses: [1, 2].map(|number| cosigner(number).key().clone()).to_vec(),
    }
}

/// What the verifying person has: the log's key, two witnesses that must both have cosigned, and
/// the export key.
pub(crate) fn trust() -> Trust {
    let keys = keys();
    Trust {
        policy: Some(Policy::new(keys.log, keys.witnesses, 2).unwrap()),
        export: Some(keys.export),
        beside: Vec::new(),
    }
}

pub(crate) fn sign(secret_number: u8, text: &str) -> Vec<u8> {
    let signature: DerSignature = secret(secret_number).sign(text.as_bytes());
    signature.as_bytes().to_vec()
}

/// What opens the one commitment that every third entry has.
pub(crate) fn reason(number: u64) -> Disclosed {
    Disclosed {
        field: "reason".into(),
        salt: leaf_hash(&number.to_be_bytes()),
        value: format!("Lý do số {number} \"quoted\" \u{1}\n"),
    }
}

/// Intents and outcomes by turns, and every third entry with free text behind a commitment.
pub(crate) fn entry(number: u64, history: &str, before: Option<&[u8]>) -> Entry {
    let event = match number % 3 {
        0 => Event::AuthorityRecorded,
        1 => Event::SignatureIntent,
        _ => Event::SignatureOutcome,
    };
    let mut entry = Entry {
        time: format!("2026-11-23T08:00:00.{number:06}Z"),
        boot: history.into(),
        request: format!("r-{}", number / 3),
        ..started(number, event, Outcome::Ok)
    };
    if number.is_multiple_of(3) {
        let Disclosed { field, salt, value } = reason(number);
        let hash = hex::encode(commitment(&salt, value.as_bytes()));
        entry.commitments.insert(field, hash);
    }
    if number % 3 == 2 {
        entry.intent = before.map(|before| hex::encode(leaf_hash(before)));
    }
    entry
}

/// What every entry of this log has.
pub(crate) fn started(number: u64, event: Event, outcome: Outcome) -> Entry {
    Entry {
        log: "kyso-1".into(),
        seq: number,
        boot: "first".into(),
        ..Entry::new(event, outcome, Actor::person("p-3"))
    }
}

impl Log {
    /// With entries of these bytes.
    pub(crate) fn of(entries: Vec<Vec<u8>>) -> Self {
        let mut log = Self::empty();
        log.add(entries);
        log
    }

    fn empty() -> Self {
        Self {
            entries: Vec::new(),
            tiles: BTreeMap::new(),
            grower: Grower::new(),
        }
    }

    pub(crate) fn new(size: u64) -> Self {
        Self::empty().grown(size, "first")
    }

    /// With entries of that history up to so many.
    pub(crate) fn grown(mut self, size: u64, history: &str) -> Self {
        let mut new: Vec<Vec<u8>> = Vec::new();
        for number in self.grower.size()..size {
            let before = new.last().or_else(|| self.entries.last());
            let entry = entry(number, history, before.map(Vec::as_slice));
            new.push(entry.to_bytes().unwrap());
        }
        self.add(new);
        self
    }

    /// With one more entry of these bytes.
    pub(crate) fn with(mut self, entry: Vec<u8>) -> Self {
        self.add(vec![entry]);
        self
    }

    fn add(&mut self, entries: Vec<Vec<u8>>) {
        for grown in self
            .grower
            .grow(entries.iter().map(|entry| leaf_hash(entry)))
        {
            let place = (grown.tile().level(), grown.tile().index());
            self.tiles.insert(place, grown.hashes().to_vec());
        }
        self.entries.extend(entries);
    }

    /// Root of the first so many.
    pub(crate) fn root(&self, size: u64) -> Hash {
        Prover::new(self, size).root().unwrap()
    }

    /// Signed by the key of that number, which is 7 for a true one.
    pub(crate) fn signed_by(&self, secret_number: u8, size: u64) -> SignedCheckpoint {
        let checkpoint = Checkpoint::new(ORIGIN.to_owned(), size, self.root(size)).unwrap();
        let signature = sign(secret_number, &checkpoint.to_string());
        checkpoint
            .signed(&log_key(secret_number), signature)
            .unwrap()
    }

    /// Signed by the log and cosigned by these witnesses.
    pub(crate) fn checkpoint(&self, size: u64, witnesses: &[u8]) -> SignedCheckpoint {
        let mut signed = self.signed_by(7, size);
        for &number in witnesses {
            let request = AddCheckpoint::new(0, vec![], signed.clone()).unwrap();
            let checked = request.check(&log_key(7), None).unwrap();
            let line = cosigner(number).cosign(&checked, 1_795_420_800).unwrap();
            signed.add(cosigner(number).key(), line).unwrap();
        }
        signed
    }

    pub(crate) fn receipt(&self, number: u64, size: u64) -> Beside {
        let path = Prover::new(self, size).inclusion(number).unwrap();
        let proof = LogProof::new(number, path, self.checkpoint(size, &[1, 2])).unwrap();
        let entry = &self.entries[usize::try_from(number).unwrap()];
        Beside::Receipt(Box::new(Receipt::new(entry, proof).unwrap()))
    }

    pub(crate) fn export(&self, range: Range<u64>, sizes: &[u64]) -> Export {
        let checkpoints = sizes.iter().map(|&size| self.checkpoint(size, &[1, 2]));
        let time = "2026-11-27T17:00:00.000000Z".to_owned();
        let exporter = "person p-3".parse().unwrap();
        Export::new(range, checkpoints.collect(), keys(), time, exporter).unwrap()
    }

    /// A bundle of these entries, each sixth one with its reason disclosed.
    pub(crate) fn bundle(&self, range: Range<u64>, sizes: &[u64]) -> Vec<u8> {
        self.written(range.clone(), self.export(range, sizes))
    }

    pub(crate) fn written(&self, range: Range<u64>, export: Export) -> Vec<u8> {
        let mut writer = Writer::begin(Vec::new(), export, self).unwrap();
        for number in range {
            let entry = &self.entries[usize::try_from(number).unwrap()];
            let commits = Entry::parse(entry).is_ok_and(|entry| !entry.commitments.is_empty());
            let opened = (number.is_multiple_of(6) && commits).then(|| reason(number));
            writer.push(entry, opened.as_slice()).unwrap();
        }
        let unsigned = writer.finish().unwrap();
        let signature = sign(8, unsigned.text());
        unsigned.signed(signature).unwrap()
    }
}

impl ReadTile for Log {
    type Error = Tile;

    fn read_tile(&self, tile: Tile) -> Result<Vec<Hash>, Tile> {
        let place = (tile.level(), tile.index());
        self.tiles.get(&place).cloned().ok_or(tile)
    }
}
