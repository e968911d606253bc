//! A small public key infrastructure: one authority and one signer for each kind of key.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
    RSA_PSS_SHA384, RSA_PSS_SHA512, RsaKeyPair,
};
use kyso_documents::{HashAlgorithm, Scheme};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, RsaKeySize,
    SignatureAlgorithm,
};
use time::OffsetDateTime;
use time::macros::datetime;

pub(crate) const SIGNED_AT: OffsetDateTime = datetime!(2026-11-23 08:00:00 UTC);

/// What a signer has: a key, a certificate and the authority above it.
pub(crate) struct Pki {
    pub(crate) authority: Vec<u8>,
    pub(crate) authority_pem: String,
    pub(crate) certificate: Vec<u8>,
    key: KeyPair,
}

/// What a test may want to be otherwise.
pub(crate) struct Wish {
    pub(crate) usages: Vec<KeyUsagePurpose>,
    pub(crate) purposes: Vec<ExtendedKeyUsagePurpose>,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            usages: vec![
                KeyUsagePurpose::DigitalSignature,
                KeyUsagePurpose::ContentCommitment,
            ],
            purposes: vec![ExtendedKeyUsagePurpose::EmailProtection],
        }
    }
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "VN");
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = datetime!(2026-01-01 00:00 UTC);
    params.not_after = datetime!(2036-01-01 00:00 UTC);
    params
}

impl Pki {
    pub(crate) fn rsa() -> Self {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        Self::new(key, Wish::default())
    }

    pub(crate) fn p256() -> Self {
        Self::with(Wish::default())
    }

    pub(crate) fn with(wish: Wish) -> Self {
        Self::new(
            KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap(),
            wish,
        )
    }

    pub(crate) fn p384() -> Self {
        Self::new(
            KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap(),
            Wish::default(),
        )
    }

    /// One with P-256 for all tests that do not mind.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: LazyLock<Pki> = LazyLock::new(Pki::p256);
        &SHARED
    }

    fn new(key: KeyPair, wish: Wish) -> Self {
        let mut above = params("Cơ quan chứng thực thử nghiệm");
        above.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        above.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let above_key = KeyPair::generate().unwrap();
        let authority = above.self_signed(&above_key).unwrap();
        let mut below = params("Nguyễn Thị Bưởi");
        below.key_usages = wish.usages;
        below.extended_key_usages = wish.purposes;
        below.use_authority_key_identifier_extension = true;
        let certificate = below
            .signed_by(&key, &Issuer::new(above, above_key))
            .unwrap();
        Self {
            authority: authority.der().to_vec(),
            authority_pem: authority.pem(),
            certificate: certificate.der().to_vec(),
            key,
        }
    }

    /// Signs as the far side would; the hash is that of the message.
    pub(crate) fn sign(&self, message: &[u8], scheme: Scheme, hash: HashAlgorithm) -> Vec<u8> {
        match scheme {
            Scheme::Ecdsa => self.sign_ecdsa(message),
            Scheme::RsaPkcs1 | Scheme::RsaPss { .. } => self.sign_rsa(message, scheme, hash),
        }
    }

    fn sign_ecdsa(&self, message: &[u8]) -> Vec<u8> {
        let algorithm: &'static EcdsaSigningAlgorithm = match self.key.algorithm() {
            other if is(other, &PKCS_ECDSA_P384_SHA384) => &ECDSA_P384_SHA384_ASN1_SIGNING,
            _ => &ECDSA_P256_SHA256_ASN1_SIGNING,
        };
        let key = EcdsaKeyPair::from_pkcs8(algorithm, &self.key.serialize_der()).unwrap();
        key.sign(&SystemRandom::new(), message)
            .unwrap()
            .as_ref()
            .to_vec()
    }

    fn sign_rsa(&self, message: &[u8], scheme: Scheme, hash: HashAlgorithm) -> Vec<u8> {
        let padding: &'static dyn aws_lc_rs::signature::RsaEncoding = match (scheme, hash) {
            (Scheme::RsaPss { .. }, HashAlgorithm::Sha256) => &RSA_PSS_SHA256,
            (Scheme::RsaPss { .. }, HashAlgorithm::Sha384) => &RSA_PSS_SHA384,
            (Scheme::RsaPss { .. }, HashAlgorithm::Sha512) => &RSA_PSS_SHA512,
            (_, HashAlgorithm::Sha256) => &RSA_PKCS1_SHA256,
            (_, HashAlgorithm::Sha384) => &RSA_PKCS1_SHA384,
            (_, HashAlgorithm::Sha512) => &RSA_PKCS1_SHA512,
        };
        let key = RsaKeyPair::from_pkcs8(&self.key.serialize_der()).unwrap();
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(padding, &SystemRandom::new(), message, &mut signature)
            .unwrap();
        signature
    }
}

fn is(one: &SignatureAlgorithm, other: &SignatureAlgorithm) -> bool {
    one == other
}
