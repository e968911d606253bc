//! Who signs in the benchmark: a person and an agency, below an authority that a trust list has.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use kyso_documents::pdf::Limits;
use kyso_documents::validation::trust::{Authority, Kind, Role};
use kyso_documents::validation::{Basis, Completeness, Evidence, Standing, TrustList, pdf};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, SerialNumber,
};
use time::{Duration, OffsetDateTime};

use super::{Shown, TIME, sign};

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// `emailAddress` (PKCS #9), by which a person's certificate is known.
const EMAIL: [u64; 7] = [1, 2, 840, 113_549, 1, 9, 1];

/// A key with its certificate.
pub(super) struct Signer {
    /// In DER.
    pub(super) certificate: Vec<u8>,
    key: EcdsaKeyPair,
}

impl Signer {
    fn new(names: &[(DnType, &str)], issuer: &Issuer) -> anyhow::Result<Self> {
        let pair = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut params = params(names)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&pair, issuer)?.der().to_vec();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pair.serialized_der());
        let key = key.map_err(|_| anyhow::anyhow!("the key is not read"))?;
        Ok(Self { certificate, key })
    }

    pub(super) fn sign(&self, message: &[u8]) -> anyhow::Result<Vec<u8>> {
        let value = self.key.sign(&SystemRandom::new(), message);
        let value = value.map_err(|_| anyhow::anyhow!("no signature"))?;
        Ok(value.as_ref().to_vec())
    }
}

/// Both who make a document complete, and all that is needed to judge what they sign.
pub(super) struct People {
    pub(super) person: Signer,
    agency: Signer,
    /// A root and an authority below it.
    pub(super) trust: TrustList,
    /// A revocation list of each.
    evidence: Evidence,
}

impl People {
    pub(super) fn new() -> anyhow::Result<Self> {
        let root = CertifiedIssuer::self_signed(authority("Root")?, KeyPair::generate()?)?;
        let middle = CertifiedIssuer::signed_by(authority("CA")?, KeyPair::generate()?, &root)?;
        let person = [
            (DnType::OrganizationalUnitName, "Văn phòng"),
            (DnType::CommonName, "Nguyễn Thị Bưởi"),
            (DnType::CustomDnType(EMAIL.to_vec()), "buoi@tinh.gov.vn"),
        ];
        let agency = [
            (DnType::OrganizationName, "Ủy ban nhân dân tỉnh"),
            (DnType::CommonName, "Ủy ban nhân dân tỉnh"),
        ];
        let mut evidence = Evidence::default();
        evidence.add_list(&revoked_by(&root)?);
        evidence.add_list(&revoked_by(&middle)?);
        Ok(Self {
            person: Signer::new(&person, &middle)?,
            agency: Signer::new(&agency, &middle)?,
            trust: TrustList::new(vec![
                listed(&root, Role::Root),
                listed(&middle, Role::Intermediate),
            ]),
            evidence,
        })
    }

    /// The file with the signature of the person, shown so, and after it that of the agency.
    pub(super) fn both(&self, paper: &[u8], shown: &Shown<'_>) -> anyhow::Result<Vec<u8>> {
        let value = |message: &[u8]| self.person.sign(message);
        let once = sign(paper, "A", shown, &self.person, value)?;
        let value = |message: &[u8]| self.agency.sign(message);
        sign(&once, "B", &Shown::Text, &self.agency, value)
    }

    /// Judges a file as the command line, the API and the page do, an hour after it was signed.
    pub(super) fn verify(&self, file: &[u8]) -> anyhow::Result<()> {
        let basis = Basis {
            trust: &self.trust,
            evidence: &self.evidence,
            now: TIME + Duration::hours(1),
        };
        let report = pdf(file, &basis, &Limits::default());
        let report = report.map_err(|refusal| anyhow::anyhow!(refusal.code()))?;
        let good = |one: &_| standing(one) == Standing::Good;
        let all = report.is_good() && report.signatures.iter().all(good);
        let both = report.completeness == Completeness::Both;
        anyhow::ensure!(all && both, "not as it was signed: {report:?}");
        Ok(())
    }
}

const fn standing(one: &kyso_documents::validation::Judgement) -> Standing {
    one.revocation.standing
}

fn params(names: &[(DnType, &str)]) -> anyhow::Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    for (kind, name) in names {
        params.distinguished_name.push(kind.clone(), *name);
    }
    Ok(params)
}

fn authority(name: &str) -> anyhow::Result<CertificateParams> {
    let mut params = params(&[(DnType::CommonName, name)])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn listed(issuer: &Issuer, role: Role) -> Authority {
    Authority {
        certificate: issuer.as_ref().der().to_vec(),
        kind: Kind::GovernmentG2,
        role,
        from: OffsetDateTime::UNIX_EPOCH,
        until: TIME + Duration::days(3650),
        source: String::new(),
    }
}

/// A list that revokes nobody, made after the signatures.
fn revoked_by(issuer: &Issuer) -> anyhow::Result<Vec<u8>> {
    let params = CertificateRevocationListParams {
        this_update: TIME + Duration::minutes(30),
        next_update: TIME + Duration::days(7),
        crl_number: SerialNumber::from(1_u64),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    Ok(params.signed_by(issuer)?.der().to_vec())
}
