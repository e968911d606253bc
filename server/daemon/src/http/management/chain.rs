//! A certificate that comes from outside: it must be for this key, and its chain must hold.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    UnparsedPublicKey, VerificationAlgorithm,
};
use kyso_core::model::Certificate as Stored;
use kyso_core::{KeyRef, Timestamp};
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::der::{DecodePem as _, Encode as _};
use x509_cert::time::Time;

/// Most certificates in a chain.
const LONGEST: usize = 8;

/// Why a chain is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadChain {
    /// The first certificate is for another key.
    #[error("the first certificate is not for this key")]
    AnotherKey,
    /// A signature does not verify, or is of an algorithm that is not accepted.
    #[error("a signature in the chain does not verify")]
    BadSignature,
    /// A certificate was not issued by the next one.
    #[error("a certificate was not issued by the one after it")]
    BrokenOrder,
    /// Its time is over.
    #[error("the certificate has expired")]
    Expired,
    /// Not PEM certificates, or too many.
    #[error("not a chain of PEM certificates")]
    NotPem,
}

/// Reads a PEM chain, leaf first, for this key.
///
/// # Errors
/// [`BadChain`].
pub fn read(pem: &str, key: &KeyRef, now: Timestamp) -> Result<Stored, BadChain> {
    check(&parse(pem)?, key, now)
}

/// As [`read`], for DER certificates.
///
/// # Errors
/// [`BadChain`].
pub fn read_der(chain: &[Vec<u8>], key: &KeyRef, now: Timestamp) -> Result<Stored, BadChain> {
    use x509_cert::der::Decode as _;
    let chain: Result<Vec<_>, _> = chain.iter().map(|der| Certificate::from_der(der)).collect();
    check(&chain.map_err(|_| BadChain::NotPem)?, key, now)
}

fn check(chain: &[Certificate], key: &KeyRef, now: Timestamp) -> Result<Stored, BadChain> {
    let leaf = chain.first().ok_or(BadChain::NotPem)?;
    let spki = leaf.tbs_certificate.subject_public_key_info.to_der();
    if spki.map_err(|_| BadChain::NotPem)? != key.spki.as_ref() {
        return Err(BadChain::AnotherKey);
    }
    for (certificate, issuer) in chain.iter().zip(chain.iter().skip(1)) {
        check_issued(certificate, issuer)?;
    }
    let validity = leaf.tbs_certificate.validity;
    let stored = store(
        chain,
        timestamp(validity.not_before),
        timestamp(validity.not_after),
    )?;
    if now > stored.not_after {
        Err(BadChain::Expired)
    } else {
        Ok(stored)
    }
}

fn store(chain: &[Certificate], from: Timestamp, until: Timestamp) -> Result<Stored, BadChain> {
    let der: Result<Vec<Vec<u8>>, _> = chain.iter().map(x509_cert::der::Encode::to_der).collect();
    let der = der.map_err(|_| BadChain::NotPem)?;
    let sha256 = der
        .first()
        .map(Sha256::digest)
        .ok_or(BadChain::NotPem)?
        .into();
    Ok(Stored {
        chain: der,
        sha256,
        not_before: from,
        not_after: until,
    })
}

fn parse(pem: &str) -> Result<Vec<Certificate>, BadChain> {
    const END: &str = "-----END CERTIFICATE-----";
    let blocks = pem
        .trim()
        .split_inclusive(END)
        .map(str::trim)
        .filter(|block| !block.is_empty());
    let chain: Result<Vec<Certificate>, _> = blocks.map(Certificate::from_pem).collect();
    let chain = chain.map_err(|_| BadChain::NotPem)?;
    if (1..=LONGEST).contains(&chain.len()) {
        Ok(chain)
    } else {
        Err(BadChain::NotPem)
    }
}

fn timestamp(time: Time) -> Timestamp {
    let seconds = time.to_unix_duration().as_secs();
    Timestamp::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn check_issued(certificate: &Certificate, issuer: &Certificate) -> Result<(), BadChain> {
    if certificate.tbs_certificate.issuer != issuer.tbs_certificate.subject {
        return Err(BadChain::BrokenOrder);
    }
    let signed = certificate
        .tbs_certificate
        .to_der()
        .map_err(|_| BadChain::NotPem)?;
    let signature = certificate
        .signature
        .as_bytes()
        .ok_or(BadChain::BadSignature)?;
    let spki = &issuer.tbs_certificate.subject_public_key_info;
    let key = spki
        .subject_public_key
        .as_bytes()
        .ok_or(BadChain::BadSignature)?;
    // The curve is the issuer's: a P-384 authority may well sign with SHA-256.
    let candidates = algorithms(&certificate.signature_algorithm.oid.to_string());
    let verifies = |algorithm: &&'static dyn VerificationAlgorithm| {
        UnparsedPublicKey::new(*algorithm, key)
            .verify(&signed, signature)
            .is_ok()
    };
    if candidates.iter().any(verifies) {
        Ok(())
    } else {
        Err(BadChain::BadSignature)
    }
}

fn algorithms(oid: &str) -> Vec<&'static dyn VerificationAlgorithm> {
    match oid {
        "1.2.840.113549.1.1.11" => vec![&RSA_PKCS1_2048_8192_SHA256],
        "1.2.840.113549.1.1.12" => vec![&RSA_PKCS1_2048_8192_SHA384],
        "1.2.840.113549.1.1.13" => vec![&RSA_PKCS1_2048_8192_SHA512],
        "1.2.840.10045.4.3.2" => vec![&ECDSA_P256_SHA256_ASN1, &ECDSA_P384_SHA256_ASN1],
        "1.2.840.10045.4.3.3" => vec![&ECDSA_P384_SHA384_ASN1, &ECDSA_P256_SHA384_ASN1],
        _ => Vec::new(),
    }
}

/// PEM of DER bytes (RFC 7468).
pub fn pem(label: &'static str, der: &[u8]) -> Option<String> {
    let ending = x509_cert::der::pem::LineEnding::LF;
    x509_cert::der::pem::encode_string(label, ending, der).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kyso_core::KeyAlgorithm;
    use rcgen::{
        BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PublicKeyData as _,
    };

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    struct Made {
        leaf: String,
        ca: String,
        key: KeyRef,
    }

    fn named(name: &str) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params
    }

    fn made() -> Made {
        let mut ca = named("CA");
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_key = KeyPair::generate().unwrap();
        let ca_certificate = ca.self_signed(&ca_key).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = named("leaf")
            .signed_by(&key, &Issuer::new(ca, ca_key))
            .unwrap();
        let spki = Arc::from(key.subject_public_key_info());
        let key = KeyRef {
            cka_id: [0; 16],
            algorithm: KeyAlgorithm::P256,
            spki,
        };
        Made {
            leaf: leaf.pem(),
            ca: ca_certificate.pem(),
            key,
        }
    }

    #[test]
    fn a_chain_for_the_key_is_read() {
        let made = made();
        let (leaf, ca) = (&made.leaf, &made.ca);
        for pem in [
            format!("{leaf}{ca}"),
            format!("\n{leaf}\n{ca}\n"),
            leaf.clone(),
        ] {
            let stored = read(&pem, &made.key, NOW).unwrap();
            assert!(stored.not_before < stored.not_after);
            assert_eq!(
                stored.sha256,
                <[u8; 32]>::from(Sha256::digest(&stored.chain[0]))
            );
            assert_eq!(read_der(&stored.chain, &made.key, NOW).unwrap(), stored);
        }
    }

    #[test]
    fn bad_chains_say_why() {
        let (made, other) = (made(), made());
        let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
        for (pem, why) in [
            (String::new(), BadChain::NotPem),
            (garbage.to_owned(), BadChain::NotPem),
            (made.leaf.repeat(LONGEST + 1), BadChain::NotPem),
            (format!("{}{}", made.ca, made.leaf), BadChain::AnotherKey),
            (other.leaf.clone(), BadChain::AnotherKey),
            (format!("{}{}", made.leaf, made.leaf), BadChain::BrokenOrder),
            (format!("{}{}", made.leaf, other.ca), BadChain::BadSignature),
        ] {
            assert_eq!(read(&pem, &made.key, NOW).unwrap_err(), why, "{pem}");
        }
        let late = Timestamp::from_seconds(i64::MAX / 1_000_000);
        assert_eq!(
            read(&made.leaf, &made.key, late).unwrap_err(),
            BadChain::Expired
        );
    }
}
