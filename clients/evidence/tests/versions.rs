//! What each version of the entry's schema may hold: `tests/versions/N.txt` lists it, and the code is held to the list.
//!
//! A verifier that meets an event, a member or a word that its version does not know refuses the
//! row, so a version that a release has written can never grow: those who verify with that release
//! would call a sound log broken.

#![expect(
    clippy::unwrap_used,
    reason = "the makers of test data may panic as tests may"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use kyso_evidence::{
    Actor, ActorKind, Builder, ContentRecord, DigestRecord, Entry, Event, Fact, Factor, Format,
    KeyRecord, Outcome, ResultRecord, ResultState, Version,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Versions that a release has written, and the SHA-256 of their lists: never edited again.
const CLOSED: &[(u64, &str)] = &[];

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).unwrap()
}

fn list(version: u64) -> String {
    file(&format!("tests/versions/{version}.txt"))
}

/// Every member has a value. Written out to the last, so that a new one does not compile here.
fn full() -> Entry {
    let some = || Some("0a".to_owned());
    Entry {
        actor: Actor {
            factor: Some(Factor::Totp),
            id: some(),
            kind: ActorKind::Person,
        },
        agency: some(),
        authority: some(),
        boot: "b1".into(),
        client: some(),
        commitments: BTreeMap::from([("source".into(), "0a".into())]),
        count: Some(1),
        credential: some(),
        data: BTreeMap::from([("limit".into(), Fact::Integer(1))]),
        digests: vec![DigestRecord {
            alg: "sha256".into(),
            content: Some(full_content()),
            value: "0a".into(),
        }],
        epoch: 0,
        event: Event::SignatureOutcome,
        grant: some(),
        intent: some(),
        key: Some(full_key()),
        latency_us: Some(1),
        log: "kyso-1".into(),
        object: some(),
        object_kind: some(),
        outcome: Outcome::Ok,
        purpose: some(),
        reason: some(),
        request: "r1".into(),
        results: vec![ResultRecord {
            sha256: some(),
            state: ResultState::Signed,
        }],
        scheme: some(),
        seq: 0,
        session: some(),
        time: "2026-11-23T08:00:00.000000Z".into(),
        v: Version,
    }
}

fn full_content() -> ContentRecord {
    ContentRecord {
        built_by: Builder::Server,
        digest: "0a".into(),
        file: Some("0a".into()),
        format: Format::Pades,
    }
}

fn full_key() -> KeyRecord {
    let some = || Some("0a".to_owned());
    KeyRecord {
        algorithm: "rsa-2048".into(),
        certificate_issuer: some(),
        certificate_serial: some(),
        certificate_sha256: some(),
        cka_id: "0a".into(),
        purpose: "sign".into(),
    }
}

/// The names of all members, those of an object in an object as `actor.id`. The keys of `data` and
/// of `commitments` are no members: a reader takes any.
fn members(value: &Value, before: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) if !["data.", "commitments."].contains(&before) => {
            for (name, value) in object {
                found.insert(format!("member {before}{name}"));
                members(value, &format!("{before}{name}."), found);
            }
        }
        Value::Array(values) => {
            for value in values {
                members(value, before, found);
            }
        }
        _ => {}
    }
}

/// What this build writes and reads, a line each, sorted.
fn known() -> String {
    let mut lines = BTreeSet::new();
    members(&serde_json::to_value(full()).unwrap(), "", &mut lines);
    lines.extend(
        Event::ALL
            .iter()
            .map(|event| format!("event {}", event.name())),
    );
    let words = |kind: &'static str, words: Vec<&'static str>| {
        words.into_iter().map(move |word| format!("{kind} {word}"))
    };
    let actors = ActorKind::ALL.iter().map(|one| one.as_str()).collect();
    let factors = Factor::ALL.iter().map(|one| one.as_str()).collect();
    let outcomes = Outcome::ALL.iter().map(|one| one.as_str()).collect();
    let builders = Builder::ALL.iter().map(|one| one.as_str()).collect();
    let formats = Format::ALL.iter().map(|one| one.as_str()).collect();
    let states = ResultState::ALL.iter().map(|one| one.as_str()).collect();
    lines.extend(words("actor", actors));
    lines.extend(words("builder", builders));
    lines.extend(words("factor", factors));
    lines.extend(words("format", formats));
    lines.extend(words("outcome", outcomes));
    lines.extend(words("result", states));
    lines.into_iter().map(|line| line + "\n").collect()
}

#[test]
fn an_entry_holds_what_its_version_lists_and_nothing_else() {
    let (known, listed) = (known(), list(Version::NUMBER));
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (known_lines, listed_lines) = (lines(&known), lines(&listed));
    let new: Vec<_> = known_lines.difference(&listed_lines).collect();
    let gone: Vec<_> = listed_lines.difference(&known_lines).collect();
    assert!(
        known == listed,
        "version {} of the entry is another one: new {new:?}, gone {gone:?}. If a release has written it, raise \
         Version::NUMBER and add tests/versions/{}.txt; if none has, bring the list up to date",
        Version::NUMBER,
        Version::NUMBER + 1,
    );
}

#[test]
fn a_version_that_was_released_is_never_changed() {
    for (version, sum) in CLOSED {
        let found = hex::encode(Sha256::digest(list(*version)));
        assert_eq!(&found, sum, "the list of version {version} was edited");
    }
    // `## Unreleased` is the only heading until there is a release.
    let released = file("../../CHANGELOG.md").lines().any(|line| {
        line.strip_prefix("## ")
            .is_some_and(|name| name != "Unreleased")
    });
    let closed = CLOSED.iter().any(|(version, _)| *version == 1);
    assert!(
        closed || !released,
        "CHANGELOG.md names a release: put the sum of the version that it writes into CLOSED"
    );
}
