//! How long what was authorized holds by date: write 1 holds it against its own time.

use crate::Timestamp;
use crate::refusal::Refusal;

/// When the first thing ends by date that something relies on, and what is said from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Until {
    end: Timestamp,
    refusal: Refusal,
}

impl Until {
    /// Up to `end`, then this refusal.
    pub(super) const fn new(end: Timestamp, refusal: Refusal) -> Self {
        Self { end, refusal }
    }

    /// Whichever ends first.
    pub(super) fn or(self, end: Timestamp, refusal: Refusal) -> Self {
        if end < self.end {
            Self::new(end, refusal)
        } else {
            self
        }
    }

    /// Refuses from the end on.
    ///
    /// # Errors
    /// What ended first.
    pub fn check(&self, now: Timestamp) -> Result<(), Refusal> {
        if now < self.end {
            Ok(())
        } else {
            Err(self.refusal)
        }
    }
}
