//! Servers that have lost some of their witnesses: what goes on, what is told, and what an export still carries.

use std::fs;

use kyso_evidence::bundle::{self, Fault, Report, Trust, VerifyError};
use kyso_evidence::policy::Distrust;
use kyso_evidence::receipt::{Logged, Receipt};

use super::export::export;
use super::witnessed::witnessed;
use super::{alarms, call_of, checkpoint_of, keys, logged, policy, receipt};
use crate::health::internal;
use crate::stamping::{Bench, assert_problem};
use crate::world::{World, on_own, restarted_after, until};

/// A stamp, and its receipt.
fn stamped(bench: &Bench<'_>, text: &str) -> Receipt {
    let reply = bench.stamp(text);
    assert_eq!(reply.status, 200, "{}", reply.text());
    receipt(bench.world.http(), &bench.token, &call_of(&reply), "")
}

/// What the receipt shows whoever asks for so many witnesses; `None` if they are too few.
fn shown(world: &World, receipt: &Receipt, quorum: usize) -> Option<Logged> {
    let shown = receipt.clone().verify(&policy(world.http(), quorum));
    shown.ok()
}

#[test]
fn one_of_two_is_enough_where_one_is_asked_for() {
    let test = "it::transparency::losing::one_of_two_is_enough_where_one_is_asked_for";
    on_own(test, |world| {
        let more = "witness_quorum = 1\nwitness_patience_seconds = 2";
        let (world, mut witnesses) = witnessed(world, 2, more);
        let bench = Bench::new(&world);
        bench.open(99);
        until(|| shown(&world, &stamped(&bench, "có cả hai"), 2).is_some());
        witnesses[1].stop();
        let receipt = stamped(&bench, "chỉ còn một");
        let logged = shown(&world, &receipt, 1).unwrap();
        let [line] = logged.checkpoint.cosignatures() else {
            panic!("{logged:?}");
        };
        assert_eq!(&line.witness, witnesses[0].key.label().name());
        assert!(shown(&world, &receipt, 2).is_none());
        assert_eq!(internal(&world).get("/readyz").send().unwrap().status, 200);
        assert_eq!(alarms(&world, "witnesses_missing"), 0);
    });
}

#[test]
fn with_too_few_witnesses_signing_goes_on_and_the_alarm_rings() {
    let test =
        "it::transparency::losing::with_too_few_witnesses_signing_goes_on_and_the_alarm_rings";
    on_own(test, |world| {
        let more = "witness_quorum = 2\nwitness_patience_seconds = 2";
        let (world, mut witnesses) = witnessed(world, 2, more);
        let bench = Bench::new(&world);
        bench.open(99);
        let both = stamped(&bench, "có cả hai");
        assert!(shown(&world, &both, 2).is_some());
        assert_eq!(alarms(&world, "witnesses_missing"), 0);
        witnesses[0].stop();
        until(|| {
            assert_eq!(bench.stamp("chỉ còn một").status, 200, "it goes on");
            alarms(&world, "witnesses_missing") > 0
        });
        let ready = internal(&world).get("/readyz").send().unwrap();
        assert_eq!((ready.status, &ready.json()["log"]), (200, &true.into()));
        // It waits for the other one in vain, and comes all the same.
        let receipt = stamped(&bench, "vẫn ký");
        assert!(shown(&world, &receipt, 2).is_none());
        let logged = shown(&world, &receipt, 1).unwrap();
        assert_eq!(logged.checkpoint.cosignatures().len(), 1);
    });
}

/// The bundle, as somebody verifies it who asks for so many witnesses.
fn verified(world: &World, bundle: &[u8], quorum: usize) -> Result<Report, VerifyError> {
    let trust = Trust {
        policy: Some(policy(world.http(), quorum)),
        export: Some(keys(world.http()).export.parse().unwrap()),
        beside: Vec::new(),
    };
    bundle::verify(bundle, &trust, &mut ())
}

#[test]
fn an_export_has_the_witnesses_lines_also_while_they_are_away() {
    let test =
        "it::transparency::losing::an_export_has_the_witnesses_lines_also_while_they_are_away";
    on_own(test, |world| {
        let more = "witness_quorum = 1\nwitness_patience_seconds = 3";
        let (world, mut witnesses) = witnessed(world, 1, more);
        let bench = Bench::new(&world);
        bench.open(9);
        let before = call_of(&bench.stamp("khi còn người chứng kiến"));
        let before = logged(world.http(), &bench.token, &before, "");
        witnesses[0].stop();
        // Each export is an entry: there is always something newer that nobody has cosigned.
        let all = export(&world, "").body;
        let report = verified(&world, &all, 1).unwrap();
        assert_eq!(report.cosignatures.len(), 1);
        assert!(report.statement.range().end > before.entry.seq);
        let first = before.entry.seq + 1;
        let one = export(&world, &format!("?to={first}")).body;
        assert_eq!(verified(&world, &one, 1).unwrap().cosignatures.len(), 1);
        let newer = checkpoint_of(world.http(), report.statement.size() + 1);
        let newer = newer.unverified().size();
        // What they have not seen waits for them a while, and is not said to be seen.
        let mut bare = None;
        until(|| {
            let reply = export(&world, &format!("?to={newer}"));
            if reply.status == 409 {
                assert_problem(&reply, 409, "receipt_pending");
                return false;
            }
            bare = Some(reply.body);
            true
        });
        let bare = bare.unwrap();
        assert_eq!(verified(&world, &bare, 0).unwrap().cosignatures.len(), 0);
        let refused = verified(&world, &bare, 1);
        let too_few = |fault: &Fault| {
            let Fault::Distrust { why, .. } = fault else {
                return false;
            };
            matches!(why, Distrust::Quorum { .. })
        };
        assert!(
            matches!(&refused, Err(VerifyError::Fault(fault)) if too_few(fault)),
            "{refused:?}"
        );
    });
}

/// Whoever takes a witness out of the configuration has changed nothing in the log.
#[test]
fn a_witness_that_is_configured_no_more_rings_no_alarm() {
    let test = "it::transparency::losing::a_witness_that_is_configured_no_more_rings_no_alarm";
    on_own(test, |world| {
        let (world, mut witnesses) = witnessed(world, 2, "witness_quorum = 2");
        let bench = Bench::new(&world);
        bench.open(9);
        let both = stamped(&bench, "có cả hai");
        assert!(shown(&world, &both, 2).is_some());
        // The one that is left is away, so that the newest row stays the one that both cosigned.
        witnesses[0].stop();
        let world = restarted_after(world, |site, _| {
            let path = site.path("kysod.toml");
            let before = fs::read_to_string(&path).unwrap();
            let (kept, _) = before.rsplit_once("[[audit.witnesses]]").unwrap();
            let kept = kept.replace("witness_quorum = 2", "witness_quorum = 1");
            fs::write(&path, kept).unwrap();
        });
        let again = checkpoint_of(world.http(), 1).unverified().size();
        for more in 1..=2 {
            let _ = export(&world, "");
            let _ = checkpoint_of(world.http(), again + more);
        }
        assert_eq!(alarms(&world, "checkpoint_changed"), 0);
    });
}
