//! What a log may sign next: only what continues the last checkpoint that it signed.

use crate::checkpoint::Checkpoint;
use crate::tree::{ConsistencyError, Frontier, Hash, verify_consistency};

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
/// Only [`Extension::new`] and [`Walk`] make one, so a signer that takes nothing else cannot be made to sign a
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
        same_log(last, &next)?;
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

fn same_log(last: &Checkpoint, next: &Checkpoint) -> Result<(), ExtensionError> {
    if last.origin() == next.origin() {
        Ok(())
    } else {
        Err(ExtensionError::OtherLog(last.origin().to_owned()))
    }
}

/// A log's leaves, first to last, held against two of its checkpoints.
///
/// For whoever has the entries, and tiles that gave no proof: somebody may have changed those, or forked the log. Only the entries
/// tell which.
#[derive(Debug)]
pub struct Walk {
    last: Checkpoint,
    next: Checkpoint,
    frontier: Frontier,
    /// Whether the leaves gave the root of `last`.
    passed: bool,
}

impl Walk {
    /// Before the first leaf.
    ///
    /// # Errors
    ///
    /// [`ExtensionError::OtherLog`].
    pub fn new(last: Checkpoint, next: Checkpoint) -> Result<Self, ExtensionError> {
        same_log(&last, &next)?;
        let mut walk = Self {
            last,
            next,
            frontier: Frontier::new(),
            passed: false,
        };
        walk.compare();
        Ok(walk)
    }

    /// Leaves that it still takes.
    pub const fn missing(&self) -> u64 {
        self.next.size().saturating_sub(self.frontier.size())
    }

    /// Goes past the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.frontier.push(leaf);
        self.compare();
    }

    fn compare(&mut self) {
        if self.frontier.size() == self.last.size() {
            self.passed = self.frontier.root() == *self.last.root();
        }
    }

    /// That the second checkpoint continues the first.
    ///
    /// # Errors
    ///
    /// [`ExtensionError::Fork`] if the leaves give other roots, or are fewer or more than the second counts.
    pub fn finish(self) -> Result<Extension, ExtensionError> {
        let (old, new) = (self.next.size(), self.frontier.size());
        let why = if new != old {
            ConsistencyError::Shrunk { old, new }
        } else if !self.passed {
            ConsistencyError::OldRoot
        } else if self.frontier.root() != *self.next.root() {
            ConsistencyError::NewRoot
        } else {
            return Ok(Extension(self.next));
        };
        let size = self.last.size();
        Err(ExtensionError::Fork { size, why })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::leaf_hash;

    /// The leaf of that number; a fork has another one of number 1.
    fn leaf(number: u64, fork: bool) -> Hash {
        let other = u8::from(fork && number == 1);
        leaf_hash(&[number.to_be_bytes().as_slice(), &[other]].concat())
    }

    /// The log of so many entries.
    fn log(size: u64, fork: bool) -> Checkpoint {
        let mut frontier = Frontier::new();
        (0..size).for_each(|number| frontier.push(leaf(number, fork)));
        Checkpoint::new("kyso.example/log".to_owned(), size, frontier.root()).unwrap()
    }

    #[test]
    fn only_what_continues_the_last_one_may_be_signed() {
        // From two entries to three, the third leaf is the whole proof.
        let third = leaf(2, false);
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
    fn leaves_tell_a_fork_from_what_continues() {
        let table = [
            // The last one, the next one, how many leaves there are, and whether that is one history.
            (log(0, false), log(3, false), 3, true),
            (log(2, false), log(3, false), 3, true),
            (log(3, false), log(3, false), 3, true),
            (log(2, true), log(3, false), 3, false),
            (log(2, false), log(3, true), 3, false),
            (log(2, false), log(3, false), 2, false),
            (log(2, false), log(3, false), 4, false),
            (log(3, false), log(2, false), 2, false),
        ];
        for (last, next, leaves, fits) in table {
            let mut walk = Walk::new(last, next.clone()).unwrap();
            assert_eq!(walk.missing(), next.size());
            (0..leaves).for_each(|number| walk.push(leaf(number, false)));
            let end = walk.finish();
            assert_eq!(end.is_ok(), fits, "{next:?}: {end:?}");
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
