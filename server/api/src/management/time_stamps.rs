//! Time stamps of an outside authority over signatures: `GET time-stamps/{id}`.

use serde::{Deserialize, Serialize};

use super::{Id, Time};
use crate::words::words;

words! {
    /// Where a time stamp stands.
    TimeStampState {
        /// It is signed; the authority is still to be asked, or to answer.
        Pending = "pending",
        /// The token is there.
        Held = "held",
        /// Nobody stamped it in time, and nobody is asked any more.
        GivenUp = "given_up",
    }
}

/// A time stamp over a signature, in the order of the signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TimeStampStanding {
    /// Its id.
    pub id: Id,
    /// Where it stands.
    pub state: TimeStampState,
}

/// `GET time-stamps/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TimeStamp {
    /// Its id.
    pub id: Id,
    /// Where it stands.
    pub state: TimeStampState,
    /// The call that signed, as in the audit entries.
    pub request_id: Id,
    /// Place of the signature among those of the call, from 0.
    pub place: u32,
    /// Object identifier of the hash over the signature.
    pub hash_algorithm: String,
    /// What is stamped: the digest of the signature value, base64.
    pub imprint: String,
    /// When it was asked for.
    pub asked_at: Time,
    /// The token (RFC 3161), CMS in DER, base64; once it is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The authority's time, as it stands in the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
}
