//! What a token holds, for people to read.

use std::fmt;

use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass};

use crate::error::HsmError;
use crate::seat::Seat;

/// One private or secret key of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedKey {
    /// `CKA_ID` in hexadecimal.
    pub id: String,
    /// `CKA_LABEL`.
    pub label: String,
    /// `RSA`, `EC`, `AES` or the token's number for it.
    pub kind: String,
}

impl fmt::Display for ListedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<34} {:<4} {}", self.id, self.kind, self.label)
    }
}

pub(crate) fn list(seat: &Seat) -> Result<Vec<ListedKey>, HsmError> {
    let mut keys = Vec::new();
    for class in [ObjectClass::PRIVATE_KEY, ObjectClass::SECRET_KEY] {
        for handle in seat.search(&[Attribute::Class(class)])? {
            let wanted = [
                AttributeType::Id,
                AttributeType::Label,
                AttributeType::KeyType,
            ];
            keys.push(listed(&seat.session.get_attributes(handle, &wanted)?));
        }
    }
    keys.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(keys)
}

fn listed(attributes: &[Attribute]) -> ListedKey {
    let mut key = ListedKey {
        id: String::new(),
        label: String::new(),
        kind: String::new(),
    };
    for attribute in attributes {
        match attribute {
            Attribute::Id(id) => key.id = hex::encode(id),
            Attribute::Label(label) => key.label = String::from_utf8_lossy(label).into_owned(),
            Attribute::KeyType(kind) => key.kind = kind_name(*kind),
            _ => {}
        }
    }
    key
}

fn kind_name(kind: KeyType) -> String {
    match kind {
        KeyType::RSA => "RSA".into(),
        KeyType::EC => "EC".into(),
        KeyType::AES => "AES".into(),
        other => format!("{other:?}"),
    }
}
