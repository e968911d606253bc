//! Verification of a detached signature, each question answered apart.
//!
//! A digest that matches says nothing about who signed, and a trusted signer nothing about which
//! document; so the report never folds them into one green tick. Revocation and time stamps are
//! not looked at: a report speaks about the file alone.

use std::fmt;

use aws_lc_rs::signature::{self as sig, UnparsedPublicKey, VerificationAlgorithm};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{
    ID_AA_SIGNING_CERTIFICATE_V_2, ID_CONTENT_TYPE, ID_DATA, ID_MESSAGE_DIGEST, ID_SIGNING_TIME,
};
use const_oid::db::rfc5912::{SECP_256_R_1, SECP_384_R_1};
use der::asn1::{ObjectIdentifier as Oid, OctetString};
use der::{Decode, Encode};
use serde::{Deserialize, Serialize};
use spki::SubjectPublicKeyInfoOwned;
use time::{Duration, OffsetDateTime};
use x509_cert::Certificate;
use x509_cert::time::Time;

use crate::attributes::{SigningCertificateV2, decoded, moment, signed_bytes};
use crate::chain;
use crate::hash::{DocumentDigest, HashAlgorithm};
use crate::scheme::Scheme;
use crate::signer::Signature;
use crate::validation::signs_documents;

pub use crate::signer::NotCms;

/// How far a claimed signing time may lie ahead of the verifier's clock.
const TIME_TOLERANCE: Duration = Duration::minutes(5);

macro_rules! problems {
    ($($variant:ident $english:literal $vietnamese:literal;)*) => {
        /// One thing that is wrong with a signature.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Problem { $(#[doc = $english] $variant,)* }

        impl Problem {
            /// What is wrong, in English.
            pub const fn english(self) -> &'static str {
                match self { $(Self::$variant => $english,)* }
            }

            /// What is wrong, in Vietnamese.
            pub const fn vietnamese(self) -> &'static str {
                match self { $(Self::$variant => $vietnamese,)* }
            }
        }
    };
}

problems! {
    Attributes "A signed attribute is missing, doubled or malformed." "Thuộc tính được ký bị thiếu, trùng hoặc sai dạng.";
    UnknownHash "The hash algorithm is not one that is accepted." "Thuật toán băm không được chấp nhận.";
    OtherHash "The document was hashed with another algorithm than the signature names." "Tài liệu được băm bằng thuật toán khác với chữ ký.";
    OtherDocument "The signature is over another document, or the document was changed." "Chữ ký thuộc tài liệu khác hoặc tài liệu đã bị sửa.";
    NoCertificate "The signer's certificate is not in the file." "Tệp chữ ký không có chứng thư của người ký.";
    OtherCertificate "The signature is bound to another certificate." "Chữ ký gắn với chứng thư khác.";
    UnknownScheme "The signature scheme is not one that is accepted, or does not fit the key." "Lược đồ chữ ký không được chấp nhận hoặc không hợp với khóa.";
    BadSignature "The signature value is wrong." "Giá trị chữ ký sai.";
    KeyUsage "The certificate is not meant for signing documents." "Chứng thư không dùng để ký tài liệu.";
    Untrusted "No path leads from the certificate to a trusted authority." "Không có đường dẫn chứng thư đến tổ chức tin cậy.";
    Expired "A certificate had expired at the time of the check." "Chứng thư đã hết hạn tại thời điểm kiểm tra.";
    NotYetValid "A certificate was not yet valid at the time of the check." "Chứng thư chưa có hiệu lực tại thời điểm kiểm tra.";
    TimeOutside "The claimed signing time is outside the certificate's validity." "Thời điểm ký khai báo nằm ngoài hiệu lực chứng thư.";
    TimeAhead "The claimed signing time lies in the future." "Thời điểm ký khai báo ở tương lai.";
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.english())
    }
}

/// Who signed, by the certificate in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// Subject, as RFC 4514 writes it.
    pub subject: String,
    /// Issuer, as RFC 4514 writes it.
    pub issuer: String,
    /// Serial number in hex with colons.
    pub serial: String,
    /// The certificate in DER.
    #[serde(with = "hex::serde")]
    pub certificate: Vec<u8>,
}

/// What was found out about a signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The document is the one that was signed.
    pub digest_matches: bool,
    /// The signature value is right under the certificate, and bound to it.
    pub signature_valid: bool,
    /// A path led to one of the anchors at the time of the check.
    pub trusted: bool,
    /// Who signed, if the certificate is there.
    pub signer: Option<Signer>,
    /// When they say they signed; nobody else vouches for it.
    pub signing_time: Option<OffsetDateTime>,
    /// The hash of the signature.
    pub hash: Option<HashAlgorithm>,
    /// The scheme of the signature.
    pub scheme: Option<Scheme>,
    /// Everything that is wrong, in the order of the checks.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Document and signature belong together and neither was changed; says nothing about trust.
    pub const fn is_intact(&self) -> bool {
        self.digest_matches && self.signature_valid
    }

    /// Nothing at all is wrong.
    pub const fn is_valid(&self) -> bool {
        self.is_intact() && self.trusted && self.problems.is_empty()
    }

    fn note(&mut self, answer: Result<(), Problem>) -> bool {
        self.problems.extend(answer.err());
        answer.is_ok()
    }
}

/// Verifies a detached signature over a document.
///
/// `anchors` are certificates in DER that are trusted as they are; `at` is the time at which the
/// chain must be valid, in most cases now.
///
/// # Errors
///
/// [`NotCms`] if there is no signature to report on. Everything else is in the report.
pub fn verify(
    cms: &[u8],
    document: &DocumentDigest,
    anchors: &[Vec<u8>],
    at: OffsetDateTime,
) -> Result<Report, NotCms> {
    let signature = Signature::parse(cms)?;
    let attributes = check_attributes(&signature, true);
    Ok(check_all(
        &signature,
        attributes,
        Some(document),
        anchors,
        at,
    ))
}

/// As [`verify`] for a signature in a PDF: without a signing time (EN 319 142-1 §6.3), and over
/// whatever the PDF says, hashed as the signature says.
pub(crate) fn verify_in_pdf(
    cms: &[u8],
    digest: impl FnOnce(HashAlgorithm) -> Option<DocumentDigest>,
    anchors: &[Vec<u8>],
    at: OffsetDateTime,
) -> Result<Report, NotCms> {
    let signature = Signature::parse(cms)?;
    let attributes = check_attributes(&signature, false);
    let document = HashAlgorithm::from_oid(signature.info.digest_alg.oid).and_then(digest);
    Ok(check_all(
        &signature,
        attributes,
        document.as_ref(),
        anchors,
        at,
    ))
}

fn check_all(
    signature: &Signature,
    attributes: Result<(), Problem>,
    document: Option<&DocumentDigest>,
    anchors: &[Vec<u8>],
    at: OffsetDateTime,
) -> Report {
    let mut report = Report {
        hash: HashAlgorithm::from_oid(signature.info.digest_alg.oid),
        signing_time: claimed_time(signature),
        ..Report::default()
    };
    report.note(attributes);
    let digest = check_digest(signature, &report, document);
    report.digest_matches = report.note(digest);
    match signature.certificate() {
        Some(certificate) => check_signer(&mut report, signature, certificate, anchors, at),
        None => report.problems.push(Problem::NoCertificate),
    }
    report
}

fn check_signer(
    report: &mut Report,
    signature: &Signature,
    certificate: &Certificate,
    anchors: &[Vec<u8>],
    at: OffsetDateTime,
) {
    let der = certificate.to_der().unwrap_or_default();
    report.scheme = report
        .hash
        .and_then(|hash| Scheme::from_identifier(&signature.info.signature_algorithm, hash));
    let bound = check_binding(signature, &der);
    let value = check_value(report, signature, certificate);
    report.signature_valid = report.note(bound) & report.note(value);
    report.note(check_key_usage(certificate));
    report.note(check_time(report.signing_time, certificate, at));
    let others: Vec<_> = signature
        .certificates
        .iter()
        .filter_map(|c| c.to_der().ok())
        .collect();
    report.trusted = report.note(chain::check(&der, &others, anchors, at));
    report.signer = Some(Signer {
        subject: certificate.tbs_certificate.subject.to_string(),
        issuer: certificate.tbs_certificate.issuer.to_string(),
        serial: certificate.tbs_certificate.serial_number.to_string(),
        certificate: der,
    });
}

/// The only attribute of that kind, decoded.
fn attribute<T: for<'a> Decode<'a>>(signature: &Signature, oid: ObjectIdentifier) -> Option<T> {
    decoded(signature.info.signed_attrs.as_ref()?, oid)
}

fn claimed_time(signature: &Signature) -> Option<OffsetDateTime> {
    moment(attribute::<Time>(signature, ID_SIGNING_TIME)?)
}

/// The attributes of CAdES-B-B (EN 319 122-1 §6.3); those that later checks read are checked
/// there. Without signed attributes a signature over attributes could pass for one over content.
fn check_attributes(signature: &Signature, timed: bool) -> Result<(), Problem> {
    let content_type: Option<Oid> = attribute(signature, ID_CONTENT_TYPE);
    let time = if timed {
        claimed_time(signature).is_some()
    } else {
        !signature.claims_time()
    };
    if content_type == Some(ID_DATA) && time {
        Ok(())
    } else {
        Err(Problem::Attributes)
    }
}

fn check_digest(
    signature: &Signature,
    report: &Report,
    document: Option<&DocumentDigest>,
) -> Result<(), Problem> {
    let hash = report.hash.ok_or(Problem::UnknownHash)?;
    let signed: OctetString = attribute(signature, ID_MESSAGE_DIGEST).ok_or(Problem::Attributes)?;
    let document = document.ok_or(Problem::OtherDocument)?;
    if hash != document.algorithm() {
        return Err(Problem::OtherHash);
    }
    if signed.as_bytes() == document.as_bytes() {
        Ok(())
    } else {
        Err(Problem::OtherDocument)
    }
}

/// The first certificate of the attribute is the signer's (RFC 5035 §3).
fn check_binding(signature: &Signature, certificate: &[u8]) -> Result<(), Problem> {
    let named: SigningCertificateV2 =
        attribute(signature, ID_AA_SIGNING_CERTIFICATE_V_2).ok_or(Problem::Attributes)?;
    let first = named.certificates.first().ok_or(Problem::Attributes)?;
    if first.names(certificate) {
        Ok(())
    } else {
        Err(Problem::OtherCertificate)
    }
}

fn check_value(
    report: &Report,
    signature: &Signature,
    certificate: &Certificate,
) -> Result<(), Problem> {
    let (hash, scheme) = report
        .hash
        .zip(report.scheme)
        .ok_or(Problem::UnknownScheme)?;
    let key = &certificate.tbs_certificate.subject_public_key_info;
    let algorithm = algorithm(scheme, hash, key).ok_or(Problem::UnknownScheme)?;
    let attributes = signature
        .info
        .signed_attrs
        .as_ref()
        .ok_or(Problem::Attributes)?;
    let message = signed_bytes(attributes).map_err(|_| Problem::Attributes)?;
    let key = key
        .subject_public_key
        .as_bytes()
        .ok_or(Problem::UnknownScheme)?;
    UnparsedPublicKey::new(algorithm, key)
        .verify(&message, signature.info.signature.as_bytes())
        .map_err(|_| Problem::BadSignature)
}

/// The verification algorithm, if the key can make such signatures. PSS with another salt than
/// the digest's length is not accepted (RFC 4056 §3).
pub(crate) fn algorithm(
    scheme: Scheme,
    hash: HashAlgorithm,
    key: &SubjectPublicKeyInfoOwned,
) -> Option<&'static dyn VerificationAlgorithm> {
    if !scheme.fits(key.algorithm.oid) {
        return None;
    }
    match scheme {
        Scheme::Ecdsa => ecdsa(hash, key.algorithm.parameters.as_ref()?.decode_as().ok()?),
        Scheme::RsaPkcs1 => Some(match hash {
            HashAlgorithm::Sha256 => &sig::RSA_PKCS1_2048_8192_SHA256,
            HashAlgorithm::Sha384 => &sig::RSA_PKCS1_2048_8192_SHA384,
            HashAlgorithm::Sha512 => &sig::RSA_PKCS1_2048_8192_SHA512,
        }),
        Scheme::RsaPss { salt } if usize::from(salt) == hash.length() => Some(match hash {
            HashAlgorithm::Sha256 => &sig::RSA_PSS_2048_8192_SHA256,
            HashAlgorithm::Sha384 => &sig::RSA_PSS_2048_8192_SHA384,
            HashAlgorithm::Sha512 => &sig::RSA_PSS_2048_8192_SHA512,
        }),
        Scheme::RsaPss { .. } => None,
    }
}

fn ecdsa(hash: HashAlgorithm, curve: Oid) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (curve, hash) {
        (SECP_256_R_1, HashAlgorithm::Sha256) => &sig::ECDSA_P256_SHA256_ASN1,
        (SECP_256_R_1, HashAlgorithm::Sha384) => &sig::ECDSA_P256_SHA384_ASN1,
        (SECP_256_R_1, HashAlgorithm::Sha512) => &sig::ECDSA_P256_SHA512_ASN1,
        (SECP_384_R_1, HashAlgorithm::Sha256) => &sig::ECDSA_P384_SHA256_ASN1,
        (SECP_384_R_1, HashAlgorithm::Sha384) => &sig::ECDSA_P384_SHA384_ASN1,
        (SECP_384_R_1, HashAlgorithm::Sha512) => &sig::ECDSA_P384_SHA512_ASN1,
        _ => return None,
    })
}

/// `digitalSignature` or `nonRepudiation`, where the certificate says anything
/// (RFC 5280 §4.2.1.3).
fn check_key_usage(certificate: &Certificate) -> Result<(), Problem> {
    signs_documents(certificate)
        .then_some(())
        .ok_or(Problem::KeyUsage)
}

fn check_time(
    claimed: Option<OffsetDateTime>,
    certificate: &Certificate,
    at: OffsetDateTime,
) -> Result<(), Problem> {
    let Some(claimed) = claimed else {
        return Ok(());
    };
    if claimed > at.saturating_add(TIME_TOLERANCE) {
        return Err(Problem::TimeAhead);
    }
    let validity = &certificate.tbs_certificate.validity;
    let from = moment(validity.not_before).is_some_and(|from| from <= claimed);
    let until = moment(validity.not_after).is_some_and(|until| claimed <= until);
    if from && until {
        Ok(())
    } else {
        Err(Problem::TimeOutside)
    }
}
