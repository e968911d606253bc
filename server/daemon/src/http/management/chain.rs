//! A certificate that comes from outside: it must be for this key, and its chain must hold.

use kyso_core::model::{Certificate as Stored, Issued};
use kyso_core::{KeyRef, Timestamp};
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, DecodePem as _, Encode as _};
use x509_cert::request::CertReq;

use super::issuer::{self, validity};
use crate::config::{Config, Environment};

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
    /// The first certificate is an authority's, or its key usage is not that of a signer.
    #[error("the first certificate is not for signing documents")]
    NotSigners,
    /// Another subject than the one that was asked for.
    #[error("the subject is not the one of the request")]
    AnotherSubject,
    /// A certificate after the first is no authority's, or its time is not now.
    #[error("a certificate of the chain may not issue others now")]
    NotAnIssuer,
    /// It ends nowhere: not in a configured trust anchor or, without any, in no issuer at all.
    #[error("the chain does not lead to a trust anchor")]
    Untrusted,
    /// From an evaluation CA, where only certificates with legal value are taken.
    #[error("the certificate says that it has no legal value")]
    NoLegalValue,
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

/// What a chain is held against.
#[derive(Debug)]
pub struct Expected<'a> {
    /// The key that was certified.
    pub key: &'a KeyRef,
    /// The PKCS#10 request, DER, whose subject the certificate must have.
    pub request: Option<&'a [u8]>,
    /// Now.
    pub now: Timestamp,
    /// Whom to believe.
    pub trust: Trust<'a>,
}

/// Whom to believe about a chain.
#[derive(Debug, Clone, Copy)]
pub struct Trust<'a> {
    /// Certificates, DER, in one of which it must end; where there are none only its shape counts.
    pub anchors: &'a [Vec<u8>],
    /// Whether it must have legal value.
    pub legal: bool,
}

impl<'a> Trust<'a> {
    /// What this deployment was told.
    pub fn of(config: &'a Config) -> Self {
        Self {
            anchors: &config.certificates.anchors,
            legal: config.environment == Environment::Production,
        }
    }

    /// Nobody in particular, for what the evaluation CA has just issued.
    pub const fn evaluation() -> Self {
        Self {
            anchors: &[],
            legal: false,
        }
    }
}

/// Reads a PEM chain, leaf first.
///
/// # Errors
/// [`BadChain`].
pub fn read(pem: &str, expected: &Expected<'_>) -> Result<Stored, BadChain> {
    check(&parse(pem)?, expected)
}

/// As [`read`], for DER certificates.
///
/// # Errors
/// [`BadChain`].
pub fn read_der(chain: &[Vec<u8>], expected: &Expected<'_>) -> Result<Stored, BadChain> {
    let chain: Result<Vec<_>, _> = chain.iter().map(|der| Certificate::from_der(der)).collect();
    check(&chain.map_err(|_| BadChain::NotPem)?, expected)
}

fn check(chain: &[Certificate], expected: &Expected<'_>) -> Result<Stored, BadChain> {
    let (leaf, issuers) = chain.split_first().ok_or(BadChain::NotPem)?;
    check_leaf(leaf, expected)?;
    let (from, until) = validity(leaf);
    if expected.now > until {
        return Err(BadChain::Expired);
    }
    // A certificate that begins tomorrow may be brought today; who issued it must be in office then.
    let at = expected.now.max(from);
    for (between, (certificate, issuer)) in chain.iter().zip(issuers).enumerate() {
        issuer::check_issued(certificate, issuer)?;
        issuer::check_issuer(issuer, between, at)?;
    }
    let stored = store(chain, from, until)?;
    issuer::check_path(&stored.chain, expected.trust.anchors, at)?;
    if expected.trust.legal
        && stored
            .chain
            .iter()
            .any(|der| issuer::has_no_legal_value(der))
    {
        return Err(BadChain::NoLegalValue);
    }
    Ok(stored)
}

/// The first certificate is for this key, this subject, and for signing documents.
fn check_leaf(leaf: &Certificate, expected: &Expected<'_>) -> Result<(), BadChain> {
    let spki = leaf.tbs_certificate.subject_public_key_info.to_der();
    if spki.map_err(|_| BadChain::NotPem)? != expected.key.spki.as_ref() {
        return Err(BadChain::AnotherKey);
    }
    if let Some(der) = expected.request {
        let request = CertReq::from_der(der).map_err(|_| BadChain::AnotherSubject)?;
        if request.info.subject != leaf.tbs_certificate.subject {
            return Err(BadChain::AnotherSubject);
        }
    }
    issuer::check_signer(leaf)
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
        issued: Issued::default(),
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

/// PEM of DER bytes (RFC 7468).
pub fn pem(label: &'static str, der: &[u8]) -> Option<String> {
    let ending = x509_cert::der::pem::LineEnding::LF;
    x509_cert::der::pem::encode_string(label, ending, der).ok()
}

#[cfg(test)]
mod tests;
