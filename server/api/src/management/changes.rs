//! Acts that grant power: proposed by one person, approved by another.

use serde::{Deserialize, Serialize};

use super::{Id, Time};
use crate::Secret;
use crate::words::words;

words! {
    /// What became of a proposal.
    ChangeState {
        /// Nobody has decided yet.
        Waiting = "waiting",
        /// In force.
        Approved = "approved",
        /// Refused.
        Rejected = "rejected",
        /// Nobody decided in time.
        Expired = "expired",
    }
}

/// Query of `GET changes`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeQuery {
    /// Only these; absent means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ChangeState>,
}

/// A proposal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Change {
    /// Its id.
    pub id: Id,
    /// What it would do: `role.grant`, `credential.unlock`, …
    pub kind: String,
    /// The same for people, in the language that was asked for, with everything that an approver must see.
    pub summary: String,
    /// Who proposed it.
    pub proposed_by: Id,
    /// When it ends undecided.
    pub expires_at: Time,
    /// The proposer's half of an enrolment code, shown this once; the approver gets the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolment_half: Option<Secret>,
    /// The secret of a client that proves itself by one, shown to its proposer this once; it works
    /// once the change is approved, and whoever approves it never sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// What became of it; absent in a 202, where it is waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ChangeState>,
}

/// What a POST that only proposes answers, with status 202.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PendingReply {
    /// The proposal.
    pub change: Change,
}

/// Reply of `POST changes/{id}/approve`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ApprovalReply {
    /// The approver's half of an enrolment code, shown this once; the proposer got the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolment_half: Option<Secret>,
}

/// `POST changes/{id}/reject`, `credentials/{id}/lock`, `credentials/{id}/revoke`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReasonRequest {
    /// Why.
    pub reason: String,
}
