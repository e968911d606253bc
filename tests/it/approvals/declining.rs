//! Refusing and returning: by a one-time password, as approving is.

use kyso_tests::http::Reply;
use serde_json::{Value, json};

use super::{Asking, DECLINED};
use crate::log;
use crate::stamping::assert_problem;
use crate::world::{World, on_both};

/// The ways not to sign, and the entry of each.
const WAYS: [(&str, &str); 2] = [
    ("refuse", "approval.refused"),
    ("return", "approval.returned"),
];

/// The reply and its entry; the request is as it was.
fn assert_stays(
    asking: &Asking<'_>,
    was: &Value,
    reply: &Reply,
    expected: (u16, &str, &str, &str),
) {
    let (status, code, event, reason) = expected;
    assert_problem(reply, status, code);
    let entry = log::refusal(asking.world, reply, event, reason);
    assert_eq!(entry.entry["object"], was["id"]);
    let id = was["id"].as_str().unwrap();
    assert_eq!(asking.get(id).json(), *was, "{event} {reason}");
}

fn try_with_less(world: &World, way: &str, event: &str) {
    let asking = Asking::new(world);
    let (id, asked) = asking.ask(&["Chỉ có mật khẩu"]);
    let shown = asking.open(&[&asking.ask(&["Đã ký"]).0]);
    let used = asking.code();
    assert_eq!(asking.give_with(&shown, &used).status, 200);
    let path = format!("/approvals/{id}/{way}");
    for otp in [json!({}), json!({"otp": null}), json!({"otp": 123_456})] {
        let mut body = json!({"reason": DECLINED});
        body.as_object_mut()
            .unwrap()
            .extend(otp.as_object().unwrap().clone());
        let reply = asking.post(&asking.own, &path, &body);
        assert_problem(&reply, 400, "malformed_body");
    }
    for (otp, code, reason) in [
        ("", "otp_invalid", "invalid_otp"),
        (&*used, "otp_used", "otp_used"),
    ] {
        let reply = asking.decline_with(&id, way, otp);
        assert_stays(&asking, &asked.json(), &reply, (403, code, event, reason));
    }
    let declined = asking.decline_with(&id, way, &asking.code());
    assert_eq!(declined.status, 204, "{}", declined.text());
}

#[test]
fn a_password_alone_turns_nothing_down() {
    let test = "it::approvals::declining::a_password_alone_turns_nothing_down";
    on_both(test, |world| {
        for (way, event) in WAYS {
            try_with_less(world, way, event);
        }
    });
}

fn guess(world: &World, way: &str, event: &str) {
    let asking = Asking::new(world);
    let (id, _) = asking.ask(&["Đoán mã"]);
    let shown = asking.open(&[&id]);
    let wrong = asking.signer.account.authenticator.wrong();
    for _ in 0..3 {
        assert_eq!(asking.give_with(&shown, &wrong).status, 403);
    }
    // Had these a count of their own, they would be told that the code is wrong.
    let mut guesses = (0..2).map(|_| asking.decline_with(&id, way, &wrong));
    let slowed = guesses.find(|reply| reply.status == 429).unwrap();
    let was = asking.get(&id).json();
    assert_eq!(was["state"], "opened");
    let expected = (429, "too_many_requests", event, "throttled");
    assert_stays(&asking, &was, &slowed, expected);
}

#[test]
fn guesses_are_slowed_down_together_with_those_of_an_approval() {
    let test =
        "it::approvals::declining::guesses_are_slowed_down_together_with_those_of_an_approval";
    on_both(test, |world| {
        for (way, event) in WAYS {
            guess(world, way, event);
        }
    });
}
