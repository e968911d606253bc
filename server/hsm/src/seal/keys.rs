//! Sealing keys: found by their label, made with every flag set.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use kyso_hsm_config::{Sealing, Template};

use crate::error::HsmError;
use crate::seat::Seat;

/// Labels of sealing keys: this and a number; the highest seals, all of them open.
const LABEL: &str = "kyso-seal-";

/// How many bytes a sealing key has.
const KEY_BYTES: u64 = 32;

/// The id of a sealing key: 16 random bytes, its `CKA_ID`.
pub(crate) type KeyId = [u8; 16];

/// How long after a search an unknown id is not searched for again: ids come from whoever sends a
/// sealed value, and a search of a full token takes longer than a signature.
const SEARCHED: Duration = Duration::from_secs(1);

/// The sealing keys that a session has found.
#[derive(Debug, Default)]
pub(crate) struct SealingKeys {
    found: HashMap<KeyId, Found>,
    searched: Option<Instant>,
}

#[derive(Debug)]
struct Found {
    handle: ObjectHandle,
    sealing: Sealing,
    label: String,
}

impl SealingKeys {
    /// Finds every sealing key. One that could leave the token is not one.
    pub(crate) fn find(seat: &Seat) -> Result<Self, HsmError> {
        let mut keys = Self {
            searched: Some(Instant::now()),
            ..Self::default()
        };
        for sealing in Sealing::ALL {
            keys.find_of(sealing, seat)?;
        }
        Ok(keys)
    }

    fn find_of(&mut self, sealing: Sealing, seat: &Seat) -> Result<(), HsmError> {
        let class = Attribute::Class(ObjectClass::SECRET_KEY);
        let wanted = [
            AttributeType::Id,
            AttributeType::Label,
            AttributeType::Sensitive,
            AttributeType::Extractable,
        ];
        for handle in seat.search(&[class, Attribute::KeyType(key_type(sealing))])? {
            let attributes = seat.session.get_attributes(handle, &wanted)?;
            if let Some((label, id)) = named(&attributes) {
                let found = Found {
                    handle,
                    sealing,
                    label,
                };
                self.found.insert(id, found);
            }
        }
        Ok(())
    }

    /// The id of the key that seals in this way.
    pub(crate) fn current(&self, sealing: Sealing) -> Option<KeyId> {
        let able = self.found.iter().filter(|(_, key)| key.sealing == sealing);
        able.max_by_key(|(_, key)| &key.label).map(|(id, _)| *id)
    }

    fn next_label(&self) -> String {
        let numbers = self.found.values().filter_map(|key| number(&key.label));
        let last = numbers.max().unwrap_or(0);
        format!("{LABEL}{:04}", last.saturating_add(1))
    }

    /// The key that seals in this way.
    pub(super) fn sealing(
        &mut self,
        seat: &Seat,
        sealing: Sealing,
    ) -> Result<(KeyId, ObjectHandle), HsmError> {
        if self.current(sealing).is_none() {
            *self = Self::find(seat)?;
        }
        let id = self.current(sealing).ok_or(HsmError::NoSealingKey)?;
        let key = self.found.get(&id).ok_or(HsmError::NoSealingKey)?;
        Ok((id, key.handle))
    }

    /// The key with this id, which seals in this way and in no other.
    pub(super) fn opening(
        &mut self,
        seat: &Seat,
        sealing: Sealing,
        id: KeyId,
    ) -> Result<ObjectHandle, HsmError> {
        let recent = self.searched.is_some_and(|at| at.elapsed() < SEARCHED);
        if !self.found.contains_key(&id) && !recent {
            *self = Self::find(seat)?;
        }
        let key = self.found.get(&id).filter(|key| key.sealing == sealing);
        key.map(|key| key.handle).ok_or(HsmError::Unsealable)
    }
}

fn number(label: &str) -> Option<u32> {
    label.strip_prefix(LABEL)?.parse().ok()
}

fn named(attributes: &[Attribute]) -> Option<(String, KeyId)> {
    let safe = attributes.contains(&Attribute::Sensitive(true))
        && attributes.contains(&Attribute::Extractable(false));
    let label = attributes.iter().find_map(|attribute| match attribute {
        Attribute::Label(label) => String::from_utf8(label.clone()).ok(),
        _ => None,
    })?;
    let id = attributes.iter().find_map(|attribute| match attribute {
        Attribute::Id(id) => id.as_slice().try_into().ok(),
        _ => None,
    })?;
    (safe && label.starts_with(LABEL)).then_some((label, id))
}

/// Makes a new sealing key, which seals from now on.
pub(crate) fn generate(
    seat: &Seat,
    sealing: Sealing,
    template: Template,
) -> Result<KeyId, HsmError> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|_| HsmError::Random)?;
    let label = SealingKeys::find(seat)?.next_label();
    let mechanism = match sealing {
        Sealing::AesGcm => Mechanism::AesKeyGen,
        Sealing::HmacKdf => Mechanism::GenericSecretKeyGen,
    };
    let attributes = attributes(id, &label, sealing, template);
    seat.session.generate_key(&mechanism, &attributes)?;
    Ok(id)
}

const fn key_type(sealing: Sealing) -> KeyType {
    match sealing {
        Sealing::AesGcm => KeyType::AES,
        Sealing::HmacKdf => KeyType::GENERIC_SECRET,
    }
}

fn attributes(id: KeyId, label: &str, sealing: Sealing, template: Template) -> Vec<Attribute> {
    let encrypts = sealing == Sealing::AesGcm;
    let mut attributes = vec![
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(key_type(sealing)),
        Attribute::ValueLen(KEY_BYTES.into()),
        Attribute::Id(id.to_vec()),
        Attribute::Label(label.as_bytes().to_vec()),
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Encrypt(encrypts),
        Attribute::Decrypt(encrypts),
        Attribute::Sign(!encrypts),
        Attribute::Verify(false),
        Attribute::Wrap(false),
        Attribute::Unwrap(false),
        Attribute::Derive(false),
    ];
    attributes.extend(template.modifiable.then_some(Attribute::Modifiable(false)));
    attributes.extend(template.copyable.then_some(Attribute::Copyable(false)));
    attributes
}
