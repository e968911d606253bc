//! True bundles hold, whatever the range and the sizes.

use std::sync::LazyLock;

use kyso_evidence::bundle::{
    Beside, BesideFault, Disclosed, Fault, KeySource, Progress, Trust, VerifyError, Watch, receipt,
    verify,
};
use proptest::prelude::*;

use crate::log::{Log, reason, trust};
use crate::pack::Pack;
use crate::verified;

static LOG: LazyLock<Log> = LazyLock::new(|| Log::new(70_000));

#[derive(Default)]
struct Seen {
    entries: Vec<(u64, Vec<u8>)>,
    disclosed: Vec<(u64, Disclosed)>,
    progress: Option<Progress>,
}

impl Watch for Seen {
    fn progress(&mut self, progress: Progress) {
        assert!(
            self.progress
                .is_none_or(|before| before.entries < progress.entries)
        );
        self.progress = Some(progress);
    }

    fn entry(&mut self, sequence: u64, entry: &[u8]) {
        self.entries.push((sequence, entry.to_vec()));
    }

    fn disclosed(&mut self, sequence: u64, value: &Disclosed) {
        self.disclosed.push((sequence, value.clone()));
    }
}

#[test]
fn a_bundle_shows_what_it_holds() {
    let bundle = LOG.bundle(300..900, &[1000]);
    let mut seen = Seen::default();
    let report = verify(bundle.as_slice(), &trust(), &mut seen).unwrap();
    assert_eq!(report.statement.range(), &(300..900));
    assert_eq!(report.statement.size(), 1000);
    assert_eq!(report.statement.exporter().to_string(), "person p-3");
    assert_eq!(
        (report.log.as_str(), report.cosignatures.len()),
        ("kyso-1", 2)
    );
    assert_eq!(
        (report.log_key, report.export_key),
        (KeySource::Given, KeySource::Given)
    );
    assert!(report.is_witnessed() && report.page_is_ours);
    // 299 is an outcome, so no intent lies outside; 898 is an intent and 899 its outcome.
    assert_eq!((report.open_intents.len(), report.outside), (0, 0));
    let all: Vec<_> = (300..900)
        .map(|n| (n, LOG.entries[usize::try_from(n).unwrap()].clone()))
        .collect();
    assert_eq!(seen.entries, all);
    let opened: Vec<_> = (300..900).step_by(6).map(|n| (n, reason(n))).collect();
    assert_eq!((seen.disclosed, report.disclosed), (opened, 100));
    assert_eq!(
        seen.progress.map(|at| (at.entries, at.of)),
        Some((600, 600))
    );
    let said = "entries 300 to 899: complete up to 899 as far as this copy shows; \
                nothing was given beside it, so a cut tail would not show";
    assert_eq!(report.to_string(), said);
}

#[test]
fn keys_of_the_bundle_itself_are_said_to_be() {
    let report = verified(&LOG.bundle(0..10, &[10]), &Trust::default()).unwrap();
    assert_eq!(
        (report.log_key, report.export_key),
        (KeySource::Bundle, KeySource::Bundle)
    );
    assert!(
        report
            .to_string()
            .ends_with("checked against the keys in the bundle itself")
    );
    assert!(!report.is_witnessed());
}

#[test]
fn nobody_need_know_a_value_that_was_erased() {
    let bundle = LOG.bundle(0..300, &[300]);
    let mut pack = Pack::open(&bundle);
    pack.remove("disclosed/0");
    pack.remove("disclosed/256");
    let report = verified(&pack.sealed(), &trust()).unwrap();
    assert_eq!(report.disclosed, 0);
}

/// Checkpoints and receipts that it can be compared with.
#[test]
fn a_bundle_agrees_with_what_its_log_signed_before() {
    let bundle = LOG.bundle(300..900, &[1000]);
    for (what, size) in [
        (Beside::Checkpoint(LOG.signed_by(7, 300)), 300),
        (Beside::Checkpoint(LOG.signed_by(7, 301)), 301),
        (Beside::Checkpoint(LOG.signed_by(7, 900)), 900),
        (Beside::Checkpoint(LOG.signed_by(7, 1000)), 1000),
        // Within the last tile of the tree.
        (Beside::Checkpoint(LOG.signed_by(7, 999)), 999),
        (Beside::Checkpoint(LOG.signed_by(7, 256)), 256),
        (LOG.receipt(7, 500), 500),
        (LOG.receipt(400, 500), 500),
        (LOG.receipt(400, 1000), 1000),
        (
            Beside::of_bundle(LOG.bundle(0..300, &[300]).as_slice()).unwrap(),
            300,
        ),
    ] {
        let mut trust = trust();
        trust.beside.push(what);
        assert_eq!(verified(&bundle, &trust).unwrap().beside, [size], "{size}");
    }
}

#[test]
fn what_a_bundle_cannot_be_compared_with_is_no_agreement() {
    // The tree of 100 entries would take its leaves, which lie before the bundle.
    let mut trust = trust();
    trust.beside.push(Beside::Checkpoint(LOG.signed_by(7, 100)));
    let fault = verified(&LOG.bundle(512..900, &[1000]), &trust).unwrap_err();
    let Fault::Beside {
        number: 1,
        why: BesideFault::Incomparable { size: 100, .. },
    } = fault
    else {
        panic!("{fault}");
    };
}

#[test]
fn a_receipt_for_each_entry_can_be_taken_out() {
    let trust = trust();
    let bundle = LOG.bundle(250..520, &[66_000]);
    for number in (250..520).step_by(13).chain([250, 255, 256, 511, 512, 519]) {
        let receipt = receipt(bundle.as_slice(), &trust, number, &mut ()).unwrap();
        assert_eq!(receipt.unverified().seq, number);
        let logged = receipt.verify(trust.policy.as_ref().unwrap()).unwrap();
        assert_eq!(logged.checkpoint.checkpoint().size(), 66_000);
    }
    for number in [249, 520] {
        let fault = receipt(bundle.as_slice(), &trust, number, &mut ()).unwrap_err();
        assert!(
            matches!(fault, VerifyError::Fault(Fault::NotHeld(at)) if at == number),
            "{fault}"
        );
    }
}

/// A bundle as version 1 of the format wrote it, with the word "page" for its page. It is kept: what
/// was once exported must be readable for ever.
#[test]
fn a_bundle_of_version_1_still_holds() {
    let report = verified(include_bytes!("version-1.tar"), &trust()).unwrap();
    assert_eq!(report.statement.range(), &(5..13));
    assert_eq!(
        (
            report.statement.size(),
            report.disclosed,
            report.page_is_ours
        ),
        (300, 2, false)
    );
}

/// More than one list of parts.
#[test]
fn a_large_bundle_holds() {
    let log = Log::new(70_000);
    let bundle = log.bundle(0..70_000, &[70_000]);
    assert_eq!(
        verified(&bundle, &trust()).unwrap().statement.range().end,
        70_000
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_range_under_every_tree_holds(
        start in 0_u64..3000,
        length in 1_u64..900,
        first in 0_u64..700,
        more in 0_u64..70_000,
    ) {
        let end = start + length;
        let small = (start + first).max(1);
        let large = end.max(small) + more;
        let sizes: Vec<u64> = if small < large.min(70_000) { vec![small, large.min(70_000)] } else { vec![large.min(70_000)] };
        let bundle = LOG.bundle(start..end, &sizes);
        prop_assert!(verified(&bundle, &trust()).is_ok());
    }

    #[test]
    fn no_changed_byte_passes(at: prop::sample::Index, flip in 1_u8..) {
        static BUNDLE: LazyLock<Vec<u8>> = LazyLock::new(|| LOG.bundle(250..520, &[600]));
        let mut bundle = BUNDLE.clone();
        let at = at.index(bundle.len());
        bundle[at] ^= flip;
        prop_assert!(verified(&bundle, &trust()).is_err(), "byte {at}");
    }

    /// Every hash of a tile is used or compared: the tree alone refuses a changed one.
    #[test]
    fn no_changed_tile_passes_under_a_new_seal(which: prop::sample::Index, at: prop::sample::Index) {
        static BUNDLE: LazyLock<Pack> = LazyLock::new(|| Pack::open(&LOG.bundle(300..900, &[1000, 66_000])));
        let mut pack = BUNDLE.clone();
        let names: Vec<_> = pack.0.iter().map(|(name, _)| name.clone()).filter(|name| name.starts_with("tile/")).collect();
        let tile = pack.part(which.get(&names).as_str());
        let at = at.index(tile.len());
        tile[at] ^= 1;
        prop_assert!(verified(&pack.sealed(), &trust()).is_err(), "{} at {at}", which.get(&names));
    }

    #[test]
    fn any_bytes_are_refused(bytes: Vec<u8>) {
        prop_assert!(verified(&bytes, &Trust::default()).is_err());
    }

    #[test]
    fn no_cut_bundle_passes(at: prop::sample::Index) {
        static BUNDLE: LazyLock<Vec<u8>> = LazyLock::new(|| LOG.bundle(0..20, &[20]));
        let cut = &BUNDLE[..at.index(BUNDLE.len())];
        prop_assert_eq!(verified(cut, &trust()).unwrap_err().word(), "file_cut_off");
    }
}
