//! Bundles of logs that are not what they should be: what they are shows beside what somebody kept, or
//! in their entries.

use kyso_evidence::Entry;
use kyso_evidence::bundle::Beside;

use super::{Forgery, forgery};
use crate::log::{Log, entry};

pub(super) fn all(log: &Log) -> Vec<Forgery> {
    let mut all = beside(log);
    all.extend(within());
    all
}

fn beside(log: &Log) -> Vec<Forgery> {
    let cut = Log::new(650).bundle(250..650, &[650]);
    let fork = Log::new(400).grown(700, "second").bundle(250..600, &[700]);
    let kept = Beside::Checkpoint(log.checkpoint(700, &[1, 2]));
    let cosigned = without_the_logs_own(&log.checkpoint(700, &[1]).to_string());
    [
        (
            "tail-cut-by-cosignature",
            "tail_cut_off",
            "650 to 699",
            &cut,
            cosigned,
        ),
        ("tail-cut", "tail_cut_off", "650 to 699", &cut, kept.clone()),
        (
            "tail-cut-by-receipt",
            "tail_cut_off",
            "650 to 699",
            &cut,
            log.receipt(699, 700),
        ),
        ("forked", "forked", "700", &fork, kept),
        (
            "forked-by-receipt",
            "forked",
            "500",
            &fork,
            log.receipt(10, 500),
        ),
        (
            "forked-receipt-of-an-entry",
            "entry_differs",
            "450",
            &fork,
            log.receipt(450, 500),
        ),
    ]
    .into_iter()
    .map(|(name, word, names, bundle, beside)| Forgery {
        beside: Some(beside),
        ..forgery(name, word, names, bundle.clone())
    })
    .collect()
}

/// What a witness alone kept.
fn without_the_logs_own(checkpoint: &str) -> Beside {
    let own = |line: &&str| line.starts_with("— kyso.example/log ");
    let lines = checkpoint.split_inclusive('\n').filter(|line| !own(line));
    let note: String = lines.collect();
    Beside::parse(note.as_bytes()).unwrap()
}

/// Logs whose last entry should not be there.
fn within() -> Vec<Forgery> {
    let last = |entry: Entry| {
        let entry = Entry { seq: 600, ..entry };
        let log = Log::new(600).with(entry.to_bytes().unwrap());
        log.bundle(0..601, &[601])
    };
    let stranger = Entry {
        log: "kyso-2".into(),
        ..entry(600, "first", None)
    };
    let orphan = entry(602, "first", Some(b"no intent"));
    let old = Entry {
        time: "2025-11-23T08:00:00.000000Z".into(),
        ..entry(600, "first", None)
    };
    vec![
        forgery(
            "entry-of-another-log",
            "entry_of_another_log",
            "600",
            last(stranger),
        ),
        forgery(
            "outcome-without-intent",
            "wrong_intent",
            "600",
            last(orphan),
        ),
        forgery("time-backwards", "time_backwards", "600", last(old)),
    ]
}
