//! The Government's authorities of two generations beside each other, by look-alikes: the first has RSA keys, is
//! believed from 2010 to 2030, and may have certificates that are signed with SHA-1.

use std::sync::LazyLock;

use der::{Decode as _, Encode as _};
use kyso_documents::validation::trust::{Authority, Kind, Role};
use kyso_documents::validation::{Distrust, Integrity, Notice, TimeBasis, TrustList};
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use time::OffsetDateTime;
use time::macros::datetime;
use x509_cert::Certificate;

use super::beside::{DOCUMENT, judged, leader, only, report};
use super::house::{Holder, House, NOW, authority, listed, person, rsa, stamper};
use super::made::{Wish, cms, oid, stamp};
use crate::openssl::Witness;

const FROM: OffsetDateTime = datetime!(2010-01-01 00:00 UTC);
const UNTIL: OffsetDateTime = datetime!(2030-01-01 00:00 UTC);

fn valid(
    mut params: CertificateParams,
    from: OffsetDateTime,
    until: OffsetDateTime,
) -> CertificateParams {
    (params.not_before, params.not_after) = (from, until);
    params
}

/// Whoever makes one has the names and the dates of the real ones, and keys of their own.
fn look_alike() -> House {
    let names = ["RootCA G1", "CA G1"].map(authority);
    House::of(names.map(|params| valid(params, FROM, UNTIL)), rsa)
}

fn first() -> &'static House {
    static SHARED: LazyLock<House> = LazyLock::new(look_alike);
    &SHARED
}

fn of_first(issuer: &CertifiedIssuer<'_, KeyPair>, role: Role) -> Authority {
    Authority {
        kind: Kind::GovernmentG1,
        from: FROM,
        until: UNTIL,
        ..listed(issuer, role)
    }
}

fn root_and_middle() -> [Authority; 2] {
    let house = first();
    [
        of_first(&house.root, Role::Root),
        of_first(&house.middle, Role::Intermediate),
    ]
}

fn trust() -> TrustList {
    TrustList::new(root_and_middle().to_vec())
}

/// Somebody of the first generation, whose certificate holds for that time.
fn signer(from: OffsetDateTime, until: OffsetDateTime) -> Holder {
    first().certify_key(&valid(person(), from, until), rsa())
}

fn signer_of_now() -> Holder {
    signer(datetime!(2024-01-01 00:00 UTC), UNTIL)
}

/// Conformance check 10, its first part, of the officer's list.
#[test]
fn leaves_of_both_generations_are_trusted_each_under_its_own() {
    let (second, other) = (House::shared(), look_alike());
    let both = trust().and(second.trust());
    let forged = other.certify_key(&person(), rsa());
    let chain = [&other.middle, &other.root].map(|one| one.as_ref().der().to_vec());
    let with_chain = Wish {
        certificates: chain.to_vec(),
        ..Wish::over(DOCUMENT)
    };
    let alone = || Wish::over(DOCUMENT);
    for (case, file, list, expected) in [
        (
            "first",
            cms(&signer_of_now(), &alone()),
            &both,
            Ok(Kind::GovernmentG1),
        ),
        (
            "second",
            cms(&leader(), &alone()),
            &both,
            Ok(Kind::GovernmentG2),
        ),
        (
            "forged",
            cms(&forged, &alone()),
            &both,
            Err(Distrust::NoPath),
        ),
        (
            "forged, with its chain",
            cms(&forged, &with_chain),
            &both,
            Err(Distrust::NoPath),
        ),
        (
            "first",
            cms(&signer_of_now(), &alone()),
            &second.trust(),
            Err(Distrust::NoPath),
        ),
        (
            "second",
            cms(&leader(), &alone()),
            &trust(),
            Err(Distrust::NoPath),
        ),
    ] {
        let one = judged(&file, list);
        assert_eq!(one.integrity, Integrity::Intact, "{case}");
        assert_eq!(one.trust.map(|root| root.kind), expected, "{case}");
    }
}

/// An authority for time stamps that is believed for longer, and one of its stampers.
fn stamps() -> (TrustList, Holder) {
    let [begin, end] = [
        datetime!(2008-01-01 00:00 UTC),
        datetime!(2040-01-01 00:00 UTC),
    ];
    let names = ["TSA Root", "TSA"].map(authority);
    let names = names.map(|params| valid(params, begin, end));
    let house = House::of(names, || KeyPair::generate().unwrap());
    let certificates = [&house.root, &house.middle].map(|one| one.as_ref().der().to_vec());
    let stamper = house.certify(&valid(stamper(), begin, end));
    (TrustList::given(certificates), stamper)
}

/// When a signature was stamped, when it is judged, and whether it is trusted: then, and also today.
const STAMPED: [(OffsetDateTime, OffsetDateTime, Result<bool, Distrust>); 6] = [
    (datetime!(2009-12-31 23:00 UTC), NOW, Err(Distrust::NoPath)),
    (datetime!(2010-01-01 01:00 UTC), NOW, Ok(false)),
    (datetime!(2015-06-01 00:00 UTC), NOW, Ok(false)),
    (datetime!(2026-11-01 00:00 UTC), NOW, Ok(true)),
    (datetime!(2029-12-31 23:00 UTC), LATER, Ok(false)),
    (
        datetime!(2030-01-01 01:00 UTC),
        LATER,
        Err(Distrust::NoPath),
    ),
];
const LATER: OffsetDateTime = datetime!(2035-01-01 00:00 UTC);

/// A signature is judged by the dates of the list at the time that is proven for it.
#[test]
fn the_first_generation_is_believed_from_2010_until_2030() {
    let (stamps, stamper) = stamps();
    let trust = trust().and(stamps);
    for (signed, today, expected) in STAMPED {
        let year = |years| signed.replace_year(signed.year() + years).unwrap();
        let unsigned = |value: &[u8]| stamp(&stamper, value, signed);
        let wish = Wish {
            unsigned: &unsigned,
            ..Wish::over(DOCUMENT)
        };
        let file = cms(&signer(year(-2), year(2)), &wish);
        let one = only(report(&file, &trust, today));
        assert_eq!((one.time.basis, one.time.at), (TimeBasis::Stamped, signed));
        assert_eq!(one.trust.map(|root| root.today), expected, "{signed}");
        let notices = (expected == Ok(false)).then_some(Notice::NotToday);
        assert_eq!(one.notices, Vec::from_iter(notices), "{signed}");
    }
}

/// The same certificate, signed with SHA-1 by this authority of RSA.
fn by_sha1(certificate: &[u8], authority: &KeyPair) -> Vec<u8> {
    let [strong, weak] = ["1.2.840.113549.1.1.11", "1.2.840.113549.1.1.5"].map(oid);
    let mut renamed = certificate.to_vec();
    let places = 0..renamed.len() - strong.len();
    let named: Vec<_> = places
        .filter(|at| renamed[*at..].starts_with(&strong))
        .collect();
    assert_eq!(named.len(), 2, "in what is signed and beside the value");
    for at in named {
        renamed[at..at + weak.len()].copy_from_slice(&weak);
    }
    let body = Certificate::from_der(&renamed).unwrap().tbs_certificate;
    let witness = Witness::new();
    witness.write("key.pem", authority.serialize_pem().as_bytes());
    witness.write("body", &body.to_der().unwrap());
    witness.must(&["dgst", "-sha1", "-sign", "key.pem", "-out", "value", "body"]);
    let value = witness.read("value");
    let start = renamed.len() - value.len();
    renamed[start..].copy_from_slice(&value);
    renamed
}

/// A root is believed as it is, so that it does not matter how it is signed.
#[test]
fn what_an_authority_signed_with_sha1_is_told_and_not_trusted() {
    let house = first();
    let [root, middle] = root_and_middle();
    let weakly = |one: &Authority| Authority {
        certificate: by_sha1(&one.certificate, house.root.key()),
        ..one.clone()
    };
    let (weak_root, weak_middle) = (weakly(&root), weakly(&middle));
    let pinned = Authority {
        role: Role::Root,
        ..weak_middle.clone()
    };
    let good = signer_of_now();
    let key = KeyPair::try_from(good.key.serialize_der().as_slice()).unwrap();
    let weak = Holder {
        certificate: by_sha1(&good.certificate, house.middle.key()),
        key,
    };
    let told = Err(Distrust::WeakCertificate);
    let trusted = Ok(Kind::GovernmentG1);
    for (case, holder, list, expected) in [
        (
            "the root by itself",
            &good,
            vec![weak_root, middle.clone()],
            trusted,
        ),
        (
            "the one between",
            &good,
            vec![root.clone(), weak_middle],
            told,
        ),
        (
            "the one between, listed as a root",
            &good,
            vec![pinned],
            trusted,
        ),
        ("the signer", &weak, vec![root, middle], told),
    ] {
        let file = cms(holder, &Wish::over(DOCUMENT));
        let one = judged(&file, &TrustList::new(list));
        assert_eq!(one.integrity, Integrity::Intact, "{case}");
        assert_eq!(one.trust.map(|root| root.kind), expected, "{case}");
    }
}
