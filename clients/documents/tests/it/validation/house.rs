//! Authorities and whom they certify.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use kyso_documents::HashAlgorithm;
use kyso_documents::validation::trust::{Authority, Kind, Role};
use kyso_documents::validation::{Evidence, TrustList};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    DnValue, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256,
    RevocationReason, RevokedCertParams, RsaKeySize, SerialNumber,
};
use time::OffsetDateTime;
use time::macros::datetime;

pub(super) const HASH: HashAlgorithm = HashAlgorithm::Sha256;
pub(super) const NOW: OffsetDateTime = datetime!(2026-11-26 12:00 UTC);
pub(super) const SIGNED: OffsetDateTime = datetime!(2026-11-23 08:00 UTC);
pub(super) const BEGIN: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);
pub(super) const END: OffsetDateTime = datetime!(2031-01-01 00:00 UTC);

/// A key with its certificate.
pub(super) struct Holder {
    pub(super) certificate: Vec<u8>,
    pub(super) key: KeyPair,
}

/// A root and an authority below it.
pub(super) struct House {
    pub(super) root: CertifiedIssuer<'static, KeyPair>,
    pub(super) middle: CertifiedIssuer<'static, KeyPair>,
}

pub(super) fn rsa() -> KeyPair {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap()
}

pub(super) fn authority(name: &str) -> CertificateParams {
    let mut params = subject(&[(DnType::CommonName, name)]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_after = datetime!(2040-01-01 00:00 UTC);
    params
}

/// A certificate's wishes with this subject, for documents.
pub(super) fn subject(names: &[(DnType, &str)]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    for (kind, name) in names {
        let value = DnValue::Utf8String((*name).to_owned());
        params.distinguished_name.push(kind.clone(), value);
    }
    (params.not_before, params.not_after) = (BEGIN, END);
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
    ];
    params.use_authority_key_identifier_extension = true;
    params
}

/// A leader as the Cipher Committee names one.
pub(super) fn person() -> CertificateParams {
    subject(&[
        (DnType::OrganizationName, "Ủy ban nhân dân tỉnh"),
        (DnType::OrganizationalUnitName, "Văn phòng"),
        (DnType::CommonName, "Nguyễn Thị Bưởi"),
        (
            DnType::CustomDnType(vec![1, 2, 840, 113_549, 1, 9, 1]),
            "buoi@tinh.gov.vn",
        ),
    ])
}

/// An agency as the Cipher Committee names one.
pub(super) fn agency() -> CertificateParams {
    subject(&[
        (DnType::LocalityName, "Hà Tĩnh"),
        (DnType::OrganizationName, "Ủy ban nhân dân tỉnh"),
        (DnType::CommonName, "Văn phòng Ủy ban nhân dân"),
    ])
}

/// A time-stamp authority.
pub(super) fn stamper() -> CertificateParams {
    let mut params = subject(&[(DnType::CommonName, "TSA")]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::TimeStamping];
    params
}

impl House {
    /// One with these names; every call makes other keys.
    pub(super) fn new() -> Self {
        let key = || KeyPair::generate().unwrap();
        Self::of([authority("Root"), authority("Middle")], key)
    }

    pub(super) fn of([root, middle]: [CertificateParams; 2], key: impl Fn() -> KeyPair) -> Self {
        let root = CertifiedIssuer::self_signed(root, key()).unwrap();
        let middle = CertifiedIssuer::signed_by(middle, key(), &root).unwrap();
        Self { root, middle }
    }

    pub(super) fn shared() -> &'static Self {
        static SHARED: LazyLock<House> = LazyLock::new(House::new);
        &SHARED
    }

    pub(super) fn certify(&self, params: &CertificateParams) -> Holder {
        self.certify_key(params, KeyPair::generate().unwrap())
    }

    pub(super) fn certify_key(&self, params: &CertificateParams, key: KeyPair) -> Holder {
        let certificate = params.signed_by(&key, &self.middle).unwrap().der().to_vec();
        Holder { certificate, key }
    }

    pub(super) fn trust(&self) -> TrustList {
        TrustList::new(vec![
            listed(&self.root, Role::Root),
            listed(&self.middle, Role::Intermediate),
        ])
    }

    /// A list of what the middle authority revoked, from then until then.
    pub(super) fn list(&self, revoked: &[(&Holder, OffsetDateTime)], period: Period) -> Vec<u8> {
        self.list_because(Some(RevocationReason::KeyCompromise), revoked, period)
    }

    /// The same with another reason.
    pub(super) fn list_because(
        &self,
        reason: Option<RevocationReason>,
        revoked: &[(&Holder, OffsetDateTime)],
        period: Period,
    ) -> Vec<u8> {
        list(&self.middle, reason, revoked, period)
    }

    /// A list of what the root revoked.
    pub(super) fn list_of_root(
        &self,
        revoked: &[(&Holder, OffsetDateTime)],
        period: Period,
    ) -> Vec<u8> {
        let reason = Some(RevocationReason::KeyCompromise);
        list(&self.root, reason, revoked, period)
    }
}

/// From when until when a list is the newest.
pub(super) type Period = (OffsetDateTime, OffsetDateTime);

fn list(
    issuer: &CertifiedIssuer<'_, KeyPair>,
    reason: Option<RevocationReason>,
    revoked: &[(&Holder, OffsetDateTime)],
    (since, next): Period,
) -> Vec<u8> {
    let entry = |(holder, at): &(&Holder, OffsetDateTime)| RevokedCertParams {
        serial_number: SerialNumber::from_slice(&serial(&holder.certificate)),
        revocation_time: *at,
        reason_code: reason,
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: since,
        next_update: next,
        crl_number: SerialNumber::from(1_u64),
        issuing_distribution_point: None,
        revoked_certs: revoked.iter().map(entry).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(issuer).unwrap().der().to_vec()
}

pub(super) fn listed(issuer: &CertifiedIssuer<'_, KeyPair>, role: Role) -> Authority {
    Authority {
        certificate: issuer.as_ref().der().to_vec(),
        kind: Kind::GovernmentG2,
        role,
        from: BEGIN,
        until: datetime!(2040-01-01 00:00 UTC),
        source: "made by the test".to_owned(),
    }
}

pub(super) fn evidence(lists: &[Vec<u8>], responses: &[Vec<u8>]) -> Evidence {
    let mut evidence = Evidence::default();
    for one in lists {
        evidence.add_list(one);
    }
    for one in responses {
        evidence.add_response(one);
    }
    evidence
}

pub(super) fn serial(certificate: &[u8]) -> Vec<u8> {
    let certificate: x509_cert::Certificate = der::Decode::from_der(certificate).unwrap();
    certificate
        .tbs_certificate
        .serial_number
        .as_bytes()
        .to_vec()
}

impl Holder {
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let (pkcs8, random) = (self.key.serialize_der(), SystemRandom::new());
        if self.is_rsa() {
            let key = RsaKeyPair::from_pkcs8(&pkcs8).unwrap();
            let mut value = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA256, &random, message, &mut value)
                .unwrap();
            return value;
        }
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8).unwrap();
        key.sign(&random, message).unwrap().as_ref().to_vec()
    }

    pub(super) fn is_rsa(&self) -> bool {
        self.key.algorithm() == &PKCS_RSA_SHA256
    }
}
