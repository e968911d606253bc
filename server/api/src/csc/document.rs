//! `documents[]`: our one extension of CSC, parallel to the hashes on authorize and signHash.
//!
//! It says what each hash is of, so that an approval and an audit entry can name the document
//! although the document itself never comes here. A client that does not know it sends nothing.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{Body, Kind, Malformed, is_within};

/// Longest `abstract`, `label` and `recipients`, in characters (NFC).
///
/// No entry of the log grows with them, since it holds a commitment of 32 bytes to each document; the limit of
/// a request's body bounds them all together.
pub const MAX_DOCUMENT_LABEL: usize = 500;
/// Longest other member, in characters (NFC).
pub const MAX_DOCUMENT_FIELD: usize = 64;

/// What one hash is of. Each member may be absent; what must be there is policy, not form. Lengths are in
/// characters (Unicode scalar values) after normalization to NFC.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// What it is about (trích yếu), in at most 500 characters.
    #[serde(default, rename = "abstract", skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Id of the authority record under which a person signs in another's place (KT., TL., TUQ.);
    /// the same for every document of a call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Who drafted it (người soạn thảo), in at most 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drafter: Option<String>,
    /// What the approver sees: its abstract, or its file name, in at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Number (số), as text of at most 64 characters: `12`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Symbol (ký hiệu), at most 64 characters: `QĐ-UBND`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// Type (loại văn bản), at most 64 characters: `Quyết định`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Purpose code: `KY_DUYET`, `PHAT_HANH`, `SAO_Y`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// To whom it goes (nơi nhận), in at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipients: Option<String>,
    /// Secrecy (độ mật); only `thường` is ever signed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrecy: Option<String>,
    /// Urgency (độ khẩn): `thường`, `khẩn`, `thượng khẩn`, `hỏa tốc`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<String>,
}

impl Document {
    /// Reads `documents`: absent, or exactly one per hash.
    pub(crate) fn list(body: &Body, hashes: usize) -> Result<Option<Vec<Self>>, Malformed> {
        let Some(items) = body.optional_array("documents")? else {
            return Ok(None);
        };
        if items.len() != hashes {
            return Err(Malformed::Invalid("documents"));
        }
        items
            .iter()
            .map(Self::read)
            .collect::<Result<_, _>>()
            .map(Some)
    }

    fn read(item: &Value) -> Result<Self, Malformed> {
        if !item.is_object() {
            return Err(Malformed::Invalid("documents"));
        }
        Ok(Self {
            summary: member(item, "abstract", MAX_DOCUMENT_LABEL)?,
            authority: member(item, "authority", MAX_DOCUMENT_FIELD)?,
            drafter: member(item, "drafter", MAX_DOCUMENT_FIELD)?,
            label: member(item, "label", MAX_DOCUMENT_LABEL)?,
            number: member(item, "number", MAX_DOCUMENT_FIELD)?,
            symbol: member(item, "symbol", MAX_DOCUMENT_FIELD)?,
            kind: member(item, "type", MAX_DOCUMENT_FIELD)?,
            purpose: member(item, "purpose", MAX_DOCUMENT_FIELD)?,
            recipients: member(item, "recipients", MAX_DOCUMENT_LABEL)?,
            secrecy: member(item, "secrecy", MAX_DOCUMENT_FIELD)?,
            urgency: member(item, "urgency", MAX_DOCUMENT_FIELD)?,
        })
    }

    /// Whether no text is longer than its limit and none holds U+0000: [`Document`]s that came
    /// through serde (`POST stamps`) have not been checked by the CSC reader.
    pub fn is_within_limits(&self) -> bool {
        let short = [
            &self.authority,
            &self.drafter,
            &self.number,
            &self.symbol,
            &self.kind,
            &self.purpose,
            &self.secrecy,
            &self.urgency,
        ];
        let long = [&self.summary, &self.label, &self.recipients];
        let fits = |text: &Option<String>, limit| {
            text.as_ref()
                .is_none_or(|t| is_within(t, limit) && !t.contains('\0'))
        };
        long.iter().all(|t| fits(t, MAX_DOCUMENT_LABEL))
            && short.iter().all(|t| fits(t, MAX_DOCUMENT_FIELD))
    }
}

fn member(item: &Value, name: &'static str, limit: usize) -> Result<Option<String>, Malformed> {
    match item.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if is_within(text, limit) => Ok(Some(text.clone())),
        Some(Value::String(_)) => Err(Malformed::Invalid("documents")),
        Some(_) => Err(Malformed::Missing {
            kind: Kind::String,
            name,
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn limits_are_in_letters_however_they_are_spelt() {
        // Three bytes; three scalar values where its marks stand apart.
        for letter in ["a", "ế", "e\u{302}\u{301}", "\u{10348}"] {
            for (name, limit) in [("abstract", 500), ("recipients", 500), ("drafter", 64)] {
                for (length, fits) in [(limit, true), (limit + 1, false)] {
                    let item = json!({ name: letter.repeat(length) });
                    assert_eq!(
                        Document::read(&item).is_ok(),
                        fits,
                        "{letter} {name} {length}"
                    );
                    let read: Document = serde_json::from_value(item).unwrap();
                    assert_eq!(read.is_within_limits(), fits, "{letter} {name} {length}");
                }
            }
        }
    }
}
