//! Sealing: secrets of the database under a key that never leaves the token.
//!
//! A sealed value begins with `version(1) ‖ key id(16)`; the version says how it is sealed
//! ([`gcm`], [`derived`]). The profile says how new values are sealed; both ways always open, so a
//! token may change its way. The caller's associated data say where a value belongs, so one that
//! is moved to another row does not open there. The key's id lets keys be rotated.

mod derived;
mod gcm;
mod keys;

use cryptoki::error::Error;
use kyso_hsm_config::Sealing;
use zeroize::Zeroizing;

use crate::error::{self, Fault, HsmError};
use crate::reply::Bytes;
use crate::seat::Seat;
use crate::shared::Shared;

pub(crate) use keys::{SealingKeys, generate};

/// Bytes of an AES-GCM tag.
const TAG: usize = 16;

pub(crate) fn seal(
    seat: &Seat,
    keys: &mut SealingKeys,
    shared: &Shared,
    aad: &[u8],
    plain: &[u8],
) -> Bytes {
    let sealing = shared.profile.mechanisms.sealing;
    let (id, key) = keys.sealing(seat, sealing)?;
    let body = match sealing {
        Sealing::AesGcm => gcm::seal(seat, shared, key, aad, plain)?,
        Sealing::HmacKdf => derived::seal(seat, shared, key, aad, plain)?,
    };
    Ok(Zeroizing::new(
        [&[version(sealing)][..], &id, &body].concat(),
    ))
}

pub(crate) fn unseal(
    seat: &Seat,
    keys: &mut SealingKeys,
    shared: &Shared,
    aad: &[u8],
    sealed: &[u8],
) -> Bytes {
    let (first, rest) = sealed.split_first().ok_or(HsmError::Unsealable)?;
    let sealing = Sealing::ALL
        .into_iter()
        .find(|sealing| version(*sealing) == *first)
        .ok_or(HsmError::Unsealable)?;
    let (id, body) = rest.split_first_chunk().ok_or(HsmError::Unsealable)?;
    let key = keys.opening(seat, sealing, *id)?;
    match sealing {
        Sealing::AesGcm => gcm::unseal(seat, key, aad, body),
        Sealing::HmacKdf => derived::unseal(seat, shared, key, aad, body),
    }
}

const fn version(sealing: Sealing) -> u8 {
    match sealing {
        Sealing::AesGcm => 1,
        Sealing::HmacKdf => 2,
    }
}

fn failed(seat: &Seat, shared: &Shared, error: &Error) -> HsmError {
    if shared.is_lost(seat, error::fault(error)) {
        HsmError::Away
    } else {
        error::call(error)
    }
}

/// Tokens do not agree on what they answer to a wrong tag: SoftHSM2 says only "general error".
/// So any refusal of a token that is still there means that the value does not open. A probe tells,
/// whatever the profile says of general errors: a stranger's bytes must not send every lane home.
fn unopened(seat: &Seat, error: &Error) -> HsmError {
    match error::fault(error) {
        Fault::Call => HsmError::Unsealable,
        _ if seat.probe().is_err() => HsmError::Away,
        _ => HsmError::Unsealable,
    }
}
