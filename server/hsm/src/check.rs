//! Checked before release: a signature that does not verify never leaves the process.
//!
//! One faulty RSA-CRT signature is enough to factor the modulus, so every RSA signature is
//! verified. For ECDSA it is a setting, but the first signature of each handle always is: it
//! shows that the handle is the key that the certificate names.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use aws_lc_rs::digest;
use aws_lc_rs::signature::VerificationAlgorithm;
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters, RsaPssSaltLength};
use kyso_core::{Digest, HashAlgorithm, KeyAlgorithm, SignatureScheme};

use crate::sync::lock;

/// Checks the signatures of one key in one session.
#[derive(Debug)]
pub(crate) struct Checker {
    spki: Arc<[u8]>,
    parsed: HashMap<SignatureScheme, ParsedPublicKey>,
    proven: bool,
}

impl Checker {
    pub(crate) fn new(spki: &Arc<[u8]>) -> Self {
        Self {
            spki: Arc::clone(spki),
            parsed: HashMap::new(),
            proven: false,
        }
    }

    pub(crate) fn is_for(&self, spki: &Arc<[u8]>) -> bool {
        Arc::ptr_eq(&self.spki, spki) || self.spki == *spki
    }

    /// Whether this signature may leave. `check_ecdsa` is the profile's setting.
    pub(crate) fn releases(
        &mut self,
        key: KeyAlgorithm,
        scheme: SignatureScheme,
        digest: &Digest,
        signature: &[u8],
        check_ecdsa: bool,
    ) -> bool {
        if self.proven && !key.is_rsa() && !check_ecdsa {
            return true;
        }
        let valid = self.verifies(key, scheme, digest, signature);
        self.proven |= valid;
        valid
    }

    /// Whether this signature verifies with the public key.
    pub(crate) fn verifies(
        &mut self,
        key: KeyAlgorithm,
        scheme: SignatureScheme,
        digest: &Digest,
        signature: &[u8],
    ) -> bool {
        let Some(parsed) = self.parsed(key, scheme) else {
            return false;
        };
        let hash = hash(digest.algorithm());
        digest::Digest::import_less_safe(digest.as_bytes(), hash)
            .is_ok_and(|digest| parsed.verify_digest_sig(&digest, signature).is_ok())
    }

    fn parsed(&mut self, key: KeyAlgorithm, scheme: SignatureScheme) -> Option<&ParsedPublicKey> {
        if !self.parsed.contains_key(&scheme) {
            let parsed = ParsedPublicKey::new(algorithm(key, scheme)?, &self.spki).ok()?;
            self.parsed.insert(scheme, parsed);
        }
        self.parsed.get(&scheme)
    }
}

fn hash(hash: HashAlgorithm) -> &'static digest::Algorithm {
    match hash {
        HashAlgorithm::Sha256 => &digest::SHA256,
        HashAlgorithm::Sha384 => &digest::SHA384,
        HashAlgorithm::Sha512 => &digest::SHA512,
    }
}

fn algorithm(
    key: KeyAlgorithm,
    scheme: SignatureScheme,
) -> Option<&'static dyn VerificationAlgorithm> {
    match scheme {
        SignatureScheme::RsaPkcs1(hash) if key.is_rsa() => Some(pkcs1(hash)),
        SignatureScheme::RsaPss { hash, salt } if key.is_rsa() => Some(pss(hash, salt)),
        SignatureScheme::Ecdsa(hash) => ecdsa(key, hash),
        _ => None,
    }
}

fn pkcs1(hash: HashAlgorithm) -> &'static RsaParameters {
    match hash {
        HashAlgorithm::Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        HashAlgorithm::Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        HashAlgorithm::Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
    }
}

fn ecdsa(key: KeyAlgorithm, hash: HashAlgorithm) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (key, hash) {
        (KeyAlgorithm::P256, HashAlgorithm::Sha256) => &signature::ECDSA_P256_SHA256_ASN1,
        (KeyAlgorithm::P256, HashAlgorithm::Sha384) => &signature::ECDSA_P256_SHA384_ASN1,
        (KeyAlgorithm::P256, HashAlgorithm::Sha512) => &signature::ECDSA_P256_SHA512_ASN1,
        (KeyAlgorithm::P384, HashAlgorithm::Sha256) => &signature::ECDSA_P384_SHA256_ASN1,
        (KeyAlgorithm::P384, HashAlgorithm::Sha384) => &signature::ECDSA_P384_SHA384_ASN1,
        (KeyAlgorithm::P384, HashAlgorithm::Sha512) => &signature::ECDSA_P384_SHA512_ASN1,
        _ => return None,
    })
}

/// Verification parameters must live for ever. There is one set for each salt that is in use,
/// each made once: at most 1,434 small values, since longer salts are refused before.
static PSS: Mutex<BTreeMap<(HashAlgorithm, u16), &'static RsaParameters>> =
    Mutex::new(BTreeMap::new());

fn pss(hash: HashAlgorithm, salt: u16) -> &'static RsaParameters {
    lock(&PSS).entry((hash, salt)).or_insert_with(|| {
        let base = match hash {
            HashAlgorithm::Sha256 => signature::RSA_PSS_2048_8192_SHA256,
            HashAlgorithm::Sha384 => signature::RSA_PSS_2048_8192_SHA384,
            HashAlgorithm::Sha512 => signature::RSA_PSS_2048_8192_SHA512,
        };
        Box::leak(Box::new(
            base.with_pss_salt_length(RsaPssSaltLength::Custom(salt)),
        ))
    })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256,
    };

    use super::*;

    const TEXT: &[u8] = b"c\xc3\xb4ng v\xc4\x83n";
    const PKCS1: SignatureScheme = SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256);
    const ECDSA: SignatureScheme = SignatureScheme::Ecdsa(HashAlgorithm::Sha256);

    /// A key, its scheme, and a good signature of [`TEXT`].
    struct Signed {
        checker: Checker,
        key: KeyAlgorithm,
        scheme: SignatureScheme,
        good: Vec<u8>,
    }

    impl Signed {
        fn rsa() -> Self {
            let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
            let mut good = vec![0; pair.public_modulus_len()];
            let random = SystemRandom::new();
            pair.sign(&RSA_PKCS1_SHA256, &random, TEXT, &mut good)
                .unwrap();
            let spki =
                AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(pair.public_key());
            Self::new(KeyAlgorithm::Rsa2048, PKCS1, spki.unwrap().as_ref(), good)
        }

        fn ecdsa() -> Self {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
            let good = pair.sign(&SystemRandom::new(), TEXT).unwrap();
            let spki =
                AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(pair.public_key());
            let good = good.as_ref().to_vec();
            Self::new(KeyAlgorithm::P256, ECDSA, spki.unwrap().as_ref(), good)
        }

        fn new(key: KeyAlgorithm, scheme: SignatureScheme, spki: &[u8], good: Vec<u8>) -> Self {
            Self {
                checker: Checker::new(&Arc::from(spki)),
                key,
                scheme,
                good,
            }
        }

        fn bad(&self) -> Vec<u8> {
            let mut bad = self.good.clone();
            *bad.last_mut().unwrap() ^= 1;
            bad
        }

        fn releases(&mut self, signature: &[u8], check_ecdsa: bool) -> bool {
            let digest = digest::digest(&digest::SHA256, TEXT);
            let digest = Digest::new(HashAlgorithm::Sha256, digest.as_ref()).unwrap();
            self.checker
                .releases(self.key, self.scheme, &digest, signature, check_ecdsa)
        }
    }

    #[test]
    fn no_wrong_rsa_signature_leaves_whatever_the_setting() {
        let mut signed = Signed::rsa();
        let (good, bad) = (signed.good.clone(), signed.bad());
        for check_ecdsa in [true, false] {
            assert!(!signed.releases(&bad, check_ecdsa));
            assert!(signed.releases(&good, check_ecdsa));
            assert!(
                !signed.releases(&bad, check_ecdsa),
                "also once it is proven"
            );
        }
    }

    #[test]
    fn no_wrong_ecdsa_signature_leaves_where_they_are_checked() {
        let mut signed = Signed::ecdsa();
        let (good, bad) = (signed.good.clone(), signed.bad());
        assert!(!signed.releases(&bad, true));
        assert!(signed.releases(&good, true));
        assert!(!signed.releases(&bad, true));
    }

    #[test]
    fn the_first_of_each_handle_is_always_checked() {
        let mut signed = Signed::ecdsa();
        let (good, bad) = (signed.good.clone(), signed.bad());
        assert!(
            !signed.releases(&bad, false),
            "nothing has shown whose handle it is"
        );
        assert!(signed.releases(&good, false));
        assert!(
            signed.releases(&bad, false),
            "the setting: not checked from then on"
        );
        let mut fresh = Signed {
            checker: Checker::new(&signed.checker.spki),
            ..signed
        };
        assert!(!fresh.releases(&bad, false), "a new session begins anew");
    }
}
