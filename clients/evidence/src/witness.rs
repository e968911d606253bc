//! What a log asks of a witness, and what the witness checks before it cosigns
//! (C2SP `tlog-witness`, "add-checkpoint").

use std::fmt;

use crate::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use crate::key::{LogKey, SignatureError};
use crate::line::{decimal, hash, to_base64};
use crate::note::MAX_NOTE_BYTES;
use crate::tree::{ConsistencyError, Hash, MAX_PROOF_HASHES, empty_root, verify_consistency};

/// The longest request: a note behind the longest proof.
pub const MAX_REQUEST_BYTES: usize = MAX_NOTE_BYTES + 4_096;

/// Why bytes are not such a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// More than [`MAX_REQUEST_BYTES`], or more than [`MAX_PROOF_HASHES`].
    #[error("the request to add a checkpoint is too long")]
    TooLong,
    /// Not old size, hashes and checkpoint in their one spelling.
    #[error("not a request to add a checkpoint")]
    Form,
    /// What follows the empty line is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl RequestError {
    /// The HTTP status that the specification gives it.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Checkpoint(CheckpointError::EmptyRoot) => 422,
            Self::TooLong | Self::Form | Self::Checkpoint(_) => 400,
        }
    }
}

/// Why a witness does not cosign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The log did not sign it.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The old size is larger than the checkpoint's.
    #[error("the old size {old} is larger than the checkpoint's {size}")]
    Backwards {
        /// The request's old size.
        old: u64,
        /// The checkpoint's size.
        size: u64,
    },
    /// The witness has cosigned another size since; the answer's body is that size.
    #[error("the last checkpoint that was cosigned has {0} entries")]
    Conflict(u64),
    /// The log has not only grown: somebody has rewritten it, or there are two of it.
    #[error(transparent)]
    Inconsistent(#[from] ConsistencyError),
}

impl Refusal {
    /// The HTTP status that the specification gives it.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Signature(_) => 403,
            Self::Backwards { .. } => 400,
            Self::Conflict(_) => 409,
            Self::Inconsistent(_) => 422,
        }
    }
}

/// A checkpoint with the proof that it continues the tree of an earlier size.
///
/// Displays as the request's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    old: u64,
    proof: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

/// A checkpoint that its log signed and that continues the last one which the witness cosigned.
///
/// Only [`AddCheckpoint::check`] makes one, and nothing else can be cosigned.
#[must_use]
#[derive(Debug)]
pub struct Consistent {
    checkpoint: Checkpoint,
}

impl AddCheckpoint {
    /// A request to a witness whose last checkpoint had the size `old`, or 0 for its first.
    ///
    /// # Errors
    ///
    /// [`RequestError::TooLong`] for more than [`MAX_PROOF_HASHES`].
    pub fn new(
        old: u64,
        proof: Vec<Hash>,
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, RequestError> {
        if proof.len() > MAX_PROOF_HASHES {
            return Err(RequestError::TooLong);
        }
        Ok(Self {
            old,
            proof,
            checkpoint,
        })
    }

    /// Reads a request's body from its one spelling.
    ///
    /// # Errors
    ///
    /// Every [`RequestError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > MAX_REQUEST_BYTES {
            return Err(RequestError::TooLong);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| RequestError::Form)?;
        let (head, note) = text.split_once("\n\n").ok_or(RequestError::Form)?;
        let (old, proof) = parse_head(head).ok_or(RequestError::Form)?;
        Self::new(old, proof, SignedCheckpoint::parse(note.as_bytes())?)
    }

    /// The checkpoint: its origin tells which log's key and last checkpoint to [`check`] with.
    ///
    /// [`check`]: Self::check
    pub const fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Checks the request against the log's key and the last checkpoint that was cosigned for it.
    ///
    /// Between reading `last` and storing the answer nobody else may store one, or a race of two
    /// requests would set the witness back.
    ///
    /// # Errors
    ///
    /// Every [`Refusal`].
    pub fn check(&self, log: &LogKey, last: Option<&Checkpoint>) -> Result<Consistent, Refusal> {
        let checkpoint = self.checkpoint.verified_by(log)?;
        let (old, size) = (self.old, checkpoint.size());
        if old > size {
            return Err(Refusal::Backwards { old, size });
        }
        let (known, root) = last.map_or((0, empty_root()), |last| (last.size(), *last.root()));
        if old != known {
            return Err(Refusal::Conflict(known));
        }
        verify_consistency(old, &root, size, checkpoint.root(), &self.proof)?;
        Ok(Consistent {
            checkpoint: checkpoint.clone(),
        })
    }
}

fn parse_head(head: &str) -> Option<(u64, Vec<Hash>)> {
    let mut lines = head.split('\n');
    let old = decimal(lines.next()?.strip_prefix("old ")?)?;
    let proof: Option<Vec<Hash>> = lines.map(hash).collect();
    Some((old, proof?))
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        for hash in &self.proof {
            writeln!(f, "{}", to_base64(hash))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

impl Consistent {
    /// The checkpoint, to be stored as the last one before it is cosigned.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }
}
