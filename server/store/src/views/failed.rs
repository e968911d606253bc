//! What was tried and refused: log-ins, one-time passwords, signatures.

use kyso_evidence::entry::Outcome;
use kyso_evidence::{Entry, Event};

use super::Verdict;

pub(super) const EVENTS: &[Event] = &[
    Event::ApprovalGiven,
    Event::ApprovalRefused,
    Event::ApprovalReturned,
    Event::ChangeApproved,
    Event::ChangeProposed,
    Event::FailuresSummed,
    Event::LoginFailed,
    Event::PasswordChanged,
    Event::SadRefused,
    Event::SessionOpened,
    Event::SignatureRefused,
    Event::TokenRefused,
];

/// What failed; a sum stands for as many as it counts.
pub(super) fn judge(entry: &Entry) -> Verdict {
    if !matches!(entry.outcome, Outcome::Refused | Outcome::Failed) {
        return None;
    }
    Some(match entry.event {
        Event::FailuresSummed => ("summed", entry.count),
        Event::LoginFailed => ("log_in", None),
        Event::SadRefused => ("authorization", None),
        Event::SignatureRefused => ("signature", None),
        Event::TokenRefused => ("token", None),
        Event::ApprovalGiven | Event::ApprovalRefused | Event::ApprovalReturned => {
            ("approval", None)
        }
        _ => ("act", None),
    })
}
