//! Signed attributes that somebody else made, checked before anything is signed.
//!
//! A key that signs whatever hash it is given can be led to sign a certificate request or a token
//! of another protocol. Attributes can be read: so the answer to *what did this key sign?* is
//! always one document.

use cms::signed_data::SignedAttributes;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{
    ID_AA_SIGNING_CERTIFICATE_V_2, ID_CONTENT_TYPE, ID_DATA, ID_MESSAGE_DIGEST, ID_SIGNING_TIME,
};
use der::asn1::OctetString;
use der::{Decode, Encode};
use time::{Duration, OffsetDateTime};
use x509_cert::Certificate;
use x509_cert::time::Time;

use crate::attributes::{SigningCertificateV2, decoded, moment};
use crate::cades::{Prepared, parse_certificate};
use crate::hash::{DocumentDigest, HashAlgorithm};

/// How far a claimed time may be from the clock of whoever signs.
pub const TIME_TOLERANCE: Duration = Duration::minutes(5);

/// The largest set that is read, in bytes; those of this crate have about 220.
const MAX_BYTES: usize = 4096;

/// Why attributes are not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongAttributes {
    /// Not a DER `SET OF Attribute`, or too large.
    #[error("not a set of signed attributes in DER")]
    Form,
    /// The certificate is not one X.509 certificate in DER.
    #[error("the signing certificate is not an X.509 certificate in DER")]
    Certificate,
    /// An attribute is missing, doubled, or not one of the four that are signed.
    #[error("the signed attributes are not exactly those of CAdES-B-B")]
    Kinds,
    /// The content type is not `id-data` (RFC 5652 §11.1).
    #[error("the content type is not id-data")]
    ContentType,
    /// The message digest has not the length of the hash (RFC 5652 §11.2).
    #[error("the message digest does not have the length of its hash")]
    MessageDigest,
    /// The attribute names no certificate, another, or several (RFC 5035 §3).
    #[error("the attributes name another certificate than the key's")]
    OtherCertificate,
    /// The claimed time is further than [`TIME_TOLERANCE`] from the clock.
    #[error("the claimed signing time is too far from the clock")]
    Time,
}

impl WrongAttributes {
    /// The word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Certificate => "certificate",
            Self::Kinds => "kinds",
            Self::ContentType => "content_type",
            Self::MessageDigest => "message_digest",
            Self::OtherCertificate => "other_certificate",
            Self::Time => "signing_time",
        }
    }
}

/// Reads attributes made elsewhere, for the key of this certificate.
///
/// With a signing time they are those of a signature file, which `now` vouches for; without, those
/// of a PDF. What is signed is these very bytes.
///
/// # Errors
///
/// [`WrongAttributes`] if they are not what this crate would have made for some document.
pub fn given(
    set: &[u8],
    hash: HashAlgorithm,
    certificate: &[u8],
    now: OffsetDateTime,
) -> Result<Prepared, WrongAttributes> {
    let parsed = parse_certificate(certificate).ok_or(WrongAttributes::Certificate)?;
    let given = read(set, hash, (&parsed, certificate))?;
    match given.claimed {
        Some(claimed) if (claimed - now).abs() > TIME_TOLERANCE => Err(WrongAttributes::Time),
        _ => Ok(given.prepared),
    }
}

/// Attributes that are right, whatever the time is.
#[derive(Clone, Debug)]
pub struct Given {
    /// The signature that they wait for.
    pub prepared: Prepared,
    /// The signing time that they claim; those of a PDF claim none.
    pub claimed: Option<OffsetDateTime>,
}

/// Reads them for a certificate with these DER bytes, and leaves the clock to the caller.
pub(crate) fn read(
    set: &[u8],
    hash: HashAlgorithm,
    (parsed, certificate): (&Certificate, &[u8]),
) -> Result<Given, WrongAttributes> {
    let attributes = parse(set).ok_or(WrongAttributes::Form)?;
    check_kinds(&attributes)?;
    if decoded(&attributes, ID_CONTENT_TYPE) != Some(ID_DATA) {
        return Err(WrongAttributes::ContentType);
    }
    let document = document(&attributes, hash).ok_or(WrongAttributes::MessageDigest)?;
    check_certificate(&attributes, certificate)?;
    let claimed = claimed(&attributes)?;
    let prepared = Prepared::new(parsed.clone(), document, attributes);
    let prepared = prepared.map_err(|_| WrongAttributes::Form)?;
    Ok(Given { prepared, claimed })
}

/// A set that is encoded again to the very same bytes.
fn parse(set: &[u8]) -> Option<SignedAttributes> {
    if set.len() > MAX_BYTES {
        return None;
    }
    let attributes = SignedAttributes::from_der(set).ok()?;
    (attributes.to_der().ok()? == set).then_some(attributes)
}

/// Each of the three once, the time at most once, and nothing else.
fn check_kinds(attributes: &SignedAttributes) -> Result<(), WrongAttributes> {
    let count = |oid: ObjectIdentifier| attributes.iter().filter(|one| one.oid == oid).count();
    let needed = [
        ID_CONTENT_TYPE,
        ID_MESSAGE_DIGEST,
        ID_AA_SIGNING_CERTIFICATE_V_2,
    ];
    let times = count(ID_SIGNING_TIME);
    let complete = needed.into_iter().all(|oid| count(oid) == 1) && times <= 1;
    if complete && attributes.len() == needed.len() + times {
        Ok(())
    } else {
        Err(WrongAttributes::Kinds)
    }
}

fn document(attributes: &SignedAttributes, hash: HashAlgorithm) -> Option<DocumentDigest> {
    let digest: OctetString = decoded(attributes, ID_MESSAGE_DIGEST)?;
    DocumentDigest::new(hash, digest.into_bytes()).ok()
}

fn check_certificate(
    attributes: &SignedAttributes,
    certificate: &[u8],
) -> Result<(), WrongAttributes> {
    let named: Option<SigningCertificateV2> = decoded(attributes, ID_AA_SIGNING_CERTIFICATE_V_2);
    match named {
        Some(SigningCertificateV2 {
            certificates,
            policies: None,
        }) => match certificates.as_slice() {
            [only] if only.names(certificate) => Ok(()),
            _ => Err(WrongAttributes::OtherCertificate),
        },
        _ => Err(WrongAttributes::OtherCertificate),
    }
}

fn claimed(attributes: &SignedAttributes) -> Result<Option<OffsetDateTime>, WrongAttributes> {
    if !attributes.iter().any(|one| one.oid == ID_SIGNING_TIME) {
        return Ok(None);
    }
    let claimed = decoded::<Time>(attributes, ID_SIGNING_TIME).and_then(moment);
    claimed.map(Some).ok_or(WrongAttributes::Time)
}
