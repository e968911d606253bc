//! Chains that hold, and every way in which one does not.

use std::sync::Arc;

use kyso_core::KeyAlgorithm;
use kyso_hsm::NO_LEGAL_VALUE;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PublicKeyData as _, date_time_ymd,
};

use super::*;

/// In 2027.
const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2030, 1, 1);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn signer() -> CertificateParams {
    let mut params = named("Nguyễn Văn An");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

/// A key with a request for it, and a chain of three: leaf, issuing authority, root.
struct Made {
    chain: [String; 3],
    der: [Vec<u8>; 3],
    key: KeyRef,
    request: Vec<u8>,
}

fn made(leaf: &CertificateParams, issuing: CertificateParams) -> Made {
    made_under(leaf, issuing, authority("Root"))
}

fn made_under(
    leaf: &CertificateParams,
    issuing: CertificateParams,
    root: CertificateParams,
) -> Made {
    let [leaf_key, issuing_key, root_key] = [(); 3].map(|()| KeyPair::generate().unwrap());
    let request = signer().serialize_request(&leaf_key).unwrap();
    let root_certificate = root.self_signed(&root_key).unwrap();
    let above = Issuer::new(root, root_key);
    let issuing_certificate = issuing.signed_by(&issuing_key, &above).unwrap();
    let above = Issuer::new(issuing, issuing_key);
    let leaf_certificate = leaf.signed_by(&leaf_key, &above).unwrap();
    let all = [leaf_certificate, issuing_certificate, root_certificate];
    Made {
        chain: all.each_ref().map(rcgen::Certificate::pem),
        der: all.each_ref().map(|one| one.der().to_vec()),
        key: KeyRef {
            cka_id: [0; 16],
            algorithm: KeyAlgorithm::P256,
            spki: Arc::from(leaf_key.subject_public_key_info()),
        },
        request: request.der().to_vec(),
    }
}

fn good() -> Made {
    made(&signer(), authority("Issuing"))
}

impl Made {
    fn expected<'a>(&'a self, anchors: &'a [Vec<u8>]) -> Expected<'a> {
        Expected {
            key: &self.key,
            request: Some(&self.request),
            now: NOW,
            trust: Trust {
                anchors,
                legal: false,
            },
        }
    }

    fn read(&self, pem: &str, anchors: &[Vec<u8>]) -> Result<Stored, BadChain> {
        read(pem, &self.expected(anchors))
    }
}

#[test]
fn a_chain_that_ends_in_an_anchor_is_read() {
    let made = good();
    let ([leaf, issuing, root], [_, issuing_der, root_der]) = (&made.chain, &made.der);
    let whole = format!("{leaf}{issuing}{root}");
    let open = format!("\n{leaf}\n{issuing}\n");
    for (pem, anchors) in [
        (&whole, vec![]),
        (&open, vec![]),
        (&whole, vec![root_der.clone()]),
        (&open, vec![root_der.clone()]),
        (leaf, vec![issuing_der.clone()]),
        (&whole, vec![good().der[2].clone(), root_der.clone()]),
    ] {
        let stored = made.read(pem, &anchors).unwrap();
        assert!(stored.not_before < stored.not_after);
        let hash = <[u8; 32]>::from(Sha256::digest(&stored.chain[0]));
        assert_eq!(stored.sha256, hash);
        let again = read_der(&stored.chain, &made.expected(&anchors));
        assert_eq!(again.unwrap(), stored);
    }
}

#[test]
fn bad_chains_say_why() {
    let (made, other) = (good(), good());
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
    let ([leaf, issuing, root], [other_leaf, other_issuing, other_root]) =
        (&made.chain, &other.chain);
    let elsewhere = vec![other.der[2].clone()];
    let none = Vec::new();
    for (pem, anchors, why) in [
        (String::new(), &none, BadChain::NotPem),
        (garbage.to_owned(), &none, BadChain::NotPem),
        (leaf.repeat(LONGEST + 1), &none, BadChain::NotPem),
        (format!("{issuing}{leaf}"), &none, BadChain::AnotherKey),
        (other_leaf.clone(), &none, BadChain::AnotherKey),
        (format!("{leaf}{root}"), &none, BadChain::BrokenOrder),
        (
            format!("{leaf}{other_issuing}"),
            &none,
            BadChain::BadSignature,
        ),
        (
            format!("{leaf}{issuing}{other_root}"),
            &none,
            BadChain::BadSignature,
        ),
        (leaf.clone(), &none, BadChain::Untrusted),
        (leaf.clone(), &elsewhere, BadChain::Untrusted),
        (
            format!("{leaf}{issuing}{root}"),
            &elsewhere,
            BadChain::Untrusted,
        ),
        (
            leaf.clone(),
            &vec![made.der[0].clone()],
            BadChain::Untrusted,
        ),
    ] {
        assert_eq!(made.read(&pem, anchors).unwrap_err(), why, "{pem}");
    }
}

fn with(
    mut params: CertificateParams,
    change: impl FnOnce(&mut CertificateParams),
) -> CertificateParams {
    change(&mut params);
    params
}

type Case = (&'static str, Made, Result<(), BadChain>);

/// What a signer's own certificate may be, under an authority that is in order.
fn leaves() -> impl Iterator<Item = Case> {
    use KeyUsagePurpose::{ContentCommitment, KeyEncipherment};
    type Change = fn(&mut CertificateParams);
    let cases: [(_, Change, _); 8] = [
        ("no usages", |l| l.key_usages.clear(), Ok(())),
        (
            "nonRepudiation",
            |l| l.key_usages = vec![ContentCommitment],
            Ok(()),
        ),
        (
            "encipherment",
            |l| l.key_usages = vec![KeyEncipherment],
            Err(BadChain::NotSigners),
        ),
        (
            "an authority",
            |l| l.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
            Err(BadChain::NotSigners),
        ),
        (
            "another name",
            |l| {
                l.distinguished_name
                    .push(DnType::CommonName, "Nguyễn Văn Ân");
            },
            Err(BadChain::AnotherSubject),
        ),
        (
            "one attribute more",
            |l| l.distinguished_name.push(DnType::OrganizationName, "X"),
            Err(BadChain::AnotherSubject),
        ),
        (
            "over",
            |l| l.not_after = date_time_ymd(2026, 1, 1),
            Err(BadChain::Expired),
        ),
        (
            "begins later",
            |l| l.not_before = date_time_ymd(2028, 1, 1),
            Ok(()),
        ),
    ];
    cases.into_iter().map(|(what, change, expected)| {
        let leaf = with(signer(), change);
        (what, made(&leaf, authority("Issuing")), expected)
    })
}

/// What the authorities above it may be.
fn issuers() -> impl Iterator<Item = Case> {
    type Change = fn(&mut [CertificateParams; 3]);
    let cases: [(_, Change, _); 6] = [
        (
            "issuer without usages",
            |[_, issuing, _]| issuing.key_usages.clear(),
            Ok(()),
        ),
        (
            "issuer that is none",
            |[_, issuing, _]| issuing.is_ca = IsCa::NoCa,
            Err(BadChain::NotAnIssuer),
        ),
        (
            "issuer for lists only",
            |[_, issuing, _]| issuing.key_usages = vec![KeyUsagePurpose::CrlSign],
            Err(BadChain::NotAnIssuer),
        ),
        (
            "issuer over",
            |[_, issuing, _]| issuing.not_after = date_time_ymd(2026, 1, 1),
            Err(BadChain::NotAnIssuer),
        ),
        (
            "issuer over when the leaf begins",
            |[leaf, issuing, _]| {
                leaf.not_before = date_time_ymd(2028, 1, 1);
                issuing.not_after = date_time_ymd(2027, 6, 1);
            },
            Err(BadChain::NotAnIssuer),
        ),
        (
            "root that allows no authority under it",
            |[_, _, root]| root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)),
            Err(BadChain::NotAnIssuer),
        ),
    ];
    cases.into_iter().map(|(what, change, expected)| {
        let mut all = [signer(), authority("Issuing"), authority("Root")];
        change(&mut all);
        let [leaf, issuing, root] = all;
        (what, made_under(&leaf, issuing, root), expected)
    })
}

#[test]
fn each_certificate_must_be_what_its_place_asks() {
    for (what, made, expected) in leaves().chain(issuers()) {
        let [whole, open] = [3, 2].map(|length| made.chain[..length].concat());
        let anchors = [made.der[2].clone()];
        let outside = if what.starts_with("root") {
            Err(BadChain::Untrusted)
        } else {
            expected
        };
        for (how, pem, anchors, expected) in [
            ("alone", &whole, &[][..], expected),
            ("anchored", &whole, &anchors, expected),
            ("root left out", &open, &anchors, outside),
        ] {
            let found = made.read(pem, anchors).map(drop);
            assert_eq!(found, expected, "{what}, {how}");
        }
    }
}

#[test]
fn an_anchor_whose_time_is_over_is_none() {
    let over = with(authority("Root"), |root| {
        root.not_after = date_time_ymd(2026, 1, 1);
    });
    let made = made_under(&signer(), authority("Issuing"), over);
    let open = made.chain[..2].concat();
    let anchors = [made.der[2].clone()];
    assert_eq!(made.read(&open, &anchors).unwrap_err(), BadChain::Untrusted);
}

#[test]
fn where_law_counts_no_evaluation_certificate_is_taken() {
    let root = with(authority("Root"), |root| {
        let name = &mut root.distinguished_name;
        name.push(DnType::OrganizationName, NO_LEGAL_VALUE);
    });
    let made = made_under(&signer(), authority("Issuing"), root);
    let (whole, anchors) = (made.chain.concat(), [made.der[2].clone()]);
    let mut expected = made.expected(&anchors);
    assert!(read(&whole, &expected).is_ok());
    expected.trust.legal = true;
    assert_eq!(read(&whole, &expected).unwrap_err(), BadChain::NoLegalValue);
    let open = made.chain[..2].concat();
    assert_eq!(
        read(&open, &expected).unwrap_err(),
        BadChain::NoLegalValue,
        "also where the root that says so is left out"
    );
}
