//! Values behind commitments that the exporter chose to disclose.
//!
//! What an entry commits to is SHA-256(salt ‖ value) ([`commitment`]). Salt and value of one that
//! was erased are gone, and of one that is not disclosed they are not here; the entry proves the
//! same either way.

use serde::{Deserialize, Serialize};

use crate::entry::Entry;
use crate::tree::Hash;
use crate::{commitment, line};

/// A value and the salt that opens its commitment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosed {
    /// Name of the field among the entry's commitments.
    pub field: String,
    /// 32 random bytes.
    pub salt: [u8; 32],
    /// The value.
    pub value: String,
}

/// A line of the part, in RFC 8785 order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    field: String,
    salt: String,
    seq: u64,
    value: String,
}

impl Disclosed {
    /// Whether it is what the entry commits to.
    pub fn opens(&self, entry: &Entry) -> bool {
        let committed = entry.commitments.get(&self.field);
        let hash: Hash = commitment(&self.salt, self.value.as_bytes());
        committed.is_some_and(|committed| *committed == hex::encode(hash))
    }

    /// The line for the entry of that number, with its newline; `None` if it cannot be written.
    pub(super) fn to_line(&self, sequence: u64) -> Option<String> {
        let line = Line {
            field: self.field.clone(),
            salt: hex::encode(self.salt),
            seq: sequence,
            value: self.value.clone(),
        };
        let line = serde_json::to_string(&line).ok()?;
        Some(format!("{line}\n"))
    }

    /// Reads a line without its newline, from its one spelling.
    pub(super) fn parse(text: &str) -> Option<(u64, Self)> {
        let line: Line = serde_json::from_str(text).ok()?;
        let disclosed = Self {
            salt: line::hex32(&line.salt)?,
            field: line.field,
            value: line.value,
        };
        let again = disclosed.to_line(line.seq)?;
        (again.strip_suffix('\n') == Some(text)).then_some((line.seq, disclosed))
    }
}
