//! Enrolment: a one-time code becomes a secret that only its owner ever sees, then a factor.
//!
//! Between the two steps nothing is stored here: the secret travels in a token that the HSM
//! sealed, so an enrolment that is never confirmed leaves nothing behind.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kyso_core::Timestamp;
use kyso_core::id::PersonId;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::totp::{NoSecret, SECRET_BYTES};

/// What the seal of an enrolment token is bound to.
pub const AAD: &[u8] = b"enrolment";
/// How long a person may take to scan the code and type the first one-time password.
pub const LIFE: Duration = Duration::from_mins(15);
/// Crockford's base 32: no I, L, O, U, so it can be read aloud.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code: a hundred bits, so that guessing is no way.
const LENGTH: usize = 20;

/// A new enrolment code, as it is shown once, and its hash.
///
/// # Errors
/// If the machine has no random numbers.
pub fn new_code() -> Result<(SecretString, [u8; 32]), NoSecret> {
    let mut bytes = Zeroizing::new([0; LENGTH]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|_| NoSecret)?;
    let mut text = String::with_capacity(LENGTH + 3);
    for (place, byte) in bytes.iter().enumerate() {
        if place > 0 && place % 5 == 0 {
            text.push('-');
        }
        let letter = ALPHABET
            .get(usize::from(byte % 32))
            .copied()
            .unwrap_or(b'0');
        text.push(char::from(letter));
    }
    let hash = code_hash(&text);
    Ok((SecretString::from(text), hash))
}

/// A code in two: neither half is any use alone, and fifty bits each cannot be guessed in time.
pub fn halves(code: &str) -> (&str, &str) {
    let (mine, theirs) = code.split_at_checked(code.len() / 2).unwrap_or((code, ""));
    // What stands between groups belongs to neither.
    (mine.trim_end_matches('-'), theirs.trim_start_matches('-'))
}

/// SHA-256 of a code in its one form: upper case, without what people put between groups.
pub fn code_hash(text: &str) -> [u8; 32] {
    let canonical: Zeroizing<String> = Zeroizing::new(
        text.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_uppercase())
            .collect(),
    );
    Sha256::digest(canonical.as_bytes()).into()
}

/// What an enrolment token holds, sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Begun {
    pub(crate) person: PersonId,
    pub(crate) code: [u8; 32],
    pub(crate) secret: [u8; SECRET_BYTES],
    pub(crate) expires_at: Timestamp,
}

impl Drop for Begun {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.secret);
    }
}

impl Begun {
    /// The bytes to be sealed.
    pub(crate) fn bytes(&self) -> Zeroizing<Vec<u8>> {
        // A struct of numbers cannot fail to serialise.
        Zeroizing::new(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads unsealed bytes; `None` if they are something else or have ended.
    pub(crate) fn read(bytes: &[u8], now: Timestamp) -> Option<Self> {
        let begun: Self = serde_json::from_slice(bytes).ok()?;
        (now < begun.expires_at).then_some(begun)
    }
}

/// A sealed value as the text of a token.
pub(crate) fn to_text(sealed: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(sealed)
}

/// The sealed value in a token's text.
pub(crate) fn from_text(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_code_is_known_however_it_is_typed() {
        let (code, hash) = new_code().unwrap();
        let text = code.expose_secret();
        assert_eq!(text.len(), LENGTH + 3);
        assert_eq!(code_hash(&text.to_lowercase()), hash);
        assert_eq!(code_hash(&text.replace('-', " ")), hash);
        assert_eq!(code_hash(&format!(" {text}\n")), hash);
        assert_ne!(new_code().unwrap().1, hash);
    }

    #[test]
    fn two_halves_are_the_code() {
        let (code, hash) = new_code().unwrap();
        let (mine, theirs) = halves(code.expose_secret());
        assert!(!mine.is_empty() && !theirs.is_empty());
        for half in [mine, theirs] {
            assert!(!half.starts_with('-') && !half.ends_with('-'), "{half}");
        }
        assert_eq!(code_hash(&format!("{mine} {theirs}")), hash);
    }

    #[test]
    fn what_was_begun_ends() {
        let at = Timestamp::from_seconds;
        let begun = Begun {
            person: PersonId::random(),
            code: [1; 32],
            secret: [2; SECRET_BYTES],
            expires_at: at(100),
        };
        let bytes = begun.bytes();
        assert_eq!(Begun::read(&bytes, at(99)).unwrap().person, begun.person);
        assert!(Begun::read(&bytes, at(100)).is_none());
        assert!(Begun::read(b"{}", at(0)).is_none());
    }
}
