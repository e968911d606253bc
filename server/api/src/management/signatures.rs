//! Uses of keys: `GET signatures` of one's own, `GET stamping-sessions/{id}/signatures` of a session, and
//! `POST signatures/{id}/dispute` by whoever did not make one.

use serde::{Deserialize, Serialize};

use super::{Id, Time, TimeStampStanding};
use crate::csc::Document;
use crate::words::words;

words! {
    /// What became of a call that used a key.
    SignatureOutcome {
        /// Every digest was signed.
        Signed = "signed",
        /// Not handed out; the number of the digests that were signed all the same is told.
        Failed = "failed",
        /// Nobody knows: to be treated as signed.
        Unknown = "unknown",
    }
}

/// Query of `GET signatures` and `GET stamping-sessions/{id}/signatures`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignatureQuery {
    /// Only what ended before this place in the audit log: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// At most so many; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u16>,
}

/// One use of a key: the digests of one call, and what became of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SignatureRecord {
    /// Its place in the audit log.
    pub sequence: u64,
    /// When it ended.
    pub at: Time,
    /// The credential.
    pub credential: Id,
    /// The system that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Id>,
    /// What people call that system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// The request for approval that was approved, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Id>,
    /// As in the audit entries.
    pub request_id: Id,
    /// What became of it.
    pub outcome: SignatureOutcome,
    /// How many digests.
    pub count: u32,
    /// How many of them were signed, whether handed out or not.
    pub signed: u32,
    /// What the system said of the documents; empty if it said nothing, or if that was erased.
    pub documents: Vec<Document>,
    /// How the time stamps stand that were asked for, one per signature and in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub time_stamps: Vec<TimeStampStanding>,
    /// When the key's owner said that they did not make it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disputed_at: Option<Time>,
}

/// `POST signatures/{id}/dispute`: "I did not make this".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DisputeSignature {
    /// What speaks against it, if there is something to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A dispute that was entered; whoever repeats it is told the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SignatureDispute {
    /// The call that is disputed.
    pub request_id: Id,
    /// Its credential, which was locked.
    pub credential: Id,
    /// The dispute's place in the audit log.
    pub sequence: u64,
    /// When it was entered.
    pub at: Time,
}

/// A page of uses of keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SignaturePage {
    /// The uses, the youngest first.
    pub items: Vec<SignatureRecord>,
    /// `before` of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}
