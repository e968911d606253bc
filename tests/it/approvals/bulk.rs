//! Several requests approved by one one-time password, of which one fails: each has its own end.

use std::collections::BTreeSet;

use kyso_tests::province::Granted;
use serde_json::{Value, json};

use super::Asking;
use crate::attestation::{Vandal, key_of};
use crate::desk::RSA_SHA256;
use crate::log;
use crate::pages::Browser;
use crate::world::{World, on_own, until};

/// Whether each of three is signed: the key of the one between is gone.
const ENDS: [(&str, bool); 3] = [("một", true), ("hai", false), ("ba", true)];

/// Why the one between is not, and what its signer reads: the token does not find its key, and the server looks for it
/// anew a few times, until it has found out that it is gone and locks it.
const WHY: [(&str, &str); 3] = [
    ("key_failed", "Khóa ký không ký được; chưa ký."),
    ("unavailable", "Thiết bị ký bận hoặc mất kết nối; chưa ký."),
    (
        "credential_disabled",
        "Không ký được; quyền ký có thể đã thay đổi.",
    ),
];

/// A system that may ask for both keys of a signer.
fn asking(world: &World) -> Asking<'_> {
    let asking = Asking::new(world);
    let office = &world.province().office;
    let granted = Granted::Credential(&asking.signer.credentials.rsa);
    office.grant(&asking.system.id, granted, false).unwrap();
    asking
}

/// Three requests, the one between for the other key.
fn ask(asking: &Asking<'_>, name: &str) -> Vec<String> {
    let each = ENDS.iter().map(|(text, signed)| {
        let mut body = asking.body(&[&format!("{name} {text}")]);
        if !signed {
            body["credential"] = json!(asking.signer.credentials.rsa);
            body["sign_algorithm"] = json!(RSA_SHA256);
        }
        asking.ask_with(&body).0
    });
    each.collect()
}

/// How the requests ended, and that each end is one entry about it; why the one did that was not signed.
fn assert_ended(asking: &Asking<'_>, name: &str, ids: &[String]) -> (&'static str, &'static str) {
    let mut found = None;
    for (id, (text, signed)) in ids.iter().zip(ENDS) {
        let ended = asking.get(id);
        let json = ended.json();
        if signed {
            asking
                .desk()
                .assert_signed(&ended, &[&format!("{name} {text}")]);
        } else {
            assert_eq!(json["state"], "failed", "{json}");
            found = WHY.into_iter().find(|(word, _)| json["reason"] == *word);
            assert!(found.is_some(), "{json}");
            assert!(json.get("signatures").is_none_or(Value::is_null), "{json}");
        }
        let ends: Vec<String> = ["approval.signed", "approval.failed"]
            .iter()
            .flat_map(|event| log::entries(asking.world, &log::of_event(event)))
            .filter(|entry| entry.entry["object"] == json!(id))
            .map(|entry| entry.entry["event"].as_str().unwrap().to_owned())
            .collect();
        let end = if signed {
            "approval.signed"
        } else {
            "approval.failed"
        };
        assert_eq!(ends, [end], "{text}");
    }
    found.unwrap()
}

/// That all were approved in one call, by one password.
fn assert_one_password(asking: &Asking<'_>, ids: &[String]) {
    let given = log::entries(asking.world, &log::of_event("approval.given"));
    let given = given.iter().map(|one| &one.entry);
    let ours: Vec<&Value> = given
        .filter(|one| ids.iter().any(|id| one["object"] == **id))
        .collect();
    let calls: BTreeSet<&str> = ours
        .iter()
        .filter_map(|one| one["request"].as_str())
        .collect();
    assert_eq!((ours.len(), calls.len()), (ids.len(), 1), "{ours:?}");
}

/// What the page of results says of each, in its order.
fn assert_told(html: &str, why: &str) {
    assert!(html.contains("Đã ký 2 trên 3 văn bản"), "{html}");
    let cards: Vec<&str> = html.split("<li class=\"card\">").skip(1).collect();
    assert_eq!(cards.len(), 3, "{html}");
    for (card, (text, signed)) in cards.iter().zip(ENDS) {
        assert!(card.contains(text), "{card}");
        let (said, unsaid) = if signed {
            ("Ký thành công", "Ký lỗi")
        } else {
            ("Ký lỗi", "Ký thành công")
        };
        assert!(card.contains(said) && !card.contains(unsaid), "{card}");
        assert_eq!(card.contains(why), !signed, "{card}");
    }
}

/// Three requests are put before a signer, and then the key of the one between goes. The server has looked at it before,
/// and does so again only once it failed: so it is not locked when they are approved.
fn spoilt<'a>(world: &'a World, name: &str) -> (Asking<'a>, Vec<String>) {
    let asking = asking(world);
    let ids = ask(&asking, name);
    let key = &asking.signer.credentials.rsa;
    until(|| !log::of_credential(world, "key.attested", key).is_empty());
    Vandal::at(world).destroy(&key_of(world, key));
    (asking, ids)
}

fn each(ids: &[String]) -> Vec<&str> {
    ids.iter().map(String::as_str).collect()
}

#[test]
fn of_several_approved_by_one_password_one_that_fails_harms_no_other() {
    let test =
        "it::approvals::bulk::of_several_approved_by_one_password_one_that_fails_harms_no_other";
    on_own(test, |world| assert_told_to_a_program(&world));
}

fn assert_told_to_a_program(world: &World) {
    let (asking, ids) = spoilt(world, "Gọi");
    let given = asking.give(&asking.open(&each(&ids)));
    assert_eq!(given.status, 200, "{}", given.text());
    let items = given.json()["items"].clone();
    for ((item, id), (_, signed)) in items.as_array().unwrap().iter().zip(&ids).zip(ENDS) {
        let state = if signed { "signed" } else { "failed" };
        let expected = (&json!(id), &json!(state));
        assert_eq!((&item["id"], &item["state"]), expected, "{items}");
    }
    let (reason, _) = assert_ended(&asking, "Gọi", &ids);
    assert_eq!(items[1]["reason"], reason, "{items}");
    assert_one_password(&asking, &ids);
}

#[test]
fn the_page_of_results_says_of_each_whether_it_was_signed() {
    let test = "it::approvals::bulk::the_page_of_results_says_of_each_whether_it_was_signed";
    on_own(test, |world| assert_told_on_a_page(&world));
}

fn assert_told_on_a_page(world: &World) {
    let (asking, ids) = spoilt(world, "Trang");
    let browser = Browser::of(world.http(), &asking.signer.account);
    let page = browser.approve_page(&each(&ids));
    let results = browser.approve(&page, &asking.code());
    assert_eq!(results.status, 200, "{}", results.text());
    let (_, why) = assert_ended(&asking, "Trang", &ids);
    assert_told(&results.text(), why);
    assert_one_password(&asking, &ids);
}
