//! Certificate requests and evaluation certificates, signed by keys in the token.
//!
//! rcgen lays out the request or certificate; its name type holds each attribute once, so the
//! exact [`Subject`] is put in with x509-cert; then the token signs what will be sent, once.

use der::asn1::{BitString, BitStringRef, Utf8StringRef};
use der::{Any, Decode, Encode, Sequence};
use kyso_core::{
    Digest, DigestOutcome, HashAlgorithm, KeyAlgorithm, KeyCustody, KeyRef, LaneClass,
    ServerPurpose, SignJob, SignatureScheme, Timestamp,
};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, IsCa, Issuer, KeyIdMethod,
    KeyUsagePurpose, PublicKeyData, SerialNumber, SignatureAlgorithm, SigningKey,
};
use sha2::{Digest as _, Sha256, Sha384};
use spki::{ObjectIdentifier, SubjectPublicKeyInfo};
use x509_cert::Certificate;
use x509_cert::ext::pkix::SubjectKeyIdentifier;
use x509_cert::request::CertReq;
use x509_cert::time::{Time, Validity};

use crate::error::HsmError;
use crate::subject::Subject;
use crate::token::Token;

/// What every evaluation certificate says of itself, in its policy's user notice.
pub const NO_LEGAL_VALUE: &str = "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ / no legal value";

/// From when until when a certificate is valid, both included (RFC 5280 §4.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first second.
    pub from: Timestamp,
    /// The last second.
    pub until: Timestamp,
}

impl Token {
    /// A PKCS#10 request (RFC 2986) for this key's certificate, as DER, signed by the key itself.
    ///
    /// # Errors
    /// If the key is not attested, the token is away, or the subject cannot be encoded.
    pub async fn sign_csr(&self, key: &KeyRef, subject: &Subject) -> Result<Vec<u8>, HsmError> {
        let mut params = CertificateParams::default();
        params.key_usages = signer_usages();
        let blank = params
            .serialize_request(&Blank::of(key)?)
            .map_err(|_| REQUEST)?;
        let mut request = CertReq::from_der(blank.der()).map_err(|_| REQUEST)?;
        request.info.subject = subject.name();
        let signed = request.info.to_der().map_err(|_| REQUEST)?;
        let signature = self
            .sign_der(key, ServerPurpose::CertificateRequest, &signed)
            .await?;
        request.signature = BitString::from_bytes(&signature).map_err(|_| REQUEST)?;
        request.to_der().map_err(|_| REQUEST)
    }

    /// A certificate of the evaluation CA, signed by itself, as DER; its key is kept for certificates from then on.
    ///
    /// # Errors
    /// As [`Token::sign_csr`].
    pub async fn issue_ca(
        &self,
        key: &KeyRef,
        subject: &Subject,
        period: Period,
    ) -> Result<Vec<u8>, HsmError> {
        self.keep_for_certificates(key);
        let mut params = parameters()?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let blank = params
            .self_signed(&Blank::of(key)?)
            .map_err(|_| CERTIFICATE)?;
        let mut certificate = Certificate::from_der(blank.der()).map_err(|_| CERTIFICATE)?;
        certificate.tbs_certificate.issuer = subject.name();
        self.finish(key, certificate, subject, period).await
    }

    /// An end-entity certificate for `key`, issued by the evaluation CA `ca`, as DER: for
    /// signatures only, with [`NO_LEGAL_VALUE`] in its policy.
    ///
    /// # Errors
    /// As [`Token::sign_csr`]; also if `ca` is not kept for certificates, or `ca_certificate` is none.
    pub async fn issue_certificate(
        &self,
        ca: &KeyRef,
        ca_certificate: &[u8],
        key: &KeyRef,
        subject: &Subject,
        period: Period,
    ) -> Result<Vec<u8>, HsmError> {
        let authority = Certificate::from_der(ca_certificate).map_err(|_| CERTIFICATE)?;
        let mut params = parameters()?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = signer_usages();
        params.use_authority_key_identifier_extension = true;
        let blank = params.signed_by(&Blank::of(key)?, &issuer(&authority, ca)?);
        let blank = blank.map_err(|_| CERTIFICATE)?;
        let mut certificate = Certificate::from_der(blank.der()).map_err(|_| CERTIFICATE)?;
        certificate.tbs_certificate.issuer = authority.tbs_certificate.subject;
        self.finish(ca, certificate, subject, period).await
    }

    async fn finish(
        &self,
        ca: &KeyRef,
        mut certificate: Certificate,
        subject: &Subject,
        period: Period,
    ) -> Result<Vec<u8>, HsmError> {
        certificate.tbs_certificate.subject = subject.name();
        certificate.tbs_certificate.validity = validity(period)?;
        let signed = certificate
            .tbs_certificate
            .to_der()
            .map_err(|_| CERTIFICATE)?;
        let signature = self
            .sign_der(ca, ServerPurpose::Certificate, &signed)
            .await?;
        certificate.signature = BitString::from_bytes(&signature).map_err(|_| CERTIFICATE)?;
        certificate.to_der().map_err(|_| CERTIFICATE)
    }

    /// Signs bytes for the server itself, in the usual scheme of the key's kind.
    pub(crate) async fn sign_der(
        &self,
        key: &KeyRef,
        purpose: ServerPurpose,
        bytes: &[u8],
    ) -> Result<Vec<u8>, HsmError> {
        let place = self
            .admit(LaneClass::Person, key)
            .map_err(|_| HsmError::Away)?;
        let (scheme, digest) = digest(key.algorithm, bytes)?;
        let job = SignJob::of_server(key.clone().into(), purpose, scheme, vec![digest]);
        match self.sign(place, job).await.pop() {
            Some(DigestOutcome::Signed(signature)) => Ok(signature),
            Some(DigestOutcome::Withheld) => Err(HsmError::Withheld),
            Some(DigestOutcome::Unknown) => Err(HsmError::TimedOut),
            Some(DigestOutcome::NotAttempted) | None => Err(HsmError::Away),
        }
    }
}

const REQUEST: HsmError = HsmError::Encoding("certificate request");
const CERTIFICATE: HsmError = HsmError::Encoding("certificate");

fn signer_usages() -> Vec<KeyUsagePurpose> {
    vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
    ]
}

fn parameters() -> Result<CertificateParams, HsmError> {
    let mut params = CertificateParams::default();
    params.serial_number = Some(SerialNumber::from_slice(&serial()?));
    params.custom_extensions.push(no_legal_value()?);
    Ok(params)
}

/// 16 random bytes, made positive and never empty (RFC 5280 §4.1.2.2: at most 20).
fn serial() -> Result<[u8; 16], HsmError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| HsmError::Random)?;
    bytes[0] = bytes[0] & 0x7f | 0x40;
    Ok(bytes)
}

fn validity(period: Period) -> Result<Validity, HsmError> {
    let time = |at: Timestamp| {
        let seconds = u64::try_from(at.as_seconds()).map_err(|_| CERTIFICATE)?;
        let since = std::time::Duration::from_secs(seconds);
        // Until 2049 as UTCTime, from then on as GeneralizedTime (RFC 5280 §4.1.2.5).
        der::asn1::UtcTime::from_unix_duration(since)
            .map(Time::UtcTime)
            .or_else(|_| {
                der::asn1::GeneralizedTime::from_unix_duration(since).map(Time::GeneralTime)
            })
            .map_err(|_| CERTIFICATE)
    };
    Ok(Validity {
        not_before: time(period.from)?,
        not_after: time(period.until)?,
    })
}

fn issuer(authority: &Certificate, ca: &KeyRef) -> Result<Issuer<'static, Blank>, HsmError> {
    let found = authority.tbs_certificate.get::<SubjectKeyIdentifier>();
    let (_, identifier) = found.map_err(|_| CERTIFICATE)?.ok_or(CERTIFICATE)?;
    let mut params = CertificateParams::default();
    params.key_identifier_method = KeyIdMethod::PreSpecified(identifier.0.into_bytes());
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    Ok(Issuer::new(params, Blank::of(ca)?))
}

const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");
const USER_NOTICE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.2");

/// `PolicyInformation` with one user notice (RFC 5280 §4.2.1.4).
#[derive(Sequence)]
struct Policy<'a> {
    identifier: ObjectIdentifier,
    qualifiers: [Qualifier<'a>; 1],
}

#[derive(Sequence)]
struct Qualifier<'a> {
    id: ObjectIdentifier,
    notice: Notice<'a>,
}

#[derive(Sequence)]
struct Notice<'a> {
    text: Utf8StringRef<'a>,
}

fn no_legal_value() -> Result<CustomExtension, HsmError> {
    let text = Utf8StringRef::new(NO_LEGAL_VALUE).map_err(|_| CERTIFICATE)?;
    let qualifier = Qualifier {
        id: USER_NOTICE,
        notice: Notice { text },
    };
    let policies = [Policy {
        identifier: ANY_POLICY,
        qualifiers: [qualifier],
    }];
    let content = policies.to_der().map_err(|_| CERTIFICATE)?;
    Ok(CustomExtension::from_oid_content(&[2, 5, 29, 32], content))
}

fn digest(algorithm: KeyAlgorithm, bytes: &[u8]) -> Result<(SignatureScheme, Digest), HsmError> {
    let (scheme, hashed) = match algorithm {
        KeyAlgorithm::P384 => (
            SignatureScheme::Ecdsa(HashAlgorithm::Sha384),
            Sha384::digest(bytes).to_vec(),
        ),
        KeyAlgorithm::P256 => (
            SignatureScheme::Ecdsa(HashAlgorithm::Sha256),
            Sha256::digest(bytes).to_vec(),
        ),
        KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096 => (
            SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256),
            Sha256::digest(bytes).to_vec(),
        ),
    };
    let digest = Digest::new(scheme.hash(), &hashed).map_err(|_| CERTIFICATE)?;
    Ok((scheme, digest))
}

/// The public half of a token's key, as rcgen wants it. It "signs" with nothing: what rcgen lays
/// out is not yet what will be sent.
struct Blank {
    public: Vec<u8>,
    algorithm: &'static SignatureAlgorithm,
}

impl Blank {
    fn of(key: &KeyRef) -> Result<Self, HsmError> {
        let info = SubjectPublicKeyInfo::<Any, BitStringRef<'_>>::from_der(&key.spki);
        let info = info.map_err(|_| HsmError::Encoding("public key"))?;
        let algorithm = match key.algorithm {
            KeyAlgorithm::P256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            KeyAlgorithm::P384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096 => {
                &rcgen::PKCS_RSA_SHA256
            }
        };
        Ok(Self {
            public: info.subject_public_key.raw_bytes().to_vec(),
            algorithm,
        })
    }
}

impl PublicKeyData for Blank {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl SigningKey for Blank {
    fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(Vec::new())
    }
}
