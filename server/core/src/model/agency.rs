//! Agencies: a tree whose members, codes, names and places hold from one date to another.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::AgencyId;
use crate::model::Dated;

/// An agency (cơ quan, tổ chức), dated: levels and names change by law, signatures stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    /// Its id.
    pub id: AgencyId,
    /// The agency above it, if any. One registered before places had dates has stood all along where it stands: what
    /// was before, its entries tell.
    pub parent: Dated<Option<AgencyId>>,
    /// Official name, NFC.
    pub name: Dated<String>,
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

impl AgencyCode {
    /// Whether this code lies below that one, which is of the same format.
    ///
    /// A modern code goes on where the upper one stops; a legacy one, read from the right, repeats its
    /// groups up to the zeros and has a further one.
    pub fn is_below(&self, upper: &Self) -> bool {
        let (lower, above) = (self.levels(), upper.levels());
        self.format == upper.format && lower.len() > above.len() && lower.starts_with(&above)
    }

    /// Its groups from the highest level down, without the zeros of the levels that it leaves open.
    fn levels(&self) -> Vec<&str> {
        match self.format {
            CodeFormat::Modern => self.code.split('.').collect(),
            CodeFormat::Legacy => {
                let open = |group: &&str| group.chars().all(|c| c == '0');
                let mut groups: Vec<&str> = self.code.split('.').skip_while(open).collect();
                groups.reverse();
                groups
            }
        }
    }
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

/// The first group is a number, so no text is a code in both formats: a modern one begins with a letter.
fn is_legacy(code: &str) -> bool {
    let groups: Vec<&str> = code.split('.').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let first = groups.first().copied().unwrap_or_default();
    lengths == [3, 2, 2, 3]
        && first.chars().all(|c| c.is_ascii_digit())
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
            (CodeFormat::Legacy, "H27.12.34.A01", None),
            (CodeFormat::Legacy, "A12.12.34.H27", None),
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

    #[test]
    fn no_text_is_a_code_in_both_formats() {
        for (text, legacy, modern) in [
            ("H27.12.34.A01", false, true),
            ("A12.12.34.H27", false, true),
            ("000.12.34.A01", true, false),
            ("001.A2.B4.H27", true, false),
            ("0A1.12.34.H27", false, false),
            ("Z12.12.34.H27", false, false),
        ] {
            let read = |format: CodeFormat| format.canonical(text).is_ok();
            assert_eq!(read(CodeFormat::Legacy), legacy, "{text}");
            assert_eq!(read(CodeFormat::Modern), modern, "{text}");
        }
    }

    #[test]
    fn a_code_lies_below_another_of_its_format() {
        let code = |text: &str| {
            let mut both = [CodeFormat::Legacy, CodeFormat::Modern].into_iter();
            let format = both.find(|format| format.canonical(text).is_ok()).unwrap();
            AgencyCode {
                format,
                code: text.to_owned(),
                valid_from: Timestamp::from_seconds(0),
                valid_until: None,
            }
        };
        for (lower, upper, below) in [
            ("H27.5", "H27", true),
            ("H27.5.1.7", "H27.5", true),
            ("H27.5", "H27.5", false),
            ("H27", "H27.5", false),
            ("H27.51", "H27.5", false),
            ("H28.5", "H27", false),
            ("H27.0", "H27", true),
            ("000.00.05.H27", "000.00.00.H27", true),
            ("003.02.05.H27", "000.00.05.H27", true),
            ("003.00.05.H27", "000.00.05.H27", true),
            ("000.00.05.H27", "000.00.05.H27", false),
            ("000.00.06.H27", "000.00.05.H27", false),
            ("000.00.00.H27", "000.00.05.H27", false),
            ("003.02.05.H28", "000.00.05.H27", false),
            ("000.00.05.H27", "H27", false),
            ("H27.5", "000.00.00.H27", false),
        ] {
            assert_eq!(code(lower).is_below(&code(upper)), below, "{lower} {upper}");
        }
    }
}
