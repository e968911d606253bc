//! Who says where a system is called back, and where that may be.

use kyso_api::management::AuditQuery;
use kyso_tests::http::Reply;
use serde_json::{Value, json};
use ureq::http::Method;

use crate::log;
use crate::stamping::assert_problem;
use crate::world::{World, on_both};

fn put(world: &World, token: &str, system: &str, origin: &str) -> Reply {
    let path = format!("/api/v1/clients/{system}/callback");
    let call = world.http().call(Method::PUT, &path).bearer(token);
    call.json(&json!({"origin": origin})).send().unwrap()
}

fn delete(world: &World, token: &str, system: &str) -> Reply {
    let path = format!("/api/v1/clients/{system}/callback");
    let call = world.http().call(Method::DELETE, &path).bearer(token);
    call.send().unwrap()
}

fn shown(world: &World, token: &str, system: &str) -> Value {
    let list = world.http().get("/api/v1/clients").bearer(token);
    let list = list.done().unwrap().json();
    let items = list["items"].as_array().unwrap().iter();
    items.clone().find(|one| one["id"] == system).unwrap()["callback"].clone()
}

#[test]
fn a_manager_sets_it_and_an_officer_may_end_it() {
    let test = "it::webhooks::registering::a_manager_sets_it_and_an_officer_may_end_it";
    on_both(test, |world| {
        let (office, signer) = (&world.province().office, world.signer());
        let system = world.system(&signer.credentials.p256);
        let manager = office.manager1.token_with_otp().unwrap();
        let officer = office.officer.token_with_otp().unwrap();
        let theirs = system.token(office).unwrap();
        let (id, origin) = (&*system.id, "https://dms.hue.example.vn:8443");
        for token in [&officer, &theirs, &signer.account.token().unwrap()] {
            let refused = put(world, token, id, origin);
            assert_problem(&refused, 403, "forbidden");
            log::refusal(world, &refused, "client.callback_set", "forbidden");
        }
        assert_problem(&delete(world, &officer, id), 404, "not_found");
        let (first, second) = (
            put(world, &manager, id, origin),
            put(world, &manager, id, origin),
        );
        assert_eq!(
            (first.status, second.status),
            (200, 200),
            "{}",
            first.text()
        );
        let secret = first.member("secret").unwrap();
        assert!(
            secret.starts_with("whsec_") && secret.len() == 50,
            "{}",
            secret.len()
        );
        assert_ne!(secret, second.member("secret").unwrap());
        assert_eq!(shown(world, &manager, id), origin);
        assert_eq!(log::events_of_call(world, &second), ["client.callback_set"]);
        assert_problem(&delete(world, &theirs, id), 403, "forbidden");
        let ended = delete(world, &officer, id);
        assert_eq!(ended.status, 204, "{}", ended.text());
        assert_eq!(
            log::events_of_call(world, &ended),
            ["client.callback_removed"]
        );
        assert_eq!(shown(world, &manager, id), Value::Null);
        let nobody = uuid::Uuid::now_v7().to_string();
        assert_problem(&put(world, &manager, &nobody, origin), 404, "not_found");
    });
}

/// The whole table is a test beside the code; here, that a refusal names the member and changes nothing.
#[test]
fn an_origin_that_is_none_is_refused() {
    on_both(
        "it::webhooks::registering::an_origin_that_is_none_is_refused",
        |world| {
            let manager = world.province().office.manager1.token_with_otp().unwrap();
            let system = world.system(&world.signer().credentials.p256);
            for origin in [
                "",
                "https://dms.example.vn/hook",
                "https://an:mk@dms.example.vn",
                "http://dms.example.vn",
                "javascript:alert(1)",
            ] {
                let reply = put(world, &manager, &system.id, origin);
                assert_problem(&reply, 400, "invalid_field");
                assert!(reply.text().contains("origin"), "{origin}");
            }
            assert_eq!(shown(world, &manager, &system.id), Value::Null);
            let query = AuditQuery {
                event: Some("client.callback_set".to_owned()),
                ..AuditQuery::default()
            };
            let entries = log::entries(world, &query);
            let about = |one: &&Value| one["object"] == *system.id;
            let entries = entries.iter().map(|one| &one.entry);
            assert_eq!(entries.filter(about).count(), 0);
        },
    );
}
