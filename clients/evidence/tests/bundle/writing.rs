//! A writer ends no bundle that would not hold.

use kyso_evidence::bundle::{Disclosed, Export, ExportError, Keys, SignError, WriteError, Writer};
use kyso_evidence::key::SignatureError;

use crate::log::{Log, export_key, keys, reason, sign};

const TIME: &str = "2026-11-27T17:00:00.000000Z";

fn asked(
    range: std::ops::Range<u64>,
    sizes: &[u64],
    keys: Keys,
    time: &str,
) -> Result<Export, ExportError> {
    let log = Log::new(20);
    let checkpoints = sizes.iter().map(|&size| log.signed_by(7, size)).collect();
    Export::new(
        range,
        checkpoints,
        keys,
        time.into(),
        "person p-3".parse().unwrap(),
    )
}

#[test]
fn what_cannot_be_exported_is_refused_before_anything_is_written() {
    assert!(asked(0..10, &[10], keys(), TIME).is_ok());
    assert!(asked(5..10, &[5, 7, 20], keys(), TIME).is_ok());
    for (range, sizes) in [
        (0..10, vec![]),
        (5..10, vec![4, 10]),
        (0..10, vec![10, 10]),
        (0..10, vec![12, 10]),
    ] {
        assert_eq!(
            asked(range, &sizes, keys(), TIME).unwrap_err(),
            ExportError::Checkpoints,
            "{sizes:?}"
        );
    }
    for (range, time) in [(0..11, TIME), (3..3, TIME), (0..10, "2026-11-27")] {
        assert_eq!(
            asked(range, &[10], keys(), time).unwrap_err(),
            ExportError::Range
        );
    }
    let one = Keys {
        export: export_key(7),
        ..keys()
    };
    assert_eq!(
        asked(0..10, &[10], one, TIME).unwrap_err(),
        ExportError::OneKey
    );
    let other = Keys {
        log: crate::log::log_key(9),
        ..keys()
    };
    let unsigned = asked(0..10, &[10], other, TIME).unwrap_err();
    assert!(matches!(
        unsigned,
        ExportError::Signature(SignatureError::Missing(_))
    ));
}

#[test]
fn who_exported_is_one_short_line() {
    use kyso_evidence::bundle::Exporter;
    assert!("person 0199".parse::<Exporter>().is_ok());
    for bad in ["", "a\nb", "a\u{7f}", &"x".repeat(201)] {
        assert!(bad.parse::<Exporter>().is_err(), "{bad}");
    }
}

#[test]
fn an_entry_that_the_log_does_not_have_is_refused() {
    let log = Log::new(300);
    let mut writer = Writer::begin(Vec::new(), log.export(250..300, &[300]), &log).unwrap();
    writer.push(&log.entries[250], &[]).unwrap();
    let fault = writer.push(&log.entries[250], &[]).unwrap_err();
    assert!(matches!(fault, WriteError::Changed(251)), "{fault}");
}

#[test]
fn a_value_that_opens_nothing_is_refused() {
    let log = Log::new(10);
    for (number, value) in [
        (0, reason(3)),
        (
            0,
            Disclosed {
                field: "name".into(),
                ..reason(0)
            },
        ),
        (
            0,
            Disclosed {
                value: "x".into(),
                ..reason(0)
            },
        ),
    ] {
        let mut writer = Writer::begin(Vec::new(), log.export(0..10, &[10]), &log).unwrap();
        let fault = writer.push(&log.entries[number], &[value]).unwrap_err();
        assert!(
            matches!(fault, WriteError::Disclosed { sequence: 0, .. }),
            "{fault}"
        );
    }
}

#[test]
fn neither_too_few_nor_too_many_entries_make_a_bundle() {
    let log = Log::new(10);
    let mut writer = Writer::begin(Vec::new(), log.export(0..2, &[10]), &log).unwrap();
    for entry in &log.entries[..2] {
        writer.push(entry, &[]).unwrap();
    }
    let fault = writer.push(&log.entries[2], &[]).unwrap_err();
    assert!(
        matches!(fault, WriteError::Count { end: 2, next: 2 }),
        "{fault}"
    );
    let writer = Writer::begin(Vec::new(), log.export(0..2, &[10]), &log).unwrap();
    assert!(matches!(
        writer.finish().unwrap_err(),
        WriteError::Count { end: 2, next: 0 }
    ));
}

/// The database was rewritten, tiles and all, after the log had signed.
#[test]
fn a_rewritten_log_is_not_exported_under_its_old_checkpoint() {
    let export = Log::new(700).export(600..700, &[700]);
    let rewritten = Log::new(650).grown(700, "second");
    let mut writer = Writer::begin(Vec::new(), export, &rewritten).unwrap();
    let pushed = rewritten.entries[600..]
        .iter()
        .try_for_each(|entry| writer.push(entry, &[]));
    assert!(matches!(pushed.unwrap_err(), WriteError::Root(700)));
}

#[test]
fn a_signature_of_another_key_never_leaves() {
    let log = Log::new(10);
    let mut writer = Writer::begin(Vec::new(), log.export(0..1, &[10]), &log).unwrap();
    writer.push(&log.entries[0], &[]).unwrap();
    let unsigned = writer.finish().unwrap();
    let signature = sign(7, unsigned.text());
    let fault = unsigned.signed(signature).unwrap_err();
    assert!(
        matches!(fault, SignError::Signature(SignatureError::Invalid(_))),
        "{fault}"
    );
}

/// A server empties it into a response as it goes.
#[test]
fn what_is_written_can_be_taken_away_between_entries() {
    let log = Log::new(600);
    let whole = log.bundle(0..600, &[600]);
    let mut writer = Writer::begin(Vec::new(), log.export(0..600, &[600]), &log).unwrap();
    let mut sent = Vec::new();
    for (entry, number) in log.entries.iter().zip(0..) {
        let opened = (number % 6 == 0).then(|| reason(number));
        writer.push(entry, opened.as_slice()).unwrap();
        sent.append(writer.output());
    }
    let unsigned = writer.finish().unwrap();
    let signature = sign(8, unsigned.text());
    sent.append(&mut unsigned.signed(signature).unwrap());
    assert_eq!(sent, whole);
}
