//! Agencies: a tree, effective-dated, known by codes in two formats.

use serde::{Deserialize, Serialize};

use super::{Id, Time};
use crate::Secret;
use crate::words::words;

words! {
    /// Format of an agency's code.
    AgencyCodeFormat {
        /// `000.00.01.H26`, before 2025.
        Legacy = "legacy",
        /// `H26.1.2`, of Decision 20/2020/QĐ-TTg and its successors.
        Modern = "modern",
    }
}

/// A code that names an agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AgencyCode {
    /// Which format.
    pub format: AgencyCodeFormat,
    /// The code.
    pub code: String,
}

/// `POST agencies`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAgency {
    /// Name.
    pub name: String,
    /// The agency above it; absent for a root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Id>,
    /// Kind: `UBND`, `so`, `phong`, …
    pub kind: String,
    /// Level: `tinh`, `xa`.
    pub level: String,
    /// Codes.
    #[serde(deserialize_with = "super::objects::objects")]
    pub codes: Vec<AgencyCode>,
    /// From when it exists; absent means now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Time>,
}

/// One of `GET agencies`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Agency {
    /// Its id.
    pub id: Id,
    /// Name.
    pub name: String,
    /// The agency above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Id>,
    /// Kind.
    pub kind: String,
    /// Level.
    pub level: String,
    /// Codes that count.
    pub codes: Vec<AgencyCode>,
    /// Codes that it had; they name nobody else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_codes: Vec<AgencyCode>,
    /// From when.
    pub valid_from: Time,
    /// Until when; absent while it exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Time>,
}

/// `POST agencies/{id}/move`: makes a pending change.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MoveAgency {
    /// The agency that it comes under; absent for a root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Id>,
    /// One-time password of the proposer; absent where the log-in's own is still fresh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otp: Option<Secret>,
}

/// `POST agencies/{id}/end`, `persons/{id}/end`, `authorities/{id}/end`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EndRequest {
    /// When; absent means now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
}
