//! The keys that access tokens are signed with: P-256, made here, kept sealed by the HSM.
//!
//! They sign thousands of tokens an hour and prove nothing about a document, so they are software
//! keys; but a stolen database must not give them away, so the token seals them.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use jsonwebtoken::{DecodingKey, EncodingKey};
use kyso_core::Timestamp;
use zeroize::Zeroizing;

/// Name of these keys in the store, and what their seal is bound to.
pub const PURPOSE: &str = "token-signing";

/// How long after its making a key is known to every server, which read them each minute.
const SPREAD: Duration = Duration::from_secs(150);

/// A key's stored bytes are not one, or none could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no token-signing key")]
pub struct NoKey;

/// What the seal of a version is bound to.
pub fn aad(version: i64) -> Vec<u8> {
    format!("{PURPOSE}/{version}").into_bytes()
}

/// Makes a key: the time of its making, then PKCS#8 (RFC 5958), to be sealed.
///
/// # Errors
/// If the machine has no random numbers.
pub fn make(now: Timestamp) -> Result<Zeroizing<Vec<u8>>, NoKey> {
    let rng = SystemRandom::new();
    let pkcs8 =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng).map_err(|_| NoKey)?;
    let mut bytes = Zeroizing::new(now.as_micros().to_be_bytes().to_vec());
    bytes.extend_from_slice(pkcs8.as_ref());
    Ok(bytes)
}

/// One key.
pub struct TokenKey {
    /// When it was made.
    pub made_at: Timestamp,
    pub(super) encoding: EncodingKey,
    pub(super) decoding: DecodingKey,
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKey({})", self.made_at)
    }
}

impl TokenKey {
    /// Reads what [`make`] made.
    ///
    /// # Errors
    /// If it is something else.
    pub fn read(bytes: &[u8]) -> Result<Self, NoKey> {
        let (time, pkcs8) = bytes.split_first_chunk::<8>().ok_or(NoKey)?;
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(|_| NoKey)?;
        Ok(Self {
            made_at: Timestamp::from_micros(i64::from_be_bytes(*time)),
            encoding: EncodingKey::from_ec_der(pkcs8),
            decoding: DecodingKey::from_ec_der(pair.public_key().as_ref()),
        })
    }
}

/// Every key whose tokens may still be in use, by version; the highest signs.
#[derive(Debug, Default)]
pub struct KeyRing(BTreeMap<i64, TokenKey>);

impl KeyRing {
    /// A ring of these.
    pub fn new(keys: impl IntoIterator<Item = (i64, TokenKey)>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// The key that signs at `now`, and its version: the newest that every server has read by
    /// then, or else the oldest.
    pub fn current(&self, now: Timestamp) -> Option<(i64, &TokenKey)> {
        let known = |key: &TokenKey| now.since(key.made_at) >= SPREAD;
        let newest = self.0.iter().rev().find(|(_, key)| known(key));
        let key = newest.or_else(|| self.0.first_key_value());
        key.map(|(version, key)| (*version, key))
    }

    /// The newest key, whether it signs already or not.
    pub fn newest(&self) -> Option<(i64, &TokenKey)> {
        self.0
            .last_key_value()
            .map(|(version, key)| (*version, key))
    }

    /// The key with this `kid`.
    pub fn named(&self, kid: &str) -> Option<&TokenKey> {
        kid.parse()
            .ok()
            .and_then(|version: i64| self.0.get(&version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back() {
        let now = Timestamp::from_seconds(1_000);
        let bytes = make(now).unwrap();
        let key = TokenKey::read(&bytes).unwrap();
        assert_eq!(key.made_at, now);
        assert!(!format!("{key:?}").contains("PrivateKey"));
        assert!(TokenKey::read(&bytes[..bytes.len() - 1]).is_err());
        assert!(TokenKey::read(&[]).is_err());
    }

    #[test]
    fn the_newest_key_signs_once_every_server_knows_it() {
        let at = Timestamp::from_seconds;
        let key = |made| TokenKey::read(&make(at(made)).unwrap()).unwrap();
        let ring = KeyRing::new([(2, key(1)), (10, key(1000)), (9, key(500))]);
        for (now, version) in [(1, 2), (999, 9), (1_100, 9), (1_150, 10), (9_999, 10)] {
            assert_eq!(
                ring.current(at(now)).map(|(version, _)| version),
                Some(version),
                "{now}"
            );
        }
        assert_eq!(ring.newest().map(|(version, _)| version), Some(10));
        assert!(ring.named("9").is_some());
        for kid in ["", "3", "x", "../9"] {
            assert!(ring.named(kid).is_none(), "{kid}");
        }
    }
}
