//! Agencies: a tree whose members, names and codes hold from one date to another.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::AgencyId;

/// An agency (cơ quan, tổ chức), dated: levels and names change by law, signatures stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    /// Its id.
    pub id: AgencyId,
    /// The agency above it, if any.
    pub parent: Option<AgencyId>,
    /// Official name, NFC.
    pub name: String,
    /// State body or mass organisation, as free word of the deployment: `state`, `party`, `mass`.
    pub kind: String,
    /// `province`, `department`, `commune`, …; a word of the deployment, not a constant.
    pub level: String,
    /// In being from this time on.
    pub valid_from: Timestamp,
    /// No longer in being from this time on.
    pub valid_until: Option<Timestamp>,
    /// Codes in both formats; the same agency may have several, each dated.
    pub codes: Vec<AgencyCode>,
}

/// An identifier code of an agency (mã định danh).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgencyCode {
    /// Which of the two formats.
    pub format: CodeFormat,
    /// The code in its canonical, upper-case form.
    pub code: String,
    /// In force from this time on.
    pub valid_from: Timestamp,
    /// No longer in force from this time on.
    pub valid_until: Option<Timestamp>,
}

/// The two code formats that are in use at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CodeFormat {
    /// `000.00.00.H27`, 13 characters, read from the right (Circular 10/2016/TT-BTTTT).
    Legacy,
    /// `H27.12.34`, at most 35 characters, read from the left (Decision 20/2020/QĐ-TTg).
    Modern,
}

/// Text that is a code in neither format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an agency code: expected 000.00.00.H27 or H27.12.34")]
pub struct InvalidAgencyCode;

impl CodeFormat {
    /// Reads a code of this format into its canonical form: trimmed, upper-case, ASCII.
    ///
    /// # Errors
    /// [`InvalidAgencyCode`] if it is not one.
    pub fn canonical(self, text: &str) -> Result<String, InvalidAgencyCode> {
        let code = text.trim().to_ascii_uppercase();
        let well_formed = match self {
            Self::Legacy => is_legacy(&code),
            Self::Modern => is_modern(&code),
        };
        if well_formed {
            Ok(code)
        } else {
            Err(InvalidAgencyCode)
        }
    }
}

fn is_legacy(code: &str) -> bool {
    let groups: Vec<&str> = code.split('.').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [3, 2, 2, 3]
        && is_level_one(groups.last().copied().unwrap_or_default())
        && groups
            .iter()
            .all(|group| group.chars().all(|c| c.is_ascii_alphanumeric()))
}

fn is_modern(code: &str) -> bool {
    let mut groups = code.split('.');
    let first = groups.next().unwrap_or_default();
    code.len() <= 35
        && is_level_one(first)
        && groups.all(|g| !g.is_empty() && g.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// A letter from A to Y and two characters: a ministry or a province.
fn is_level_one(group: &str) -> bool {
    let mut characters = group.chars();
    group.len() == 3
        && characters.next().is_some_and(|c| ('A'..='Y').contains(&c))
        && characters.all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_formats() {
        for (format, text, canonical) in [
            (CodeFormat::Legacy, "000.00.00.h27", Some("000.00.00.H27")),
            (CodeFormat::Legacy, "H27.12", None),
            (CodeFormat::Legacy, "000.00.00.Z27", None),
            (CodeFormat::Modern, " H27.12.34 ", Some("H27.12.34")),
            (CodeFormat::Modern, "H27", Some("H27")),
            (CodeFormat::Modern, "H27..34", None),
            (CodeFormat::Modern, "H27.ĐÀ", None),
            (CodeFormat::Modern, "", None),
            (
                CodeFormat::Modern,
                "H27.123456789.123456789.123456789.1",
                Some("H27.123456789.123456789.123456789.1"),
            ),
            (
                CodeFormat::Modern,
                "H27.123456789.123456789.123456789.12",
                None,
            ),
        ] {
            assert_eq!(
                format.canonical(text).ok().as_deref(),
                canonical,
                "{text:?}"
            );
        }
    }
}
