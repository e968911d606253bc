//! From a scheme and a digest to a PKCS#11 mechanism and its input, and back to a signature.

use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use der::asn1::UintRef;
use der::{Encode, Sequence};
use kyso_core::{Digest, HashAlgorithm, KeyAlgorithm, SignatureScheme};
use kyso_hsm_config::{Algorithm, Mechanisms, Scheme};

use crate::error::Refusal;

/// Whether a key of this kind may sign in this scheme, checked before a token is asked.
pub(crate) fn allowed(
    mechanisms: &Mechanisms,
    key: KeyAlgorithm,
    scheme: SignatureScheme,
) -> Result<(), Refusal> {
    algorithm_allowed(mechanisms, key)?;
    if !mechanisms.schemes.contains(&kind(scheme)) {
        return Err(Refusal::Scheme);
    }
    if !key.signs(scheme) {
        return Err(Refusal::WrongKey);
    }
    salt_fits(key, scheme)
}

pub(crate) fn algorithm_allowed(mechanisms: &Mechanisms, key: KeyAlgorithm) -> Result<(), Refusal> {
    let listed = match key {
        KeyAlgorithm::Rsa2048 => Algorithm::Rsa2048,
        KeyAlgorithm::Rsa3072 => Algorithm::Rsa3072,
        KeyAlgorithm::Rsa4096 => Algorithm::Rsa4096,
        KeyAlgorithm::P256 => Algorithm::P256,
        KeyAlgorithm::P384 => Algorithm::P384,
    };
    if mechanisms.algorithms.contains(&listed) {
        Ok(())
    } else {
        Err(Refusal::Algorithm)
    }
}

/// The kinds of key that a profile allows, in the order of [`KeyAlgorithm::ALL`].
pub fn allowed_algorithms(mechanisms: &Mechanisms) -> Vec<KeyAlgorithm> {
    KeyAlgorithm::ALL
        .into_iter()
        .filter(|algorithm| algorithm_allowed(mechanisms, *algorithm).is_ok())
        .collect()
}

const fn kind(scheme: SignatureScheme) -> Scheme {
    match scheme {
        SignatureScheme::Ecdsa(_) => Scheme::Ecdsa,
        SignatureScheme::RsaPkcs1(_) => Scheme::RsaPkcs1,
        SignatureScheme::RsaPss { .. } => Scheme::RsaPss,
    }
}

fn salt_fits(key: KeyAlgorithm, scheme: SignatureScheme) -> Result<(), Refusal> {
    let SignatureScheme::RsaPss { hash, salt } = scheme else {
        return Ok(());
    };
    let longest = key.longest_pss_salt(hash);
    if usize::from(salt) <= longest {
        Ok(())
    } else {
        Err(Refusal::SaltTooLong {
            asked: salt,
            longest,
        })
    }
}

/// The mechanism of a scheme.
pub(crate) fn mechanism(scheme: SignatureScheme) -> Mechanism<'static> {
    match scheme {
        SignatureScheme::Ecdsa(_) => Mechanism::Ecdsa,
        SignatureScheme::RsaPkcs1(_) => Mechanism::RsaPkcs,
        SignatureScheme::RsaPss { hash, salt } => Mechanism::RsaPkcsPss(PkcsPssParams {
            hash_alg: hash_mechanism(hash),
            mgf: mask(hash),
            s_len: u64::from(salt).into(),
        }),
    }
}

const fn hash_mechanism(hash: HashAlgorithm) -> MechanismType {
    match hash {
        HashAlgorithm::Sha256 => MechanismType::SHA256,
        HashAlgorithm::Sha384 => MechanismType::SHA384,
        HashAlgorithm::Sha512 => MechanismType::SHA512,
    }
}

const fn mask(hash: HashAlgorithm) -> PkcsMgfType {
    match hash {
        HashAlgorithm::Sha256 => PkcsMgfType::MGF1_SHA256,
        HashAlgorithm::Sha384 => PkcsMgfType::MGF1_SHA384,
        HashAlgorithm::Sha512 => PkcsMgfType::MGF1_SHA512,
    }
}

/// What the token is given to sign.
///
/// For PKCS#1 v1.5 the `DigestInfo`, because `CKM_RSA_PKCS` only pads (PKCS#11 §2.1.4). For ECDSA
/// the digest's leftmost bits up to the order's length (FIPS 186-4 §6.4), which tokens are not
/// agreed on cutting themselves.
pub(crate) fn input(key: KeyAlgorithm, scheme: SignatureScheme, digest: &Digest) -> Vec<u8> {
    let bytes = digest.as_bytes();
    match scheme {
        SignatureScheme::RsaPkcs1(hash) => [&digest_info_prefix(hash), bytes].concat(),
        SignatureScheme::RsaPss { .. } => bytes.to_vec(),
        SignatureScheme::Ecdsa(_) => bytes.iter().copied().take(order_length(key)).collect(),
    }
}

const fn order_length(key: KeyAlgorithm) -> usize {
    if matches!(key, KeyAlgorithm::P384) {
        48
    } else {
        32
    }
}

/// DER of `DigestInfo` up to the digest itself (RFC 8017 §9.2, note 1).
const fn digest_info_prefix(hash: HashAlgorithm) -> [u8; 19] {
    let (total, last, length) = match hash {
        HashAlgorithm::Sha256 => (0x31, 1, 0x20),
        HashAlgorithm::Sha384 => (0x41, 2, 0x30),
        HashAlgorithm::Sha512 => (0x51, 3, 0x40),
    };
    [
        0x30, total, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last,
        0x05, 0x00, 0x04, length,
    ]
}

/// `Ecdsa-Sig-Value` (RFC 3279 §2.2.3).
#[derive(Sequence)]
struct EcdsaSigValue<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// What the caller gets of what the token gave: DER for ECDSA, the rest as it is.
pub(crate) fn encode(scheme: SignatureScheme, raw: Vec<u8>) -> Option<Vec<u8>> {
    if !matches!(scheme, SignatureScheme::Ecdsa(_)) {
        return Some(raw);
    }
    if raw.is_empty() || !raw.len().is_multiple_of(2) {
        return None;
    }
    let (r, s) = raw.split_at(raw.len() / 2);
    let value = EcdsaSigValue {
        r: UintRef::new(r).ok()?,
        s: UintRef::new(s).ok()?,
    };
    value.to_der().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_and_s_become_minimal_der_integers() {
        let mut raw = vec![0; 64];
        raw[31] = 0x7f;
        raw[32] = 0x80;
        let encoded = encode(SignatureScheme::Ecdsa(HashAlgorithm::Sha256), raw).unwrap();
        assert_eq!(encoded[..5], [0x30, 0x26, 0x02, 0x01, 0x7f]);
        assert_eq!(encoded[5..9], [0x02, 0x21, 0x00, 0x80]);
        assert_eq!(
            encode(SignatureScheme::Ecdsa(HashAlgorithm::Sha256), vec![1; 3]),
            None
        );
    }

    #[test]
    fn a_salt_that_does_not_fit_is_refused_by_name() {
        let all = Mechanisms::default();
        let scheme = |salt| SignatureScheme::RsaPss {
            hash: HashAlgorithm::Sha512,
            salt,
        };
        assert_eq!(allowed(&all, KeyAlgorithm::Rsa2048, scheme(190)), Ok(()));
        let refusal = Refusal::SaltTooLong {
            asked: 191,
            longest: 190,
        };
        assert_eq!(
            allowed(&all, KeyAlgorithm::Rsa2048, scheme(191)),
            Err(refusal)
        );
    }

    #[test]
    fn what_the_profile_does_not_list_is_refused() {
        let few = Mechanisms {
            algorithms: vec![Algorithm::P256],
            schemes: vec![Scheme::Ecdsa],
            ..Mechanisms::default()
        };
        let ecdsa = SignatureScheme::Ecdsa(HashAlgorithm::Sha256);
        let pkcs1 = SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256);
        assert_eq!(allowed(&few, KeyAlgorithm::P256, ecdsa), Ok(()));
        assert_eq!(
            allowed(&few, KeyAlgorithm::P384, ecdsa),
            Err(Refusal::Algorithm)
        );
        assert_eq!(
            allowed(&few, KeyAlgorithm::P256, pkcs1),
            Err(Refusal::Scheme)
        );
        let all = Mechanisms::default();
        assert_eq!(
            allowed(&all, KeyAlgorithm::P256, pkcs1),
            Err(Refusal::WrongKey)
        );
    }
}
