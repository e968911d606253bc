//! What is to be exported, found possible before anything is written.

use std::ops::Range;

use super::keys::Keys;
use super::statement::{Exporter, Statement};
use crate::checkpoint::SignedCheckpoint;
use crate::key::SignatureError;

/// What is to be exported.
#[derive(Clone, Debug)]
pub struct Export {
    pub(super) statement: Statement,
    pub(super) keys: Keys,
    pub(super) checkpoints: Vec<SignedCheckpoint>,
}

/// Why something cannot be exported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// No checkpoint, or one that is not larger than that before it, or smaller than the range's
    /// first entry.
    #[error("an export needs checkpoints of growing size, none of which lies before its entries")]
    Checkpoints,
    /// A checkpoint that the log did not sign.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// No entries, or some that the largest checkpoint does not count; or a time out of form.
    #[error("the range or time of the export is out of bounds")]
    Range,
    /// The checkpoint key signs nothing else.
    #[error("the export key is the log's own key")]
    OneKey,
}

impl Export {
    /// The entries of the range, under these checkpoints with their cosignatures, smallest first;
    /// the largest must count all of them.
    ///
    /// `time` is RFC 3339 UTC with six decimals, as in entries.
    ///
    /// # Errors
    ///
    /// Every [`ExportError`].
    pub fn new(
        range: Range<u64>,
        checkpoints: Vec<SignedCheckpoint>,
        keys: Keys,
        time: String,
        exporter: Exporter,
    ) -> Result<Self, ExportError> {
        if keys.export.is(&keys.log) {
            return Err(ExportError::OneKey);
        }
        let mut before = range.start.saturating_sub(1);
        for signed in &checkpoints {
            let size = signed.verified_by(&keys.log)?.size();
            if size <= before {
                return Err(ExportError::Checkpoints);
            }
            before = size;
        }
        let largest = checkpoints.last().ok_or(ExportError::Checkpoints)?;
        let statement = Statement::new(range, largest.unverified(), time, exporter);
        Ok(Self {
            statement: statement.ok_or(ExportError::Range)?,
            keys,
            checkpoints,
        })
    }

    /// Sizes of the checkpoints.
    pub(super) fn sizes(&self) -> Vec<u64> {
        let sizes = self.checkpoints.iter();
        sizes.map(|signed| signed.unverified().size()).collect()
    }
}
