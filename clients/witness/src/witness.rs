//! What a witness does with a request, whatever brings it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use kyso_evidence::checkpoint::{Checkpoint, SignedCheckpoint};
use kyso_evidence::cosignature::{Cosigner, TimeError};
use kyso_evidence::key::{LogKey, SignatureError, WitnessKey};
use kyso_evidence::note::NoteSignature;
use kyso_evidence::tree::ConsistencyError;
use kyso_evidence::witness::{AddCheckpoint, Refusal, RequestError};

use crate::home::{Home, HomeError, Lost, Memory};

/// Why a request gets no cosignature.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It is no request.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// Nobody asked this witness to watch that log.
    #[error("this witness does not watch the log {0}")]
    UnknownLog(String),
    /// It is not to be cosigned.
    #[error(transparent)]
    Checkpoint(#[from] Refusal),
    /// The checkpoint is not shown to continue the last one. With the log's signature, which is
    /// the only one left on it, it may be evidence against the log.
    #[error("{0}")]
    Inconsistent(#[source] ConsistencyError, Box<SignedCheckpoint>),
    /// The clock is wrong.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// The checkpoint cannot be kept, so it is not cosigned, nor is another one until a restart.
    #[error("the witness cannot keep its state")]
    Lost,
}

impl Refused {
    /// The HTTP status that the specification gives it, or says nothing of.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Request(error) => error.status(),
            Self::UnknownLog(_) => 404,
            Self::Checkpoint(refusal) => refusal.status(),
            Self::Inconsistent(..) => 422,
            Self::Time(_) | Self::Lost => 500,
        }
    }
}

impl From<Lost> for Refused {
    fn from(Lost: Lost) -> Self {
        Self::Lost
    }
}

/// A witness of some logs.
#[derive(Debug)]
pub struct Witness {
    cosigner: Cosigner,
    logs: BTreeMap<String, LogKey>,
    /// Comparing with the last checkpoint and storing the next one are one step: of two requests
    /// at once the second must see what the first left.
    memory: Mutex<Memory>,
}

impl Witness {
    /// Goes on with the witness that lives in that directory, for these logs.
    ///
    /// # Errors
    ///
    /// Every [`HomeError`] but [`HomeError::Taken`].
    pub fn open(directory: &Path, logs: Vec<LogKey>) -> Result<Self, HomeError> {
        let home = Home::lock(directory)?;
        let cosigner = home.cosigner()?;
        let memory = home.memory(cosigner.key())?;
        Ok(Self {
            cosigner,
            logs: by_origin(logs)?,
            memory: Mutex::new(memory),
        })
    }

    /// The public key, for policies.
    pub const fn key(&self) -> &WitnessKey {
        self.cosigner.key()
    }

    /// Cosigns what continues the last checkpoint, at `time` in seconds since 1970 in UTC.
    ///
    /// The cosignature is there when the checkpoint is on the disk.
    ///
    /// # Errors
    ///
    /// Every [`Refused`].
    pub fn add(&self, body: &[u8], time: u64) -> Result<NoteSignature, Refused> {
        let request = AddCheckpoint::parse(body)?;
        let origin = request.checkpoint().unverified().origin();
        let log = self.logs.get(origin);
        let log = log.ok_or_else(|| Refused::UnknownLog(origin.to_owned()))?;
        // A thread that died while it held the lock may have left anything.
        let mut memory = self.memory.lock().map_err(|_| Refused::Lost)?;
        let last = memory.state()?.last(origin);
        let consistent = request.check(log, last);
        let consistent = consistent.map_err(|why| refused(why, request.checkpoint(), log))?;
        let cosignature = self.cosigner.cosign(&consistent, time)?;
        let mut signed = by_log_alone(request.checkpoint(), log)?;
        signed
            .add(self.key(), cosignature.clone())
            .map_err(Refusal::from)?;
        Ok(memory.keep(signed, cosignature)?)
    }

    /// The last checkpoint that was cosigned for a log.
    ///
    /// # Errors
    ///
    /// [`Refused::Lost`].
    #[cfg(test)]
    pub(crate) fn last(&self, origin: &str) -> Result<Option<Checkpoint>, Refused> {
        let memory = self.memory.lock().map_err(|_| Refused::Lost)?;
        Ok(memory.state()?.last(origin).cloned())
    }
}

fn by_origin(logs: Vec<LogKey>) -> Result<BTreeMap<String, LogKey>, HomeError> {
    let mut named = BTreeMap::new();
    for log in logs {
        let name = log.label().name().clone();
        if named.insert(name.as_str().to_owned(), log).is_some() {
            return Err(HomeError::TwoKeys(name));
        }
    }
    Ok(named)
}

/// Keeps what may be evidence.
fn refused(why: Refusal, signed: &SignedCheckpoint, log: &LogKey) -> Refused {
    match (why, by_log_alone(signed, log)) {
        (Refusal::Inconsistent(error), Ok(signed)) => {
            Refused::Inconsistent(error, Box::new(signed))
        }
        (why, _) => why.into(),
    }
}

/// The checkpoint with the log's line; those of strangers would only fill state and journal.
fn by_log_alone(signed: &SignedCheckpoint, log: &LogKey) -> Result<SignedCheckpoint, Refusal> {
    let mut lines = signed.note().signatures().iter();
    let line = lines.find(|line| line.key() == log.label());
    let line = line.ok_or_else(|| SignatureError::Missing(log.label().name().clone()))?;
    let checkpoint: Checkpoint = signed.unverified().clone();
    Ok(checkpoint.signed(log, line.bytes().to_vec())?)
}

#[cfg(test)]
pub(crate) mod tests {
    use kyso_evidence::{Frontier, Hash, leaf_hash};
    use p256::ecdsa::signature::Signer as _;
    use p256::ecdsa::{DerSignature, SigningKey};

    use super::*;

    pub(crate) fn cosigner(number: u8) -> Cosigner {
        Cosigner::new("witness.example".parse().unwrap(), &[number; 32])
    }

    fn hsm() -> SigningKey {
        SigningKey::from_slice(&[7; 32]).unwrap()
    }

    /// A P-256 key as `SubjectPublicKeyInfo`.
    fn spki() -> Vec<u8> {
        let prefix = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
        let point = hsm().verifying_key().to_encoded_point(false);
        [hex::decode(prefix).unwrap().as_slice(), point.as_bytes()].concat()
    }

    pub(crate) fn log(origin: &str) -> LogKey {
        LogKey::ecdsa(origin.parse().unwrap(), &spki()).unwrap()
    }

    /// The root of a log of so many entries, which are others in another history.
    fn root(history: u8, size: u64) -> Hash {
        let mut tree = Frontier::new();
        (0..size).for_each(|_| tree.push(leaf_hash(&[history])));
        tree.root()
    }

    pub(crate) fn signed(origin: &str, history: u8, size: u64) -> SignedCheckpoint {
        let checkpoint = Checkpoint::new(origin.to_owned(), size, root(history, size)).unwrap();
        let signature: DerSignature = hsm().sign(checkpoint.to_string().as_bytes());
        let signature = signature.as_bytes().to_vec();
        checkpoint.signed(&log(origin), signature).unwrap()
    }

    pub(crate) fn cosigned(witness: u8, origin: &str, size: u64) -> SignedCheckpoint {
        let mut signed = signed(origin, 0, size);
        let request = AddCheckpoint::new(0, vec![], signed.clone()).unwrap();
        let checked = request.check(&log(origin), None).unwrap();
        let line = cosigner(witness).cosign(&checked, 9).unwrap();
        signed.add(cosigner(witness).key(), line).unwrap();
        signed
    }

    /// The request for a first checkpoint, or the same again.
    pub(crate) fn request(origin: &str, history: u8, old: u64, size: u64) -> Vec<u8> {
        let signed = signed(origin, history, size);
        let request = AddCheckpoint::new(old, vec![], signed).unwrap();
        request.to_string().into_bytes()
    }

    fn founded(logs: &[&str]) -> (tempfile::TempDir, Witness) {
        let directory = tempfile::tempdir().unwrap();
        crate::found(directory.path(), "witness.example".parse().unwrap()).unwrap();
        let logs = logs.iter().map(|origin| log(origin)).collect();
        let witness = Witness::open(directory.path(), logs).unwrap();
        (directory, witness)
    }

    fn status(witness: &Witness, body: &[u8]) -> u16 {
        match witness.add(body, 9) {
            Ok(_) => 200,
            Err(refused) => refused.status(),
        }
    }

    #[test]
    fn a_cosignature_verifies_and_its_checkpoint_is_kept_for_the_next_start() {
        let (directory, witness) = founded(&["a", "b"]);
        let line = witness.add(&request("a", 0, 0, 3), 9).unwrap();
        let key = witness.key().clone();
        assert_eq!(signed("a", 0, 3).add(&key, line), Ok(9));
        let last = witness.last("a").unwrap();
        drop(witness);
        let again = Witness::open(directory.path(), vec![log("b")]).unwrap();
        assert_eq!(again.last("a").unwrap(), last);
        assert_eq!(again.last("b").unwrap(), None);
        assert_eq!(status(&again, &request("a", 0, 3, 3)), 404);
    }

    #[test]
    fn what_is_refused_changes_nothing() {
        let (_directory, witness) = founded(&["a"]);
        assert_eq!(status(&witness, &request("a", 0, 0, 3)), 200);
        let last = witness.last("a").unwrap();
        for (body, expected) in [
            (b"garbage".to_vec(), 400),
            (request("a", 0, 4, 3), 400),
            (request("b", 0, 0, 3), 404),
            (request("a", 0, 0, 3), 409),
            (request("a", 1, 3, 3), 422),
            (request("a", 0, 3, 4), 422),
        ] {
            assert_eq!(status(&witness, &body), expected);
            assert_eq!(witness.last("a").unwrap(), last);
        }
        assert_eq!(status(&witness, &request("a", 0, 3, 3)), 200);
    }

    #[test]
    fn a_wrong_clock_cosigns_nothing() {
        let (_directory, witness) = founded(&["a"]);
        let refused = witness.add(&request("a", 0, 0, 3), 0).unwrap_err();
        assert_eq!(refused.status(), 500);
        assert_eq!(witness.last("a").unwrap(), None);
    }

    #[test]
    fn nothing_is_cosigned_once_the_state_could_not_be_kept() {
        let (directory, witness) = founded(&["a"]);
        assert_eq!(status(&witness, &request("a", 0, 0, 3)), 200);
        // Not even root writes a file where a directory is in the way.
        let in_the_way = directory.path().join("state.new");
        std::fs::create_dir(&in_the_way).unwrap();
        assert_eq!(status(&witness, &request("a", 0, 3, 3)), 500);
        std::fs::remove_dir(in_the_way).unwrap();
        assert_eq!(status(&witness, &request("a", 0, 3, 3)), 500);
        drop(witness);
        let again = Witness::open(directory.path(), vec![log("a")]).unwrap();
        assert_eq!(status(&again, &request("a", 0, 3, 3)), 200);
    }

    #[test]
    fn a_log_has_one_key() {
        let (directory, witness) = founded(&["a"]);
        drop(witness);
        let twice = Witness::open(directory.path(), vec![log("a"), log("a")]);
        assert!(matches!(twice, Err(HomeError::TwoKeys(_))), "{twice:?}");
    }

    #[test]
    fn strangers_lines_are_not_kept() {
        let (directory, witness) = founded(&["a"]);
        let mut crowded = signed("a", 0, 3);
        let stranger = cosigned(2, "a", 3).note().signatures()[1].clone();
        crowded.add(cosigner(2).key(), stranger).unwrap();
        let body = AddCheckpoint::new(0, vec![], crowded).unwrap().to_string();
        assert_eq!(status(&witness, body.as_bytes()), 200);
        let state = std::fs::read_to_string(directory.path().join("state")).unwrap();
        assert_eq!(state.matches("\u{2014} ").count(), 2, "{state}");
        let second = signed("a", 1, 3);
        let body = AddCheckpoint::new(3, vec![], second.clone())
            .unwrap()
            .to_string();
        let crowded = format!("{body}\u{2014} stranger AAAAAAAA\n");
        let refused = witness.add(crowded.as_bytes(), 9).unwrap_err();
        assert!(matches!(refused, Refused::Inconsistent(_, note) if *note == second));
    }
}
