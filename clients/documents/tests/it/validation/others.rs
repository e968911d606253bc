//! What OpenSSL makes, judged: SHA-1, BER and its time stamps.

use kyso_documents::timestamp::{attach, imprint};
use kyso_documents::validation::{
    Basis, Evidence, Integrity, Judgement, Notice, SeenHash, TimeBasis, TrustList, detached,
    enveloping,
};
use time::{Duration, OffsetDateTime};

use super::beside::DOCUMENT;
use super::house::{HASH, House, person};
use super::made::{Wish, cms};
use crate::openssl::{Authority, Witness};

fn judged(cms: &[u8], trust: &TrustList) -> Judgement {
    let basis = Basis {
        trust,
        evidence: &Evidence::default(),
        now: OffsetDateTime::now_utc() + Duration::hours(1),
    };
    let digest = |hash: SeenHash| hash.digest(DOCUMENT);
    let report = detached(cms, &digest, &basis).unwrap();
    report.signatures.into_iter().next().unwrap()
}

/// A signer of OpenSSL's, and what it signs with these options.
fn signed(options: &[&str]) -> Vec<u8> {
    let witness = Witness::new();
    witness.write("a", DOCUMENT);
    let subject = ["-subj", "/CN=Signer", "-days", "3650", "-nodes"];
    let key = [
        "req", "-x509", "-newkey", "rsa:2048", "-keyout", "k", "-out", "c",
    ];
    witness.must(&[&key[..], &subject].concat());
    let sign = [
        "cms", "-sign", "-binary", "-in", "a", "-signer", "c", "-inkey", "k",
    ];
    witness.must(&[&sign[..], &["-outform", "DER", "-out", "s"], options].concat());
    witness.read("s")
}

/// Conformance check 12, its last part, of the officer's list.
#[test]
fn sha1_is_recognised_and_called_weak() {
    let trust = TrustList::default();
    let weak = judged(&signed(&["-md", "sha1"]), &trust);
    assert_eq!(weak.integrity, Integrity::Weak, "{weak:?}");
    assert_eq!(weak.hash, Some(SeenHash::Sha1));
    assert_eq!(weak.notices, [Notice::Sha1, Notice::Unbound]);
    assert!(!weak.is_good());
    let strong = judged(&signed(&["-md", "sha256"]), &trust);
    assert_eq!(strong.integrity, Integrity::Intact);
    assert_eq!(
        judged(&signed(&["-md", "sha256", "-cades"]), &trust).notices,
        []
    );
    let md5 = judged(&signed(&["-md", "md5"]), &trust);
    assert_eq!(md5.integrity, Integrity::Broken);
}

#[test]
fn ber_that_openssl_streams_is_read() {
    let streamed = signed(&["-md", "sha256", "-cades", "-stream"]);
    assert_eq!(streamed.get(..2), Some(&[0x30, 0x80][..]), "an open end");
    let trust = TrustList::default();
    let basis = Basis {
        trust: &trust,
        evidence: &Evidence::default(),
        now: OffsetDateTime::now_utc(),
    };
    let (report, content) = enveloping(&streamed, &basis).unwrap();
    assert_eq!(content, DOCUMENT, "it came in pieces");
    let one = &report.signatures[0];
    assert_eq!((one.integrity, one.notices.len()), (Integrity::Intact, 0));
}

#[test]
fn a_time_stamp_of_openssl_proves_its_time() {
    let (house, authority) = (House::shared(), Authority::new());
    let plain = cms(&house.certify(&person()), &Wish::over(DOCUMENT));
    let before = OffsetDateTime::now_utc() - Duration::minutes(1);
    let token = authority.stamp(&imprint(&plain, HASH).unwrap());
    let stamped = attach(&plain, &token).unwrap();
    let trust = house
        .trust()
        .and(TrustList::given([authority.certificate()]));
    let one = judged(&stamped, &trust);
    assert_eq!((one.time.basis, one.notices), (TimeBasis::Stamped, vec![]));
    assert!(one.time.at >= before && one.trust.is_ok(), "{:?}", one.time);
    let one = judged(&stamped, &house.trust());
    assert_eq!(
        one.notices,
        [Notice::BadStamp],
        "an authority that is not on the list"
    );
}
