//! Signature files: trust, time and form.

use kyso_documents::validation::{
    Basis, Distrust, Evidence, Fault, Integrity, Judgement, Later, Notice, Party, Report, SeenHash,
    Standing, TimeBasis, TrustList, detached, enveloping,
};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyUsagePurpose};
use time::{Duration, OffsetDateTime};

use super::house::{BEGIN, END, Holder, House, NOW, SIGNED, listed, person, stamper};
use super::made::{Wish, attribute, cms, loosened, stamp, time as written};

pub(super) const DOCUMENT: &[u8] = "Quyết định số 12/QĐ-UBND".as_bytes();

fn digest(hash: SeenHash) -> Vec<u8> {
    hash.digest(DOCUMENT)
}

pub(super) fn report(cms: &[u8], trust: &TrustList, now: OffsetDateTime) -> Report {
    let basis = Basis {
        trust,
        evidence: &Evidence::default(),
        now,
    };
    detached(cms, &digest, &basis).unwrap()
}

pub(super) fn only(report: Report) -> Judgement {
    let mut all = report.signatures;
    assert_eq!(all.len(), 1);
    all.remove(0)
}

pub(super) fn judged(cms: &[u8], trust: &TrustList) -> Judgement {
    only(report(cms, trust, NOW))
}

pub(super) fn leader() -> Holder {
    House::shared().certify(&person())
}

#[test]
fn the_answers_about_a_plain_signature_are_apart() {
    let cms = cms(&leader(), &Wish::over(DOCUMENT));
    let one = judged(&cms, &House::shared().trust());
    assert_eq!(one.integrity, Integrity::Intact);
    assert_eq!(one.later, Later::Nothing);
    assert_eq!(one.party, Party::Person);
    assert_eq!((one.time.basis, one.time.at), (TimeBasis::Now, NOW));
    assert_eq!(one.revocation.standing, Standing::NotKnown);
    assert!(one.trust.is_ok(), "{one:?}");
    assert_eq!((one.faults, one.notices), (vec![], vec![]));
}

#[test]
fn a_signer_alone_is_trusted_through_the_authorities_of_the_list() {
    let house = House::shared();
    let alone = cms(&leader(), &Wish::over(DOCUMENT));
    let roots = TrustList::given([house.root.as_ref().der().to_vec()]);
    assert_eq!(judged(&alone, &roots).trust, Err(Distrust::NoPath));
    assert!(judged(&alone, &house.trust()).trust.is_ok());
    let middle = house.middle.as_ref().der().to_vec();
    let chain = Wish {
        certificates: vec![middle],
        ..Wish::over(DOCUMENT)
    };
    assert!(judged(&cms(&leader(), &chain), &roots).trust.is_ok());
}

#[test]
fn a_chain_with_the_same_names_and_other_keys_is_not_trusted() {
    let (house, other) = (House::shared(), House::new());
    let signer = other.certify(&person());
    let chain = [&other.middle, &other.root].map(|one| one.as_ref().der().to_vec());
    let wish = Wish {
        certificates: chain.to_vec(),
        ..Wish::over(DOCUMENT)
    };
    let one = judged(&cms(&signer, &wish), &house.trust());
    assert_eq!(one.integrity, Integrity::Intact);
    assert_eq!(one.trust, Err(Distrust::NoPath));
    assert!(judged(&cms(&signer, &wish), &other.trust()).trust.is_ok());
}

#[test]
fn an_authority_is_believed_from_and_until_the_dates_of_the_list() {
    use kyso_documents::validation::trust::Role;
    let house = House::shared();
    let file = |at| {
        let signed = vec![attribute("1.2.840.113549.1.9.5", &written(at))];
        cms(
            &leader(),
            &Wish {
                signed,
                ..Wish::over(DOCUMENT)
            },
        )
    };
    let middle = listed(&house.middle, Role::Intermediate);
    for (from, until, trusted) in [
        (BEGIN, END, true),
        (SIGNED, SIGNED, true),
        (SIGNED + Duration::SECOND, END, false),
        (BEGIN, SIGNED - Duration::SECOND, false),
    ] {
        let mut root = listed(&house.root, Role::Root);
        (root.from, root.until) = (from, until);
        let trust = TrustList::new(vec![root, middle.clone()]);
        let one = judged(&file(SIGNED), &trust);
        assert_eq!(one.trust.is_ok(), trusted, "{from} {until}");
    }
}

#[test]
fn certificates_for_something_else_are_not_trusted_for_documents() {
    let usage = |usages: &[KeyUsagePurpose]| {
        let mut params = person();
        params.key_usages = usages.to_vec();
        params
    };
    let purpose = |purpose| {
        let mut params = person();
        params.extended_key_usages = vec![purpose];
        params
    };
    let cases: [(CertificateParams, bool); 6] = [
        (usage(&[KeyUsagePurpose::ContentCommitment]), true),
        (usage(&[KeyUsagePurpose::DigitalSignature]), true),
        (usage(&[KeyUsagePurpose::KeyEncipherment]), false),
        (purpose(ExtendedKeyUsagePurpose::EmailProtection), true),
        (purpose(ExtendedKeyUsagePurpose::ServerAuth), false),
        (purpose(ExtendedKeyUsagePurpose::TimeStamping), false),
    ];
    for (place, (params, good)) in cases.into_iter().enumerate() {
        let house = House::shared();
        let one = judged(
            &cms(&house.certify(&params), &Wish::over(DOCUMENT)),
            &house.trust(),
        );
        let expected = if good { None } else { Some(Distrust::Usage) };
        assert_eq!(one.trust.err(), expected, "{place}");
    }
}

#[test]
fn ber_is_read_as_the_same_signature() {
    let house = House::shared();
    let authority = house.certify(&stamper());
    let unsigned = |value: &[u8]| stamp(&authority, value, SIGNED);
    let strict = cms(
        &leader(),
        &Wish {
            unsigned: &unsigned,
            ..Wish::over(DOCUMENT)
        },
    );
    let loose = loosened(&strict);
    assert_ne!(strict, loose);
    let one = judged(&loose, &house.trust());
    assert_eq!(
        (one.integrity, one.time.basis),
        (Integrity::Intact, TimeBasis::Stamped)
    );
    assert_eq!(one, judged(&strict, &house.trust()));
}

#[test]
fn a_document_inside_its_signature_comes_out_and_is_judged() {
    let wish = Wish {
        inside: true,
        ..Wish::over(DOCUMENT)
    };
    let house = House::shared();
    let file = cms(&leader(), &wish);
    let trust = house.trust();
    let basis = Basis {
        trust: &trust,
        evidence: &Evidence::default(),
        now: NOW,
    };
    let (report, content) = enveloping(&file, &basis).unwrap();
    assert!(report.is_good());
    assert_eq!(content, DOCUMENT);
    assert_eq!(
        detached(&file, &digest, &basis),
        Err(Fault::Content),
        "two contents are none"
    );
    let beside = cms(&leader(), &Wish::over(DOCUMENT));
    assert_eq!(enveloping(&beside, &basis).map(drop), Err(Fault::Content));
    let place = file
        .windows(5)
        .position(|part| part == &DOCUMENT[..5])
        .unwrap();
    let mut altered = file;
    altered[place] ^= 1;
    let one = only(enveloping(&altered, &basis).unwrap().0);
    assert_eq!(
        (one.integrity, one.faults),
        (Integrity::Broken, vec![Fault::OtherDocument])
    );
}

#[test]
fn what_is_wrong_with_a_signature_is_said() {
    let house = House::shared();
    let signer = leader();
    let double = attribute("1.2.840.113549.1.9.4", &[4, 0]);
    let other = Holder {
        certificate: signer.certificate.clone(),
        key: leader().key,
    };
    let unnamed = cms(
        &signer,
        &Wish {
            bound: false,
            ..Wish::over(DOCUMENT)
        },
    );
    assert_eq!(judged(&unnamed, &house.trust()).notices, [Notice::Unbound]);
    let kind = Wish {
        kind: "1.2.840.113549.1.7.5",
        ..Wish::over(DOCUMENT)
    };
    let retyped = swapped(
        &cms(&signer, &kind),
        "1.2.840.113549.1.7.5",
        "1.2.840.113549.1.7.1",
    );
    for (file, fault) in [
        (cms(&signer, &Wish::over(b"another")), Fault::OtherDocument),
        (
            cms(
                &signer,
                &Wish {
                    signed: vec![double],
                    ..Wish::over(DOCUMENT)
                },
            ),
            Fault::Attributes,
        ),
        (cms(&other, &Wish::over(DOCUMENT)), Fault::BadValue),
        (retyped, Fault::Attributes),
        (
            swapped(
                &cms(&signer, &Wish::over(DOCUMENT)),
                "2.16.840.1.101.3.4.2.1",
                "2.16.840.1.101.3.4.2.4",
            ),
            Fault::UnknownHash,
        ),
    ] {
        let one = judged(&file, &house.trust());
        assert_eq!(one.integrity, Integrity::Broken);
        assert_eq!(one.faults.first(), Some(&fault));
    }
}

/// The first of these object identifiers replaced, where both are as long.
fn swapped(cms: &[u8], from: &str, to: &str) -> Vec<u8> {
    let (from, to) = (super::made::oid(from), super::made::oid(to));
    let mut out = cms.to_vec();
    let all: Vec<_> = (0..=cms.len() - from.len())
        .filter(|at| cms[*at..].starts_with(&from))
        .collect();
    // Where it stands outside of the signed attributes: all but the attribute's own.
    for at in all.into_iter().filter(|at| cms[at - 2] != 0x31) {
        out[at..at + to.len()].copy_from_slice(&to);
    }
    out
}

#[test]
fn what_is_no_signature_is_one_clear_answer() {
    let trust = TrustList::default();
    let basis = Basis {
        trust: &trust,
        evidence: &Evidence::default(),
        now: NOW,
    };
    let good = cms(&leader(), &Wish::over(DOCUMENT));
    let longer = [good.as_slice(), &[0]].concat();
    let deep = [0x30, 0x80].repeat(200_000);
    for bytes in [
        &b""[..],
        b"%PDF-1.7",
        &longer,
        &deep,
        &[0x30, 0],
        &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
    ] {
        assert_eq!(detached(bytes, &digest, &basis), Err(Fault::NotSignature));
    }
    for length in 0..good.len() {
        assert_eq!(
            detached(&good[..length], &digest, &basis),
            Err(Fault::NotSignature),
            "{length}"
        );
    }
}

#[test]
fn no_bit_of_what_is_signed_can_be_turned() {
    let house = House::shared();
    let trust = house.trust();
    let good = cms(&leader(), &Wish::over(DOCUMENT));
    let basis = Basis {
        trust: &trust,
        evidence: &Evidence::default(),
        now: NOW,
    };
    assert!(detached(&good, &digest, &basis).unwrap().is_good());
    let mut intact = Vec::new();
    for place in 0..good.len() {
        let mut altered = good.clone();
        altered[place] ^= 0x10;
        if detached(&altered, &digest, &basis).is_ok_and(|report| report.is_good()) {
            intact.push(place);
        }
    }
    // Versions and the list of hashes at the top bind nothing; all else does.
    assert!(intact.len() <= 16, "{intact:?}");
}
