//! `/metrics` after traffic: every figure is there, counts, and names nobody.

use std::collections::{BTreeMap, BTreeSet};

use crate::desk::{Desk, assert_csc_error, hash};
use crate::health::internal;
use crate::stamping::Bench;
use crate::world::{World, on_both};

/// Every label, and every value that it may have.
const LABELS: [(&str, &[&str]); 3] = [
    (
        "outcome",
        &[
            "busy",
            "failed",
            "given_up",
            "interrupted",
            "journal",
            "other",
            "refused",
            "retried",
            "running",
            "signed",
            "told",
            "uncertain",
        ],
    ),
    (
        "operation",
        &[
            "seal",
            "sign-p-256",
            "sign-p-384",
            "sign-rsa-2048",
            "sign-rsa-3072",
            "sign-rsa-4096",
            "unseal",
        ],
    ),
    ("status", &["2xx", "3xx", "4xx", "5xx"]),
];

/// What traffic of every kind must have moved.
const MOVED: [&str; 14] = [
    "kyso_back_offs_total",
    "kyso_hsm_call_seconds_count{operation=\"seal\"}",
    "kyso_hsm_call_seconds_count{operation=\"sign-rsa-2048\"}",
    "kyso_hsm_ready",
    "kyso_hsm_software_token",
    "kyso_http_requests_total{status=\"2xx\"}",
    "kyso_http_requests_total{status=\"4xx\"}",
    "kyso_journal_commit_micros",
    "kyso_journal_commits",
    "kyso_journal_last_batch",
    "kyso_keys_attested_total",
    "kyso_sign_calls_total{outcome=\"refused\"}",
    "kyso_sign_calls_total{outcome=\"signed\"}",
    "kyso_sign_seconds_count",
];

/// What is there from the first look on, whatever it says.
const PRESENT: [&str; 10] = [
    "kyso_clock_offset_micros",
    "kyso_hsm_away_total",
    "kyso_hsm_lanes_replaced_total",
    "kyso_hsm_withheld_total",
    "kyso_journal_alarms",
    "kyso_journal_waiting",
    "kyso_keys_attestation_failed_total",
    "kyso_queue_people",
    "kyso_queue_stamps",
    "kyso_signatures_total",
];

fn samples(text: &str) -> BTreeMap<String, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        })
        .collect()
}

fn read(world: &World) -> String {
    internal(world).get("/metrics").done().unwrap().text()
}

#[test]
fn every_figure_counts_and_no_label_names_anybody() {
    on_both(
        "it::metrics::every_figure_counts_and_no_label_names_anybody",
        |world| {
            let before = samples(&read(world));
            let (signer, bench) = (world.signer(), Bench::new(world));
            let desk = Desk::rsa(world, &signer);
            bench.open(2);
            assert_eq!(bench.stamp("số liệu").status, 200);
            let hashes = [hash("một"), hash("hai")];
            let sad = desk.sad(&signer, &hashes);
            assert_eq!(desk.sign(&sad, &hashes).status, 200);
            assert_csc_error(&desk.sign(&sad, &hashes), 400, "invalid_request");
            let wrong = signer.account.authenticator.wrong();
            let throttled = || desk.authorize(&hashes, &wrong).status == 429;
            assert!((0..10).any(|_| throttled()));
            let text = read(world);
            let after = samples(&text);
            let made = after["kyso_signatures_total"] - before["kyso_signatures_total"];
            assert!(made >= 3.0, "{made}");
            for name in MOVED {
                assert!(
                    after.get(name).is_some_and(|value| *value > 0.0),
                    "{name}\n{text}"
                );
            }
            for name in PRESENT {
                assert!(after.contains_key(name), "{name}\n{text}");
            }
            assert_labels_closed(&text);
            assert_documented(&text);
            for name in [
                &signer.account.login,
                &desk.credential,
                &bench.seal,
                &bench.system.id,
            ] {
                assert!(!text.contains(&**name), "{name}");
            }
        },
    );
}

fn assert_labels_closed(text: &str) {
    for name in samples(text).keys() {
        let Some((_, labels)) = name.split_once('{') else {
            continue;
        };
        for pair in labels.trim_end_matches('}').split(',') {
            let (label, value) = pair.split_once('=').unwrap();
            let value = value.trim_matches('"');
            let known = LABELS.iter().find(|(known, _)| *known == label);
            match known {
                Some((_, values)) => assert!(values.contains(&value), "{name}"),
                None => assert!(label == "le" && is_bound(value), "{name}"),
            }
        }
    }
}

/// The upper bound of a histogram's bucket.
fn is_bound(value: &str) -> bool {
    value == "+Inf" || value.parse::<f64>().is_ok()
}

/// Each has one help text and one type, for whoever reads a dashboard.
fn assert_documented(text: &str) {
    let named = |mark: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(mark));
        lines
            .filter_map(|rest| rest.split_once(' '))
            .map(|(name, _)| name.to_owned())
            .collect()
    };
    let (help, kinds) = (named("# HELP "), named("# TYPE "));
    assert_eq!(help, kinds);
    let once: BTreeSet<&String> = help.iter().collect();
    assert_eq!(once.len(), help.len());
    assert!(help.iter().all(|name| name.starts_with("kyso_")));
}
