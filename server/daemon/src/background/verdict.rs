//! What this server found when it attested a key last, and what is still to be done about it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use kyso_core::KeyRef;
use kyso_core::model::CredentialState;

use crate::app::App;

/// Verdicts by `CKA_ID`.
pub(super) type Known = HashMap<[u8; 16], Verdict>;

/// What was found.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Nothing was wrong.
    Good(Sighting),
    /// Something was wrong with this key.
    Bad(KeyRef, Debt),
}

/// When the token was looked at, and after which of its returns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sighting {
    at: Instant,
    reopened: u64,
}

/// What must be written about a key that failed. It is not attested before all of it is: a lock that
/// could not be written must not look like an unlocking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Debt {
    /// The entries and the lock, for these findings.
    Entries(String),
    /// The lock.
    Lock(String),
    /// Nothing more, as of this policy epoch.
    Paid(i64),
}

impl Sighting {
    /// Now.
    pub(super) fn now(app: &App) -> Self {
        Self {
            at: Instant::now(),
            reopened: app.token.status().reopened,
        }
    }
}

impl Debt {
    pub(super) const fn is_paid(&self) -> bool {
        matches!(self, Self::Paid(_))
    }

    /// Whether a credential that is in this state in this epoch was unlocked since.
    pub(super) fn is_forgiven(&self, state: CredentialState, epoch: i64) -> bool {
        matches!(self, Self::Paid(paid) if epoch >= *paid && state == CredentialState::Active)
    }
}

impl Verdict {
    /// Whether it was good, and is too old to say what is in the token now.
    pub(super) fn is_stale(&self, interval: Duration, now: Sighting) -> bool {
        match self {
            Self::Good(then) => {
                now.reopened != then.reopened || now.at.duration_since(then.at) >= interval
            }
            Self::Bad(..) => false,
        }
    }

    /// Whether the key of a credential in this state is to be attested again.
    pub(super) fn is_due(
        &self,
        state: CredentialState,
        epoch: i64,
        interval: Duration,
        now: Sighting,
    ) -> bool {
        match self {
            Self::Good(_) => may_be_used_later(state) && self.is_stale(interval, now),
            Self::Bad(_, debt) => debt.is_forgiven(state, epoch),
        }
    }
}

/// Whether a key in this state may ever sign again.
pub(super) const fn may_be_used_later(state: CredentialState) -> bool {
    !matches!(state, CredentialState::Revoked | CredentialState::Expired)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kyso_core::KeyAlgorithm;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn sighting(reopened: u64) -> Sighting {
        let at = Instant::now();
        Sighting { at, reopened }
    }

    fn bad(debt: Debt) -> Verdict {
        let key = KeyRef {
            cka_id: [0; 16],
            algorithm: KeyAlgorithm::P256,
            spki: Arc::from([]),
        };
        Verdict::Bad(key, debt)
    }

    #[test]
    fn a_failed_key_is_due_again_once_it_is_unlocked() {
        use CredentialState as S;
        for (state, epoch, due) in [
            (S::Active, 7, true),
            (S::Active, 9, true),
            (S::Active, 6, false), // the lock is not seen yet
            (S::Locked, 9, false),
            (S::Requested, 9, false),
            (S::Revoked, 9, false),
        ] {
            let verdict = bad(Debt::Paid(7));
            let found = verdict.is_due(state, epoch, HOUR, sighting(0));
            assert_eq!(found, due, "{state:?} {epoch}");
        }
    }

    #[test]
    fn a_lock_that_could_not_be_written_is_no_unlocking() {
        let findings = || "[NoProof]".to_owned();
        for debt in [Debt::Entries(findings()), Debt::Lock(findings())] {
            assert!(!debt.is_paid());
            let verdict = bad(debt);
            let due = verdict.is_due(CredentialState::Active, 9, HOUR, sighting(0));
            assert!(!due, "{verdict:?}");
        }
    }

    #[test]
    fn a_good_verdict_ages_and_ends_when_the_token_returns() {
        use CredentialState as S;
        for (state, interval, reopened, due) in [
            (S::Active, HOUR, 0, false),
            (S::Active, Duration::ZERO, 0, true),
            (S::Active, HOUR, 1, true),
            (S::Locked, HOUR, 1, true),
            (S::Requested, HOUR, 1, true),
            (S::Revoked, HOUR, 1, false),
            (S::Expired, Duration::ZERO, 0, false),
        ] {
            let verdict = Verdict::Good(sighting(0));
            let found = verdict.is_due(state, 9, interval, sighting(reopened));
            assert_eq!(found, due, "{state:?} {interval:?} {reopened}");
        }
    }
}
