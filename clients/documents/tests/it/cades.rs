//! Signatures made in two steps, judged by our own verifier and by OpenSSL.

use crate::pki::{Pki, SIGNED_AT, Wish};
use kyso_documents::{
    CadesError, DocumentDigest, HashAlgorithm, NotCms, Problem, Report, Scheme, prepare, verify,
};
use proptest::prelude::*;
use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose};
use time::{Duration, OffsetDateTime};

const DOCUMENT: &[u8] = "Công văn số 15/UBND-VX\r\nKính gửi: Sở Nội vụ\n".as_bytes();

fn digest(hash: HashAlgorithm) -> DocumentDigest {
    DocumentDigest::of(hash, DOCUMENT).unwrap()
}

fn make(pki: &Pki, scheme: Scheme, hash: HashAlgorithm) -> Vec<u8> {
    make_at(pki, scheme, hash, SIGNED_AT)
}

fn make_at(pki: &Pki, scheme: Scheme, hash: HashAlgorithm, at: OffsetDateTime) -> Vec<u8> {
    let prepared = prepare(&digest(hash), &pki.certificate, at).unwrap();
    assert_eq!(prepared.digest(), hash.digest(prepared.signed_attributes()));
    let signature = pki.sign(prepared.signed_attributes(), scheme, hash);
    prepared
        .complete(&signature, scheme, std::slice::from_ref(&pki.authority))
        .unwrap()
}

fn check(cms: &[u8], pki: &Pki, hash: HashAlgorithm) -> Report {
    let anchors = [pki.authority.clone()];
    verify(cms, &digest(hash), &anchors, SIGNED_AT + Duration::hours(1)).unwrap()
}

fn combinations() -> Vec<(Pki, Scheme, HashAlgorithm)> {
    let mut all = vec![
        (Pki::p256(), Scheme::Ecdsa, HashAlgorithm::Sha256),
        (Pki::p384(), Scheme::Ecdsa, HashAlgorithm::Sha384),
    ];
    for hash in HashAlgorithm::ALL {
        let salt = u16::try_from(hash.length()).unwrap();
        all.push((Pki::rsa(), Scheme::RsaPkcs1, hash));
        all.push((Pki::rsa(), Scheme::RsaPss { salt }, hash));
    }
    all
}

fn openssl(cms: &[u8], pki: &Pki, document: &[u8]) -> (bool, String) {
    let (accepted, said, _) = crate::openssl::verify(cms, pki, Some(document));
    (accepted, said)
}

#[test]
fn openssl_and_we_accept_every_scheme_and_hash() {
    for (pki, scheme, hash) in combinations() {
        let cms = make(&pki, scheme, hash);
        let report = check(&cms, &pki, hash);
        assert!(report.is_valid(), "{scheme:?} {hash:?}: {report:?}");
        assert_eq!((report.scheme, report.hash), (Some(scheme), Some(hash)));
        assert_eq!(report.signing_time, Some(SIGNED_AT));
        assert!(report.signer.unwrap().subject.contains("Nguyễn Thị Bưởi"));
        let (accepted, said) = openssl(&cms, &pki, DOCUMENT);
        assert!(accepted, "{scheme:?} {hash:?}: {said}");
    }
}

#[test]
fn openssl_and_we_refuse_another_document_and_another_signer() {
    let (pki, stranger) = (Pki::p256(), Pki::p256());
    let cms = make(&pki, Scheme::Ecdsa, HashAlgorithm::Sha256);
    assert!(!openssl(&cms, &pki, b"something else").0);
    let other = DocumentDigest::of(HashAlgorithm::Sha256, &b"something else"[..]).unwrap();
    let report = verify(
        &cms,
        &other,
        std::slice::from_ref(&pki.authority),
        SIGNED_AT,
    )
    .unwrap();
    assert_eq!(report.problems, [Problem::OtherDocument]);
    assert!(report.signature_valid && report.trusted && !report.is_intact());

    assert!(!openssl(&cms, &stranger, DOCUMENT).0);
    let report = check(&cms, &stranger, HashAlgorithm::Sha256);
    assert_eq!(report.problems, [Problem::Untrusted]);
    assert!(report.is_intact() && !report.is_valid());

    let theirs = stranger.sign(b"any", Scheme::Ecdsa, HashAlgorithm::Sha256);
    let prepared = prepare(&digest(HashAlgorithm::Sha256), &pki.certificate, SIGNED_AT).unwrap();
    let cms = prepared.complete(&theirs, Scheme::Ecdsa, &[]).unwrap();
    assert!(!openssl(&cms, &pki, DOCUMENT).0);
    assert_eq!(
        check(&cms, &pki, HashAlgorithm::Sha256).problems,
        [Problem::BadSignature]
    );
}

#[test]
fn each_question_is_answered_apart() {
    let pki = Pki::p256();
    let cms = make(&pki, Scheme::Ecdsa, HashAlgorithm::Sha256);
    let anchors = [pki.authority.clone()];
    for (hash, at, problems) in [
        (HashAlgorithm::Sha512, SIGNED_AT, vec![Problem::OtherHash]),
        (
            HashAlgorithm::Sha256,
            SIGNED_AT - Duration::minutes(5),
            vec![],
        ),
        (
            HashAlgorithm::Sha256,
            SIGNED_AT - Duration::hours(1),
            vec![Problem::TimeAhead],
        ),
        (
            HashAlgorithm::Sha256,
            SIGNED_AT + Duration::days(9999),
            vec![Problem::Expired],
        ),
    ] {
        let report = verify(&cms, &digest(hash), &anchors, at).unwrap();
        assert_eq!(report.problems, problems, "{hash:?} {at}");
    }
    let report = verify(&cms, &digest(HashAlgorithm::Sha256), &[], SIGNED_AT).unwrap();
    assert_eq!(report.problems, [Problem::Untrusted]);
}

#[test]
fn a_claimed_time_outside_the_certificate_is_a_problem() {
    let pki = Pki::p256();
    let early = SIGNED_AT - Duration::days(400);
    let cms = make_at(&pki, Scheme::Ecdsa, HashAlgorithm::Sha256, early);
    assert_eq!(
        check(&cms, &pki, HashAlgorithm::Sha256).problems,
        [Problem::TimeOutside]
    );
}

#[test]
fn times_from_2050_on_are_written_and_read() {
    let pki = Pki::p256();
    let late = time::macros::datetime!(2051-01-02 03:04:05 UTC);
    let cms = make_at(&pki, Scheme::Ecdsa, HashAlgorithm::Sha256, late);
    assert_eq!(
        check(&cms, &pki, HashAlgorithm::Sha256).signing_time,
        Some(late)
    );
}

#[test]
fn a_certificate_for_other_uses_is_a_problem() {
    let usages = vec![KeyUsagePurpose::KeyEncipherment];
    let purposes = vec![ExtendedKeyUsagePurpose::CodeSigning];
    for wish in [
        Wish {
            usages,
            ..Wish::default()
        },
        Wish {
            purposes,
            ..Wish::default()
        },
    ] {
        let pki = Pki::with(wish);
        let cms = make(&pki, Scheme::Ecdsa, HashAlgorithm::Sha256);
        assert_eq!(
            check(&cms, &pki, HashAlgorithm::Sha256).problems,
            [Problem::KeyUsage]
        );
    }
    let pki = Pki::with(Wish {
        usages: vec![],
        purposes: vec![],
    });
    let cms = make(&pki, Scheme::Ecdsa, HashAlgorithm::Sha256);
    assert!(check(&cms, &pki, HashAlgorithm::Sha256).is_valid());
}

#[test]
fn pss_with_an_unusual_salt_is_not_accepted() {
    let pki = Pki::rsa();
    let hash = HashAlgorithm::Sha256;
    let prepared = prepare(&digest(hash), &pki.certificate, SIGNED_AT).unwrap();
    let signature = pki.sign(
        prepared.signed_attributes(),
        Scheme::RsaPss { salt: 32 },
        hash,
    );
    let cms = prepared
        .complete(&signature, Scheme::RsaPss { salt: 20 }, &[])
        .unwrap();
    assert_eq!(check(&cms, &pki, hash).problems, [Problem::UnknownScheme]);
}

#[test]
fn what_does_not_fit_is_not_completed() {
    let (rsa, ec) = (Pki::rsa(), Pki::p256());
    let digest = digest(HashAlgorithm::Sha256);
    let raw = [1; 64].as_slice();
    let long = [1; 256].as_slice();
    let longer = [1; 384].as_slice();
    for (pki, signature, scheme, error) in [
        (&rsa, long, Scheme::Ecdsa, CadesError::Scheme),
        (&ec, long, Scheme::RsaPkcs1, CadesError::Scheme),
        (&ec, long, Scheme::RsaPss { salt: 32 }, CadesError::Scheme),
        (&ec, raw, Scheme::Ecdsa, CadesError::Signature),
        (&ec, &[], Scheme::Ecdsa, CadesError::Signature),
        (&rsa, raw, Scheme::RsaPkcs1, CadesError::Signature),
        (&rsa, longer, Scheme::RsaPkcs1, CadesError::Signature),
        (
            &rsa,
            &[],
            Scheme::RsaPss { salt: 32 },
            CadesError::Signature,
        ),
    ] {
        let prepared = prepare(&digest, &pki.certificate, SIGNED_AT).unwrap();
        assert_eq!(prepared.complete(signature, scheme, &[]), Err(error));
    }
    let prepared = prepare(&digest, &rsa.certificate, SIGNED_AT).unwrap();
    let chain = [
        rsa.authority.clone(),
        rsa.authority_pem.clone().into_bytes(),
    ];
    assert_eq!(
        prepared.complete(long, Scheme::RsaPkcs1, &chain),
        Err(CadesError::Chain(1))
    );
}

#[test]
fn what_cannot_be_prepared_says_why() {
    let pki = Pki::p256();
    let digest = digest(HashAlgorithm::Sha256);
    let padded = [pki.certificate.as_slice(), &[0]].concat();
    for bad in [
        &[][..],
        b"certificate",
        pki.authority_pem.as_bytes(),
        &padded,
    ] {
        let refused = prepare(&digest, bad, SIGNED_AT);
        assert_eq!(refused.err(), Some(CadesError::Certificate));
    }
    let early = time::macros::datetime!(1969-12-31 23:59:59 UTC);
    assert_eq!(
        prepare(&digest, &pki.certificate, early).err(),
        Some(CadesError::Time)
    );
}

#[test]
fn a_certificate_given_twice_is_written_once() {
    let pki = Pki::p256();
    let prepared = prepare(&digest(HashAlgorithm::Sha256), &pki.certificate, SIGNED_AT).unwrap();
    let signature = pki.sign(
        prepared.signed_attributes(),
        Scheme::Ecdsa,
        HashAlgorithm::Sha256,
    );
    let twice = [
        pki.certificate.clone(),
        pki.authority.clone(),
        pki.authority.clone(),
    ];
    let once = [pki.authority.clone()];
    let cms = prepared
        .clone()
        .complete(&signature, Scheme::Ecdsa, &twice)
        .unwrap();
    assert_eq!(
        cms,
        prepared.complete(&signature, Scheme::Ecdsa, &once).unwrap()
    );
}

#[test]
fn bytes_that_are_no_signature_file_are_refused() {
    let pki = Pki::p256();
    let good = make(&pki, Scheme::Ecdsa, HashAlgorithm::Sha256);
    let digest = digest(HashAlgorithm::Sha256);
    let longer = [good.as_slice(), &[0]].concat();
    for bad in [
        &[][..],
        b"MII",
        &[0x30, 0x80, 0, 0],
        &good[1..],
        &longer,
        &pki.certificate,
    ] {
        assert_eq!(verify(bad, &digest, &[], SIGNED_AT), Err(NotCms::Form));
    }
    for length in 0..good.len() {
        assert!(
            verify(&good[..length], &digest, &[], SIGNED_AT).is_err(),
            "cut to {length}"
        );
    }
}

/// Some bytes protect nothing: version numbers, and certificates that the anchor makes needless.
#[test]
fn no_single_flipped_bit_changes_what_a_valid_report_says() {
    let pki = Pki::p256();
    let good = make(&pki, Scheme::Ecdsa, HashAlgorithm::Sha256);
    let expected = check(&good, &pki, HashAlgorithm::Sha256);
    let digest = digest(HashAlgorithm::Sha256);
    let anchors = [pki.authority.clone()];
    let at = SIGNED_AT + Duration::hours(1);
    let mut still_valid = 0;
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 1 << (place % 8);
        let report = verify(&bad, &digest, &anchors, at)
            .ok()
            .filter(Report::is_valid);
        still_valid += usize::from(report.is_some());
        assert!(
            report.is_none_or(|report| report == expected),
            "byte {place}"
        );
    }
    let needless = pki.authority.len() + 32;
    assert!(
        still_valid < needless,
        "{still_valid} bytes of {} protect nothing",
        good.len()
    );
}

proptest! {
    #[test]
    fn any_bytes_are_reported_on_or_refused(bytes: Vec<u8>) {
        let refused = verify(&bytes, &digest(HashAlgorithm::Sha256), std::slice::from_ref(&bytes), SIGNED_AT);
        prop_assert!(refused.is_err());
    }
}

#[test]
fn an_enveloping_signature_carries_its_document() {
    for (pki, scheme, hash) in combinations() {
        let prepared = prepare(&digest(hash), &pki.certificate, SIGNED_AT).unwrap();
        let signature = pki.sign(prepared.signed_attributes(), scheme, hash);
        let refused =
            prepared
                .clone()
                .complete_enveloping(&signature, scheme, &[], b"something else");
        assert_eq!(refused, Err(CadesError::Content));
        let cms = prepared
            .complete_enveloping(&signature, scheme, &[], DOCUMENT)
            .unwrap();
        let (accepted, said, content) = crate::openssl::verify(&cms, &pki, None);
        assert!(accepted, "{scheme:?} {hash:?}: {said}");
        assert_eq!(content, DOCUMENT);
        assert_eq!(
            verify(&cms, &digest(hash), &[], SIGNED_AT),
            Err(NotCms::Attached)
        );
    }
}
