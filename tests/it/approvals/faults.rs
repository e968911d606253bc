//! What goes wrong between asking and signing: each has one clear outcome.

use serde_json::json;

use super::Asking;
use crate::log;
use crate::owner::Owner;
use crate::stamping::{assert_problem, fresh_key};
use crate::world::{on_both, on_own};

/// What is refused anyway must not ask for a right one: whoever may not approve learns nothing of it.
const WRONG: &str = "000000";

#[test]
fn what_fits_no_page_is_not_put_before_a_signer() {
    let test = "it::approvals::faults::what_fits_no_page_is_not_put_before_a_signer";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let mut body = asking.body(&["Kế hoạch"; 30]);
        assert_eq!(asking.submit(&fresh_key(), &body).status, 201);
        for document in body["documents"].as_array_mut().unwrap() {
            document["abstract"] = json!("ấ".repeat(500));
        }
        let refused = asking.submit(&fresh_key(), &body);
        assert_problem(&refused, 400, "invalid_field");
        log::refusal(world, &refused, "approval.submitted", "too_many_signatures");
    });
}

#[test]
fn trap_what_is_approved_must_be_what_was_shown() {
    let test = "it::approvals::faults::trap_what_is_approved_must_be_what_was_shown";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let (id, submitted) = asking.ask(&["Đã xem"]);
        let unseen = [submitted.json()];
        assert_problem(&asking.give_with(&unseen, WRONG), 409, "approval_stale");
        let shown = asking.open(&[&id]);
        // One that came after the page was opened is not on it, whatever the page says of it.
        let (later, _) = asking.ask(&["Đến sau"]);
        let mut forged = shown.clone();
        forged[0]["id"] = json!(later);
        assert_problem(&asking.give_with(&forged, WRONG), 409, "approval_stale");
        assert_eq!(
            (asking.intents(), asking.state(&id).as_str()),
            (0, "opened")
        );
        assert_eq!(asking.state(&later), "waiting");
        assert_eq!(asking.give(&shown).status, 200);
        assert_eq!(asking.state(&later), "waiting");
    });
}

#[test]
fn wrong_passwords_are_slowed_down_and_the_request_stays() {
    let test = "it::approvals::faults::wrong_passwords_are_slowed_down_and_the_request_stays";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let (id, _) = asking.ask(&["Đoán mã"]);
        let shown = asking.open(&[&id]);
        let first = asking.give_with(&shown, WRONG);
        let entry = log::refusal(world, &first, "approval.given", "invalid_otp");
        assert_eq!(entry.entry["object"], json!(id));
        let statuses: Vec<u16> = (0..7)
            .map(|_| asking.give_with(&shown, WRONG).status)
            .collect();
        assert_eq!((first.status, statuses[6]), (403, 429), "{statuses:?}");
        assert_eq!(
            (asking.intents(), asking.state(&id).as_str()),
            (0, "opened")
        );
    });
}

#[test]
fn what_ended_since_it_was_asked_ends_the_approval_too() {
    let test = "it::approvals::faults::what_ended_since_it_was_asked_ends_the_approval_too";
    on_both(test, |world| {
        // The credential is locked.
        let asking = Asking::new(world);
        let (id, _) = asking.ask(&["Khóa rồi"]);
        let shown = asking.open(&[&id]);
        let office = &world.province().office;
        let lock = |client: &kyso_client::Client| {
            client.lock_credential(asking.credential(), "Mất điện thoại")
        };
        office.manager1.acting(lock).unwrap();
        assert_problem(&asking.give_with(&shown, WRONG), 409, "wrong_state");
        assert_eq!(asking.state(&id), "opened");
        // The system's grant is gone.
        let asking = Asking::new(world);
        let (id, _) = asking.ask(&["Hết quyền"]);
        let shown = asking.open(&[&id]);
        let disable = |client: &kyso_client::Client| client.disable_system(&asking.system.id);
        office.manager1.acting(disable).unwrap();
        assert_problem(&asking.give_with(&shown, WRONG), 403, "forbidden");
        assert_eq!(asking.intents(), 0);
        let own = asking.get_as(&asking.own, &id);
        assert_eq!(own.json()["state"], "opened");
    });
}

#[test]
fn a_request_that_the_databases_owner_changed_is_not_signed() {
    let test = "it::approvals::faults::a_request_that_the_databases_owner_changed_is_not_signed";
    on_own(test, |world| {
        let asking = Asking::new(&world);
        for change in [
            "payload = replace(payload, 'QĐ-UBND', 'QĐ-XYZ')",
            "state = 'opened', state_at = state_at + 1",
            "open_until = open_until + 1",
        ] {
            let (id, _) = asking.ask(&["Bị sửa"]);
            let shown = asking.open(&[&id]);
            let mut owner = Owner::of(&world);
            let row = owner.id(&id);
            owner.run(&format!("UPDATE approval SET {change} WHERE id = {row}"));
            let given = asking.give_with(&shown, WRONG);
            assert!(given.status >= 400, "{change}: {}", given.text());
            assert_eq!(asking.intents(), 0, "{change}");
        }
        assert!(
            !log::entries(
                &world,
                &kyso_api::management::AuditQuery {
                    event: Some("alarm.raised".to_owned()),
                    ..Default::default()
                }
            )
            .is_empty()
        );
    });
}
