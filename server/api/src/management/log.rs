//! What proves the audit log: receipts, checkpoints, and whose keys verify them.

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// Which of the two entries of a call that used a key.
    ReceiptEntry {
        /// Written before the HSM was asked; lists every digest.
        Intent = "intent",
        /// Written before the signature left; names the intent.
        Outcome = "outcome",
    }
}

/// Query of `GET receipts/{id}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReceiptQuery {
    /// Which entry; the outcome if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<ReceiptEntry>,
}

/// Query of `GET audit/export`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExportQuery {
    /// The first entry; 0 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// The entry behind the last; the size of the newest checkpoint that enough witnesses cosigned if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
    /// Whether names, titles and reasons go along, as far as they were not erased; not if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disclose: Option<bool>,
}

/// Whose checkpoints count, and who cosigns them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LogKeys {
    /// The name of the log, first line of its checkpoints.
    pub origin: String,
    /// The log's verifier key (C2SP signed-note, type 2: ECDSA P-256).
    pub key: String,
    /// The verifier key of the key that signs exports.
    pub export: String,
    /// The verifier keys of the witnesses that are asked.
    pub witnesses: Vec<String>,
    /// How many of them must have cosigned.
    pub quorum: usize,
}
