//! Sealing: secrets of the database under an AES-256 key that never leaves the token.
//!
//! A sealed value is `version(1) ‖ key id(16) ‖ IV(12) ‖ ciphertext ‖ tag(16)`, AES-256-GCM
//! (NIST SP 800-38D). The caller's associated data say where it belongs, so a value that is
//! moved to another row does not open there. The key's id lets keys be rotated.

use std::collections::HashMap;

use cryptoki::error::Error;
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use kyso_hsm_config::Template;
use zeroize::Zeroizing;

use crate::error::{self, Fault, HsmError};
use crate::reply::Bytes;
use crate::seat::Seat;
use crate::shared::Shared;

const VERSION: u8 = 1;
const IV: usize = 12;
const TAG: usize = 16;
const HEADER: usize = 1 + 16 + IV;

/// Labels of sealing keys: this and a number; the highest seals, all of them open.
const LABEL: &str = "kyso-seal-";

/// The sealing keys that a session has found.
#[derive(Debug, Default)]
pub(crate) struct SealingKeys {
    handles: HashMap<[u8; 16], ObjectHandle>,
    current: Option<(String, [u8; 16])>,
}

impl SealingKeys {
    /// Finds every sealing key. One that could leave the token is not one.
    pub(crate) fn find(seat: &Seat) -> Result<Self, HsmError> {
        let mut keys = Self::default();
        let class = Attribute::Class(ObjectClass::SECRET_KEY);
        for handle in seat.search(&[class, Attribute::KeyType(KeyType::AES)])? {
            let wanted = [
                AttributeType::Id,
                AttributeType::Label,
                AttributeType::Sensitive,
                AttributeType::Extractable,
            ];
            if let Some((label, id)) = named(&seat.session.get_attributes(handle, &wanted)?) {
                keys.handles.insert(id, handle);
                keys.current = keys.current.max(Some((label, id)));
            }
        }
        Ok(keys)
    }

    /// The id and number of the key that seals.
    pub(crate) fn current(&self) -> Option<[u8; 16]> {
        self.current.as_ref().map(|(_, id)| *id)
    }

    fn next_label(&self) -> String {
        let number = self
            .current
            .as_ref()
            .and_then(|(label, _)| label.strip_prefix(LABEL));
        let number: u32 = number.and_then(|digits| digits.parse().ok()).unwrap_or(0);
        format!("{LABEL}{:04}", number.saturating_add(1))
    }

    fn sealing(&mut self, seat: &Seat) -> Result<([u8; 16], ObjectHandle), HsmError> {
        if self.current.is_none() {
            *self = Self::find(seat)?;
        }
        let id = self.current().ok_or(HsmError::NoSealingKey)?;
        let handle = self.handles.get(&id).ok_or(HsmError::NoSealingKey)?;
        Ok((id, *handle))
    }

    fn opening(&mut self, seat: &Seat, id: &[u8]) -> Result<ObjectHandle, HsmError> {
        let id: [u8; 16] = id.try_into().map_err(|_| HsmError::Unsealable)?;
        if !self.handles.contains_key(&id) {
            *self = Self::find(seat)?;
        }
        self.handles.get(&id).copied().ok_or(HsmError::Unsealable)
    }
}

fn named(attributes: &[Attribute]) -> Option<(String, [u8; 16])> {
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
pub(crate) fn generate(seat: &Seat, template: Template) -> Result<[u8; 16], HsmError> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|_| HsmError::Random)?;
    let label = SealingKeys::find(seat)?.next_label();
    seat.session
        .generate_key(&Mechanism::AesKeyGen, &attributes(id, &label, template))?;
    Ok(id)
}

fn attributes(id: [u8; 16], label: &str, template: Template) -> Vec<Attribute> {
    let mut attributes = vec![
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::AES),
        Attribute::ValueLen(32_u64.into()),
        Attribute::Id(id.to_vec()),
        Attribute::Label(label.as_bytes().to_vec()),
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
        Attribute::Sign(false),
        Attribute::Verify(false),
        Attribute::Wrap(false),
        Attribute::Unwrap(false),
        Attribute::Derive(false),
    ];
    attributes.extend(template.modifiable.then_some(Attribute::Modifiable(false)));
    attributes.extend(template.copyable.then_some(Attribute::Copyable(false)));
    attributes
}

pub(crate) fn seal(
    seat: &Seat,
    keys: &mut SealingKeys,
    shared: &Shared,
    aad: &[u8],
    plain: &[u8],
) -> Bytes {
    let (id, key) = keys.sealing(seat)?;
    let mut iv = [0; IV];
    if !shared.profile.quirks.gcm_iv_from_token {
        getrandom::fill(&mut iv).map_err(|_| HsmError::Random)?;
    }
    let mechanism = Mechanism::AesGcm(gcm(&mut iv, aad)?);
    let encrypted = seat.session.encrypt(&mechanism, key, plain);
    drop(mechanism);
    let encrypted = encrypted.map_err(|error| failed(seat, shared, &error))?;
    Ok(Zeroizing::new(
        [&[VERSION][..], &id, &iv, &encrypted].concat(),
    ))
}

pub(crate) fn unseal(
    seat: &Seat,
    keys: &mut SealingKeys,
    shared: &Shared,
    aad: &[u8],
    sealed: &[u8],
) -> Bytes {
    let (header, encrypted) = sealed
        .split_at_checked(HEADER)
        .ok_or(HsmError::Unsealable)?;
    let (version, rest) = header.split_at(1);
    if version != [VERSION] || encrypted.len() < TAG {
        return Err(HsmError::Unsealable);
    }
    let (id, iv) = rest.split_at(16);
    let key = keys.opening(seat, id)?;
    let mut iv = iv.to_vec();
    let mechanism = Mechanism::AesGcm(gcm(&mut iv, aad)?);
    let plain = seat.session.decrypt(&mechanism, key, encrypted);
    plain
        .map(Zeroizing::new)
        .map_err(|error| unopened(seat, shared, &error))
}

fn gcm<'a>(iv: &'a mut [u8], aad: &'a [u8]) -> Result<GcmParams<'a>, HsmError> {
    Ok(GcmParams::new(iv, aad, 128_u64.into())?)
}

fn failed(seat: &Seat, shared: &Shared, error: &Error) -> HsmError {
    if shared.is_lost(seat, error::fault(error)) {
        HsmError::Away
    } else {
        error::call(error)
    }
}

/// Tokens do not agree on what they answer to a wrong tag: SoftHSM2 says only "general error".
/// So any refusal of a token that is still there means that the value does not open.
fn unopened(seat: &Seat, shared: &Shared, error: &Error) -> HsmError {
    match error::fault(error) {
        Fault::Call => HsmError::Unsealable,
        fault if shared.is_lost(seat, fault) => HsmError::Away,
        _ => HsmError::Unsealable,
    }
}
