//! Requests for approval: a system asks, the signer sees and decides, the server signs.

mod bench;
mod bulk;
pub(crate) mod composed;
mod crash;
mod deciding;
mod declining;
mod faults;
pub(crate) mod files;
mod right;
mod service;
mod undrawn;
mod urgency;

use serde_json::json;

pub(crate) use bench::{Asking, DECLINED};

use crate::desk::{at_once, count, hash};
use crate::log;
use crate::stamping::{assert_problem, fresh_key};
use crate::world::on_both;

#[test]
fn a_system_asks_the_signer_approves_what_is_shown_and_the_system_gets_the_signatures() {
    let test = "it::approvals::a_system_asks_the_signer_approves_what_is_shown_and_the_system_gets_the_signatures";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let texts = ["Quyết định một", "Quyết định hai"];
        let (id, submitted) = asking.ask(&texts);
        assert_eq!(submitted.json()["state"], "waiting", "{}", submitted.text());
        assert_eq!(asking.inbox("waiting"), std::slice::from_ref(&id));

        let shown = asking.open(&[&id]);
        let document = &shown[0]["documents"][1]["document"];
        assert_eq!(document["abstract"], "Về việc Quyết định hai");
        assert_eq!(shown[0]["documents"][1]["hash"], json!(hash(texts[1])));
        let given = asking.give(&shown);
        assert_eq!(given.status, 200, "{}", given.text());
        assert_eq!(
            given.json()["items"][0]["state"],
            "signed",
            "{}",
            given.text()
        );

        let ended = asking.get(&id);
        assert_eq!(ended.json()["state"], "signed");
        asking.desk().assert_signed(&ended, &texts);
        assert_eq!(asking.inbox("signed"), [id]);
    });
}

#[test]
fn each_step_is_an_entry_and_the_approval_names_what_was_shown() {
    let test = "it::approvals::each_step_is_an_entry_and_the_approval_names_what_was_shown";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let (id, _) = asking.ask(&["Kế hoạch"]);
        let shown = asking.open(&[&id]);
        asking.open(&[&id]); // to look again is no new entry
        asking.give(&shown);
        let entries = asking.entries();
        let events: Vec<&str> = entries
            .iter()
            .map(|e| e["event"].as_str().unwrap())
            .collect();
        let expected = [
            "approval.submitted",
            "approval.opened",
            "approval.given",
            "sad.authorized",
            "signature.intent",
            "signature.outcome",
            "approval.signed",
        ];
        let about: Vec<&str> = events
            .into_iter()
            .filter(|e| expected.contains(e))
            .collect();
        assert_eq!(about, expected);
        let given = entries
            .iter()
            .find(|e| e["event"] == "approval.given")
            .unwrap();
        assert_eq!(given["data"]["shown"], shown[0]["shown"]);
        assert_eq!(given["digests"][0]["value"].as_str().unwrap().len(), 64);
        assert_eq!(given["actor"]["id"], json!(asking.signer.account.person_id));
        let submitted = &entries[entries
            .iter()
            .position(|e| e["event"] == "approval.submitted")
            .unwrap()];
        assert!(submitted["commitments"]["document_000"].is_string());
        assert_eq!(submitted["object"], json!(id));
    });
}

#[test]
fn many_are_approved_by_one_password_each_with_its_own_end() {
    let test = "it::approvals::many_are_approved_by_one_password_each_with_its_own_end";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let texts = ["Tờ trình một", "Tờ trình hai", "Tờ trình ba"];
        let ids: Vec<String> = texts.iter().map(|text| asking.ask(&[text]).0).collect();
        let asked: Vec<&str> = ids.iter().map(String::as_str).collect();
        let shown = asking.open(&asked);
        let given = asking.give(&shown);
        let given = given.json();
        let ends: Vec<&str> = given["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|end| end["state"].as_str().unwrap())
            .collect();
        assert_eq!(ends, ["signed"; 3], "{given}");
        for (id, text) in ids.iter().zip(texts) {
            asking.desk().assert_signed(&asking.get(id), &[text]);
        }
        let intents = log::of_credential(world, "signature.intent", asking.credential());
        assert_eq!(intents.len(), 3);
    });
}

#[test]
fn a_retry_of_a_submission_finds_the_same_request() {
    let test = "it::approvals::a_retry_of_a_submission_finds_the_same_request";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let (key, body) = (fresh_key(), asking.body(&["Một lần"]));
        let replies = at_once(6, |_| asking.submit(&key, &body));
        assert!(count(&replies, 201) <= 1);
        let again = asking.submit(&key, &body);
        assert_eq!(again.status, 200, "{}", again.text());
        assert_eq!(asking.inbox("waiting"), [again.member("id").unwrap()]);
        let other = asking.submit(&key, &asking.body(&["Bản khác"]));
        assert_problem(&other, 409, "idempotency_mismatch");
        let without = asking.post(&asking.token, "/approvals", &body);
        assert_problem(&without, 428, "idempotency_key_required");
    });
}
