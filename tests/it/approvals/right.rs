//! The right to sign is looked at when a request comes and again when it is approved: office, and the record
//! under which somebody signs in another's place.

use kyso_api::management::{AuthorityKind, EndRequest};
use kyso_client::Client;
use kyso_tests::http::Reply;
use serde_json::{Value, json};

use super::Asking;
use crate::agencies::Registry;
use crate::authority::record;
use crate::log;
use crate::pages::Browser;
use crate::stamping::{assert_problem, fresh_key};
use crate::world::{World, on_both};

/// What is refused anyway asks for no right one.
const WRONG: &str = "000000";

/// A submission that names this record.
fn under(asking: &Asking<'_>, record: &str) -> Value {
    let mut body = asking.body(&["Kế hoạch"]);
    body["documents"][0]["authority"] = json!(record);
    body
}

fn end(world: &World, record: &str) {
    let manager = &world.province().office.manager1;
    let end = |client: &Client| client.end_authority(record, &EndRequest::default());
    manager.acting(end).unwrap();
}

/// Refused, and why: to whoever asked, and in the log.
fn assert_refused(world: &World, reply: &Reply, event: &str, code: (u16, &str), reason: &str) {
    assert_problem(reply, code.0, code.1);
    assert_eq!(reply.json()["detail"], reason, "{}", reply.text());
    log::refusal(world, reply, event, reason);
}

/// Neither can what was shown be approved, nor can the same be asked again.
fn assert_over(
    asking: &Asking<'_>,
    shown: &[Value],
    body: &Value,
    code: (u16, &str),
    reason: &str,
) {
    let given = asking.give_with(shown, WRONG);
    assert_refused(asking.world, &given, "approval.given", code, reason);
    let again = asking.submit(&fresh_key(), body);
    assert_refused(asking.world, &again, "approval.submitted", code, reason);
    let id = shown[0]["id"].as_str().unwrap();
    assert_eq!((asking.intents(), &*asking.state(id)), (0, "opened"));
}

const ENDED: (u16, &str) = (409, "wrong_state");
const FORBIDDEN: (u16, &str) = (403, "forbidden");

#[test]
fn a_record_that_has_ended_since_ends_the_approval_too() {
    let test = "it::approvals::right::a_record_that_has_ended_since_ends_the_approval_too";
    on_both(test, |world| {
        for kind in [AuthorityKind::Kt, AuthorityKind::Tl] {
            let asking = Asking::new(world);
            let record = record(world, &asking.signer, kind);
            let body = under(&asking, &record);
            let (id, _) = asking.ask_with(&body);
            let shown = asking.open(&[&id]);
            end(world, &record);
            assert_over(&asking, &shown, &body, ENDED, "authority_invalid");
        }
    });
}

#[test]
fn a_leader_reads_in_whose_place_they_sign_and_the_log_names_the_record() {
    let test = "it::approvals::right::a_leader_reads_in_whose_place_they_sign_and_the_log_names_the_record";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let browser = Browser::of(world.http(), &asking.signer.account);
        let record = record(world, &asking.signer, AuthorityKind::Kt);
        let (id, _) = asking.ask_with(&under(&asking, &record));
        for page in [format!("/ui/requests/{id}"), format!("/ui/approve?id={id}")] {
            let page = browser.page(&page);
            assert!(page.contains("KT. Quyết định 12/QĐ-UBND"), "{page}");
        }
        let given = asking.give(&asking.open(&[&id]));
        assert_eq!(given.status, 200, "{}", given.text());
        assert_eq!(asking.state(&id), "signed");
        let intents = log::of_credential(world, "signature.intent", asking.credential());
        assert_eq!(intents[0].entry["authority"], *record);
    });
}

#[test]
fn a_record_that_is_anothers_or_that_nobody_has_is_refused_at_submission() {
    let test = "it::approvals::right::a_record_that_is_anothers_or_that_nobody_has_is_refused_at_submission";
    on_both(test, |world| {
        let (asking, other) = (Asking::new(world), Asking::new(world));
        let own = record(world, &asking.signer, AuthorityKind::Tl);
        let theirs = record(world, &other.signer, AuthorityKind::Kt);
        let unknown = "00000000-0000-4000-8000-000000000000";
        let mut mixed = asking.body(&["Một", "Hai"]);
        mixed["documents"][1]["authority"] = json!(own);
        let each = [&*theirs, unknown, "KT."].map(|record| under(&asking, record));
        for body in each.iter().chain([&mixed]) {
            let reply = asking.submit(&fresh_key(), body);
            assert_refused(
                world,
                &reply,
                "approval.submitted",
                ENDED,
                "authority_invalid",
            );
        }
        assert!(asking.inbox("waiting").is_empty());
    });
}

#[test]
fn a_signer_whose_office_has_ended_approves_nothing() {
    let test = "it::approvals::right::a_signer_whose_office_has_ended_approves_nothing";
    on_both(test, |world| {
        let table: [(End, (u16, &str), &str); 2] = [
            (withdraw_role, FORBIDDEN, "forbidden"),
            (end_agency, ENDED, "credential_disabled"),
        ];
        // What ends it, and what the system is told that asks once more.
        for (end, code, reason) in table {
            let registry = Registry::new(world);
            let (agency, login) = (registry.fresh(), world.name("ky"));
            let signer = world.province().signer_of(&agency, &login).unwrap();
            let asking = Asking::by(world, signer);
            let body = asking.body(&["Thôi giữ chức"]);
            let (id, _) = asking.ask_with(&body);
            let shown = asking.open(&[&id]);
            end(&registry, &asking, &agency);
            let given = asking.give_with(&shown, WRONG);
            assert_refused(world, &given, "approval.given", FORBIDDEN, "forbidden");
            let again = asking.submit(&fresh_key(), &body);
            assert_refused(world, &again, "approval.submitted", code, reason);
            // Nor is it turned down, or read any more.
            for way in ["refuse", "return"] {
                let reply = asking.decline_with(&id, way, WRONG);
                assert_problem(&reply, 403, "forbidden");
            }
            assert_problem(&asking.try_open(&[&id]), 403, "forbidden");
            assert_eq!((asking.intents(), &*asking.state(&id)), (0, "opened"));
        }
    });
}

type End = fn(&Registry<'_>, &Asking<'_>, &str);

/// The person holds their office no longer.
fn withdraw_role(_: &Registry<'_>, asking: &Asking<'_>, _: &str) {
    let person = &asking.signer.account.person_id;
    let withdraw = |client: &Client| {
        let mut roles = client.roles()?.into_iter();
        let own = roles.find(|role| role.person == *person).unwrap();
        client.withdraw_role(&own.id, None).map(drop)
    };
    let manager = &asking.world.province().office.manager1;
    manager.acting(withdraw).unwrap();
}

/// The agency in which they hold it is there no longer.
fn end_agency(registry: &Registry<'_>, _: &Asking<'_>, agency: &str) {
    let ended = registry.end(agency);
    assert_eq!(ended.status, 204, "{}", ended.text());
}
