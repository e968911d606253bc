//! Version 2, `operationMode` `A`: the server signs, and the system polls for the signatures.

use kyso_tests::http::Reply;
use serde_json::json;

use super::asking::{Asking, v2};
use crate::desk::assert_csc_error;
use crate::log;
use crate::world::{World, on_both, on_own, restarted, until};

fn ask(asking: &Asking<'_>, texts: &[&str]) -> String {
    let reply = v2(
        &asking.desk,
        "signatures/signHash",
        &asking.sign_body(texts),
    );
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.member("responseID").unwrap()
}

fn assert_pending(reply: &Reply) {
    assert_csc_error(reply, 202, "accepted_request");
    assert!(reply.header("retry-after").is_some());
}

#[test]
fn what_the_signer_approves_is_signed_and_polled_for() {
    let test = "it::approvals_csc::polling::what_the_signer_approves_is_signed_and_polled_for";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let texts = ["Quyết định", "Quyết định kèm theo"];
        let id = ask(&asking, &texts);
        assert_pending(&asking.poll(&id));
        assert_eq!(asking.only_request(), id);
        asking.approve(&id);
        asking.desk.assert_signed(&asking.poll(&id), &texts);
        let outcomes = log::of_credential(world, "signature.outcome", &asking.desk.credential);
        assert_eq!(outcomes.len(), 1);
    });
}

/// Polls for what another system asked and for what nobody did; the ids of both systems.
fn guess(world: &World) -> [String; 2] {
    let first = Asking::new(world);
    let (desk, system) = first.another_system();
    let asking = Asking { desk, ..first };
    let id = ask(&asking, &["Của hệ thống khác"]);
    asking.approve(&id);
    let (other, thief) = asking.another_system();
    let foreign = v2(&other, "signatures/signPolling", &json!({"requestID": id}));
    let unknown = asking.poll(&uuid::Uuid::now_v7().to_string());
    assert_csc_error(&unknown, 400, "invalid_request");
    for reply in [&foreign, &asking.poll("x")] {
        let told = (reply.status, reply.text());
        assert_eq!(told, (unknown.status, unknown.text()));
        log::assert_events(world, reply, &[]);
    }
    log::assert_events(world, &unknown, &[]);
    [thief, system]
}

#[test]
fn trap_another_clients_request_is_one_that_nobody_has() {
    let test = "it::approvals_csc::polling::trap_another_clients_request_is_one_that_nobody_has";
    on_own(test, |world| {
        let systems = guess(&world);
        let world = restarted(world);
        let summed = systems.map(|id| log::sums_of(&world, &id, "key"));
        assert_eq!(summed, [1, 2]);
    });
}

#[test]
fn whatever_ends_a_request_ends_the_polling() {
    let test = "it::approvals_csc::polling::whatever_ends_a_request_ends_the_polling";
    on_both(test, |world| {
        let asking = Asking::new(world);
        for end in ["refuse", "return", "withdraw"] {
            let id = ask(&asking, &["Dự thảo"]);
            match end {
                "withdraw" => asking.withdraw(&id),
                end => asking.decline(&id, end),
            }
            assert_csc_error(&asking.poll(&id), 400, "access_denied");
        }
        let mut body = asking.sign_body(&["Ngắn hạn"]);
        body["validity_period"] = json!(1500);
        let reply = v2(&asking.desk, "signatures/signHash", &body);
        let id = reply.member("responseID").unwrap();
        until(|| asking.poll(&id).text().contains("has expired"));
        let late = asking.signer.account.open_approvals(world.http(), &[&id]);
        assert!(late.is_err() || late.unwrap()[0]["state"] != "opened");
    });
}

#[test]
fn a_repeated_call_with_its_key_is_the_same_request() {
    let test = "it::approvals_csc::polling::a_repeated_call_with_its_key_is_the_same_request";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let send = |texts: &[&str]| {
            let call = asking.desk.http.post("/csc/v2/signatures/signHash");
            let call = call.header("Idempotency-Key", "lan-gui-1");
            let body = asking.sign_body(texts);
            call.bearer(&asking.desk.token).json(&body).send().unwrap()
        };
        let first = send(&["Một lần"]).member("responseID").unwrap();
        assert_eq!(send(&["Một lần"]).member("responseID").unwrap(), first);
        assert_csc_error(&send(&["Lần khác"]), 409, "idempotency_conflict");
        assert_eq!(asking.only_request(), first);
    });
}

#[test]
fn a_call_whose_answer_was_lost_is_the_same_request_until_it_is_signed() {
    let test = "it::approvals_csc::polling::a_call_whose_answer_was_lost_is_the_same_request_until_it_is_signed";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let texts = ["Một văn bản", "Phụ lục"];
        let same = asking.sign_body(&texts);
        let mut longer = same.clone();
        longer["validity_period"] = json!(3_600_000);
        let mut renamed = same.clone();
        renamed["documents"][1]["label"] = json!("Phụ lục khác");
        // Signatures come in the order of the documents, so another order asks for something else.
        let turned = asking.sign_body(&["Phụ lục", "Một văn bản"]);
        let first = ask(&asking, &texts);
        for (number, body) in [(1, &same), (2, &longer), (3, &renamed), (4, &turned)] {
            let reply = v2(&asking.desk, "signatures/signHash", body);
            let id = reply.member("responseID").unwrap();
            assert_eq!(id == first, number == 1, "{body}");
            assert_eq!(asking.requests().len(), number, "{body}");
        }
        let other = v2(&asking.another(), "signatures/signHash", &same);
        assert_ne!(other.member("responseID").unwrap(), first);
        asking
            .signer
            .account
            .open_approvals(world.http(), &[&first])
            .unwrap();
        assert_eq!(ask(&asking, &texts), first, "the signer has it open");
        asking.approve(&first);
        asking.desk.assert_signed(&asking.poll(&first), &texts);
        assert_ne!(ask(&asking, &texts), first, "it was signed");
        assert_eq!(asking.requests().len(), 5);
    });
}

#[test]
fn a_handles_request_is_not_polled_for() {
    let world = crate::world::World::sqlite();
    let asking = Asking::new(world);
    asking.handle(&["Tự ký"]);
    let reply = asking.poll(&asking.only_request());
    assert!(
        reply.text().contains("Invalid parameter requestID"),
        "{}",
        reply.text()
    );
}
