//! Requests for approval, from submission to each of their ends.

use serde_json::json;

use super::Errands;
use crate::approvals::{Asking, files};

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
