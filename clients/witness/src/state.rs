//! The last checkpoint of each log, as the file keeps them.
//!
//! Three lines: what it is, SHA-256 of the third in hex, and a JSON array of signed notes, each
//! with the log's signature and this witness's cosignature. The digest shows a torn or carelessly
//! edited file; the cosignatures, that nobody without the key wrote it.

use std::collections::BTreeMap;
use std::fmt;

use kyso_evidence::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use kyso_evidence::key::{SignatureError, WitnessKey};
use sha2::{Digest as _, Sha256};

const HEADER: &str = "kyso witness state 1";

/// Why bytes are not the state of this witness.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Not the three lines, or the digest does not fit.
    #[error("the state is torn or was edited")]
    Damaged,
    /// A note in it is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A checkpoint in it has no cosignature of this witness.
    #[error("the state is not of this witness: {0}")]
    Foreign(#[from] SignatureError),
}

/// The last checkpoint of each log by its origin.
///
/// Displays as the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    last: BTreeMap<String, SignedCheckpoint>,
}

impl State {
    /// Reads the file of the witness with this key, and whatever else was written is refused.
    ///
    /// Logs that are not witnessed any more stay in it: they may come back.
    ///
    /// # Errors
    ///
    /// Every [`StateError`].
    pub(crate) fn parse(bytes: &[u8], witness: &WitnessKey) -> Result<Self, StateError> {
        let notes = notes(bytes).ok_or(StateError::Damaged)?;
        let mut state = Self::default();
        for note in notes {
            let signed = SignedCheckpoint::parse(note.as_bytes())?;
            require_cosigned(&signed, witness)?;
            state.put(signed);
        }
        // One state has one spelling: nothing doubled, nothing out of order.
        let same = state.to_string().as_bytes() == bytes;
        same.then_some(state).ok_or(StateError::Damaged)
    }

    /// The last checkpoint of the log with that origin.
    pub(crate) fn last(&self, origin: &str) -> Option<&Checkpoint> {
        self.last.get(origin).map(SignedCheckpoint::unverified)
    }

    /// Puts a checkpoint in the place of its log's last one.
    pub(crate) fn put(&mut self, signed: SignedCheckpoint) {
        let origin = signed.unverified().origin().to_owned();
        self.last.insert(origin, signed);
    }
}

fn notes(bytes: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (digest, body) = text
        .strip_prefix(HEADER)?
        .strip_prefix('\n')?
        .split_once('\n')?;
    (digest == self::digest(body))
        .then(|| serde_json::from_str(body).ok())
        .flatten()
}

fn digest(body: &str) -> String {
    hex::encode(Sha256::digest(body))
}

fn require_cosigned(signed: &SignedCheckpoint, witness: &WitnessKey) -> Result<(), StateError> {
    let mut lines = signed.note().signatures().iter();
    let missing = || SignatureError::Missing(witness.label().name().clone());
    let ours = lines.find(|line| line.key() == witness.label());
    witness.verify(signed.unverified(), ours.ok_or_else(missing)?)?;
    Ok(())
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let notes: Vec<_> = self.last.values().map(ToString::to_string).collect();
        let body = serde_json::to_string(&notes).map_err(|_| fmt::Error)? + "\n";
        write!(f, "{HEADER}\n{}\n{body}", digest(&body))
    }
}

#[cfg(test)]
mod tests {
    use kyso_evidence::tree::empty_root;

    use super::*;
    use crate::witness::tests::{cosigned, cosigner};

    fn state(sizes: &[(&str, u64)]) -> State {
        let mut state = State::default();
        for (origin, size) in sizes {
            state.put(cosigned(1, origin, *size));
        }
        state
    }

    #[test]
    fn a_state_is_read_as_it_was_written() {
        for logs in [&[][..], &[("b", 0)], &[("b", 3), ("a", 7), ("c", 1)]] {
            let written = state(logs).to_string();
            let read = State::parse(written.as_bytes(), cosigner(1).key()).unwrap();
            assert_eq!(read, state(logs));
            for (origin, size) in logs {
                assert_eq!(read.last(origin).unwrap().size(), *size);
            }
        }
        assert_eq!(state(&[("a", 2), ("a", 3)]), state(&[("a", 3)]));
        assert_eq!(*state(&[("a", 0)]).last("a").unwrap().root(), empty_root());
    }

    #[test]
    fn a_state_that_was_cut_or_changed_is_refused() {
        let good = state(&[("a", 3), ("b", 7)]).to_string().into_bytes();
        let refused = |bytes: &[u8]| State::parse(bytes, cosigner(1).key()).is_err();
        for at in 0..good.len() {
            assert!(refused(&good[..at]), "cut to {at}");
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(refused(&bad), "byte {at}");
        }
        assert!(refused(&[&good[..], b"\n"].concat()));
    }

    /// Whoever edits the file may compute its digest, but not our cosignature.
    #[test]
    fn a_state_that_another_wrote_is_refused() {
        let foreign = State {
            last: BTreeMap::from([("a".to_owned(), cosigned(2, "a", 3))]),
        };
        let read = State::parse(foreign.to_string().as_bytes(), cosigner(1).key());
        assert!(matches!(read, Err(StateError::Foreign(_))), "{read:?}");
        let body = state(&[("a", 3)]).to_string();
        let body = body
            .lines()
            .last()
            .unwrap()
            .replacen("\\n3\\n", "\\n2\\n", 1)
            + "\n";
        let edited = format!("{HEADER}\n{}\n{body}", digest(&body));
        let read = State::parse(edited.as_bytes(), cosigner(1).key());
        assert!(matches!(read, Err(StateError::Foreign(_))), "{read:?}");
    }

    #[test]
    fn a_state_has_one_spelling() {
        let one = state(&[("a", 3)]).to_string();
        let note = one
            .lines()
            .last()
            .unwrap()
            .trim_matches(['[', ']'])
            .to_owned();
        for body in [
            format!("[{note},{note}]\n"),
            format!("[ {note}]\n"),
            format!("[{note}]"),
        ] {
            let text = format!("{HEADER}\n{}\n{body}", digest(&body));
            let read = State::parse(text.as_bytes(), cosigner(1).key());
            assert_eq!(read, Err(StateError::Damaged), "{body}");
        }
    }
}
