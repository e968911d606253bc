//! Requests for approval, from submission to each of their ends.

use serde_json::{Value, json};

use super::Errands;
use crate::approvals::{Asking, files};
use crate::desk::{Desk, hash};
use crate::world::until;

pub(super) fn approvals(errands: &Errands<'_>) {
    let asking = Asking::new(errands.world);
    let (system, signer) = (&asking.token, &asking.own);
    let submit = |text: &str| {
        let (route, event) = ("POST /approvals", "approval.submitted");
        let reply = errands.run(system, route, &[], event, &asking.body(&[text]));
        reply.member("id").unwrap()
    };
    let open = |id: &str| {
        let (route, event) = ("POST /approvals/open", "approval.opened");
        let reply = errands.run(signer, route, &[], event, &json!({"approvals": [id]}));
        reply.json()["items"][0]["shown"].clone()
    };
    let id = submit("duyệt");
    let given = json!({"approvals": [{"id": id, "shown": open(&id)}], "otp": asking.code()});
    errands.run(
        signer,
        "POST /approvals/give",
        &[],
        "approval.given",
        &given,
    );
    assert_eq!(asking.get(&id).status, 200);
    dispute_once(errands, &asking);
    for (route, event) in [
        ("POST /approvals/{id}/refuse", "approval.refused"),
        ("POST /approvals/{id}/return", "approval.returned"),
    ] {
        let declined = json!({"reason": "Chưa đủ căn cứ", "otp": asking.code()});
        errands.run(signer, route, &[&submit(event)], event, &declined);
    }
    let (route, event) = ("POST /approvals/{id}/withdraw", "approval.withdrawn");
    errands.run(system, route, &[&submit(event)], event, &json!({}));
    let (with_file, _) = asking.ask_with(&files::body(&asking, &[&files::waiting()]));
    for rest in ["0/file", "0/pages/1"] {
        let part = files::part(errands.world, system, &with_file, rest);
        assert_eq!(part.status, 200, "{}", part.text());
    }
}

/// With the other key, since a dispute locks the one that it is about; and the receipt of what is disputed.
fn dispute_once(errands: &Errands<'_>, asking: &Asking<'_>) {
    let desk = Desk::rsa(errands.world, &asking.signer);
    let hashes = [hash("không phải tôi")];
    let sad = desk.sad(&asking.signer, &hashes);
    let call = desk.sign(&sad, &hashes);
    let call = call.header("x-request-id").unwrap().to_owned();
    let (route, event) = ("POST /signatures/{id}/dispute", "signature.disputed");
    let reason = json!({"reason": "lúc đó tôi đang họp"});
    errands.run(&asking.own, route, &[&call], event, &reason);
    let receipt = format!("/receipts/{call}");
    let read = || errands.call(&asking.own, "GET", &receipt, &Value::Null);
    until(|| read().status == 200);
}
