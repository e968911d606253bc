//! Proofs of logging: one file that shows offline that an entry is in a log (C2SP `tlog-proof`).

use std::fmt;

use crate::checkpoint::{CheckpointError, SignedCheckpoint};
use crate::line::{base64, decimal, hash, to_base64};
use crate::note::MAX_NOTE_BYTES;
use crate::policy::{Distrust, Policy, Trusted};
use crate::tree::{Hash, InclusionError, MAX_PROOF_HASHES, leaf_hash, verify_inclusion};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// The longest proof: a note, the largest entry in base64 beside it, and the path.
pub const MAX_PROOF_BYTES: usize = 2 * MAX_NOTE_BYTES;

/// Why bytes are not a proof of logging.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogProofError {
    /// More than [`MAX_PROOF_BYTES`], or more hashes than a path has.
    #[error("the proof of logging is too long")]
    TooLong,
    /// Not header, lines and checkpoint in their one spelling.
    #[error("not a proof of logging of version 1")]
    Form,
    /// What follows the empty line is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// Why a proof of logging does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofFault {
    /// The policy does not believe the checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] Distrust),
    /// The entry is not in the checkpoint's tree at that place.
    #[error(transparent)]
    Inclusion(#[from] InclusionError),
}

/// An entry's place in a log, its path to the root, and the checkpoint that has this root.
///
/// Displays as the file, `*.tlog-proof`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogProof {
    extra: Vec<u8>,
    index: u64,
    path: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

impl LogProof {
    /// A proof without extra data.
    ///
    /// # Errors
    ///
    /// [`LogProofError::TooLong`] for more than [`MAX_PROOF_HASHES`].
    pub fn new(
        index: u64,
        path: Vec<Hash>,
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, LogProofError> {
        if path.len() > MAX_PROOF_HASHES {
            return Err(LogProofError::TooLong);
        }
        Ok(Self {
            extra: Vec::new(),
            index,
            path,
            checkpoint,
        })
    }

    /// The same proof with extra data, which it does not vouch for.
    pub(crate) fn with_extra(self, extra: Vec<u8>) -> Self {
        Self { extra, ..self }
    }

    /// Reads a proof from its one spelling.
    ///
    /// # Errors
    ///
    /// Every [`LogProofError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, LogProofError> {
        if bytes.len() > MAX_PROOF_BYTES {
            return Err(LogProofError::TooLong);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| LogProofError::Form)?;
        let (head, note) = text.split_once("\n\n").ok_or(LogProofError::Form)?;
        let (extra, index, path) = parse_head(head).ok_or(LogProofError::Form)?;
        let checkpoint = SignedCheckpoint::parse(note.as_bytes())?;
        Ok(Self::new(index, path, checkpoint)?.with_extra(extra))
    }

    /// The entry's number in the log, from 0.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// Data that came along, empty if none did; true only as far as something else shows it.
    pub fn extra(&self) -> &[u8] {
        &self.extra
    }

    /// The path from the leaf to the root, the leaf's sibling first.
    pub fn path(&self) -> &[Hash] {
        &self.path
    }

    /// The checkpoint, yet to be judged.
    pub const fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Checks that these bytes are the entry which the proof is about, in the log of the policy.
    ///
    /// # Errors
    ///
    /// Every [`ProofFault`].
    pub fn verify(&self, entry: &[u8], policy: &Policy) -> Result<Trusted, ProofFault> {
        let trusted = policy.judge(&self.checkpoint)?;
        let checkpoint = trusted.checkpoint();
        verify_inclusion(
            &leaf_hash(entry),
            self.index,
            checkpoint.size(),
            &self.path,
            checkpoint.root(),
        )?;
        Ok(trusted)
    }
}

fn parse_head(head: &str) -> Option<(Vec<u8>, u64, Vec<Hash>)> {
    let mut lines = head.strip_prefix(HEADER)?.strip_prefix('\n')?.split('\n');
    let mut line = lines.next()?;
    let mut extra = Vec::new();
    if let Some(coded) = line.strip_prefix("extra ") {
        extra = base64(coded).filter(|extra| !extra.is_empty())?;
        line = lines.next()?;
    }
    let index = decimal(line.strip_prefix("index ")?)?;
    let path: Option<Vec<Hash>> = lines.map(hash).collect();
    Some((extra, index, path?))
}

impl fmt::Display for LogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if !self.extra.is_empty() {
            writeln!(f, "extra {}", to_base64(&self.extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.path {
            writeln!(f, "{}", to_base64(hash))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}
