//! The verifier against a log that was tampered with in every way it claims to notice.

#![expect(
    clippy::unwrap_used,
    reason = "the makers of test data may panic as tests may"
)]

use kyso_evidence::{
    Actor, Entry, EntryError, Event, Fault, Frontier, Head, Outcome, Projection, Report, Row,
    Verifier, leaf_hash,
};
use proptest::prelude::*;

#[derive(Clone, Debug, PartialEq)]
struct Stored {
    sequence: u64,
    entry: Vec<u8>,
    leaf: [u8; 32],
    event: String,
    agency: Option<String>,
}

impl Stored {
    fn of(entry: &Entry) -> Self {
        let bytes = entry.to_bytes().unwrap();
        Self {
            sequence: entry.seq,
            leaf: leaf_hash(&bytes),
            entry: bytes,
            event: entry.event.name().into(),
            agency: entry.agency.clone(),
        }
    }

    /// Edits the entry and its leaf hash alike, as one who owns the database would.
    fn edit(&mut self, change: impl FnOnce(&mut Entry)) {
        let mut entry = Entry::parse(&self.entry).unwrap();
        change(&mut entry);
        self.entry = entry.to_bytes().unwrap();
        self.leaf = leaf_hash(&self.entry);
    }
}

fn entry(seq: u64, event: Event) -> Entry {
    let mut entry = Entry::new(event, Outcome::Ok, Actor::system());
    entry.log = "kyso-1".into();
    entry.boot = "b1".into();
    entry.request = format!("r{}", seq / 2);
    entry.seq = seq;
    entry.time = format!("2026-11-23T08:00:{:02}.000000Z", seq.min(59));
    entry.agency = seq.is_multiple_of(3).then(|| "a1".into());
    entry
}

/// Intents at even numbers, each followed by its outcome.
fn log(pairs: u64) -> Vec<Stored> {
    let mut rows: Vec<Stored> = Vec::new();
    for seq in 0..pairs * 2 {
        let made = if seq.is_multiple_of(2) {
            entry(seq, Event::SignatureIntent)
        } else {
            let intent = Some(hex::encode(rows.last().unwrap().leaf));
            Entry {
                intent,
                ..entry(seq, Event::SignatureOutcome)
            }
        };
        rows.push(Stored::of(&made));
    }
    rows
}

fn frontier(rows: &[Stored]) -> Frontier {
    let mut frontier = Frontier::new();
    for row in rows {
        frontier.push(row.leaf);
    }
    frontier
}

fn head(rows: &[Stored]) -> Head {
    let time = "2026-11-23T09:00:00.000000Z".to_owned();
    Head::new("kyso-1".into(), time, frontier(rows)).unwrap()
}

fn run(mut verifier: Verifier, rows: &[Stored]) -> Result<Report, Fault> {
    for row in rows {
        let projections = [
            Projection {
                member: "event",
                value: Some(&row.event),
            },
            Projection {
                member: "agency",
                value: row.agency.as_deref(),
            },
        ];
        verifier.push(&Row {
            sequence: row.sequence,
            entry: &row.entry,
            leaf: row.leaf,
            projections: &projections,
        })?;
    }
    verifier.finish()
}

fn verify(rows: &[Stored], head: Option<Head>) -> Result<Report, Fault> {
    run(Verifier::new(Frontier::new(), head)?, rows)
}

#[test]
fn an_untouched_log_is_complete_as_far_as_the_copy_shows() {
    let rows = log(5);
    let report = verify(&rows, Some(head(&rows[..7]))).unwrap();
    assert_eq!(report.frontier, frontier(&rows));
    assert_eq!(
        (report.checked, report.head, report.outside),
        (10, Some(7), 0)
    );
    assert_eq!(
        report.to_string(),
        "complete up to 9 as far as this copy shows; agrees with a head of 7 entries"
    );
    assert!(
        verify(&rows, None)
            .unwrap()
            .to_string()
            .ends_with("a cut tail would not show")
    );
    assert!(
        verify(&[], None)
            .unwrap()
            .to_string()
            .starts_with("no entries in this copy")
    );
}

type Tamper = fn(&mut Vec<Stored>);

fn assert_named(table: Vec<(Fault, Tamper)>) {
    for (number, (fault, tamper)) in table.into_iter().enumerate() {
        let mut rows = log(5);
        let head = head(&rows);
        tamper(&mut rows);
        assert_eq!(verify(&rows, Some(head)), Err(fault), "case {number}");
    }
}

#[test]
fn lost_doubled_and_moved_rows_are_named() {
    assert_named(vec![
        (
            Fault::Gap {
                expected: 4,
                found: 5,
            },
            |rows| drop(rows.remove(4)),
        ),
        (
            Fault::Gap {
                expected: 0,
                found: 1,
            },
            |rows| drop(rows.remove(0)),
        ),
        (Fault::Duplicate(3), |rows| rows.insert(4, rows[3].clone())),
        (
            Fault::Order {
                expected: 4,
                found: 1,
            },
            |rows| rows.insert(4, rows[1].clone()),
        ),
        (
            Fault::Gap {
                expected: 2,
                found: 3,
            },
            |rows| rows.swap(2, 3),
        ),
    ]);
}

#[test]
fn changed_entries_are_named() {
    assert_named(vec![
        (Fault::Changed(4), |rows| rows[4].entry[9] ^= 1),
        (Fault::Changed(4), |rows| rows[4].leaf[31] ^= 1),
        (Fault::Misplaced { row: 2, entry: 4 }, |rows| {
            rows.swap(2, 4);
            rows[2].sequence = 2;
            rows[4].sequence = 4;
        }),
        (
            Fault::Malformed {
                sequence: 2,
                error: EntryError::NotCanonical,
            },
            |rows| {
                rows[2].entry.push(b' ');
                rows[2].leaf = leaf_hash(&rows[2].entry);
            },
        ),
        (Fault::ForeignLog(6), |rows| {
            rows[6].edit(|entry| entry.log = "kyso-2".into());
        }),
        (Fault::TimeBackwards(6), |rows| {
            rows[6].edit(|entry| entry.time = "2026-11-23T08:00:03.999999Z".into());
        }),
    ]);
}

/// Canonical bytes with their own leaf hash, as a newer program would have written them.
#[test]
fn what_another_version_wrote_stops_the_verifier_at_its_row() {
    for (from, to) in [
        (r#""v":1"#, r#""v":2"#),
        (r#","v":1"#, r#","v":1,"witness":"w1""#),
        ("signature.intent", "signature.witnessed"),
        (r#""kind":"system""#, r#""kind":"witness""#),
    ] {
        let mut rows = log(5);
        let text = String::from_utf8(rows[2].entry.clone()).unwrap();
        let newer = text.replacen(from, to, 1);
        assert_ne!(newer, text);
        rows[2].leaf = leaf_hash(newer.as_bytes());
        rows[2].entry = newer.into_bytes();
        let refused = verify(&rows, None);
        let at_its_row = matches!(
            refused,
            Err(Fault::Malformed {
                sequence: 2,
                error: EntryError::Schema { .. }
            })
        );
        assert!(at_its_row, "{to}: {refused:?}");
    }
}

/// Every leaf, and so the root and the head, is as it was: what they stand for is not.
#[test]
fn trap_a_root_that_holds_proves_no_value() {
    let changes: [fn(&mut Stored); 4] = [
        |row| row.entry[20] ^= 1,
        |row| row.entry.truncate(40),
        |row| row.event = "login.succeeded".into(),
        |row| row.agency = Some("a9".into()),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut rows = log(5);
        let head = head(&rows);
        change(&mut rows[4]);
        assert_eq!(frontier(&rows).root(), frontier(&log(5)).root());
        assert!(verify(&rows, Some(head)).is_err(), "case {number}");
    }
}

#[test]
fn false_columns_outcomes_and_ends_are_named() {
    assert_named(vec![
        (
            Fault::Projection {
                sequence: 6,
                member: "agency".into(),
            },
            |rows| {
                rows[6].agency = None;
            },
        ),
        (
            Fault::Projection {
                sequence: 1,
                member: "agency".into(),
            },
            |rows| {
                rows[1].agency = Some(String::new());
            },
        ),
        (
            Fault::Projection {
                sequence: 5,
                member: "event".into(),
            },
            |rows| {
                rows[5].event = "login.failed".into();
            },
        ),
        (Fault::WrongIntent(5), |rows| {
            rows[4].edit(|entry| entry.epoch = 9);
        }),
        (Fault::WrongIntent(5), |rows| {
            rows[5].edit(|entry| entry.request = "r0".into());
        }),
        (Fault::WrongIntent(5), |rows| {
            let used = Some(hex::encode(rows[2].leaf));
            rows[5].edit(|entry| entry.intent = used);
        }),
        (Fault::Rewritten { size: 10 }, |rows| {
            rows[9].edit(|entry| entry.epoch = 9);
        }),
        (Fault::CutTail { from: 8, to: 9 }, |rows| rows.truncate(8)),
        (Fault::CutTail { from: 0, to: 9 }, Vec::clear),
    ]);
}

#[test]
fn a_second_going_back_is_tolerated() {
    let mut rows = log(5);
    rows[8].edit(|entry| entry.time = "2026-11-23T08:00:06.000000Z".into());
    rows.truncate(9);
    assert_eq!(verify(&rows, None).unwrap().open_intents, [8]);
}

#[test]
fn intents_without_outcome_are_listed() {
    let rows: Vec<_> = [0, 1, 2]
        .map(|seq| Stored::of(&entry(seq, Event::SignatureIntent)))
        .into_iter()
        .collect();
    let report = verify(&rows, None).unwrap();
    assert_eq!(report.open_intents, [0, 1, 2]);
    assert!(
        report
            .to_string()
            .ends_with("3 intents without outcome, the first is 0")
    );
}

#[test]
fn a_run_can_go_on_from_a_verified_frontier() {
    let rows = log(5);
    let verifier = Verifier::new(frontier(&rows[..3]), Some(head(&rows))).unwrap();
    let report = run(verifier, &rows[3..]).unwrap();
    assert_eq!(
        (report.checked, report.outside, report.head),
        (7, 1, Some(10))
    );
    let earlier = Verifier::new(frontier(&rows[..3]), Some(head(&rows[..2]))).unwrap();
    assert_eq!(run(earlier, &rows[3..]).unwrap().head, None);
    let mut other = rows.clone();
    other[0].edit(|entry| entry.epoch = 9);
    let refused = Verifier::new(frontier(&other[..3]), Some(head(&rows[..3])));
    assert_eq!(refused.err(), Some(Fault::Rewritten { size: 3 }));
}

#[test]
fn an_unknown_member_is_a_difference() {
    let rows = log(1);
    let projections = [Projection {
        member: "colour",
        value: None,
    }];
    let row = Row {
        sequence: 0,
        entry: &rows[0].entry,
        leaf: rows[0].leaf,
        projections: &projections,
    };
    let fault = Verifier::new(Frontier::new(), None)
        .unwrap()
        .push(&row)
        .unwrap_err();
    assert_eq!(
        fault,
        Fault::Projection {
            sequence: 0,
            member: "colour".into()
        }
    );
}

proptest! {
    #[test]
    fn with_a_head_no_lost_moved_or_changed_row_passes(
        pairs in 1_u64..20,
        from: prop::sample::Index,
        to: prop::sample::Index,
        way in 0..4,
    ) {
        let good = log(pairs);
        let (from, to) = (from.index(good.len()), to.index(good.len()));
        let mut rows = good.clone();
        match way {
            0 => drop(rows.remove(from)),
            1 => rows.swap(from, to),
            2 => rows.truncate(from),
            _ => rows[from].edit(|entry| entry.epoch += 1),
        }
        prop_assert_eq!(verify(&rows, Some(head(&good))).is_ok(), rows == good);
    }
}
