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
    /// What it is called now.
    pub name: String,
    /// The agency above it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Id>,
    /// Every name by date, the oldest first, where it has had or is to have another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<AgencyName>,
    /// Every place by date, the oldest first, where it was or is to be moved. Moves from before places had dates are in the
    /// log alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<AgencyPlace>,
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

/// A name of an agency, from a date until the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AgencyName {
    /// From when.
    pub from: Time,
    /// The name.
    pub name: String,
}

/// Where an agency stands, from a date until the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AgencyPlace {
    /// From when.
    pub from: Time,
    /// The agency above it; absent for a root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Id>,
}

/// `POST agencies/{id}/rename`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RenameAgency {
    /// The new name.
    pub name: String,
    /// From when; absent means now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
}

/// `POST agencies/{id}/move`: makes a pending change.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MoveAgency {
    /// The agency that it comes under; absent for a root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Id>,
    /// From when; absent, or over when it is approved, means from the approval on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
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
