//! One signer out of a CMS file, read strictly.

use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use const_oid::db::rfc5911::{ID_DATA, ID_MESSAGE_DIGEST, ID_SIGNED_DATA, ID_SIGNING_TIME};
use const_oid::db::rfc5912::ID_CE_SUBJECT_KEY_IDENTIFIER;
use der::asn1::OctetString;
use der::{Decode, Encode};
use x509_cert::Certificate;
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use crate::attributes::decoded;
use crate::hash::{DocumentDigest, HashAlgorithm};

/// Why bytes are not a signature file that can be verified at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCms {
    /// Not CMS `SignedData` over `id-data` in strict DER.
    #[error("not a CMS SignedData in DER")]
    Form,
    /// The signature carries a content of its own.
    #[error("not a detached signature: it carries a content of its own")]
    Attached,
    /// None or several signers.
    #[error("not exactly one signer")]
    Signers,
}

/// The largest file that is read: certificates and a few hundred bytes.
const MAX_BYTES: usize = 1 << 20;

/// A detached signature with its certificates.
pub(crate) struct Signature {
    pub(crate) info: SignerInfo,
    pub(crate) certificates: Vec<Certificate>,
}

impl Signature {
    /// Reads DER and nothing else: what is encoded again must be the same bytes, so that the
    /// attributes that are hashed are the ones in the file.
    pub(crate) fn parse(cms: &[u8]) -> Result<Self, NotCms> {
        let data = signed_data(cms).ok_or(NotCms::Form)?;
        if data.encap_content_info.econtent.is_some() {
            return Err(NotCms::Attached);
        }
        if data.encap_content_info.econtent_type != ID_DATA {
            return Err(NotCms::Form);
        }
        let mut signers = data.signer_infos.0.into_vec();
        let (Some(info), true) = (signers.pop(), signers.is_empty()) else {
            return Err(NotCms::Signers);
        };
        let choices = data
            .certificates
            .map(|set| set.0.into_vec())
            .unwrap_or_default();
        let certificates = choices.into_iter().filter_map(certificate).collect();
        Ok(Self { info, certificates })
    }

    /// The digest that was signed, if its hash is one that a signature may rest on.
    pub(crate) fn document(&self) -> Option<DocumentDigest> {
        let hash = HashAlgorithm::from_oid(self.info.digest_alg.oid)?;
        let digest: OctetString = decoded(self.info.signed_attrs.as_ref()?, ID_MESSAGE_DIGEST)?;
        DocumentDigest::new(hash, digest.into_bytes()).ok()
    }

    /// Whether the signed attributes hold a signing time.
    pub(crate) fn claims_time(&self) -> bool {
        let attributes = self.info.signed_attrs.iter().flat_map(|set| set.iter());
        attributes.into_iter().any(|one| one.oid == ID_SIGNING_TIME)
    }

    /// The certificate that the signer names, if the file holds it.
    pub(crate) fn certificate(&self) -> Option<&Certificate> {
        self.certificates
            .iter()
            .find(|certificate| self.is_named(certificate))
    }

    fn is_named(&self, certificate: &Certificate) -> bool {
        let body = &certificate.tbs_certificate;
        match &self.info.sid {
            SignerIdentifier::IssuerAndSerialNumber(named) => {
                named.issuer == body.issuer && named.serial_number == body.serial_number
            }
            SignerIdentifier::SubjectKeyIdentifier(named) => {
                key_identifier(certificate).as_ref() == Some(named)
            }
        }
    }
}

fn signed_data(cms: &[u8]) -> Option<SignedData> {
    if cms.len() > MAX_BYTES {
        return None;
    }
    let content = ContentInfo::from_der(cms).ok()?;
    if content.content_type != ID_SIGNED_DATA {
        return None;
    }
    let data: SignedData = content.content.decode_as().ok()?;
    let again = ContentInfo {
        content_type: ID_SIGNED_DATA,
        content: der::asn1::Any::encode_from(&data).ok()?,
    };
    (again.to_der().ok()? == cms).then_some(data)
}

fn certificate(choice: CertificateChoices) -> Option<Certificate> {
    match choice {
        CertificateChoices::Certificate(certificate) => Some(certificate),
        CertificateChoices::Other(_) => None,
    }
}

fn key_identifier(certificate: &Certificate) -> Option<SubjectKeyIdentifier> {
    let mut extensions = certificate.tbs_certificate.extensions.iter().flatten();
    let found = extensions.find(|extension| extension.extn_id == ID_CE_SUBJECT_KEY_IDENTIFIER)?;
    SubjectKeyIdentifier::from_der(found.extn_value.as_bytes()).ok()
}
