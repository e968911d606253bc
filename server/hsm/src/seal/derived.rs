//! The token derives a key for each value, with which the server encrypts:
//! `nonce(32) ‖ ciphertext ‖ tag(16)`.
//!
//! For a token that offers no AES-GCM, or only with an IV of its own making. The derived key is
//! NIST SP 800-108r1 §4.1 (counter mode, one block) with HMAC-SHA-256 under the token's key; the
//! random nonce is its context, so a key encrypts one value and the GCM IV may be zero. Whoever
//! holds one derived key has one value, which the server then had in its memory anyway; the
//! token's key stays inside.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::ObjectHandle;
use zeroize::Zeroizing;

use super::{TAG, failed};
use crate::error::HsmError;
use crate::reply::Bytes;
use crate::seat::Seat;
use crate::shared::Shared;

const NONCE: usize = 32;
/// `[i]₂` of SP 800-108: the first and only block.
const COUNTER: [u8; 4] = 1_u32.to_be_bytes();
/// `Label ‖ 0x00`.
const LABEL: &[u8] = b"kyso sealed value\0";
/// `[L]₂`: how many bits are derived.
const BITS: [u8; 4] = 256_u32.to_be_bytes();

pub(super) fn seal(
    seat: &Seat,
    shared: &Shared,
    key: ObjectHandle,
    aad: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, HsmError> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(|_| HsmError::Random)?;
    let key = derive(seat, shared, key, &nonce)?;
    let mut value = Zeroizing::new(plain.to_vec());
    let tag = key
        .seal_in_place_separate_tag(iv(), Aad::from(aad), value.as_mut_slice())
        .map_err(|_| HsmError::Unsealable)?;
    Ok([&nonce[..], &value, tag.as_ref()].concat())
}

pub(super) fn unseal(
    seat: &Seat,
    shared: &Shared,
    key: ObjectHandle,
    aad: &[u8],
    body: &[u8],
) -> Bytes {
    let (nonce, encrypted) = body
        .split_first_chunk::<NONCE>()
        .filter(|(_, encrypted)| encrypted.len() >= TAG)
        .ok_or(HsmError::Unsealable)?;
    let key = derive(seat, shared, key, nonce)?;
    let mut value = Zeroizing::new(encrypted.to_vec());
    key.open_in_place(iv(), Aad::from(aad), &mut value)
        .map_err(|_| HsmError::Unsealable)?;
    value.truncate(encrypted.len() - TAG);
    Ok(value)
}

fn derive(
    seat: &Seat,
    shared: &Shared,
    key: ObjectHandle,
    nonce: &[u8; NONCE],
) -> Result<LessSafeKey, HsmError> {
    let input = [&COUNTER[..], LABEL, nonce, &BITS].concat();
    let derived = seat.session.sign(&Mechanism::Sha256Hmac, key, &input);
    let derived = derived
        .map(Zeroizing::new)
        .map_err(|error| failed(seat, shared, &error))?;
    let key = UnboundKey::new(&AES_256_GCM, &derived).map_err(|_| HsmError::Unsealable)?;
    Ok(LessSafeKey::new(key))
}

/// Each key encrypts one value, so its only IV may be zero.
fn iv() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}
