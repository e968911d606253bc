//! The token encrypts: `IV(12) ‖ ciphertext ‖ tag(16)`, AES-256-GCM (NIST SP 800-38D).

use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::ObjectHandle;
use zeroize::Zeroizing;

use super::{TAG, failed, unopened};
use crate::error::HsmError;
use crate::reply::Bytes;
use crate::seat::Seat;
use crate::shared::Shared;

const IV: usize = 12;

pub(super) fn seal(
    seat: &Seat,
    shared: &Shared,
    key: ObjectHandle,
    aad: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, HsmError> {
    let mut iv = [0; IV];
    if !shared.profile.quirks.gcm_iv_from_token {
        getrandom::fill(&mut iv).map_err(|_| HsmError::Random)?;
    }
    let mechanism = Mechanism::AesGcm(parameters(&mut iv, aad)?);
    let encrypted = seat.session.encrypt(&mechanism, key, plain);
    drop(mechanism);
    let encrypted = encrypted.map_err(|error| failed(seat, shared, &error))?;
    Ok([&iv[..], &encrypted].concat())
}

pub(super) fn unseal(seat: &Seat, key: ObjectHandle, aad: &[u8], body: &[u8]) -> Bytes {
    let (iv, encrypted) = body
        .split_first_chunk::<IV>()
        .filter(|(_, encrypted)| encrypted.len() >= TAG)
        .ok_or(HsmError::Unsealable)?;
    let mut iv = *iv;
    let mechanism = Mechanism::AesGcm(parameters(&mut iv, aad)?);
    let plain = seat.session.decrypt(&mechanism, key, encrypted);
    plain
        .map(Zeroizing::new)
        .map_err(|error| unopened(seat, &error))
}

fn parameters<'a>(iv: &'a mut [u8], aad: &'a [u8]) -> Result<GcmParams<'a>, HsmError> {
    Ok(GcmParams::new(iv, aad, 128_u64.into())?)
}
