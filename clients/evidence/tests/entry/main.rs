//! The bytes of an entry: canonical, strict, and equal to what an independent writer gives.

mod any;

use kyso_evidence::entry::{MAX_ISSUER_BYTES, MAX_SERIAL_BYTES};
use kyso_evidence::{
    Actor, Builder, ContentRecord, DigestRecord, Entry, EntryError, Event, Fact, Format, KeyRecord,
    MAX_ENTRY_BYTES, Outcome, ResultRecord, ResultState,
};
use proptest::prelude::*;

use any::{any_entry, required};

const LARGEST: i64 = (1 << 53) - 1;

fn bare(alg: &str, value: &str) -> DigestRecord {
    DigestRecord {
        alg: alg.into(),
        content: None,
        value: value.into(),
    }
}

fn of_content(digest: &str, file: Option<&str>) -> DigestRecord {
    DigestRecord {
        content: Some(ContentRecord {
            built_by: Builder::Server,
            digest: digest.into(),
            file: file.map(str::to_owned),
            format: Format::Pades,
        }),
        ..bare("sha256", "ab")
    }
}

proptest! {
    #[test]
    fn bytes_are_those_of_an_independent_canonical_writer(entry in any_entry()) {
        let bytes = entry.to_bytes().unwrap();
        prop_assert_eq!(&bytes, &serde_jcs::to_vec(&entry).unwrap());
        prop_assert_eq!(Entry::parse(&bytes).unwrap(), entry);
    }

    #[test]
    fn one_changed_byte_never_reads_as_the_same_entry(
        entry in required(),
        place in any::<prop::sample::Index>(),
        flip in 1_u8..,
    ) {
        let mut bytes = entry.to_bytes().unwrap();
        let place = place.index(bytes.len());
        bytes[place] ^= flip;
        prop_assert_ne!(Entry::parse(&bytes).ok(), Some(entry));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        if let Ok(entry) = Entry::parse(&bytes) {
            prop_assert_eq!(entry.to_bytes().unwrap(), bytes);
        }
    }
}

fn sample() -> Entry {
    let mut entry = Entry::new(
        Event::SignatureIntent,
        Outcome::Started,
        Actor::person("p1"),
    );
    entry.log = "kyso-1".into();
    entry.boot = "b1".into();
    entry.request = "r1".into();
    entry.time = "2026-11-23T08:00:00.000000Z".into();
    entry
}

const SAMPLE: &str = concat!(
    r#"{"actor":{"id":"p1","kind":"person"},"boot":"b1","epoch":0,"event":"signature.intent","#,
    r#""log":"kyso-1","outcome":"started","request":"r1","seq":0,"#,
    r#""time":"2026-11-23T08:00:00.000000Z","v":1}"#,
);

#[test]
fn the_smallest_entry_has_these_bytes() {
    assert_eq!(
        String::from_utf8(sample().to_bytes().unwrap()).unwrap(),
        SAMPLE
    );
}

fn certified() -> Entry {
    let mut entry = sample();
    entry.key = Some(KeyRecord {
        algorithm: "rsa-2048".into(),
        certificate_issuer: Some(r"CN=CA phục vụ\, G2,C=VN".into()),
        certificate_serial: Some("9a01".into()),
        certificate_sha256: Some("ab".repeat(32)),
        cka_id: "0102".into(),
        purpose: "sign".into(),
    });
    entry
}

#[test]
fn a_key_with_its_certificate_has_these_bytes() {
    let key = concat!(
        r#""key":{"algorithm":"rsa-2048","certificate_issuer":"CN=CA phục vụ\\, G2,C=VN","#,
        r#""certificate_serial":"9a01","certificate_sha256":""#,
        "abababababababababababababababababababababababababababababababab",
        r#"","cka_id":"0102","purpose":"sign"},"log""#,
    );
    let bytes = SAMPLE.replacen(r#""log""#, key, 1);
    assert_eq!(
        String::from_utf8(certified().to_bytes().unwrap()).unwrap(),
        bytes
    );
    assert_eq!(Entry::parse(bytes.as_bytes()), Ok(certified()));
}

#[test]
fn an_issuer_or_serial_out_of_bounds_has_no_bytes() {
    let long = "x".repeat(MAX_ISSUER_BYTES + 1);
    for (issuer, serial, good) in [
        (&long[1..], "00", true),
        ("CN=x", &"7f".repeat(MAX_SERIAL_BYTES), true),
        (&long, "01", false),
        ("", "01", false),
        ("CN=x", "", false),
        ("CN=x", "9A01", false),
        ("CN=x", "009a01", false),
        ("CN=x", "a01", false),
        ("CN=x", &"7f".repeat(MAX_SERIAL_BYTES + 1), false),
    ] {
        let mut entry = certified();
        let key = entry.key.as_mut().unwrap();
        key.certificate_issuer = Some(issuer.into());
        key.certificate_serial = Some(serial.into());
        let refused = Err(EntryError::Member("key"));
        let bytes = entry.to_bytes();
        assert!(
            bytes.is_ok() == good && (good || bytes == refused),
            "{issuer} {serial}"
        );
    }
}

#[test]
fn other_spellings_of_the_same_entry_are_not_canonical() {
    for (from, to) in [
        (r#"{"actor""#, r#"{ "actor""#),
        ("}", "}\n"),
        (r#""kind":"person"}"#, r#""kind":"person"} "#),
        (
            r#""id":"p1","kind":"person""#,
            r#""kind":"person","id":"p1""#,
        ),
        (r#""boot":"b1","epoch":0"#, r#""epoch":0,"boot":"b1""#),
        (r#""b1""#, r#""\u00621""#),
        (r#""boot":"b1""#, r#""agency":null,"boot":"b1""#),
        (r#""epoch":0"#, r#""digests":[],"epoch":0"#),
        (r#""epoch":0"#, r#""data":{},"epoch":0"#),
        (r#""epoch":0"#, r#""data":{"a":1,"a":1},"epoch":0"#),
        (r#""epoch":0"#, r#""data":{"b":1,"a":1},"epoch":0"#),
    ] {
        let bytes = SAMPLE.replacen(from, to, 1);
        assert_eq!(
            Entry::parse(bytes.as_bytes()),
            Err(EntryError::NotCanonical),
            "{bytes}"
        );
    }
}

#[test]
fn what_the_schema_does_not_know_is_refused() {
    for (from, to) in [
        (r#""v":1"#, r#""v":2"#),
        (r#""v":1"#, r#""v":1.0"#),
        (r#""v":1"#, r#""v":"1""#),
        (r#","v":1"#, ""),
        (r#","v":1"#, r#","v":1,"w":1"#),
        (r#","v":1"#, r#","v":1,"v":1"#),
        (r#""kind":"person""#, r#""kind":"robot""#),
        (r#""kind":"person""#, r#""kind":"person","name":"x""#),
        (r#""id":"p1""#, r#""id":"p1","id":"p1""#),
        (r#""id":"p1""#, r#""factor":"palm","id":"p1""#),
        ("signature.intent", "signature.forged"),
        (r#""started""#, r#""done""#),
        (r#""seq":0"#, r#""seq":-1"#),
        (r#""seq":0"#, r#""seq":0.0"#),
        (r#""seq":0"#, r#""seq":1e3"#),
        (r#""seq":0"#, r#""seq":00"#),
        (r#""seq":0"#, r#""seq":true"#),
        (r#""epoch":0"#, r#""data":{"a":1.5},"epoch":0"#),
        (r#""epoch":0"#, r#""data":{"a":null},"epoch":0"#),
        (r#""epoch":0"#, r#""data":{"a":[]},"epoch":0"#),
        ("b1", "b\u{1}"),
        (r#""v":1}"#, r#""v":1"#),
        (r#""v":1}"#, r#""v":1}}"#),
        (SAMPLE, "[]"),
        (SAMPLE, ""),
    ] {
        let bytes = SAMPLE.replacen(from, to, 1);
        let refused = Entry::parse(bytes.as_bytes());
        assert!(
            matches!(refused, Err(EntryError::Schema { .. })),
            "{bytes}: {refused:?}"
        );
    }
    assert!(Entry::parse(&[0xff, 0xfe]).is_err());
    assert!(Entry::parse(SAMPLE.replace("b1", "b\u{fffd}").as_bytes()).is_ok());
}

#[test]
fn values_out_of_bounds_have_no_bytes() {
    type Spoil = fn(&mut Entry);
    let table: &[(&str, Spoil)] = &[
        ("log", |e| e.log.clear()),
        ("boot", |e| e.boot.clear()),
        ("request", |e| e.request.clear()),
        ("time", |e| e.time = "2026-11-23T08:00:00Z".into()),
        ("seq", |e| e.seq = 1 << 53),
        ("epoch", |e| e.epoch = u64::MAX),
        ("count", |e| e.count = Some(1 << 53)),
        ("latency_us", |e| e.latency_us = Some(1 << 53)),
        ("data", |e| {
            drop(e.data.insert("a".into(), Fact::Integer(-(1 << 53))));
        }),
        ("data", |e| {
            drop(e.data.insert("a".into(), Fact::Integer(i64::MIN)));
        }),
        ("data", |e| drop(e.data.insert("Tên".into(), "x".into()))),
        ("data", |e| drop(e.data.insert(String::new(), "x".into()))),
        ("commitments", |e| {
            drop(e.commitments.insert("name".into(), "00".into()));
        }),
        ("commitments", |e| {
            drop(e.commitments.insert("a b".into(), "00".repeat(32)));
        }),
        ("intent", |e| e.intent = Some("0".repeat(63))),
        ("intent", |e| e.event = Event::SignatureOutcome),
        ("digests", |e| {
            e.digests = vec![bare("sha256", "AB")];
        }),
        ("digests", |e| {
            e.digests = vec![bare("sha256", "abc")];
        }),
        ("digests", |e| {
            e.digests = vec![bare("", "ab")];
        }),
        ("digests", |e| {
            e.digests = vec![of_content("AB", None)];
        }),
        ("digests", |e| {
            e.digests = vec![of_content("", None)];
        }),
        ("digests", |e| {
            e.digests = vec![of_content("ab", Some("ab"))];
        }),
    ];
    for (member, spoil) in table {
        let mut entry = sample();
        spoil(&mut entry);
        assert_eq!(entry.to_bytes(), Err(EntryError::Member(member)));
    }
}

#[test]
fn the_limit_holds_for_writing_and_reading() {
    let mut entry = sample();
    let room = MAX_ENTRY_BYTES - SAMPLE.len();
    entry.boot = "b".repeat(2 + room);
    let full = entry.to_bytes().unwrap();
    assert_eq!(full.len(), MAX_ENTRY_BYTES);
    assert_eq!(Entry::parse(&full), Ok(entry.clone()));
    entry.boot.push('b');
    assert_eq!(
        entry.to_bytes(),
        Err(EntryError::TooLong(MAX_ENTRY_BYTES + 1))
    );
    let longer = [full.as_slice(), b" "].concat();
    assert_eq!(
        Entry::parse(&longer),
        Err(EntryError::TooLong(MAX_ENTRY_BYTES + 1))
    );
}

#[test]
fn a_batch_of_two_hundred_sha512_digests_fits() {
    let mut entry = sample();
    entry.event = Event::SignatureOutcome;
    entry.intent = Some("ab".repeat(32));
    let digest = bare("sha512", &"cd".repeat(64));
    let result = ResultRecord {
        sha256: Some("ef".repeat(32)),
        state: ResultState::NotAttempted,
    };
    entry.digests = vec![digest; 200];
    entry.results = vec![result; 200];
    assert!(entry.to_bytes().is_ok());
}

/// What the server lets one call to `POST /api/v1/signatures` name: both entries of it fit.
#[test]
fn a_batch_of_a_hundred_documents_in_sha512_fits() {
    let mut entry = sample();
    entry.event = Event::SignatureOutcome;
    entry.intent = Some("ab".repeat(32));
    let wide = "cd".repeat(64);
    let mut digest = of_content(&wide, Some(&"ef".repeat(32)));
    (digest.alg, digest.value) = ("sha512".into(), wide.clone());
    let result = ResultRecord {
        sha256: Some("ef".repeat(32)),
        state: ResultState::NotAttempted,
    };
    let commitments = (0..100).map(|place| (format!("document_{place:03}"), "ab".repeat(32)));
    entry.commitments = commitments.collect();
    entry.digests = vec![digest; 100];
    entry.results = vec![result; 100];
    assert!(entry.to_bytes().is_ok());
}

#[test]
fn a_schema_error_does_not_quote_the_value() {
    let bytes = SAMPLE.replace("person", "Nguyen-Van-A");
    let error = Entry::parse(bytes.as_bytes()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("Nguyen"));
}
