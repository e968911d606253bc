//! What a log may sign next: only what continues the last checkpoint that it signed.

use crate::checkpoint::Checkpoint;
use crate::tree::{ConsistencyError, Hash, verify_consistency};

/// Why a log may not sign a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtensionError {
    /// The last one was of another log.
    #[error("the last checkpoint is of the log {0}")]
    OtherLog(String),
    /// The log is shorter than it was, or was rewritten: to sign this would fork it.
    #[error("the log does not continue the checkpoint of {size} entries that was signed last")]
    Fork {
        /// Entries of the last one.
        size: u64,
        /// What does not fit.
        #[source]
        why: ConsistencyError,
    },
}

/// A checkpoint that continues the last one which its log signed.
///
/// Only [`Extension::new`] makes one, so a signer that takes nothing else cannot be made to sign a
/// fork, whatever its database says. Whoever signs it remembers it before it leaves.
#[must_use]
#[derive(Debug)]
pub struct Extension(Checkpoint);

impl Extension {
    /// Checks `next` against the last checkpoint that was signed, with a consistency proof between
    /// the two (RFC 6962 §2.1.2); the first of a log continues nothing.
    ///
    /// # Errors
    ///
    /// Every [`ExtensionError`].
    pub fn new(
        last: Option<&Checkpoint>,
        next: Checkpoint,
        proof: &[Hash],
    ) -> Result<Self, ExtensionError> {
        let Some(last) = last else {
            return Ok(Self(next));
        };
        if last.origin() != next.origin() {
            return Err(ExtensionError::OtherLog(last.origin().to_owned()));
        }
        let size = last.size();
        verify_consistency(size, last.root(), next.size(), next.root(), proof)
            .map_err(|why| ExtensionError::Fork { size, why })?;
        Ok(Self(next))
    }

    /// The checkpoint, to be signed.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.0
    }

    /// The checkpoint, to become a signed one.
    pub fn into_checkpoint(self) -> Checkpoint {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Frontier;
    use crate::tree::leaf_hash;

    /// The log of so many entries; a fork has another entry 1.
    fn log(size: u64, fork: bool) -> Checkpoint {
        let mut frontier = Frontier::new();
        for number in 0..size {
            let other = u8::from(fork && number == 1);
            frontier.push(leaf_hash(
                &[number.to_be_bytes().as_slice(), &[other]].concat(),
            ));
        }
        Checkpoint::new("kyso.example/log".to_owned(), size, frontier.root()).unwrap()
    }

    #[test]
    fn only_what_continues_the_last_one_may_be_signed() {
        // From two entries to three, the third leaf is the whole proof.
        let third = leaf_hash(&[2_u64.to_be_bytes().as_slice(), &[0]].concat());
        assert!(Extension::new(None, log(3, false), &[]).is_ok());
        assert!(Extension::new(Some(&log(2, false)), log(3, false), &[third]).is_ok());
        assert!(Extension::new(Some(&log(3, false)), log(3, false), &[]).is_ok());
        let table = [
            (log(3, false), log(2, false), vec![]),
            (log(3, false), log(3, true), vec![]),
            (log(2, true), log(3, false), vec![third]),
            (log(2, false), log(3, false), vec![]),
        ];
        for (last, next, proof) in table {
            let end = Extension::new(Some(&last), next, &proof);
            assert!(matches!(end, Err(ExtensionError::Fork { .. })), "{end:?}");
        }
    }

    #[test]
    fn another_log_is_no_continuation() {
        let other = Checkpoint::new("other.example/log".to_owned(), 2, *log(2, false).root());
        let end = Extension::new(Some(&other.unwrap()), log(2, false), &[]);
        assert_eq!(
            end.unwrap_err(),
            ExtensionError::OtherLog("other.example/log".to_owned())
        );
    }
}
