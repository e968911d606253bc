//! The checkpoints that this server shows: verified, and held in memory, since a row says nothing by itself.

use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use kyso_evidence::checkpoint::{Checkpoint, SignedCheckpoint};
use kyso_evidence::policy::Policy;

/// The newest checkpoint, and the newest that enough witnesses cosigned.
#[derive(Debug, Default)]
pub(super) struct Published(RwLock<Shown>);

#[derive(Debug, Default)]
struct Shown {
    newest: Option<SignedCheckpoint>,
    witnessed: Option<SignedCheckpoint>,
    /// Since when the newest lacks witnesses.
    lacks: Option<Instant>,
}

impl Shown {
    /// The first one that lacks witnesses counts: those after it wait for the same ones.
    fn time(&mut self) {
        let lacks = size(self.newest.as_ref()) > size(self.witnessed.as_ref());
        let since = self.lacks.filter(|_| lacks);
        self.lacks = since.or_else(|| lacks.then(Instant::now));
    }
}

/// Entries that a checkpoint covers.
fn size(signed: Option<&SignedCheckpoint>) -> u64 {
    signed.map_or(0, |one| one.unverified().size())
}

impl Published {
    pub(super) fn newest(&self) -> Option<SignedCheckpoint> {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        shown.newest.clone()
    }

    pub(super) fn witnessed(&self) -> Option<SignedCheckpoint> {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        shown.witnessed.clone()
    }

    /// How long newest checkpoints have lacked witnesses; `None` if the newest has enough.
    pub(super) fn unwitnessed(&self) -> Option<Duration> {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        shown.lacks.map(|since| since.elapsed())
    }

    /// Whether this very tree is shown already, as the newest or the newest that was cosigned.
    pub(super) fn has(&self, checkpoint: &Checkpoint) -> bool {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut both = [&shown.newest, &shown.witnessed].into_iter().flatten();
        both.any(|one| one.unverified() == checkpoint)
    }

    /// Shows a checkpoint from now on, if it is as new as the one that is shown; false if the policy's log did not sign it, or
    /// a witness's line in it does not verify.
    pub(super) fn show(&self, signed: &SignedCheckpoint, own: &Policy, policy: &Policy) -> bool {
        if own.judge(signed).is_err() {
            return false;
        }
        let mut shown = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let new = signed.unverified().size();
        if new >= size(shown.newest.as_ref()) {
            shown.newest = Some(signed.clone());
        }
        if new >= size(shown.witnessed.as_ref()) && policy.judge(signed).is_ok() {
            shown.witnessed = Some(signed.clone());
        }
        shown.time();
        true
    }
}
