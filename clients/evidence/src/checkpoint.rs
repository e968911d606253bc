//! Checkpoints: size and root of a log in three lines, and the note that signs them
//! (C2SP `tlog-checkpoint`).

use std::fmt;

use crate::key::{LogKey, SignatureError, WitnessKey};
use crate::line::{decimal, hash, to_base64};
use crate::note::{Note, NoteError, NoteSignature};
use crate::tree::{Hash, empty_root};

/// Why something is not a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The bytes are no signed note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Not the three lines. Extension lines are refused: nobody could audit them.
    #[error("the checkpoint is not the three lines origin, size and root")]
    Form,
    /// The origin is empty or has control characters.
    #[error("the checkpoint's origin is empty or has control characters")]
    Origin,
    /// Of size 0, but not with the root of the empty tree.
    #[error("the checkpoint of an empty log has another root than the empty tree")]
    EmptyRoot,
}

/// What a log says of itself: its origin, and the size and root of its tree.
///
/// Displays as the note's text, which is what the log signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
}

impl Checkpoint {
    /// A checkpoint of the log with that origin, which should be the name of its key.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Origin`] and [`CheckpointError::EmptyRoot`].
    pub fn new(origin: String, size: u64, root: Hash) -> Result<Self, CheckpointError> {
        if origin.is_empty() || origin.contains(|c| c < ' ') {
            return Err(CheckpointError::Origin);
        }
        if size == 0 && root != empty_root() {
            return Err(CheckpointError::EmptyRoot);
        }
        Ok(Self { origin, size, root })
    }

    /// Reads the text of a note.
    ///
    /// # Errors
    ///
    /// Every [`CheckpointError`] but [`CheckpointError::Note`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let lines = text.strip_suffix('\n').ok_or(CheckpointError::Form)?;
        let [origin, size, root]: [&str; 3] = lines
            .split('\n')
            .collect::<Vec<_>>()
            .try_into()
            .map_err(|_| CheckpointError::Form)?;
        let size = decimal(size).ok_or(CheckpointError::Form)?;
        let root = hash(root).ok_or(CheckpointError::Form)?;
        Self::new(origin.to_owned(), size, root)
    }

    /// The log's identity.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Number of entries.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Root of the tree over them.
    pub const fn root(&self) -> &Hash {
        &self.root
    }

    /// The second of two steps: the first is that an HSM signs this checkpoint's text.
    ///
    /// The signature is checked before it is taken, so that a faulty one never leaves. For a P-256
    /// key it is ECDSA over SHA-256 of the text, in DER.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Invalid`].
    pub fn signed(
        self,
        key: &LogKey,
        signature: Vec<u8>,
    ) -> Result<SignedCheckpoint, SignatureError> {
        let signature = NoteSignature::new(key.label().clone(), signature);
        let note = Note::new(self.to_string(), vec![signature]);
        key.verify(&note)?;
        Ok(SignedCheckpoint {
            checkpoint: self,
            note,
        })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = to_base64(&self.root);
        writeln!(f, "{}\n{}\n{root}", self.origin, self.size)
    }
}

/// A checkpoint with signature lines, which are yet to be judged by a
/// [`Policy`](crate::policy::Policy) or a [`LogKey`].
///
/// Displays as the signed note that is stored and served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

impl SignedCheckpoint {
    /// Reads a signed note whose text is a checkpoint.
    ///
    /// # Errors
    ///
    /// Every [`CheckpointError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = Note::parse(bytes)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok(Self { checkpoint, note })
    }

    /// What is claimed; nobody has verified it yet.
    pub const fn unverified(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note, for keys to verify.
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// The checkpoint, if that log's key signed it and is named as its origin.
    ///
    /// What a witness asks before it cosigns (C2SP `tlog-witness`, `add-checkpoint`).
    ///
    /// # Errors
    ///
    /// Every [`SignatureError`].
    pub fn verified_by(&self, log: &LogKey) -> Result<&Checkpoint, SignatureError> {
        let origin = self.checkpoint.origin();
        if origin != log.label().name().as_str() {
            return Err(SignatureError::OtherLog(origin.to_owned()));
        }
        log.verify(&self.note)?;
        Ok(&self.checkpoint)
    }

    /// Adds a witness's line, in place of its earlier one, and answers its time (seconds since
    /// 1970 in UTC).
    ///
    /// # Errors
    ///
    /// [`SignatureError::Missing`] if the line is of another key, [`SignatureError::Invalid`].
    pub fn add(
        &mut self,
        witness: &WitnessKey,
        cosignature: NoteSignature,
    ) -> Result<u64, SignatureError> {
        let time = witness.verify(&self.checkpoint, &cosignature)?;
        self.note.put(cosignature);
        Ok(time)
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}
