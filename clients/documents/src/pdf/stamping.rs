//! A time stamp goes into a signature that is in a PDF already: PAdES-B-T (EN 319 142-1 §6.3).
//!
//! It comes seconds or days after the signature, and no byte outside the room of that signature changes.

use std::ops::Range;

use crate::timestamp::{TimestampError, attach};

use super::limits::Limits;
use super::reader::Pdf;
use super::refusal::Refusal;
use super::signatures::{Coverage, Embedded};
use super::text::hexadecimal;

/// Why a time stamp is not put into a PDF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotStamped {
    /// The file cannot be read.
    #[error("{0}")]
    Refused(Refusal),
    /// It is no token, or cannot go into the signature that it is of.
    #[error(transparent)]
    Timestamp(#[from] TimestampError),
    /// It is of no signature in the file.
    #[error("the file has no signature that the time stamp is of")]
    NoSignature,
    /// Something was added to the file since: later signatures rest on this one as it is.
    #[error("the file was added to since it was signed, so the signature must stay as it is")]
    Covered,
    /// There is not enough room.
    #[error("the signature with its time stamp has {found} bytes and its room {room}")]
    Room {
        /// Bytes of the CMS with the token.
        found: usize,
        /// Bytes that were kept for it.
        room: usize,
    },
}

/// The file with the token in the signature that it is of. Who made the token and when is for the verifier.
///
/// # Errors
///
/// [`NotStamped`].
pub fn stamp(mut file: Vec<u8>, token: &[u8], limits: &Limits) -> Result<Vec<u8>, NotStamped> {
    let (room, cms) = stamped(&file, token, limits)?;
    let digits = hexadecimal(&cms);
    let written = digits.bytes().chain(std::iter::repeat(b'0'));
    let place = file.get_mut(room).into_iter().flatten();
    for (byte, digit) in place.zip(written) {
        *byte = digit;
    }
    Ok(file)
}

/// The digits of the signature's room, and the signature with the token.
fn stamped(
    file: &[u8],
    token: &[u8],
    limits: &Limits,
) -> Result<(Range<usize>, Vec<u8>), NotStamped> {
    let signatures = Pdf::read(file, limits).and_then(|pdf| pdf.signatures());
    let mut why = NotStamped::NoSignature;
    for one in signatures.map_err(NotStamped::Refused)? {
        match attach(&one.cms, token) {
            Ok(cms) => return Ok((room(&one, cms.len())?, cms)),
            Err(TimestampError::Signature | TimestampError::OtherSignature) => {}
            // It may be another one's.
            Err(TimestampError::Stamped) => why = TimestampError::Stamped.into(),
            Err(error) => return Err(error.into()),
        }
    }
    Err(why)
}

fn room(one: &Embedded, found: usize) -> Result<Range<usize>, NotStamped> {
    if one.coverage != Coverage::WholeFile {
        return Err(NotStamped::Covered);
    }
    let digits = one.digits().ok_or(NotStamped::Covered)?;
    let room = digits.len() / 2;
    if found > room {
        return Err(NotStamped::Room { found, room });
    }
    Ok(digits)
}
