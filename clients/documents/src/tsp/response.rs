//! What an authority answers: a token, or why there is none (`TimeStampResp`, RFC 3161 §2.4.2).

use std::fmt;

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Reader, SliceReader, Tag};

use super::reading::{finished, optional};
use crate::timestamp::sequence;

/// The largest answer that is read, in bytes; with a chain of certificates one has about 6,000.
pub const MAX_ANSWER: usize = 1 << 18;

macro_rules! failures {
    ($($variant:ident $bit:literal $word:literal $english:literal;)*) => {
        /// What an authority says went wrong (`PKIFailureInfo`, RFC 3161 §2.4.2).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Failure { $(#[doc = $english] $variant,)* }

        impl Failure {
            const ALL: &[(usize, Self)] = &[$(($bit, Self::$variant),)*];

            /// One word, for entries.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

failures! {
    BadAlgorithm 0 "bad_algorithm" "It does not know the hash.";
    BadRequest 2 "bad_request" "It takes the request for none.";
    BadData 5 "bad_data" "It takes the request for malformed.";
    NoTime 14 "no_time" "Its clock is not available.";
    OtherPolicy 15 "other_policy" "It does not stamp under the policy that was asked for.";
    Extension 16 "extension" "It does not know an extension; none is asked for here.";
    Information 17 "information" "It has not the information that was asked for.";
    System 25 "system" "Something failed on its side.";
}

/// No token, and what was said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// `PKIStatus`: 2 is a refusal, 3 to 5 are not answers that a new request can bring.
    pub status: u8,
    /// The first failure that is named.
    pub failure: Option<Failure>,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.failure.map_or("no reason", Failure::word);
        write!(f, "status {}, {word}", self.status)
    }
}

/// Why an answer holds no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    /// Not a `TimeStampResp` in DER, or too large.
    #[error("not a time-stamp response in DER")]
    Form,
    /// The authority gave none.
    #[error("the authority gave no time stamp: {0}")]
    Rejected(Rejection),
}

/// The token in an answer: the bytes as they came, unchecked.
///
/// # Errors
/// [`NoToken`].
pub fn token(response: &[u8]) -> Result<&[u8], NoToken> {
    if response.len() > MAX_ANSWER {
        return Err(NoToken::Form);
    }
    match parts(response).map_err(|_| NoToken::Form)? {
        (Rejection { status: 0 | 1, .. }, Some(token)) => Ok(token),
        (Rejection { status: 2.., .. }, Some(_)) | (Rejection { status: 0 | 1, .. }, None) => {
            Err(NoToken::Form) // a token stands there if and only if it was granted
        }
        (rejection, None) => Err(NoToken::Rejected(rejection)),
    }
}

fn parts(response: &[u8]) -> der::Result<(Rejection, Option<&[u8]>)> {
    let mut whole = SliceReader::new(response)?;
    let mut members = sequence(&mut whole)?;
    finished(&whole)?;
    let mut status = sequence(&mut members)?;
    let rejection = rejection(&mut status)?;
    let token = (!members.is_finished()).then(|| members.tlv_bytes());
    let token = token.transpose()?;
    finished(&members)?;
    Ok((rejection, token))
}

/// `PKIStatusInfo`. Its sentences are for nobody: they come from outside, in any language.
fn rejection(members: &mut SliceReader<'_>) -> der::Result<Rejection> {
    let status = u8::decode(members)?;
    optional(members, Tag::Sequence)?;
    let bits = optional(members, Tag::BitString)?;
    finished(members)?;
    let bits: Option<BitStringRef<'_>> = bits.map(AnyRef::decode_as).transpose()?;
    Ok(Rejection {
        status,
        failure: bits.and_then(first_failure),
    })
}

fn first_failure(bits: BitStringRef<'_>) -> Option<Failure> {
    let set = |bit: usize| bits.bits().nth(bit) == Some(true);
    let mut known = Failure::ALL.iter();
    known
        .find(|(bit, _)| set(*bit))
        .map(|(_, failure)| *failure)
}
