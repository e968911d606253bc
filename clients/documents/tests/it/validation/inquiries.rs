//! What a file leaves open about revocation, and where it is to be asked.

use kyso_documents::validation::{Basis, Evidence, Inquiry, Report, Source, TrustList, detached};
use rcgen::{CertificateParams, CustomExtension};
use time::{Duration, OffsetDateTime};

use super::house::{Holder, House, NOW, SIGNED, evidence, person, stamper};
use super::made::{Wish, cms, oid, response, stamp, tlv};
use crate::openssl::Witness;

pub(super) const DOCUMENT: &[u8] = b"document";
const DAY: Duration = Duration::days(1);
const OCSP: &str = "1.3.6.1.5.5.7.48.1";
const ISSUERS: &str = "1.3.6.1.5.5.7.48.2";

pub(super) fn judged(
    cms: &[u8],
    trust: &TrustList,
    evidence: &Evidence,
    now: OffsetDateTime,
) -> Report {
    let digest = |hash: kyso_documents::validation::SeenHash| hash.digest(DOCUMENT);
    let basis = Basis {
        trust,
        evidence,
        now,
    };
    detached(cms, &digest, &basis).unwrap()
}

/// What is open about a signature when nothing is known beside it.
fn open(cms: &[u8]) -> Vec<Inquiry> {
    judged(cms, &House::shared().trust(), &Evidence::default(), NOW).inquiries
}

fn uri(url: &str) -> Vec<u8> {
    tlv(0x86, &[url.as_bytes()])
}

/// A method and where it is.
fn access(method: &str, url: &str) -> Vec<u8> {
    tlv(0x30, &[&oid(method), &uri(url)])
}

/// A point with the full names of a list, and what else it says.
fn point(urls: &[&str], more: &[u8]) -> Vec<u8> {
    let names: Vec<Vec<u8>> = urls.iter().map(|url| uri(url)).collect();
    tlv(0x30, &[&tlv(0xa0, &[&tlv(0xa0, &[&names.concat()])]), more])
}

/// A certificate's wishes with responders and lists, as their extensions have them.
fn telling(params: CertificateParams, access: &[Vec<u8>], points: &[Vec<u8>]) -> CertificateParams {
    let mut params = params;
    for (number, content) in [
        (&[1, 3, 6, 1, 5, 5, 7, 1, 1][..], access),
        (&[2, 5, 29, 31], points),
    ] {
        let content = tlv(0x30, &[&content.concat()]);
        let extension = CustomExtension::from_oid_content(number, content);
        params.custom_extensions.push(extension);
    }
    params
}

pub(super) fn with_both() -> CertificateParams {
    telling(
        person(),
        &[access(OCSP, "http://ocsp.ca.gov.vn/")],
        &[point(&["http://ca.gov.vn/a.crl"], &[])],
    )
}

fn urls(inquiry: &Inquiry) -> Vec<(bool, &str)> {
    let source = |one| (matches!(one, &Source::List { .. }), Source::url(one));
    inquiry.sources().iter().map(source).collect()
}

#[test]
fn certificates_of_which_nothing_tells_are_told_with_where_to_ask() {
    let house = House::shared();
    let signer = house.certify(&with_both());
    let file = cms(&signer, &Wish::over(DOCUMENT));
    let found = open(&file);
    assert_eq!(
        found.len(),
        2,
        "the signer and the authority below the root"
    );
    assert!(found[0].is_about(&signer.certificate));
    assert!(found[1].is_about(house.middle.as_ref().der()));
    let places = [
        (false, "http://ocsp.ca.gov.vn/"),
        (true, "http://ca.gov.vn/a.crl"),
    ];
    assert_eq!(urls(&found[0]), places);
    assert_eq!(urls(&found[1]), [], "it names no place");

    let period = (NOW - DAY, NOW + DAY);
    let (list, root) = (house.list(&[], period), house.list_of_root(&[], period));
    let left =
        |lists: &[Vec<u8>]| judged(&file, &house.trust(), &evidence(lists, &[]), NOW).inquiries;
    assert_eq!(left(std::slice::from_ref(&list)), [found[1].clone()]);
    assert_eq!(left(std::slice::from_ref(&root)), [found[0].clone()]);
    assert_eq!(left(&[list, root]), []);
}

#[test]
fn nobody_is_asked_about_who_is_not_trusted_or_signed_nothing() {
    let house = House::shared();
    let signer = house.certify(&with_both());
    let file = cms(&signer, &Wish::over(DOCUMENT));
    let other = House::new().trust();
    let nothing = Evidence::default();
    assert_eq!(judged(&file, &other, &nothing, NOW).inquiries, []);
    let changed = cms(&signer, &Wish::over(b"another document"));
    assert_eq!(open(&changed), []);
}

/// Where is asked about a certificate with these.
fn asked_at(accesses: &[Vec<u8>], points: &[Vec<u8>]) -> Vec<String> {
    let signer = House::shared().certify(&telling(person(), accesses, points));
    let found = open(&cms(&signer, &Wish::over(DOCUMENT)));
    let urls = found[0].sources().iter().map(Source::url);
    urls.map(str::to_owned).collect()
}

#[test]
fn places_are_read_as_certificates_write_them_and_no_more_than_two_of_a_kind() {
    let a = "http://ca.gov.vn/a";
    let among = asked_at(
        &[access(ISSUERS, a), access(OCSP, "HTTPS://ocsp.vn")],
        &[point(&["ldap://ca.gov.vn/cn=a", a], &[])],
    );
    assert_eq!(among, ["HTTPS://ocsp.vn", a]);
    let responders = ["http://1", "http://2", "http://3"].map(|url| access(OCSP, url));
    let lists = [&["http://4"][..], &["http://5", "http://6"]].map(|urls| point(urls, &[]));
    let many = asked_at(&responders, &lists);
    assert_eq!(many, ["http://1", "http://2", "http://4", "http://5"]);
}

#[test]
fn places_that_nobody_can_ask_or_that_are_for_some_reasons_only_are_left_out() {
    let long = format!("http://ca.gov.vn/{}", "x".repeat(1024));
    let reasons = tlv(0x81, &[&[1, 0x60]]);
    let other_issuer = tlv(0xa2, &[&tlv(0xa4, &[&tlv(0x30, &[])])]);
    let relative = tlv(0x30, &[&tlv(0xa0, &[&tlv(0xa1, &[])])]);
    let a = "http://ca.gov.vn/a";
    for access in [
        vec![],
        access(ISSUERS, a),
        access(OCSP, &long),
        access(OCSP, "file:///etc/passwd"),
        access(OCSP, "ca.gov.vn"),
        vec![0x30, 5, 1],
    ] {
        assert!(asked_at(&[access], &[]).is_empty());
    }
    for point in [
        point(&[a], &reasons),
        point(&[a], &other_issuer),
        relative,
        point(&[&long], &[]),
        point(&["ldap://ca.gov.vn/cn=a"], &[]),
        vec![0x30, 0x80],
    ] {
        assert!(asked_at(&[], &[point]).is_empty());
    }
}

#[test]
fn whoever_stamped_the_time_is_asked_about_too() {
    let house = House::shared();
    let signer = house.certify(&with_both());
    let authority = house.certify(&stamper());
    let unsigned = |value: &[u8]| stamp(&authority, value, SIGNED);
    let wish = Wish {
        unsigned: &unsigned,
        ..Wish::over(DOCUMENT)
    };
    let found = open(&cms(&signer, &wish));
    let about = |one: &[u8]| found.iter().filter(|inquiry| inquiry.is_about(one)).count();
    assert_eq!(about(&signer.certificate), 1);
    assert_eq!(about(&authority.certificate), 1);
    assert_eq!(about(house.middle.as_ref().der()), 1, "once for both");
}

/// A responder that is `openssl ocsp` with the authority's index.
struct Responder(Witness);

impl Responder {
    fn new(house: &House) -> Self {
        let witness = Witness::new();
        witness.write("ca.pem", house.middle.as_ref().pem().as_bytes());
        witness.write("ca.key", house.middle.key().serialize_pem().as_bytes());
        Self(witness)
    }

    /// What it answers with these lines in its index.
    fn answer(&self, index: &str, request: &[u8]) -> Vec<u8> {
        self.0.write("index", index.as_bytes());
        self.0.write("query", request);
        let ca = [
            "ocsp", "-index", "index", "-CA", "ca.pem", "-rsigner", "ca.pem",
        ];
        let rest = ["-rkey", "ca.key", "-reqin", "query", "-respout", "answer"];
        self.0.must(&[&ca[..], &rest, &["-ndays", "1"]].concat());
        self.0.read("answer")
    }
}

fn index(letter: &str, holder: &Holder) -> String {
    let revoked = if letter == "R" { "260101000000Z" } else { "" };
    let serial = hex::encode_upper(super::house::serial(&holder.certificate));
    format!("{letter}\t390101000000Z\t{revoked}\t{serial}\tunknown\t/CN=x\n")
}

#[test]
fn openssl_understands_the_request_and_its_answer_is_understood() {
    use kyso_documents::validation::Standing::{Good, NotKnown, Revoked};
    let house = House::shared();
    let (signer, neighbour) = (house.certify(&with_both()), house.certify(&with_both()));
    let file = cms(&signer, &Wish::over(DOCUMENT));
    let responder = Responder::new(house);
    // OpenSSL answers of its own time.
    let now = OffsetDateTime::now_utc();
    let trust = house.trust();
    let report = judged(&file, &trust, &Evidence::default(), now);
    let inquiry = &report.inquiries[0];
    let Source::Responder { request, .. } = &inquiry.sources()[0] else {
        panic!("{inquiry:?}");
    };
    for (lines, standing) in [
        (index("V", &signer) + &index("R", &neighbour), Good),
        (index("R", &signer) + &index("V", &neighbour), Revoked),
        (index("V", &neighbour), NotKnown),
    ] {
        let answer = responder.answer(&lines, request);
        let until = inquiry.kept_until(&inquiry.sources()[0], &answer, now);
        let day = until.map(|until| (until - now - DAY).abs() < Duration::HOUR);
        assert_eq!(day, (standing != NotKnown).then_some(true), "{lines}");
        let report = judged(&file, &trust, &evidence(&[], &[answer]), now);
        assert_eq!(
            report.signatures[0].revocation.standing, standing,
            "{lines}"
        );
    }
}

/// Whoever signs with the authority's own key.
fn authority(house: &House) -> Holder {
    Holder {
        certificate: Vec::new(),
        key: rcgen::KeyPair::try_from(house.middle.key().serialize_der()).unwrap(),
    }
}

#[test]
fn an_answer_is_kept_until_its_end_and_one_that_does_not_count_not_at_all() {
    let (house, other) = (House::shared(), House::new());
    let (signer, neighbour) = (house.certify(&with_both()), house.certify(&person()));
    let found = open(&cms(&signer, &Wish::over(DOCUMENT)));
    let [responder, list] = found[0].sources() else {
        panic!("{found:?}");
    };
    let own = authority(house);
    let answer = |about: &Holder, since| response(about, house, None, since, (&own, &[]));
    let (today, old) = ((NOW, NOW + DAY), (NOW - DAY * 2, NOW - DAY));
    let minute = Duration::minutes(1);
    let until = |source, bytes: &[u8]| found[0].kept_until(source, bytes, NOW);
    assert_eq!(until(list, &house.list(&[], today)), Some(NOW + DAY));
    let revoked = house.list(&[(&signer, SIGNED)], today);
    assert_eq!(until(list, &revoked), Some(NOW + DAY));
    let now = NOW - minute;
    assert_eq!(until(responder, &answer(&signer, now)), Some(now));
    for (case, source, bytes) in [
        ("old", list, house.list(&[], old)),
        ("another's", list, other.list(&[], today)),
        (
            "of tomorrow",
            list,
            house.list(&[], (NOW + DAY, NOW + DAY * 2)),
        ),
        ("of yesterday", responder, answer(&signer, NOW - DAY)),
        ("about another", responder, answer(&neighbour, NOW)),
        ("a list", responder, house.list(&[], today)),
        ("no list", list, answer(&signer, NOW)),
        ("a refusal", responder, b"\x30\x03\x0a\x01\x06".to_vec()),
        ("nothing", list, Vec::new()),
    ] {
        assert_eq!(until(source, &bytes), None, "{case}");
    }
}

#[test]
fn no_bit_of_an_answer_can_be_turned() {
    let house = House::shared();
    let signer = house.certify(&with_both());
    let found = open(&cms(&signer, &Wish::over(DOCUMENT)));
    let own = authority(house);
    let answer = response(&signer, house, None, NOW, (&own, &[]));
    let list = house.list(&[(&signer, SIGNED)], (NOW - DAY, NOW + DAY));
    for (source, whole) in found[0].sources().iter().zip([answer, list]) {
        assert!(found[0].kept_until(source, &whole, NOW).is_some());
        for bit in 0..whole.len() * 8 {
            let mut turned = whole.clone();
            turned[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(found[0].kept_until(source, &turned, NOW), None, "{bit}");
        }
        for length in 0..whole.len() {
            assert_eq!(found[0].kept_until(source, &whole[..length], NOW), None);
        }
    }
}
