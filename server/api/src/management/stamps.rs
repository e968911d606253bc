//! Stamps: sessions that a records clerk opens, and the one call with which a system stamps.

use serde::{Deserialize, Serialize};

use super::{Id, Time, TimeStampStanding};
use crate::Secret;
use crate::csc::Document;
use crate::words::words;

words! {
    /// Whether a stamping session lets a system stamp.
    StampingSessionState {
        /// It does.
        Open = "open",
        /// Somebody closed it.
        Closed = "closed",
        /// Its time or its number is used up.
        Ended = "ended",
    }
}

/// `POST stamping-sessions`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewStampingSession {
    /// The system.
    pub client: Id,
    /// The seal.
    pub credential: Id,
    /// Most signatures.
    pub limit: u32,
    /// Until when.
    pub until: Time,
    /// Purpose codes of documents that may be stamped: `PHAT_HANH`, `SAO_Y`.
    pub purposes: Vec<String>,
    /// One-time password of the clerk, fresh.
    pub otp: Secret,
}

/// One of `GET stamping-sessions`, and the reply of `POST`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StampingSession {
    /// Its id.
    pub id: Id,
    /// The system.
    pub client: Id,
    /// The seal.
    pub credential: Id,
    /// Who opened it.
    pub opened_by: Id,
    /// Until when.
    pub until: Time,
    /// Purpose codes.
    pub purposes: Vec<String>,
    /// Most signatures.
    pub limit: u32,
    /// Signatures made.
    pub used: u32,
    /// Signatures left.
    pub remaining: u32,
    /// Whether it lets the system stamp.
    pub state: StampingSessionState,
}

/// `POST stamps`, with the header `Idempotency-Key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StampRequest {
    /// The seal.
    pub credential: Id,
    /// Digests, base64.
    pub hashes: Vec<String>,
    /// Object identifier of their hash function.
    pub hash_algorithm: String,
    /// Object identifier of the signature algorithm.
    pub sign_algorithm: String,
    /// Base64 of DER, for RSASSA-PSS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_algorithm_params: Option<String>,
    /// What each hash is of; one for each.
    #[serde(deserialize_with = "super::objects::objects")]
    pub documents: Vec<Document>,
    /// Whether an outside authority is to stamp the time of each signature, later (RFC 3161).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub time_stamp: bool,
}

/// Reply of `POST stamps`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StampReply {
    /// Base64, one per hash and in their order.
    pub signatures: Vec<String>,
    /// As in the audit entries.
    pub request_id: Id,
    /// The time stamps that were asked for, one per signature and in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub time_stamps: Vec<TimeStampStanding>,
}
