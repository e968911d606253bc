//! The signed attributes of CAdES-B-B: what a signature is really made over.

use cms::signed_data::SignedAttributes;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{
    ID_AA_SIGNING_CERTIFICATE_V_2, ID_CONTENT_TYPE, ID_DATA, ID_MESSAGE_DIGEST, ID_SIGNING_TIME,
};
use der::asn1::{Any, GeneralizedTime, OctetString, SetOfVec, UtcTime};
use der::{DateTime, Decode, Encode, Sequence};
use spki::AlgorithmIdentifierOwned;
use time::OffsetDateTime;
use x509_cert::attr::Attribute;
use x509_cert::time::Time;

use crate::hash::{DocumentDigest, HashAlgorithm};

/// `SigningCertificateV2` (RFC 5035 §3): binds the signature to one certificate, so that it
/// cannot be shown again under another with the same key.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(crate) struct SigningCertificateV2 {
    pub(crate) certificates: Vec<EssCertificateId>,
    #[asn1(optional = "true")]
    pub(crate) policies: Option<Any>,
}

/// `ESSCertIDv2` (RFC 5035 §4).
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(crate) struct EssCertificateId {
    /// Absent means SHA-256, and DER wants it absent then.
    #[asn1(optional = "true")]
    pub(crate) hash: Option<AlgorithmIdentifierOwned>,
    pub(crate) digest: OctetString,
    #[asn1(optional = "true")]
    pub(crate) issuer_serial: Option<Any>,
}

impl EssCertificateId {
    /// Whether this names the certificate with these DER bytes.
    pub(crate) fn names(&self, certificate: &[u8]) -> bool {
        let hash = match &self.hash {
            None => Some(HashAlgorithm::Sha256),
            Some(identifier) => HashAlgorithm::from_oid(identifier.oid),
        };
        hash.is_some_and(|hash| hash.digest(certificate) == self.digest.as_bytes())
    }
}

/// What the attributes say beside the document and the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A signature file: the signer claims a time, in whole seconds (EN 319 122-1 §6.3).
    File {
        /// The claimed time.
        time: OffsetDateTime,
    },
    /// A signature inside a PDF: the time stands in the PDF, and must not stand here as well
    /// (EN 319 142-1 §6.3).
    Pdf,
}

/// The attributes of a profile, in DER order.
pub(crate) fn build(
    document: &DocumentDigest,
    certificate: &[u8],
    profile: Profile,
) -> der::Result<SignedAttributes> {
    let digest = OctetString::new(document.as_bytes())?;
    let certificate = signing_certificate(document.algorithm(), certificate)?;
    let mut attributes = vec![
        attribute(ID_CONTENT_TYPE, &ID_DATA)?,
        attribute(ID_MESSAGE_DIGEST, &digest)?,
        attribute(ID_AA_SIGNING_CERTIFICATE_V_2, &certificate)?,
    ];
    if let Profile::File { time } = profile {
        attributes.push(attribute(ID_SIGNING_TIME, &signing_time(time)?)?);
    }
    SetOfVec::try_from(attributes)
}

pub(crate) fn attribute<T: der::Tagged + der::EncodeValue>(
    oid: ObjectIdentifier,
    value: &T,
) -> der::Result<Attribute> {
    let values = SetOfVec::try_from(vec![Any::encode_from(value)?])?;
    Ok(Attribute { oid, values })
}

fn signing_certificate(
    hash: HashAlgorithm,
    certificate: &[u8],
) -> der::Result<SigningCertificateV2> {
    let digest = OctetString::new(hash.digest(certificate))?;
    let stated = (hash != HashAlgorithm::Sha256).then(|| hash.identifier());
    let id = EssCertificateId {
        hash: stated,
        digest,
        issuer_serial: None,
    };
    Ok(SigningCertificateV2 {
        certificates: vec![id],
        policies: None,
    })
}

/// `UTCTime` until 2049, `GeneralizedTime` from 2050 on (RFC 5652 §11.3); whole seconds.
fn signing_time(time: OffsetDateTime) -> der::Result<Time> {
    let seconds = u64::try_from(time.unix_timestamp()).map_err(|_| der::ErrorKind::DateTime)?;
    let date = DateTime::from_unix_duration(std::time::Duration::from_secs(seconds))?;
    if date.year() < 2050 {
        Ok(Time::UtcTime(UtcTime::from_date_time(date)?))
    } else {
        Ok(Time::GeneralTime(GeneralizedTime::from_date_time(date)))
    }
}

/// The bytes that are hashed and signed: a DER `SET OF`, not the `[0]` that stands in the file
/// (RFC 5652 §5.4).
pub(crate) fn signed_bytes(attributes: &SignedAttributes) -> der::Result<Vec<u8>> {
    attributes.to_der()
}

/// A time as it stands in an attribute.
pub(crate) fn moment(time: Time) -> Option<OffsetDateTime> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok()?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}

/// The only attribute of that kind, decoded.
pub(crate) fn decoded<T: for<'a> Decode<'a>>(
    attributes: &SignedAttributes,
    oid: ObjectIdentifier,
) -> Option<T> {
    T::from_der(&single(attributes, oid)?.to_der().ok()?).ok()
}

/// The only value of the only attribute of that kind; CAdES allows each of these once.
pub(crate) fn single(attributes: &SignedAttributes, oid: ObjectIdentifier) -> Option<&Any> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    let (attribute, None) = (found.next()?, found.next()) else {
        return None;
    };
    let mut values = attribute.values.iter();
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    Some(value)
}
