//! Whether an answer is the one to a request, and of an authority that is trusted.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::signature::UnparsedPublicKey;
use cms::signed_data::SignerIdentifier;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::ID_KP_TIME_STAMPING;
use const_oid::db::rfc5911::{
    ID_AA_SIGNING_CERTIFICATE, ID_AA_SIGNING_CERTIFICATE_V_2, ID_CONTENT_TYPE, ID_MESSAGE_DIGEST,
};
use const_oid::db::rfc5912::{ID_CE_EXT_KEY_USAGE, ID_CE_SUBJECT_KEY_IDENTIFIER};
use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};
use spki::AlgorithmIdentifierOwned;
use time::OffsetDateTime;
use x509_cert::Certificate;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{ExtendedKeyUsage, SubjectKeyIdentifier};

use super::info::StampInfo;
use super::reading::{constructed, finished, optional};
use super::request::Request;
use super::response::{NoToken, token};
use crate::attributes::SigningCertificateV2;
use crate::chain;
use crate::hash::HashAlgorithm;
use crate::scheme::Scheme;
use crate::timestamp::{TST_INFO, inside, sequence, signed_data, tst_info};
use crate::verify::{Problem, algorithm};

/// Why an answer is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It holds no token.
    #[error(transparent)]
    NoToken(#[from] NoToken),
    /// The token is not a `SignedData` over `TSTInfo` with one signer, in DER.
    #[error("not a time-stamp token in DER")]
    Form,
    /// It stamps something else than what was asked for.
    #[error("the time stamp is over something else")]
    OtherImprint,
    /// It is not the answer to this request: an older one, or of somebody who did not see it.
    #[error("the time stamp is the answer to another request")]
    OtherNonce,
    /// It was made under another policy than the one asked for.
    #[error("the time stamp was made under another policy")]
    OtherPolicy,
    /// The certificate that the signer names is not in the token, or cannot be read.
    #[error("the authority's certificate is not in the token")]
    NoCertificate,
    /// The token is bound to no certificate, or to another (RFC 3161 §2.4.2, RFC 5816).
    #[error("the token is not bound to the authority's certificate")]
    OtherCertificate,
    /// Its extended key usage is not time stamping alone, and critical (RFC 3161 §2.3).
    #[error("the certificate is not one for time stamps alone")]
    Purpose,
    /// The signature value or the digest that it covers is wrong, or of an algorithm that is not taken.
    #[error("the authority's signature is wrong")]
    Signature,
    /// No path leads to a trusted authority at that time.
    #[error("the authority is not trusted: {0}")]
    Untrusted(Problem),
}

impl Refusal {
    /// One word, for entries and metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoToken(NoToken::Form) | Self::Form => "form",
            Self::NoToken(NoToken::Rejected(_)) => "rejected",
            Self::OtherImprint => "other_imprint",
            Self::OtherNonce => "other_nonce",
            Self::OtherPolicy => "other_policy",
            Self::NoCertificate => "no_certificate",
            Self::OtherCertificate => "other_certificate",
            Self::Purpose => "purpose",
            Self::Signature => "signature",
            Self::Untrusted(_) => "untrusted",
        }
    }
}

/// A token that answers its request, of an authority that was trusted then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeStamp {
    /// The token as it came: CMS in DER.
    pub token: Vec<u8>,
    /// What it says.
    pub info: StampInfo,
}

impl Request {
    /// Checks an answer to this request: `roots` are certificates in DER that are trusted to make time
    /// stamps, and `at` is when the path must be valid, in most cases now.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check(
        &self,
        response: &[u8],
        roots: &[Vec<u8>],
        at: OffsetDateTime,
    ) -> Result<TimeStamp, Refusal> {
        let token = token(response)?;
        let content = tst_info(token).map_err(|_| Refusal::Form)?;
        let info = StampInfo::read(content).map_err(|_| Refusal::Form)?;
        self.compare(&info)?;
        let signed = Signed::read(token).map_err(|_| Refusal::Form)?;
        signed.check(content, roots, at)?;
        Ok(TimeStamp {
            token: token.to_vec(),
            info,
        })
    }

    fn compare(&self, info: &StampInfo) -> Result<(), Refusal> {
        if info.imprint != self.imprint {
            return Err(Refusal::OtherImprint);
        }
        if info.nonce != Some(self.nonce) {
            return Err(Refusal::OtherNonce);
        }
        let asked = self.policy.map(|policy| policy.0.to_string());
        if asked.is_some_and(|asked| asked != info.policy) {
            return Err(Refusal::OtherPolicy);
        }
        Ok(())
    }
}

/// The parts of a token that say who made it.
struct Signed<'a> {
    certificates: Vec<&'a [u8]>,
    signer: SignerIdentifier,
    hash: AlgorithmIdentifierOwned,
    attributes: Vec<(ObjectIdentifier, AnyRef<'a>)>,
    /// What the value is over: the attributes as they came, with the tag of a `SET OF` (RFC 5652 §5.4).
    message: Vec<u8>,
    algorithm: AlgorithmIdentifierOwned,
    value: &'a [u8],
}

impl<'a> Signed<'a> {
    fn read(token: &'a [u8]) -> der::Result<Self> {
        let mut data = signed_data(token)?;
        for _ in 0..3 {
            AnyRef::decode(&mut data)?; // version, digest algorithms, the content
        }
        let certificates = optional(&mut data, constructed(TagNumber::N0))?;
        optional(&mut data, constructed(TagNumber::N1))?; // revocation lists
        let mut signers = inside(&mut data, Tag::Set)?;
        let mut signer = sequence(&mut signers)?;
        finished(&signers)?;
        finished(&data)?;
        Self::signer(&mut signer, certificates)
    }

    fn signer(signer: &mut SliceReader<'a>, certificates: Option<AnyRef<'a>>) -> der::Result<Self> {
        AnyRef::decode(signer)?; // version
        let named = SignerIdentifier::decode(signer)?;
        let hash = AlgorithmIdentifierOwned::decode(signer)?;
        let whole = signer.tlv_bytes()?;
        Ok(Self {
            certificates: values(certificates.map_or(&[], |any| any.value()))?,
            signer: named,
            hash,
            attributes: attributes(whole)?,
            message: [&[0x31], whole.get(1..).unwrap_or_default()].concat(),
            algorithm: AlgorithmIdentifierOwned::decode(signer)?,
            value: OctetStringRef::decode(signer)?.as_bytes(),
        })
    }

    fn check(&self, content: &[u8], roots: &[Vec<u8>], at: OffsetDateTime) -> Result<(), Refusal> {
        let (der, certificate) = self.certificate().ok_or(Refusal::NoCertificate)?;
        if !self.is_bound_to(der) {
            return Err(Refusal::OtherCertificate);
        }
        if !is_for_time_stamps_alone(&certificate) {
            return Err(Refusal::Purpose);
        }
        self.check_value(content, &certificate)
            .ok_or(Refusal::Signature)?;
        let others: Vec<Vec<u8>> = self.certificates.iter().map(|der| der.to_vec()).collect();
        chain::check_time_stamping(der, &others, roots, at).map_err(Refusal::Untrusted)
    }

    fn certificate(&self) -> Option<(&'a [u8], Certificate)> {
        let mut read = self
            .certificates
            .iter()
            .filter_map(|der| Some((*der, Certificate::from_der(der).ok()?)));
        read.find(|(_, certificate)| is_named(&self.signer, certificate))
    }

    /// The only value of the only attribute of that kind.
    fn attribute(&self, oid: ObjectIdentifier) -> Option<AnyRef<'a>> {
        let mut found = self.attributes.iter().filter(|(kind, _)| *kind == oid);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(*value),
            _ => None,
        }
    }

    /// By either attribute; where there are both, both must name it.
    fn is_bound_to(&self, certificate: &[u8]) -> bool {
        let newer = self.attribute(ID_AA_SIGNING_CERTIFICATE_V_2).map(|value| {
            let named = value.decode_as::<SigningCertificateV2>().ok();
            let first = named.and_then(|named| named.certificates.into_iter().next());
            first.is_some_and(|first| first.names(certificate))
        });
        let older = self.attribute(ID_AA_SIGNING_CERTIFICATE).map(|value| {
            let right = digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate);
            first_certificate_hash(value).is_ok_and(|named| named == right.as_ref())
        });
        let named: Vec<bool> = [newer, older].into_iter().flatten().collect();
        !named.is_empty() && named.into_iter().all(|one| one)
    }

    fn check_value(&self, content: &[u8], certificate: &Certificate) -> Option<()> {
        let kind: ObjectIdentifier = self.attribute(ID_CONTENT_TYPE)?.decode_as().ok()?;
        let signed: OctetStringRef<'_> = self.attribute(ID_MESSAGE_DIGEST)?.decode_as().ok()?;
        let hash = HashAlgorithm::from_oid(self.hash.oid)?;
        if kind != TST_INFO || signed.as_bytes() != hash.digest(content) {
            return None;
        }
        let key = &certificate.tbs_certificate.subject_public_key_info;
        let scheme = Scheme::from_identifier(&self.algorithm, hash)?;
        let bytes = key.subject_public_key.as_bytes()?;
        let key = UnparsedPublicKey::new(algorithm(scheme, hash, key)?, bytes);
        key.verify(&self.message, self.value).ok()
    }
}

/// Each value with its tag and length.
fn values(bytes: &[u8]) -> der::Result<Vec<&[u8]>> {
    let (mut reader, mut found) = (SliceReader::new(bytes)?, Vec::new());
    while !reader.is_finished() {
        found.push(reader.tlv_bytes()?);
    }
    Ok(found)
}

/// Kinds and values; a kind with several values has none here, since every one that is looked at has one.
fn attributes(whole: &[u8]) -> der::Result<Vec<(ObjectIdentifier, AnyRef<'_>)>> {
    let mut reader = SliceReader::new(whole)?;
    let (mut set, mut found) = (inside(&mut reader, constructed(TagNumber::N0))?, Vec::new());
    while !set.is_finished() {
        let mut attribute = sequence(&mut set)?;
        let kind = ObjectIdentifier::decode(&mut attribute)?;
        let mut values = inside(&mut attribute, Tag::Set)?;
        let value = AnyRef::decode(&mut values)?;
        finished(&values)?;
        finished(&attribute)?;
        found.push((kind, value));
    }
    Ok(found)
}

/// `certHash` of the first `ESSCertID` of `SigningCertificate` (RFC 2634 §5.4.1), SHA-1.
fn first_certificate_hash(value: AnyRef<'_>) -> der::Result<&[u8]> {
    value.tag().assert_eq(Tag::Sequence)?;
    let mut members = SliceReader::new(value.value())?;
    let mut certificates = sequence(&mut members)?;
    let mut first = sequence(&mut certificates)?;
    Ok(OctetStringRef::decode(&mut first)?.as_bytes())
}

fn is_named(signer: &SignerIdentifier, certificate: &Certificate) -> bool {
    let body = &certificate.tbs_certificate;
    match signer {
        SignerIdentifier::IssuerAndSerialNumber(named) => {
            named.issuer == body.issuer && named.serial_number == body.serial_number
        }
        SignerIdentifier::SubjectKeyIdentifier(named) => {
            let found = extension(certificate, ID_CE_SUBJECT_KEY_IDENTIFIER);
            let read = |found: &Extension| {
                SubjectKeyIdentifier::from_der(found.extn_value.as_bytes()).ok()
            };
            found.and_then(read).as_ref() == Some(named)
        }
    }
}

fn extension(certificate: &Certificate, oid: ObjectIdentifier) -> Option<&Extension> {
    let mut extensions = certificate.tbs_certificate.extensions.iter().flatten();
    extensions.find(|extension| extension.extn_id == oid)
}

fn is_for_time_stamps_alone(certificate: &Certificate) -> bool {
    let Some(found) = extension(certificate, ID_CE_EXT_KEY_USAGE) else {
        return false;
    };
    let purposes = ExtendedKeyUsage::from_der(found.extn_value.as_bytes());
    found.critical && purposes.is_ok_and(|purposes| purposes.0 == [ID_KP_TIME_STAMPING])
}
