//! One signer out of a CMS file, read strictly.

use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use const_oid::db::rfc5911::{ID_DATA, ID_SIGNED_DATA};
use const_oid::db::rfc5912::ID_CE_SUBJECT_KEY_IDENTIFIER;
use der::{Decode, Encode};
use x509_cert::Certificate;
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use crate::verify::NotCms;

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
