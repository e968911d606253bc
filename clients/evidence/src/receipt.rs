//! Receipts: an entry together with the proof that the log holds it.
//!
//! A receipt is a proof of logging whose `extra` line is the entry's bytes. C2SP `tlog-proof`,
//! "Format", leaves that line to the application, as data needed to rebuild the leaf, and says
//! that it is not authenticated. Here it is: the path from its leaf hash is what is checked.

use std::fmt;

use crate::canonical::EntryError;
use crate::entry::Entry;
use crate::policy::{Policy, Trusted};
use crate::proof::{LogProof, LogProofError, ProofFault};

/// Why bytes are not a receipt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// They are no proof of logging.
    #[error(transparent)]
    Proof(#[from] LogProofError),
    /// The extra line is missing or holds no entry.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The entry says that it has another place in its log.
    #[error("the receipt is for entry {index} and holds entry {sequence}")]
    Misplaced {
        /// The place that the proof is about.
        index: u64,
        /// The entry's own number.
        sequence: u64,
    },
}

/// An entry and its proof of logging, which are yet to be verified.
///
/// Displays as the file that the caller keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    entry: Entry,
    proof: LogProof,
}

/// An entry that a receipt has shown to be in a log.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The entry.
    pub entry: Entry,
    /// The checkpoint whose tree holds it, and who cosigned that.
    pub checkpoint: Trusted,
}

impl Receipt {
    /// A receipt for the entry of these bytes.
    ///
    /// # Errors
    ///
    /// [`ReceiptError::Entry`] and [`ReceiptError::Misplaced`].
    pub fn new(entry: &[u8], proof: LogProof) -> Result<Self, ReceiptError> {
        Self::of(proof.with_extra(entry.to_vec()))
    }

    /// Reads a receipt from its one spelling.
    ///
    /// # Errors
    ///
    /// Every [`ReceiptError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        Self::of(LogProof::parse(bytes)?)
    }

    fn of(proof: LogProof) -> Result<Self, ReceiptError> {
        let entry = Entry::parse(proof.extra())?;
        let (index, sequence) = (proof.index(), entry.seq);
        if index == sequence {
            Ok(Self { entry, proof })
        } else {
            Err(ReceiptError::Misplaced { index, sequence })
        }
    }

    /// The entry as the receipt claims it.
    pub const fn unverified(&self) -> &Entry {
        &self.entry
    }

    /// The proof, which nobody has verified yet.
    pub const fn proof(&self) -> &LogProof {
        &self.proof
    }

    /// Checks that the log of the policy holds the entry.
    ///
    /// # Errors
    ///
    /// Every [`ProofFault`].
    pub fn verify(self, policy: &Policy) -> Result<Logged, ProofFault> {
        let checkpoint = self.proof.verify(self.proof.extra(), policy)?;
        Ok(Logged {
            entry: self.entry,
            checkpoint,
        })
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.proof.fmt(f)
    }
}
