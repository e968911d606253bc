//! What opens the commitments of an entry, as it is stored: JSON, field to salt and value.

use std::collections::BTreeMap;

use kyso_core::draft::Opening;
use kyso_core::journal::JournalError;
use kyso_evidence::bundle::Disclosed;
use kyso_evidence::commitment;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    /// Hex.
    salt: String,
    #[serde(borrow)]
    value: std::borrow::Cow<'a, str>,
}

impl Stored<'_> {
    /// Lowercase hex of the commitment that this opens; none with a salt that is none.
    fn commitment(&self) -> Option<String> {
        let mut salt = [0; 32];
        hex::decode_to_slice(&self.salt, &mut salt).ok()?;
        Some(hex::encode(commitment(&salt, self.value.as_bytes())))
    }
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

/// What opens an entry, salts and all, for whoever is to check it elsewhere; what does not open it is left out.
pub(crate) fn disclosed(entry: &[u8], packed: &str) -> Vec<Disclosed> {
    let Committed { commitments } = serde_json::from_slice(entry).unwrap_or_default();
    let stored: BTreeMap<String, Stored<'_>> = serde_json::from_str(packed).unwrap_or_default();
    let opens = |(field, opening): (String, Stored<'_>)| {
        let fits = commitments.get(&field) == opening.commitment().as_ref();
        let salt = hex::decode(&opening.salt).ok()?.try_into().ok()?;
        let value = opening.value.into_owned();
        fits.then_some(Disclosed { field, salt, value })
    };
    stored.into_iter().filter_map(opens).collect()
}

/// What opens an entry, held against its commitments.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Opened {
    /// Field to value, where the entry commits to exactly that.
    pub(crate) values: BTreeMap<String, Vec<u8>>,
    /// Fields whose opening is not what the entry commits to.
    pub(crate) tampered: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Committed {
    #[serde(default)]
    commitments: BTreeMap<String, String>,
}

/// Opens an entry, given its bytes. A field without an opening was erased; that is no fault.
pub(crate) fn open(entry: &[u8], packed: &str) -> Opened {
    let Committed { commitments } = serde_json::from_slice(entry).unwrap_or_default();
    let Ok(stored) = serde_json::from_str::<BTreeMap<String, Stored<'_>>>(packed) else {
        // It is not what `pack` makes: none of the fields can be told from another.
        let tampered = commitments.into_keys().collect();
        return Opened {
            tampered,
            ..Opened::default()
        };
    };
    let mut opened = Opened::default();
    for (field, opening) in stored {
        let committed = commitments.get(&field);
        if committed.is_some() && committed == opening.commitment().as_ref() {
            let value = opening.value.into_owned().into_bytes();
            opened.values.insert(field, value);
        } else {
            opened.tampered.push(field);
        }
    }
    opened
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening(field: &str, value: &str) -> Opening {
        Opening {
            field: field.to_owned(),
            salt: [7; 32],
            value: value.into(),
        }
    }

    /// An entry that commits to these.
    fn entry(openings: &[Opening]) -> Vec<u8> {
        let commitments: BTreeMap<_, _> = openings
            .iter()
            .map(|one| (&one.field, hex::encode(commitment(&one.salt, &one.value))))
            .collect();
        serde_json::to_vec(&serde_json::json!({ "commitments": commitments, "v": 1 })).unwrap()
    }

    #[test]
    fn values_come_back_as_they_went() {
        let openings = [opening("b", "\"Quyết định\"\n\0"), opening("a", "")];
        let packed = pack(&openings).unwrap();
        let found = open(&entry(&openings), &packed);
        assert_eq!(found.values["b"], "\"Quyết định\"\n\0".as_bytes());
        assert_eq!(found.values["a"], b"");
        assert_eq!((found.values.len(), found.tampered.len()), (2, 0));
        assert!(!packed.contains('\0'), "PostgreSQL's text has no U+0000");
    }

    #[test]
    fn what_an_entry_does_not_commit_to_is_not_opened() {
        let openings = [
            opening("name", "Nguyễn Văn A"),
            opening("title", "Chánh Văn phòng"),
        ];
        let (entry, packed) = (entry(&openings), pack(&openings).unwrap());
        let salt = hex::encode([7; 32]);
        for (why, packed, tampered) in [
            (
                "another value",
                packed.replace("Văn A", "Văn B"),
                &["name"][..],
            ),
            (
                "another salt",
                packed.replacen(&salt, &hex::encode([8; 32]), 1),
                &["name"],
            ),
            ("no salt", packed.replacen(&salt, "muối", 1), &["name"]),
            (
                "exchanged",
                packed
                    .replace("name", "x")
                    .replace("title", "name")
                    .replace("\"x", "\"title"),
                &["name", "title"],
            ),
            ("one too many", packed.replace("name", "alias"), &["alias"]),
            ("no JSON", packed.replace('{', "["), &["name", "title"]),
            (
                "of another form",
                "{\"name\":1}".to_owned(),
                &["name", "title"],
            ),
            ("erased", "{}".to_owned(), &[]),
        ] {
            let opened = open(&entry, &packed);
            assert_eq!(opened.tampered, tampered, "{why}");
            let shown = opened.values.values();
            assert!(shown.len() + tampered.len() <= 2, "{why}");
        }
        let of_nothing = open(b"no entry", &packed);
        assert_eq!((of_nothing.values.len(), of_nothing.tampered.len()), (0, 2));
    }

    #[test]
    fn only_what_opens_an_entry_is_disclosed() {
        let openings = [
            opening("name", "Nguyễn Văn A"),
            opening("title", "Chánh Văn phòng"),
        ];
        let (entry, packed) = (entry(&openings), pack(&openings).unwrap());
        let found = disclosed(&entry, &packed);
        let told: Vec<_> = found.iter().map(|one| (&*one.field, &*one.value)).collect();
        assert_eq!(
            told,
            [("name", "Nguyễn Văn A"), ("title", "Chánh Văn phòng")]
        );
        assert_eq!(found[0].salt, [7; 32]);
        let changed = disclosed(&entry, &packed.replace("Văn A", "Văn B"));
        assert_eq!(changed.len(), 1);
        assert!(disclosed(&entry, "{}").is_empty());
    }

    #[test]
    fn what_is_no_text_is_not_stored() {
        let opening = Opening {
            value: vec![0xff],
            ..opening("a", "")
        };
        assert!(matches!(pack(&[opening]), Err(JournalError::Entry(_))));
    }
}
