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

fn made(leaf: CertificateParams, issuing: CertificateParams) -> Made {
    made_under(leaf, issuing, authority("Root"))
}

fn made_under(
    leaf: CertificateParams,
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
    made(signer(), authority("Issuing"))
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

#[test]
fn each_certificate_must_be_what_its_place_asks() {
    use KeyUsagePurpose::{ContentCommitment, CrlSign, KeyEncipherment};
    let leaf = |change: fn(&mut CertificateParams)| with(signer(), change);
    let issuing = |change: fn(&mut CertificateParams)| with(authority("Issuing"), change);
    let ca = || authority("Issuing");
    for (what, made, expected) in [
        (
            "no usages",
            made(leaf(|l| l.key_usages.clear()), ca()),
            Ok(()),
        ),
        (
            "nonRepudiation",
            made(leaf(|l| l.key_usages = vec![ContentCommitment]), ca()),
            Ok(()),
        ),
        (
            "encipherment",
            made(leaf(|l| l.key_usages = vec![KeyEncipherment]), ca()),
            Err(BadChain::NotSigners),
        ),
        (
            "an authority",
            made(
                leaf(|l| l.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
                ca(),
            ),
            Err(BadChain::NotSigners),
        ),
        (
            "another name",
            made(
                leaf(|l| {
                    l.distinguished_name
                        .push(DnType::CommonName, "Nguyễn Văn Ân")
                }),
                ca(),
            ),
            Err(BadChain::AnotherSubject),
        ),
        (
            "one attribute more",
            made(
                leaf(|l| l.distinguished_name.push(DnType::OrganizationName, "X")),
                ca(),
            ),
            Err(BadChain::AnotherSubject),
        ),
        (
            "over",
            made(leaf(|l| l.not_after = date_time_ymd(2026, 1, 1)), ca()),
            Err(BadChain::Expired),
        ),
        (
            "begins later",
            made(leaf(|l| l.not_before = date_time_ymd(2028, 1, 1)), ca()),
            Ok(()),
        ),
        (
            "issuer without usages",
            made(signer(), issuing(|i| i.key_usages.clear())),
            Ok(()),
        ),
        (
            "issuer that is none",
            made(signer(), issuing(|i| i.is_ca = IsCa::NoCa)),
            Err(BadChain::NotAnIssuer),
        ),
        (
            "issuer for lists only",
            made(signer(), issuing(|i| i.key_usages = vec![CrlSign])),
            Err(BadChain::NotAnIssuer),
        ),
        (
            "issuer over",
            made(
                signer(),
                issuing(|i| i.not_after = date_time_ymd(2026, 1, 1)),
            ),
            Err(BadChain::NotAnIssuer),
        ),
        (
            "issuer over when it begins",
            made(
                leaf(|l| l.not_before = date_time_ymd(2028, 1, 1)),
                issuing(|i| i.not_after = date_time_ymd(2027, 6, 1)),
            ),
            Err(BadChain::NotAnIssuer),
        ),
        (
            "root that allows no authority under it",
            made_under(
                signer(),
                ca(),
                with(authority("Root"), |r| {
                    r.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
                }),
            ),
            Err(BadChain::NotAnIssuer),
        ),
    ] {
        let [whole, open] = [3, 2].map(|length| made.chain[..length].concat());
        let anchors = [made.der[2].clone()];
        assert_eq!(made.read(&whole, &[]).map(drop), expected, "{what}");
        assert_eq!(
            made.read(&whole, &anchors).map(drop),
            expected,
            "{what}, anchored"
        );
        let outside = if what.starts_with("root") {
            Err(BadChain::Untrusted)
        } else {
            expected
        };
        assert_eq!(
            made.read(&open, &anchors).map(drop),
            outside,
            "{what}, root left out"
        );
    }
}

#[test]
fn an_anchor_whose_time_is_over_is_none() {
    let over = with(authority("Root"), |root| {
        root.not_after = date_time_ymd(2026, 1, 1);
    });
    let made = made_under(signer(), authority("Issuing"), over);
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
    let made = made_under(signer(), authority("Issuing"), root);
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
