//! Who issued a certificate, whether they might, and whether anybody here believes them.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    UnparsedPublicKey, VerificationAlgorithm,
};
use kyso_core::Timestamp;
use kyso_hsm::NO_LEGAL_VALUE;
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};
use x509_cert::time::Time;

use super::chain::BadChain;
use crate::documents;

/// From when until when it is valid.
pub(super) fn validity(certificate: &Certificate) -> (Timestamp, Timestamp) {
    let validity = certificate.tbs_certificate.validity;
    (
        timestamp(validity.not_before),
        timestamp(validity.not_after),
    )
}

fn timestamp(time: Time) -> Timestamp {
    let seconds = time.to_unix_duration().as_secs();
    Timestamp::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// An end-entity certificate; one that names key usages names a signer's (RFC 5280 §4.2.1.3).
pub(super) fn check_signer(leaf: &Certificate) -> Result<(), BadChain> {
    let signs =
        key_usage(leaf)?.is_none_or(|usage| usage.digital_signature() || usage.non_repudiation());
    if signs && !constraints(leaf)?.is_some_and(|c| c.ca) {
        Ok(())
    } else {
        Err(BadChain::NotSigners)
    }
}

/// An authority that may sign certificates at this time, with so many authorities between it and
/// the signer.
pub(super) fn check_issuer(
    issuer: &Certificate,
    between: usize,
    at: Timestamp,
) -> Result<(), BadChain> {
    let signs = key_usage(issuer)?.is_none_or(|usage| usage.key_cert_sign());
    let constraints = constraints(issuer)?;
    let longest = constraints.as_ref().and_then(|c| c.path_len_constraint);
    let reaches = longest.is_none_or(|longest| between <= usize::from(longest));
    let (from, until) = validity(issuer);
    if signs && reaches && constraints.is_some_and(|c| c.ca) && (from..=until).contains(&at) {
        Ok(())
    } else {
        Err(BadChain::NotAnIssuer)
    }
}

fn constraints(certificate: &Certificate) -> Result<Option<BasicConstraints>, BadChain> {
    let constraints = certificate.tbs_certificate.get::<BasicConstraints>();
    let constraints = constraints.map_err(|_| BadChain::NotPem)?;
    Ok(constraints.map(|(_, constraints)| constraints))
}

fn key_usage(certificate: &Certificate) -> Result<Option<KeyUsage>, BadChain> {
    let usage = certificate.tbs_certificate.get::<KeyUsage>();
    let usage = usage.map_err(|_| BadChain::NotPem)?;
    Ok(usage.map(|(_, usage)| usage))
}

/// The chain leads to one of the anchors; where there are none, to its own end, which must not be
/// the first certificate. Name constraints and purposes on the way are webpki's to judge; of what it
/// takes for an anchor it looks at nothing, so that is done here.
pub(super) fn check_path(
    chain: &[Vec<u8>],
    anchors: &[Vec<u8>],
    at: Timestamp,
) -> Result<(), BadChain> {
    let (leaf, issuers) = chain.split_first().ok_or(BadChain::NotPem)?;
    let own_end = issuers.last().map(std::slice::from_ref).unwrap_or_default();
    let ends = if anchors.is_empty() { own_end } else { anchors };
    let in_office = |der: &&Vec<u8>| {
        let place = issuers.iter().position(|issuer| issuer == *der);
        let between = place.unwrap_or(issuers.len());
        Certificate::from_der(der).is_ok_and(|anchor| check_issuer(&anchor, between, at).is_ok())
    };
    let ends: Vec<Vec<u8>> = ends.iter().filter(in_office).cloned().collect();
    let at = documents::moment(at).map_err(|_| BadChain::Untrusted)?;
    kyso_documents::chain::check(leaf, issuers, &ends, at).map_err(|_| BadChain::Untrusted)
}

/// Whether it says of itself, in a name or in its policy, that it is for trying out only.
pub(super) fn has_no_legal_value(certificate: &[u8]) -> bool {
    let notice = NO_LEGAL_VALUE.as_bytes();
    certificate.windows(notice.len()).any(|part| part == notice)
}

/// The one has the other's name as its issuer and a signature by its key.
pub(super) fn check_issued(
    certificate: &Certificate,
    issuer: &Certificate,
) -> Result<(), BadChain> {
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
