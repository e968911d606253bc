//! Decisions: who may make them, and that each request has one end.

use std::time::Duration;

use kyso_core::{Clock, SystemClock};
use kyso_tests::http::Reply;
use kyso_tests::server::Plan;
use kyso_tests::skip;
use serde_json::{Value, json};

use super::{Asking, DECLINED};
use crate::desk::{at_once, count};
use crate::log;
use crate::stamping::{assert_problem, fresh_key};
use crate::world::{Database, World, on_both, on_own, restarted, until};

/// An approval that comes after the end is refused, and that it came is an entry.
fn assert_too_late(asking: &Asking<'_>, shown: &[Value]) {
    let late = asking.give_with(shown, "000000");
    assert_problem(&late, 409, "approval_ended");
    log::refusal(asking.world, &late, "approval.given", "approval_ended");
}

/// The phone that comes second finds the request ended or its one-time password used, whichever is looked at
/// first; it is told so, and one entry says so.
fn assert_refused_once(world: &World, late: &Reply) {
    assert!((400..500).contains(&late.status), "{}", late.text());
    let entries = log::of_call(world, late);
    assert_eq!(entries.len(), 1, "{entries:?}");
    let entry = &entries[0].entry;
    assert_eq!(entry["event"], "approval.given", "{entry}");
    assert_eq!(entry["outcome"], "refused", "{entry}");
}

#[test]
fn of_two_phones_that_approve_at_once_one_signs() {
    let test = "it::approvals::deciding::of_two_phones_that_approve_at_once_one_signs";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let (id, _) = asking.ask(&["Hai điện thoại"]);
        let shown = asking.open(&[&id]);
        let code = asking.code();
        let replies = at_once(2, |_| asking.give_with(&shown, &code));
        assert_eq!(count(&replies, 200), 1, "{}", replies[0].text());
        let late = replies.iter().find(|reply| reply.status != 200).unwrap();
        assert_refused_once(world, late);
        assert_too_late(&asking, &shown);
        assert_eq!(
            (asking.intents(), asking.state(&id).as_str()),
            (1, "signed")
        );
    });
}

#[test]
fn what_was_refused_or_returned_keeps_its_reason_and_is_over() {
    let test = "it::approvals::deciding::what_was_refused_or_returned_keeps_its_reason_and_is_over";
    on_both(test, |world| {
        let asking = Asking::new(world);
        for (act, state, event) in [
            ("refuse", "refused", "approval.refused"),
            ("return", "returned", "approval.returned"),
        ] {
            let (id, _) = asking.ask(&["Thiếu căn cứ"]);
            let shown = asking.open(&[&id]);
            let declined = asking.decline_with(&id, act, &asking.code());
            assert_eq!(declined.status, 204, "{}", declined.text());
            let found = asking.get(&id).json();
            assert_eq!(
                (&found["state"], &found["reason"]),
                (&json!(state), &json!(DECLINED))
            );
            assert_too_late(&asking, &shown);
            let again = asking.decline_with(&id, act, "000000");
            assert_problem(&again, 409, "approval_ended");
            log::refusal(world, &again, event, "approval_ended");
            let entry = &log::of_credential(world, event, asking.credential())[0];
            assert_eq!(entry.entry["outcome"], "ok");
            let written = entry.entry.to_string();
            assert!(
                !written.contains("pháp lý"),
                "the entry only commits to it: {written}"
            );
        }
        assert_eq!(asking.intents(), 0);
    });
}

#[test]
fn what_was_withdrawn_cannot_be_approved() {
    let test = "it::approvals::deciding::what_was_withdrawn_cannot_be_approved";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let (id, _) = asking.ask(&["Rút lại"]);
        let shown = asking.open(&[&id]);
        assert_eq!(asking.withdraw(&id).status, 204);
        assert_too_late(&asking, &shown);
        assert_eq!(
            (asking.intents(), asking.state(&id).as_str()),
            (0, "withdrawn")
        );
    });
}

#[test]
fn what_has_expired_cannot_be_approved_and_says_so() {
    let test = "it::approvals::deciding::what_has_expired_cannot_be_approved_and_says_so";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let mut body = asking.body(&["Sắp hết hạn"]);
        body["open_until"] = json!(SystemClock.now().after(Duration::from_secs(2)).to_string());
        let (id, _) = asking.ask_with(&body);
        let shown = asking.open(&[&id]);
        until(|| asking.state(&id) == "expired");
        assert_too_late(&asking, &shown);
        assert_eq!(
            log::of_credential(world, "approval.expired", asking.credential()).len(),
            1
        );
        assert_eq!(asking.intents(), 0);
    });
}

/// What another signer and another system are answered; their ids.
fn others_try(world: &World) -> [String; 2] {
    let (asking, others) = (Asking::new(world), Asking::new(world));
    let (id, _) = asking.ask(&["Của người khác"]);
    let shown = asking.open(&[&id]);
    let open = json!({"approvals": [id]});
    let withdraw = format!("/approvals/{id}/withdraw");
    // Summed below.
    for reply in [
        asking.get_as(&others.token, &id),
        asking.get_as(&others.own, &id),
        asking.post(&others.own, "/approvals/open", &open),
        asking.give_as(&others.own, &shown, "000000"),
        asking.decline_as(&others.own, &id, "refuse", "000000"),
    ] {
        assert_problem(&reply, 404, "not_found");
        log::assert_events(world, &reply, &[]);
    }
    let withdrawn = asking.post(&others.token, &withdraw, &json!({}));
    assert_problem(&withdrawn, 404, "not_found");
    log::refusal(world, &withdrawn, "approval.withdrawn", "unknown_object");
    // The system that asked cannot decide, and the signer cannot withdraw.
    for reply in [
        asking.decline_as(&asking.token, &id, "refuse", "000000"),
        asking.post(&asking.own, &withdraw, &json!({})),
        asking.give_as(&asking.token, &shown, "000000"),
    ] {
        assert_problem(&reply, 403, "forbidden");
    }
    let end = (asking.intents(), asking.state(&id));
    assert_eq!(end, (0, "opened".to_owned()));
    [others.system.id, others.signer.account.person_id]
}

#[test]
fn nobody_else_sees_or_decides() {
    let test = "it::approvals::deciding::nobody_else_sees_or_decides";
    on_own(test, |world| {
        let others = others_try(&world);
        let world = restarted(world);
        let summed = others.map(|id| log::sums_of(&world, &id, "key"));
        assert_eq!(summed, [1, 4]);
    });
}

/// Asks for keys that the system was not granted; the system's id.
fn ask_beyond(world: &World) -> String {
    let (asking, others) = (Asking::new(world), Asking::new(world));
    let mut body = asking.body(&["Ngoài quyền"]);
    for credential in [others.credential(), &world.province().credentials.seal] {
        body["credential"] = json!(credential);
        let reply = asking.submit(&fresh_key(), &body);
        assert_problem(&reply, 404, "not_found");
        log::assert_events(world, &reply, &[]);
    }
    assert_eq!(others.inbox("waiting").len(), 0);
    asking.system.id
}

#[test]
fn a_system_asks_only_for_what_it_was_granted() {
    let test = "it::approvals::deciding::a_system_asks_only_for_what_it_was_granted";
    on_own(test, |world| {
        let system = ask_beyond(&world);
        let world = restarted(world);
        assert_eq!(log::sums_of(&world, &system, "key"), 2);
    });
}

/// Changes one member of a submission.
fn with(asking: &Asking<'_>, member: &str, value: Value) -> Value {
    let mut body = asking.body(&["Sai"]);
    body[member] = value;
    body
}

#[test]
fn what_nobody_could_sign_or_read_is_refused_at_submission() {
    let test = "it::approvals::deciding::what_nobody_could_sign_or_read_is_refused_at_submission";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let yesterday = "2020-01-01T00:00:00Z";
        let far = "2999-01-01T00:00:00Z";
        let bad = [
            ("hashes", json!(["AAAA"]), 400),
            ("hashes", json!([]), 400),
            ("documents", json!([{"number": "12"}]), 400),
            (
                "documents",
                json!([{"abstract": "a"}, {"abstract": "b"}]),
                400,
            ),
            ("documents", json!([{"abstract": "a\u{202E}b"}]), 400),
            (
                "documents",
                json!([{"abstract": "Mật", "secrecy": "mật"}]),
                403,
            ),
            ("sign_algorithm", json!("1.2.840.113549.1.1.11"), 400),
            ("hash_algorithm", json!("1.3.14.3.2.26"), 400),
            ("urgency", json!("gấp"), 400),
            ("due_at", json!("mai"), 400),
            ("open_until", json!(yesterday), 409),
            ("open_until", json!(far), 409),
            ("callback", json!("https://khac.example/"), 400),
        ];
        for (member, value, status) in bad {
            let reply = asking.submit(&fresh_key(), &with(&asking, member, value));
            assert_eq!(reply.status, status, "{member}: {}", reply.text());
        }
        assert!(asking.inbox("waiting").is_empty());
    });
}

#[test]
fn what_nobody_said_how_long_stays_open_no_longer_than_any_may() {
    let test =
        "it::approvals::deciding::what_nobody_said_how_long_stays_open_no_longer_than_any_may";
    for database in [Database::Sqlite, Database::Postgres] {
        let two_days = |plan: &mut Plan| plan.more.push_str("[limits]\napproval_days = 2\n");
        let Some(world) = World::planned(database, two_days) else {
            return skip::because(test, "no PostgreSQL (KYSO_TEST_POSTGRES)");
        };
        let asking = Asking::new(&world);
        let two_days = Duration::from_hours(2 * 24);
        let before = SystemClock.now();
        let (_, reply) = asking.ask(&["Không nói hạn"]);
        let after = SystemClock.now();
        let span = before.after(two_days).to_string()..=after.after(two_days).to_string();
        let until: String = reply.member("open_until").unwrap();
        assert!(span.contains(&until), "{until} is not in {span:?}");
        let mut body = asking.body(&["Quá dài"]);
        body["open_until"] = json!(SystemClock.now().after(2 * two_days).to_string());
        assert_problem(&asking.submit("dai", &body), 409, "wrong_state");
    }
}
