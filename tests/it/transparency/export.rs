//! `GET audit/export`: the log as one file that proves itself elsewhere.

use kyso_evidence::bundle::{self, Fault, Report, Trust, VerifyError, Watch};
use kyso_tests::http::{Http, Reply};

use super::{call_of, checkpoint_of, keys, logged, policy, receipt};
use crate::log;
use crate::stamping::{Bench, assert_problem};
use crate::world::{World, on_both, until};

/// Looks at nothing.
struct Nobody;

impl Watch for Nobody {}

pub(super) fn export(world: &World, query: &str) -> Reply {
    let officer = &world.province().office.officer;
    let mut reply = None;
    // One at a time: another test's may be under way.
    until(|| {
        let path = format!("/api/v1/audit/export{query}");
        let token = officer.token_with_otp().unwrap();
        let answer = world.http().get(&path).bearer(&token).send().unwrap();
        let again = answer.status == 429;
        reply = Some(answer);
        !again
    });
    reply.unwrap()
}

/// What an auditor was told once and believes.
pub(super) fn trust(http: &Http) -> Trust {
    Trust {
        policy: Some(policy(http, 0)),
        export: Some(keys(http).export.parse().unwrap()),
        beside: Vec::new(),
    }
}

fn verified(world: &World, bundle: &[u8]) -> Result<Report, VerifyError> {
    bundle::verify(bundle, &trust(world.http()), &mut Nobody)
}

#[test]
fn the_whole_log_verifies_elsewhere_and_holds_what_receipts_are_of() {
    let test =
        "it::transparency::export::the_whole_log_verifies_elsewhere_and_holds_what_receipts_are_of";
    on_both(test, |world| {
        let bench = Bench::new(world);
        bench.open(1);
        let call = call_of(&bench.stamp("được kết xuất"));
        let own = logged(world.http(), &bench.token, &call, "").entry;
        checkpoint_of(world.http(), own.seq + 1);
        // Before the bundle, which must hold all that it has.
        let beside = receipt(world.http(), &bench.token, &call, "").to_string();
        let reply = export(world, "");
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(reply.header("content-type"), Some("application/x-tar"));
        let report = verified(world, &reply.body).unwrap();
        assert_eq!(report.statement.range().start, 0);
        assert!(report.statement.range().end > own.seq && report.page_is_ours);
        let again = bundle::receipt(&*reply.body, &trust(world.http()), own.seq, &mut Nobody);
        assert_eq!(again.unwrap().unverified(), &own);
        // And it is held against what its caller has.
        let mut trust = trust(world.http());
        trust
            .beside
            .extend(bundle::Beside::parse(beside.as_bytes()));
        let report = bundle::verify(&*reply.body, &trust, &mut Nobody).unwrap();
        assert_eq!(report.beside.len(), 1);
    });
}

#[test]
fn a_part_is_exported_with_what_opens_it_or_without() {
    let test = "it::transparency::export::a_part_is_exported_with_what_opens_it_or_without";
    on_both(test, |world| {
        let size = checkpoint_of(world.http(), 40).unverified().size();
        let bare = export(world, "?from=3&to=40");
        let report = verified(world, &bare.body).unwrap();
        assert_eq!((report.statement.range(), report.disclosed), (&(3..40), 0));
        let opened = export(world, &format!("?from=3&to={size}&disclose=true"));
        assert!(verified(world, &opened.body).unwrap().disclosed > 0);
        let exported = log::entries(world, &log::of_event("audit.exported"));
        let data = exported.iter().map(|one| one.entry["data"].clone());
        let ours =
            |one: &serde_json::Value| one["from"] == 3 && one["to"] == 40 && one["disclosed"] == 0;
        assert!(data.into_iter().any(|one| ours(&one)), "{exported:?}");
    });
}

#[test]
fn a_bundle_that_was_changed_or_cut_off_is_refused() {
    let test = "it::transparency::export::a_bundle_that_was_changed_or_cut_off_is_refused";
    on_both(test, |world| {
        checkpoint_of(world.http(), 30);
        let bundle = export(world, "?to=30").body;
        assert!(verified(world, &bundle).is_ok());
        let needle = b"server.started";
        let at = bundle.windows(needle.len()).position(|part| part == needle);
        let mut changed = bundle.clone();
        changed[at.unwrap()] ^= 1;
        let refused = verified(world, &changed);
        assert!(matches!(refused, Err(VerifyError::Fault(_))), "{refused:?}");
        let cut = verified(world, &bundle[..bundle.len() / 2]);
        assert!(
            matches!(cut, Err(VerifyError::Fault(Fault::CutOff(_)))),
            "{cut:?}"
        );
    });
}

#[test]
fn nobody_else_exports_and_what_cannot_be_meant_is_refused() {
    let test = "it::transparency::export::nobody_else_exports_and_what_cannot_be_meant_is_refused";
    on_both(test, |world| {
        let office = &world.province().office;
        let path = "/api/v1/audit/export";
        let manager = office.manager1.token_with_otp().unwrap();
        let reply = world.http().get(path).bearer(&manager).send().unwrap();
        assert_problem(&reply, 403, "forbidden");
        log::refusal(world, &reply, "audit.exported", "forbidden");
        checkpoint_of(world.http(), 30);
        for (query, status, code) in [
            ("?from=9&to=9", 400, "invalid_field"),
            ("?from=9&to=3", 400, "invalid_field"),
            ("?from=-1", 400, "invalid_field"),
            ("?disclose=perhaps", 400, "invalid_field"),
            ("?until=3", 400, "invalid_field"),
            ("?to=9000000000", 409, "receipt_pending"),
            ("?to=18446744073709551615", 409, "receipt_pending"),
        ] {
            assert_problem(&export(world, query), status, code);
        }
    });
}
