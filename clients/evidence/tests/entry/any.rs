//! Any entry there may be.

use kyso_evidence::{
    Actor, ActorKind, Builder, ContentRecord, DigestRecord, Entry, Event, Fact, Factor, Format,
    KeyRecord, Outcome, ResultRecord, ResultState,
};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::LARGEST;

fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| text.chars().take(24).collect())
}

fn sha256() -> impl Strategy<Value = String> {
    "[0-9a-f]{64}"
}

fn actor() -> impl Strategy<Value = Actor> {
    let kind = select(ActorKind::ALL.to_vec());
    let factor = of(select(Factor::ALL.to_vec()));
    (kind, factor, of(text())).prop_map(|(kind, factor, id)| Actor { factor, id, kind })
}

fn key() -> impl Strategy<Value = KeyRecord> {
    let issuer = of(text().prop_map(|name| format!("CN={name}")));
    let serial = of("(0[1-9a-f]|[1-9a-f][0-9a-f])([0-9a-f]{2}){0,19}");
    let certificate = (issuer, serial, of(sha256()));
    (text(), certificate, "([0-9a-f]{2}){1,20}", text()).prop_map(
        |(algorithm, certificate, cka_id, purpose)| KeyRecord {
            algorithm,
            certificate_issuer: certificate.0,
            certificate_serial: certificate.1,
            certificate_sha256: certificate.2,
            cka_id,
            purpose,
        },
    )
}

fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        text().prop_map(Fact::Text),
        (-LARGEST..=LARGEST).prop_map(Fact::Integer)
    ]
}

fn digest() -> impl Strategy<Value = DigestRecord> {
    ("sha(256|384|512)", of(content()), "([0-9a-f]{2}){32,64}").prop_map(|(alg, content, value)| {
        DigestRecord {
            alg,
            content,
            value,
        }
    })
}

prop_compose! {
    fn content()(
        built_by in select(Builder::ALL.to_vec()),
        digest in "([0-9a-f]{2}){32,64}",
        file in of(sha256()),
        format in select(Format::ALL.to_vec()),
    ) -> ContentRecord {
        ContentRecord { built_by, digest, file, format }
    }
}

fn result() -> impl Strategy<Value = ResultRecord> {
    (of(sha256()), select(ResultState::ALL.to_vec()))
        .prop_map(|(sha256, state)| ResultRecord { sha256, state })
}

prop_compose! {
    pub(super) fn required()(
        event in select(Event::ALL.to_vec()),
        outcome in select(Outcome::ALL.to_vec()),
        actor in actor(),
        boot in text(),
        request in text(),
        log in "[a-z0-9-]{1,20}",
        seq in 0..(1_u64 << 53),
        epoch in 0..(1_u64 << 53),
        time in "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T(0[0-9]|1[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\\.[0-9]{6}Z",
        intent in sha256(),
    ) -> Entry {
        let mut entry = Entry::new(event, outcome, actor);
        entry.boot = format!("b{boot}");
        entry.request = format!("r{request}");
        entry.log = log;
        entry.seq = seq;
        entry.epoch = epoch;
        entry.time = time;
        entry.intent = (event == Event::SignatureOutcome).then_some(intent);
        entry
    }
}

prop_compose! {
    pub(super) fn any_entry()(
        mut entry in required(),
        ids in vec(of(text()), 11),
        count in of(0..(1_u64 << 53)),
        latency_us in of(0..(1_u64 << 53)),
        key in of(key()),
        digests in vec(digest(), 0..4),
        results in vec(result(), 0..4),
        data in btree_map("[a-z0-9_]{1,12}", fact(), 0..4),
        commitments in btree_map("[a-z0-9_]{1,12}", sha256(), 0..4),
    ) -> Entry {
        let mut ids = ids.into_iter();
        let mut next = || ids.next().flatten();
        entry.agency = next();
        entry.authority = next();
        entry.client = next();
        entry.credential = next();
        entry.grant = next();
        entry.object = next();
        entry.object_kind = next();
        entry.purpose = next();
        entry.reason = next();
        entry.scheme = next();
        entry.session = next();
        Entry { count, latency_us, key, digests, results, data, commitments, ..entry }
    }
}
