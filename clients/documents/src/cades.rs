//! CAdES-B-B signatures, made in two steps around a key that is somewhere else.
//!
//! Detached for any kind of file, enveloping where one file is wanted, and with the attributes
//! that a PDF asks for. A time stamp is added afterwards: see [`timestamp`](crate::timestamp).

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedAttributes, SignedData, SignerIdentifier,
    SignerInfo, SignerInfos,
};
use const_oid::db::rfc5911::{ID_DATA, ID_SIGNED_DATA};
use der::asn1::{Any, OctetString, SetOfVec, UintRef};
use der::{Decode, Encode, Sequence, Tag};
use spki::SubjectPublicKeyInfoOwned;
use time::OffsetDateTime;
use x509_cert::Certificate;

use crate::attributes::{self, Profile};
use crate::hash::{DocumentDigest, HashAlgorithm};
use crate::scheme::Scheme;

/// Why a signature cannot be prepared or completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CadesError {
    /// The signer's certificate is not one X.509 certificate in DER.
    #[error("the signing certificate is not an X.509 certificate in DER")]
    Certificate,
    /// A certificate of the chain is not one X.509 certificate in DER.
    #[error("certificate {0} of the chain is not an X.509 certificate in DER")]
    Chain(usize),
    /// The signing time is before 1970 or after 9999.
    #[error("the signing time cannot be written")]
    Time,
    /// The key of the certificate cannot make signatures of this scheme.
    #[error("the certificate's key does not fit the signature scheme")]
    Scheme,
    /// The content is not the document that was prepared.
    #[error("the content is not the document that was prepared")]
    Content,
    /// The signature has not the form that the scheme gives it.
    #[error("the signature does not have the form of its scheme")]
    Signature,
    /// Something is too large for DER.
    #[error("the signature file cannot be encoded")]
    Encoding,
}

/// A signature that lacks only the signature value.
#[derive(Clone, Debug)]
pub struct Prepared {
    certificate: Certificate,
    document: DocumentDigest,
    attributes: SignedAttributes,
    signed: Vec<u8>,
}

/// Makes the signed attributes for a document and a signer.
///
/// The document's hash is used throughout: for the attributes and for the certificate's own
/// digest in them. `time` is the signer's claim, in whole seconds.
///
/// # Errors
///
/// [`CadesError::Certificate`] or [`CadesError::Time`].
pub fn prepare(
    document: &DocumentDigest,
    certificate: &[u8],
    time: OffsetDateTime,
) -> Result<Prepared, CadesError> {
    prepare_as(document, certificate, Profile::File { time })
}

/// As [`prepare`], with the attributes that the profile asks for.
///
/// # Errors
///
/// Those of [`prepare`].
pub fn prepare_as(
    document: &DocumentDigest,
    certificate: &[u8],
    profile: Profile,
) -> Result<Prepared, CadesError> {
    let parsed = parse_certificate(certificate).ok_or(CadesError::Certificate)?;
    let attributes =
        attributes::build(document, certificate, profile).map_err(|_| CadesError::Time)?;
    Prepared::new(parsed, document.clone(), attributes)
}

impl Prepared {
    pub(crate) fn new(
        certificate: Certificate,
        document: DocumentDigest,
        attributes: SignedAttributes,
    ) -> Result<Self, CadesError> {
        let signed = attributes::signed_bytes(&attributes).map_err(|_| CadesError::Encoding)?;
        Ok(Self {
            certificate,
            document,
            attributes,
            signed,
        })
    }

    /// The digest of the document that the attributes name.
    pub const fn document(&self) -> &DocumentDigest {
        &self.document
    }

    /// The signed attributes as a DER `SET OF`: the message that the key signs.
    pub fn signed_attributes(&self) -> &[u8] {
        &self.signed
    }

    /// The hash of document, attributes and signature.
    pub const fn hash(&self) -> HashAlgorithm {
        self.document.algorithm()
    }

    /// The digest to sign: that of [`signed_attributes`](Self::signed_attributes).
    pub fn digest(&self) -> Vec<u8> {
        self.hash().digest(&self.signed)
    }

    /// Makes the signature file (`.p7s`), a DER `ContentInfo`.
    ///
    /// `chain` are the certificates above the signer's, in any order; the signer's own may be
    /// among them. The signature is not verified here: the file is for whoever checks it.
    ///
    /// # Errors
    ///
    /// [`CadesError`] if scheme, signature or chain do not fit.
    pub fn complete(
        self,
        signature: &[u8],
        scheme: Scheme,
        chain: &[Vec<u8>],
    ) -> Result<Vec<u8>, CadesError> {
        let certificates = certificates(&self.certificate, chain)?;
        self.finish(signature, scheme, certificates, None)
    }

    /// As [`complete`](Self::complete), with the document inside the file (RFC 5652 §5.2).
    ///
    /// # Errors
    ///
    /// [`CadesError::Content`] if the content has another digest than was prepared, else those of
    /// [`complete`](Self::complete).
    pub fn complete_enveloping(
        self,
        signature: &[u8],
        scheme: Scheme,
        chain: &[Vec<u8>],
        content: &[u8],
    ) -> Result<Vec<u8>, CadesError> {
        if self.hash().digest(content) != self.document.as_bytes() {
            return Err(CadesError::Content);
        }
        let certificates = certificates(&self.certificate, chain)?;
        self.finish(signature, scheme, certificates, Some(content))
    }

    pub(crate) fn finish(
        self,
        signature: &[u8],
        scheme: Scheme,
        certificates: CertificateSet,
        content: Option<&[u8]>,
    ) -> Result<Vec<u8>, CadesError> {
        let key = &self.certificate.tbs_certificate.subject_public_key_info;
        if !scheme.fits(key.algorithm.oid) {
            return Err(CadesError::Scheme);
        }
        if !has_form(signature, scheme, key) {
            return Err(CadesError::Signature);
        }
        self.encode(signature, scheme, certificates, content)
            .map_err(|_| CadesError::Encoding)
    }

    fn encode(
        self,
        signature: &[u8],
        scheme: Scheme,
        certificates: CertificateSet,
        content: Option<&[u8]>,
    ) -> der::Result<Vec<u8>> {
        let digest_algorithms = SetOfVec::try_from(vec![self.hash().identifier()])?;
        let signer = self.signer_info(signature, scheme)?;
        let data = SignedData {
            version: CmsVersion::V1,
            digest_algorithms,
            encap_content_info: EncapsulatedContentInfo {
                econtent_type: ID_DATA,
                econtent: content.map(octets).transpose()?,
            },
            certificates: Some(certificates),
            crls: None,
            signer_infos: SignerInfos(SetOfVec::try_from(vec![signer])?),
        };
        let content = Any::encode_from(&data)?;
        ContentInfo {
            content_type: ID_SIGNED_DATA,
            content,
        }
        .to_der()
    }

    fn signer_info(self, signature: &[u8], scheme: Scheme) -> der::Result<SignerInfo> {
        let hash = self.hash();
        let signer = self.certificate.tbs_certificate;
        let sid = IssuerAndSerialNumber {
            issuer: signer.issuer,
            serial_number: signer.serial_number,
        };
        Ok(SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(sid),
            digest_alg: hash.identifier(),
            signed_attrs: Some(self.attributes),
            signature_algorithm: scheme.identifier(hash)?,
            signature: OctetString::new(signature)?,
            unsigned_attrs: None,
        })
    }
}

/// A certificate that is encoded again to the very same bytes: its hash stands in the signature.
pub(crate) fn parse_certificate(der: &[u8]) -> Option<Certificate> {
    let certificate = Certificate::from_der(der).ok()?;
    (certificate.to_der().ok()? == der).then_some(certificate)
}

/// `Ecdsa-Sig-Value` (RFC 3279 §2.2.3).
#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// `RSAPublicKey` (RFC 8017 §A.1.1).
#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

/// HSMs answer ECDSA as r ‖ s; that in a file would be refused by everyone, far from here. An RSA
/// signature is as long as the key (RFC 8017 §8).
fn has_form(signature: &[u8], scheme: Scheme, key: &SubjectPublicKeyInfoOwned) -> bool {
    match scheme {
        Scheme::Ecdsa => EcdsaSignature::from_der(signature).is_ok(),
        Scheme::RsaPkcs1 | Scheme::RsaPss { .. } => key
            .subject_public_key
            .as_bytes()
            .and_then(|key| RsaPublicKey::from_der(key).ok())
            .is_some_and(|key| key.modulus.as_bytes().len() == signature.len()),
    }
}

fn octets(content: &[u8]) -> der::Result<Any> {
    Any::new(Tag::OctetString, content)
}

/// The signer's certificate and the chain, each once.
pub(crate) fn certificates(
    signer: &Certificate,
    chain: &[Vec<u8>],
) -> Result<CertificateSet, CadesError> {
    let mut all = vec![signer.clone()];
    for (place, der) in chain.iter().enumerate() {
        let certificate = parse_certificate(der).ok_or(CadesError::Chain(place))?;
        if !all.contains(&certificate) {
            all.push(certificate);
        }
    }
    let choices: Vec<_> = all
        .into_iter()
        .map(CertificateChoices::Certificate)
        .collect();
    let set = SetOfVec::try_from(choices).map_err(|_| CadesError::Encoding)?;
    Ok(CertificateSet(set))
}
