//! What opens the commitments of an entry, as it is stored: JSON, field to salt and value.

use std::collections::BTreeMap;

use kyso_core::draft::Opening;
use kyso_core::journal::JournalError;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    /// Hex.
    salt: String,
    #[serde(borrow)]
    value: std::borrow::Cow<'a, str>,
}

/// The openings of one entry, packed.
///
/// # Errors
/// [`JournalError::Entry`] for a value that is not text: a commitment is to text only.
pub(crate) fn pack(openings: &[Opening]) -> Result<String, JournalError> {
    let stored: Result<BTreeMap<&str, Stored<'_>>, _> = openings
        .iter()
        .map(|opening| {
            let value = std::str::from_utf8(&opening.value)?;
            let salt = hex::encode(opening.salt);
            let value = value.into();
            Ok((opening.field.as_str(), Stored { salt, value }))
        })
        .collect();
    let not_text = |_: std::str::Utf8Error| JournalError::Entry("a value is no text".to_owned());
    serde_json::to_string(&stored.map_err(not_text)?)
        .map_err(|error| JournalError::Entry(error.to_string()))
}

/// Field to salt and value.
pub(crate) type Opened = BTreeMap<String, (Vec<u8>, Vec<u8>)>;

/// Salt and value of one entry's openings, by field; `None` if it is not what [`pack`] makes.
pub(crate) fn opened(packed: &str) -> Option<Opened> {
    let stored: BTreeMap<String, Stored<'_>> = serde_json::from_str(packed).ok()?;
    let opened = stored.into_iter().map(|(field, opening)| {
        let salt = hex::decode(opening.salt).ok()?;
        Some((field, (salt, opening.value.into_owned().into_bytes())))
    });
    opened.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_went() {
        let opening = |field: &str, value: &str| Opening {
            field: field.to_owned(),
            salt: [7; 32],
            value: value.into(),
        };
        let packed = pack(&[opening("b", "\"Quyết định\"\n\0"), opening("a", "")]).unwrap();
        let found = opened(&packed).unwrap();
        let whole = (vec![7; 32], "\"Quyết định\"\n\0".into());
        assert_eq!(found["b"], whole);
        assert_eq!(found["a"].1, b"");
        assert_eq!(found.len(), 2);
        assert!(!packed.contains('\0'), "PostgreSQL's text has no U+0000");
    }

    #[test]
    fn what_is_no_text_is_not_stored() {
        let opening = Opening {
            field: "a".to_owned(),
            salt: [7; 32],
            value: vec![0xff],
        };
        assert!(matches!(pack(&[opening]), Err(JournalError::Entry(_))));
        assert_eq!(opened("{\"a\":1}"), None);
    }
}
