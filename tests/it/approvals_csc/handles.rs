//! Version 2: a handle now, a SAD once the signer has approved.

use serde_json::json;

use super::asking::{Asking, hashes, v2};
use crate::desk::{assert_csc_error, at_once, count};
use crate::log;
use crate::world::{World, on_both, on_own, restarted, until};

#[test]
fn a_handle_becomes_a_sad_when_the_signer_approves() {
    let test = "it::approvals_csc::handles::a_handle_becomes_a_sad_when_the_signer_approves";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let texts = ["Tờ trình", "Phụ lục"];
        let handle = asking.handle(&texts);
        let waiting = asking.check(&handle);
        assert_eq!(
            (waiting.status, waiting.member("handle").unwrap()),
            (202, handle.clone())
        );
        let id = asking.only_request();
        let shown = asking
            .signer
            .account
            .open_approvals(world.http(), &[&id])
            .unwrap();
        assert_eq!(
            shown[0]["documents"][1]["document"]["label"],
            "Hồ sơ trình ký"
        );
        assert_eq!(asking.check(&handle).status, 202);
        asking.approve(&id);
        let reply = asking.check(&handle);
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert!(
            reply.json()["expiresIn"]
                .as_u64()
                .is_some_and(|life| (200..=300).contains(&life))
        );
        let sad = reply.member("SAD").unwrap();
        assert!(!handle.contains(&sad[22..]));
        asking
            .desk
            .assert_signed(&asking.sign(&sad, &texts), &texts);
        let again = asking.sign(&sad, &texts);
        assert!(
            again.text().contains("not authorized by the SAD"),
            "{}",
            again.text()
        );
        let given = log::of_credential(world, "approval.given", &asking.desk.credential);
        assert_eq!(given.len(), 1);
    });
}

/// What a client is answered that has another's handle and SAD; its id, and how often it guessed.
fn steal(world: &World) -> (String, u64) {
    let asking = Asking::new(world);
    let (handle, (other, thief)) = (asking.handle(&["Mật thư"]), asking.another_system());
    let check = |handle: &str| {
        let body = json!({"handle": handle});
        let reply = v2(&other, "credentials/authorizeCheck", &body);
        log::assert_events(world, &reply, &[]);
        reply
    };
    let unknown = check(&"x".repeat(64));
    assert_csc_error(&unknown, 400, "invalid_request");
    assert!(
        unknown.text().contains("Invalid parameter handle"),
        "{}",
        unknown.text()
    );
    asking.approve(&asking.only_request());
    let (foreign, sad) = (check(&handle), asking.check(&handle).member("SAD").unwrap());
    assert_eq!(
        (foreign.status, foreign.text()),
        (unknown.status, unknown.text())
    );
    for text in [&sad, &asking.only_request(), "", "%"] {
        assert_csc_error(&check(text), 400, "invalid_request");
    }
    // And its SAD is worth nothing to them.
    let mut body = asking.sign_body(&["Mật thư"]);
    body.as_object_mut().unwrap().remove("operationMode");
    body["SAD"] = json!(sad);
    let stolen = v2(&other, "signatures/signHash", &body);
    log::refusal(world, &stolen, "signature.refused", "unknown_sad");
    let signed = asking.sign(&sad, &["Mật thư"]);
    asking.desk.assert_signed(&signed, &["Mật thư"]);
    (thief, 6)
}

#[test]
fn trap_another_clients_handle_is_one_that_nobody_has() {
    let test = "it::approvals_csc::handles::trap_another_clients_handle_is_one_that_nobody_has";
    on_own(test, |world| {
        let (thief, guesses) = steal(&world);
        let world = restarted(world);
        assert_eq!(log::sums_of(&world, &thief, "key"), guesses);
    });
}

#[test]
fn whatever_ends_a_request_ends_its_handle() {
    let test = "it::approvals_csc::handles::whatever_ends_a_request_ends_its_handle";
    on_both(test, |world| {
        let asking = Asking::new(world);
        for (end, sentence) in [
            ("refuse", "The signer refused: Sai thể thức"),
            ("return", "The signer returned it: Sai thể thức"),
            ("withdraw", "The request for approval was withdrawn"),
        ] {
            let handle = asking.handle(&["Dự thảo"]);
            let newest = asking.requests()[0]["id"].as_str().unwrap().to_owned();
            match end {
                "withdraw" => asking.withdraw(&newest),
                end => asking.decline(&newest, end),
            }
            let reply = asking.check(&handle);
            assert_csc_error(&reply, 400, "access_denied");
            assert!(reply.text().contains(sentence), "{end}: {}", reply.text());
        }
    });
}

#[test]
fn an_approved_handle_ends_with_its_sad() {
    let world = World::sqlite();
    let signer = world.signer();
    // The shortest life that a credential can have.
    let brief = world.province().short_lived(&signer.account, 30).unwrap();
    let asking = Asking::with(world, signer, |_| brief);
    let handle = asking.handle(&["Quá hạn"]);
    asking.approve(&asking.only_request());
    let sad = asking.check(&handle).member("SAD").unwrap();
    let mut last = None;
    until(|| {
        let reply = asking.check(&handle);
        let over = reply.text().contains("SAD expired");
        last = Some(reply);
        over
    });
    assert_csc_error(&last.unwrap(), 400, "invalid_request");
    // The handle may end a moment before; another hash uses nothing up meanwhile.
    let mut other = asking.desk.sign_body(&sad, &hashes(&["Hỏi thăm"]));
    other["documents"] = json!([{"label": "Hồ sơ trình ký"}]);
    let ask = || asking.desk.call("signatures/signHash", &other).text();
    until(|| ask().contains("SAD expired"));
    let late = asking.sign(&sad, &["Quá hạn"]);
    assert!(late.text().contains("SAD expired"), "{}", late.text());
}

#[test]
fn the_sad_is_for_what_was_shown_and_nothing_else() {
    let test = "it::approvals_csc::handles::the_sad_is_for_what_was_shown_and_nothing_else";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let texts = ["Bản một", "Bản hai"];
        let handle = asking.handle(&texts);
        asking.approve(&asking.only_request());
        let sad = asking.check(&handle).member("SAD").unwrap();
        let mut body = asking.desk.sign_body(&sad, &hashes(&["Bản một", "Bản ba"]));
        let label = json!({"label": "Hồ sơ trình ký"});
        body["documents"] = json!([label, label]);
        let other = asking.desk.call("signatures/signHash", &body);
        assert!(
            other.text().contains("not authorized by the SAD"),
            "{}",
            other.text()
        );
        // Without documents, only what was approved is known by name.
        let unnamed = asking.sign(&sad, &["Bản ba", "Bản một"]);
        assert!(
            unnamed.text().contains("parameter documents"),
            "{}",
            unnamed.text()
        );
        let mut body = asking.desk.sign_body(&sad, &hashes(&texts));
        body["documents"] = json!([label, {"label": "Tên khác"}]);
        let renamed = asking.desk.call("signatures/signHash", &body);
        assert!(
            renamed.text().contains("parameter documents"),
            "{}",
            renamed.text()
        );
        asking
            .desk
            .assert_signed(&asking.sign(&sad, &texts), &texts);
    });
}

#[test]
fn the_sad_is_for_its_credential_only() {
    let world = World::sqlite();
    let asking = Asking::new(world);
    let handle = asking.handle(&["Một khóa"]);
    asking.approve(&asking.only_request());
    let sad = asking.check(&handle).member("SAD").unwrap();
    let mut body = asking.desk.sign_body(&sad, &hashes(&["Một khóa"]));
    body["credentialID"] = json!(asking.signer.credentials.rsa);
    body["signAlgo"] = json!(crate::desk::RSA_SHA256);
    let reply = asking.desk.call("signatures/signHash", &body);
    assert_csc_error(&reply, 400, "invalid_request");
    assert!(
        reply.text().contains("Invalid parameter credentialID"),
        "{}",
        reply.text()
    );
}

#[test]
fn a_client_whose_202_was_lost_gets_the_same_handle_and_the_signer_is_asked_once() {
    let test = "it::approvals_csc::handles::a_client_whose_202_was_lost_gets_the_same_handle_and_the_signer_is_asked_once";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let texts = ["Công văn", "Phụ lục"];
        let handles: Vec<_> = at_once(4, |_| asking.handle(&texts));
        let handle = &handles[0];
        assert!(handles.iter().all(|one| one == handle));
        let id = asking.only_request();
        let account = &asking.signer.account;
        account.open_approvals(world.http(), &[&id]).unwrap();
        assert_eq!(asking.handle(&texts), *handle, "the signer has it open");
        asking.approve(&id);
        assert_eq!(asking.handle(&texts), *handle, "the SAD is not used yet");
        asking.only_request();
        let sad = asking.check(handle).member("SAD").unwrap();
        asking
            .desk
            .assert_signed(&asking.sign(&sad, &texts), &texts);
        assert_ne!(asking.handle(&texts), *handle, "the SAD was used");
        assert_eq!(asking.requests().len(), 2);
    });
}

#[test]
fn only_the_same_of_the_same_client_has_the_same_handle() {
    let test = "it::approvals_csc::handles::only_the_same_of_the_same_client_has_the_same_handle";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let same = asking.authorize_body(&["Một văn bản"], "Hồ sơ trình ký");
        let first = asking.handle(&["Một văn bản"]);
        let mut renamed = same.clone();
        renamed["description"] = json!("Hồ sơ khác");
        let mut described = same.clone();
        described["documents"] = json!([{"label": "Hồ sơ trình ký", "number": "12/QĐ"}]);
        let twice = asking.authorize_body(&["Một văn bản", "Một văn bản"], "Hồ sơ trình ký");
        for (number, body) in [(1, &same), (2, &renamed), (3, &described), (4, &twice)] {
            let reply = v2(&asking.desk, "credentials/authorize", body);
            let handle = reply.member("handle").unwrap();
            assert_eq!(handle == first, number == 1, "{body}");
            assert_eq!(asking.requests().len(), number, "{body}");
        }
        let other = v2(&asking.another(), "credentials/authorize", &same);
        assert_ne!(other.member("handle").unwrap(), first);
        assert_eq!(asking.requests().len(), 4, "the other's is another request");
    });
}

/// Also as a trap: a client that does not wait as it was told is told again, and nothing is read for it.
#[test]
fn trap_polling_faster_than_told() {
    let world = World::sqlite();
    let asking = Asking::new(world);
    let handle = asking.handle(&["Sốt ruột"]);
    let replies = at_once(20, |_| asking.check(&handle));
    let (told, slowed) = (count(&replies, 202), count(&replies, 429));
    assert_eq!(told + slowed, 20);
    assert!((1..15).contains(&told), "{told}");
    let slowed = replies.iter().find(|reply| reply.status == 429).unwrap();
    assert_csc_error(slowed, 429, "slow_down");
    assert!(slowed.header("retry-after").is_some());
    let id = asking.only_request();
    let polled = at_once(20, |_| asking.poll(&id));
    assert!(count(&polled, 429) > 0);
}
