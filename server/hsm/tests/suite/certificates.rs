//! Requests and certificates, read back by x509-cert and checked with aws-lc.

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use der::{Decode, Encode};
use kyso_core::{DigestOutcome, KeyAlgorithm, KeyRef, Timestamp};
use kyso_hsm::{NO_LEGAL_VALUE, Period, Subject, SubjectField, Token};
use x509_cert::Certificate;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::request::CertReq;

use crate::support::{sign, usual, with_token};

fn official() -> Subject {
    [
        (SubjectField::Country, "VN"),
        (SubjectField::Locality, "Hà Giang"),
        (SubjectField::Organization, "UBND tỉnh"),
        (SubjectField::OrganizationalUnit, "Sở Tư pháp"),
        (SubjectField::OrganizationalUnit, "Văn phòng Sở"),
        (SubjectField::CommonName, "Nguyễn Thị Ánh"),
        (SubjectField::Email, "ntanh@example.gov.vn"),
    ]
    .into_iter()
    .try_fold(Subject::new(), |subject, (field, text)| {
        subject.with(field, text)
    })
    .unwrap()
}

fn verifier(algorithm: KeyAlgorithm) -> &'static dyn VerificationAlgorithm {
    match algorithm {
        KeyAlgorithm::P256 => &signature::ECDSA_P256_SHA256_ASN1,
        KeyAlgorithm::P384 => &signature::ECDSA_P384_SHA384_ASN1,
        _ => &signature::RSA_PKCS1_2048_8192_SHA256,
    }
}

fn verify(algorithm: KeyAlgorithm, spki: &[u8], message: &[u8], signature: &[u8]) {
    UnparsedPublicKey::new(verifier(algorithm), spki)
        .verify(message, signature)
        .unwrap();
}

/// The name of an evaluation CA, and how long it counts.
fn evaluation() -> (Subject, Period) {
    let name = Subject::new().with(SubjectField::CommonName, "CA dùng thử");
    let period = Period {
        from: Timestamp::from_seconds(1_700_000_000),
        until: Timestamp::from_seconds(2_600_000_000),
    };
    (name.unwrap(), period)
}

#[test]
fn a_request_is_signed_by_its_own_key_and_has_the_whole_name() {
    with_token(
        "certificates::a_request_is_signed_by_its_own_key_and_has_the_whole_name",
        async |bench| {
            let token = bench.open();
            for algorithm in [
                KeyAlgorithm::Rsa2048,
                KeyAlgorithm::P256,
                KeyAlgorithm::P384,
            ] {
                let key = token.generate_key(algorithm).await.unwrap();
                let der = token.sign_csr(&key, &official()).await.unwrap();
                let request = CertReq::from_der(&der).unwrap();
                assert_eq!(
                    request.info.subject.to_der().unwrap(),
                    official().to_der().unwrap()
                );
                assert_eq!(
                    request.info.subject.to_string(),
                    "EMAIL=ntanh@example.gov.vn,CN=Nguyễn Thị Ánh,OU=Văn phòng Sở,\
                 OU=Sở Tư pháp,O=UBND tỉnh,L=Hà Giang,C=VN"
                );
                assert_eq!(request.info.public_key.to_der().unwrap(), *key.spki);
                let signed = request.info.to_der().unwrap();
                verify(algorithm, &key.spki, &signed, request.signature.raw_bytes());
            }
        },
    );
}

#[test]
fn the_evaluation_ca_issues_certificates_that_say_what_they_are() {
    with_token(
        "certificates::the_evaluation_ca_issues_certificates_that_say_what_they_are",
        async |bench| {
            let token = bench.open();
            let ca_key = token.generate_key(KeyAlgorithm::P384).await.unwrap();
            let key = token.generate_key(KeyAlgorithm::Rsa2048).await.unwrap();
            let (name, period) = evaluation();
            let ca_der = token.issue_ca(&ca_key, &name, period).await.unwrap();
            let der = token
                .issue_certificate(&ca_key, &ca_der, &key, &official(), period)
                .await
                .unwrap();
            let (ca, leaf) = (
                Certificate::from_der(&ca_der).unwrap(),
                Certificate::from_der(&der).unwrap(),
            );
            for certificate in [&ca, &leaf] {
                let signed = certificate.tbs_certificate.to_der().unwrap();
                verify(
                    KeyAlgorithm::P384,
                    &ca_key.spki,
                    &signed,
                    certificate.signature.raw_bytes(),
                );
                assert_eq!(
                    certificate.tbs_certificate.issuer.to_der().unwrap(),
                    name.to_der().unwrap()
                );
                let encoded = certificate.to_der().unwrap();
                let notice = NO_LEGAL_VALUE.as_bytes();
                assert!(encoded.windows(notice.len()).any(|window| window == notice));
                assert!(certificate.tbs_certificate.serial_number.as_bytes().len() >= 8);
            }
            check_leaf(&leaf, &ca);
        },
    );
}

#[test]
fn an_authoritys_key_issues_certificates_and_no_other_key_does() {
    let test = "certificates::an_authoritys_key_issues_certificates_and_no_other_key_does";
    with_token(test, async |bench| {
        let token = bench.open();
        let [ca, person] = [
            token.generate_key(KeyAlgorithm::P256).await.unwrap(),
            token.generate_key(KeyAlgorithm::P256).await.unwrap(),
        ];
        let (name, period) = evaluation();
        let der = token.issue_ca(&ca, &name, period).await.unwrap();
        let issued = |by: KeyRef, token: Token| {
            let (der, person) = (der.clone(), person.clone());
            async move {
                let subject = official();
                let issued = token.issue_certificate(&by, &der, &person, &subject, period);
                issued.await.is_ok()
            }
        };
        assert!(issued(ca.clone(), token.clone()).await);
        assert!(!issued(person.clone(), token.clone()).await);
        let signed = sign(&token, &ca, usual(ca.algorithm)).await;
        assert_eq!(signed, DigestOutcome::NotAttempted);
        drop(token);
        // The token does not remember it: whoever has the CA's file says it.
        let token = bench.open();
        assert!(token.attest_one(ca.clone()).await.unwrap().passed());
        assert!(!issued(ca.clone(), token.clone()).await);
        token.keep_for_certificates(&ca);
        assert!(issued(ca, token).await);
    });
}

fn check_leaf(leaf: &Certificate, ca: &Certificate) {
    let leaf = &leaf.tbs_certificate;
    assert_eq!(leaf.subject.to_der().unwrap(), official().to_der().unwrap());
    let (critical, usage) = leaf.get::<KeyUsage>().unwrap().unwrap();
    assert!(critical);
    assert_eq!(
        usage,
        KeyUsage(KeyUsages::DigitalSignature | KeyUsages::NonRepudiation)
    );
    let (_, constraints) = leaf.get::<BasicConstraints>().unwrap().unwrap();
    assert!(!constraints.ca);
    let (_, authority) = leaf.get::<AuthorityKeyIdentifier>().unwrap().unwrap();
    let (_, ca_id) = ca
        .tbs_certificate
        .get::<SubjectKeyIdentifier>()
        .unwrap()
        .unwrap();
    assert_eq!(authority.key_identifier, Some(ca_id.0));
    assert!(leaf.get::<SubjectKeyIdentifier>().unwrap().is_some());
    assert_eq!(
        leaf.validity.not_before.to_unix_duration().as_secs(),
        1_700_000_000
    );
    assert_eq!(
        leaf.validity.not_after.to_unix_duration().as_secs(),
        2_600_000_000
    );
}
