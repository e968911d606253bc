//! Whether one signature fits what it is over and the certificate that it names.

use aws_lc_rs::signature::{
    RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, UnparsedPublicKey, VerificationAlgorithm,
};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{ID_AA_SIGNING_CERTIFICATE_V_2, ID_CONTENT_TYPE, ID_MESSAGE_DIGEST};
use const_oid::db::rfc5912::{RSA_ENCRYPTION, SHA_1_WITH_RSA_ENCRYPTION};
use der::Decode as _;
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::Certificate;

use crate::scheme::Scheme;
use crate::verify::algorithm;

use super::answers::{Fault, Integrity};
use super::asn1::{Node, SEQUENCE};
use super::container::{Container, SignerInfo};
use super::digest::SeenHash;

/// `id-aa-signingCertificate` (RFC 2634 §5.4), which names by SHA-1.
const SIGNING_CERTIFICATE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");

/// What was found out about a signature value.
#[derive(Debug)]
pub(super) struct Checked<'a> {
    pub(super) hash: Option<SeenHash>,
    /// Decoded, and in the bytes of the file.
    pub(super) certificate: Option<(Certificate, &'a [u8])>,
    /// The signature names its certificate.
    pub(super) bound: bool,
    pub(super) faults: Vec<Fault>,
}

impl Checked<'_> {
    pub(super) fn integrity(&self) -> Integrity {
        match (self.faults.is_empty(), self.hash) {
            (true, Some(SeenHash::Accepted(_))) => Integrity::Intact,
            (true, Some(SeenHash::Sha1)) => Integrity::Weak,
            _ => Integrity::Broken,
        }
    }
}

/// Checks digest, binding and value. The digest is that of what is said to be signed; none if that is
/// not there.
pub(super) fn check<'a>(
    container: &Container<'a>,
    signer: &SignerInfo<'a>,
    digest: &dyn Fn(SeenHash) -> Result<Vec<u8>, Fault>,
) -> Checked<'a> {
    let hash = SeenHash::from_oid(signer.digest);
    let certificate = container.certificate(signer);
    let mut faults = Vec::new();
    faults.extend(check_content(container, signer, hash, digest).err());
    let mut bound = false;
    match &certificate {
        None => faults.push(Fault::NoCertificate),
        Some((decoded, der)) => {
            match names(signer, der) {
                Ok(answer) => bound = answer,
                Err(fault) => faults.push(fault),
            }
            faults.extend(check_value(signer, hash, decoded).err());
        }
    }
    Checked {
        hash,
        certificate,
        bound,
        faults,
    }
}

fn check_content(
    container: &Container<'_>,
    signer: &SignerInfo<'_>,
    hash: Option<SeenHash>,
    digest: &dyn Fn(SeenHash) -> Result<Vec<u8>, Fault>,
) -> Result<(), Fault> {
    let hash = hash.ok_or(Fault::UnknownHash)?;
    let kind = signer.attribute(ID_CONTENT_TYPE).and_then(Node::oid);
    if kind != Some(container.content_type) {
        return Err(Fault::Attributes);
    }
    let named = signer.attribute(ID_MESSAGE_DIGEST).and_then(Node::octets);
    let named = named.ok_or(Fault::Attributes)?;
    if named == digest(hash)? {
        Ok(())
    } else {
        Err(Fault::OtherDocument)
    }
}

/// Whether the signature names this certificate; not if it names none. The first that is named is the
/// signer's (RFC 5035 §3).
fn names(signer: &SignerInfo<'_>, certificate: &[u8]) -> Result<bool, Fault> {
    let named = if signer.has(ID_AA_SIGNING_CERTIFICATE_V_2) {
        first_named(signer, ID_AA_SIGNING_CERTIFICATE_V_2).and_then(|mut inside| {
            let stated = inside
                .tagged(SEQUENCE)
                .map(|one| one.inside().next()?.oid());
            let hash = match stated {
                None => SeenHash::Accepted(crate::HashAlgorithm::Sha256),
                Some(oid) => SeenHash::from_oid(oid?)?,
            };
            Some((hash, inside.next()?.octets()?))
        })
    } else if signer.has(SIGNING_CERTIFICATE) {
        first_named(signer, SIGNING_CERTIFICATE)
            .and_then(|mut inside| Some((SeenHash::Sha1, inside.next()?.octets()?)))
    } else {
        return Ok(false);
    };
    match named {
        None => Err(Fault::Attributes),
        Some((hash, digest)) if hash.digest(certificate) == digest => Ok(true),
        Some(_) => Err(Fault::OtherCertificate),
    }
}

/// The members of the first `ESSCertID` of that attribute.
fn first_named<'a>(
    signer: &SignerInfo<'a>,
    oid: ObjectIdentifier,
) -> Option<super::asn1::Nodes<'a>> {
    let list = signer.attribute(oid)?.inside().tagged(SEQUENCE)?;
    Some(list.inside().tagged(SEQUENCE)?.inside())
}

fn check_value(
    signer: &SignerInfo<'_>,
    hash: Option<SeenHash>,
    certificate: &Certificate,
) -> Result<(), Fault> {
    let key = &certificate.tbs_certificate.subject_public_key_info;
    let hash = hash.ok_or(Fault::UnknownHash)?;
    let algorithm = suited(signer, hash, key).ok_or(Fault::UnknownScheme)?;
    let bits = key
        .subject_public_key
        .as_bytes()
        .ok_or(Fault::UnknownScheme)?;
    let message = signer.message().ok_or(Fault::Attributes)?;
    UnparsedPublicKey::new(algorithm, bits)
        .verify(&message, signer.value)
        .map_err(|_| Fault::BadValue)
}

fn suited(
    signer: &SignerInfo<'_>,
    hash: SeenHash,
    key: &SubjectPublicKeyInfoOwned,
) -> Option<&'static dyn VerificationAlgorithm> {
    let identifier = AlgorithmIdentifierOwned::from_der(signer.algorithm.whole).ok()?;
    match hash {
        SeenHash::Accepted(hash) => {
            algorithm(Scheme::from_identifier(&identifier, hash)?, hash, key)
        }
        SeenHash::Sha1 => {
            let named = [SHA_1_WITH_RSA_ENCRYPTION, RSA_ENCRYPTION].contains(&identifier.oid);
            let fits = named && key.algorithm.oid == RSA_ENCRYPTION;
            let weak: &dyn VerificationAlgorithm = &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY;
            fits.then_some(weak)
        }
    }
}
