//! `GET audit`: the log, for security officers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Id, Time};

/// Query of `GET audit`; entries must fit every member that is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// Only entries after this sequence number: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// Most entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Type of event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Person who acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Id>,
    /// Credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Id>,
    /// Agency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<Id>,
    /// System that called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Id>,
    /// Request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Id>,
    /// Outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Number of a document: entries that put it before a signer, ask to sign or seal it, or refuse to, and those of its
    /// appendices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// Series of that number; capitals and spaces make no difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// Year of that number; where only a system named the number, of the entry in Vietnam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<u32>,
    /// From when, inclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Time>,
    /// Until when, exclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Time>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AuditEntry {
    /// Place in the log, from 0, without gaps.
    pub sequence: u64,
    /// RFC 6962 leaf hash, hexadecimal.
    pub leaf_hash: String,
    /// The entry; its RFC 8785 form is what was hashed.
    #[cfg_attr(test, schemars(with = "serde_json::Map<String, Value>"))]
    pub entry: Value,
    /// Field to text, for the fields that the entry holds only as commitments.
    #[serde(default)]
    pub openings: BTreeMap<String, String>,
    /// Fields whose stored text is not what the entry commits to, so that it is not shown: somebody
    /// changed the database. `entry` where the entry itself is not what was hashed; it is empty then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tampered: Vec<String>,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AuditPage {
    /// Entries, the oldest first. A page may be short, even empty, although more follow: a search that
    /// finds little stops after a while.
    pub entries: Vec<AuditEntry>,
    /// `after` of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// Query of `GET audit/signatures`: at most 31 days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignaturesQuery {
    /// From when; a day before `to` where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Time>,
    /// Until when; now where it is absent. Hours that are touched are counted whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Time>,
}

/// Signatures that left the server in one hour for one agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SignatureCount {
    /// When the hour begins.
    pub hour: Time,
    /// The agency to which the keys belong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<Id>,
    /// How many, digest by digest.
    pub signatures: u64,
}

/// Signatures by hour and agency, the earliest hour first; none where nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SignatureCounts {
    /// The counts.
    pub counts: Vec<SignatureCount>,
}
