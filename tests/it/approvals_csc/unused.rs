//! A system that does not sign what was approved: the server ends the request when its SAD is over.

use std::time::Duration;

use kyso_tests::province::{Holder, Signer};
use kyso_tests::skip;
use serde_json::Value;

use super::Asking;
use crate::desk::assert_csc_error;
use crate::log;
use crate::pages::Browser;
use crate::world::{World, until_within};

/// Seconds that a SAD lives here: the shortest that a credential can have.
const BRIEF: u32 = 30;

/// Whether the system signs, how the request ends, and what the signer reads of it.
const ENDS: [(bool, &str, Option<&str>, &str); 2] = [
    (
        false,
        "failed",
        Some("unused"),
        "Hệ thống không ký trong thời hạn cho phép",
    ),
    (true, "signed", None, "Đã ký"),
];

/// A credential for two signatures at once, whose authorizations live as briefly as they can.
fn brief(world: &World, signer: &Signer) -> String {
    let (office, agency) = (
        &world.province().office,
        &world.province().agencies.department,
    );
    let holder = Holder::Person(&signer.account, agency, "Người ký");
    let mut request = office.request(holder, "p-256", 2);
    request.sad_seconds = Some(BRIEF);
    let made = office.manager1.acting(|client| {
        let id = client.add_credential(&request)?.id;
        client.issue_certificate(&id)?;
        Ok(id)
    });
    let id = made.unwrap();
    office.activate(&id).unwrap();
    id
}

/// A request that was approved.
struct Approved {
    id: String,
    handle: String,
}

fn approved(asking: &Asking<'_>, number: usize, signed: bool) -> Approved {
    let (a, b) = (format!("a {number}"), format!("b {number}"));
    let texts = [&*a, &*b];
    let handle = asking.handle(&texts);
    let id = asking.requests()[0]["id"].as_str().unwrap().to_owned();
    asking.approve(&id);
    let sad = asking.check(&handle).member("SAD").unwrap();
    if signed {
        asking
            .desk
            .assert_signed(&asking.sign(&sad, &texts), &texts);
    }
    Approved { id, handle }
}

fn standing(asking: &Asking<'_>, id: &str) -> Value {
    let found = asking.requests().into_iter();
    found.into_iter().find(|one| one["id"] == *id).unwrap()
}

fn assert_ended(asking: &Asking<'_>, requests: &[Approved]) {
    let over = |one: &Approved| standing(asking, &one.id)["state"] != "approved";
    // Half a minute for the SAD, and a round of upkeep after it.
    until_within(Duration::from_mins(3), || requests.iter().all(over));
    let account = &asking.signer.account;
    let browser = Browser::of(asking.world.http(), account);
    for (request, (_, state, reason, told)) in requests.iter().zip(ENDS) {
        let ended = standing(asking, &request.id);
        assert_eq!(ended["state"], state, "{ended}");
        assert_eq!(ended["reason"].as_str(), reason, "{ended}");
        let event = format!("approval.{state}");
        let entries = log::of_credential(asking.world, &event, &asking.desk.credential);
        let about = |one: &&kyso_api::management::AuditEntry| one.entry["object"] == *request.id;
        let [entry] = &entries.iter().filter(about).collect::<Vec<_>>()[..] else {
            panic!("{entries:?}")
        };
        assert_eq!(entry.entry["data"]["because"].as_str(), reason);
        assert!(entry.entry["actor"]["id"].is_null(), "{}", entry.entry);
        let page = browser.page(&format!("/ui/requests/{}", request.id));
        assert!(page.contains(told), "{page}");
        let handle = asking.check(&request.handle);
        assert_csc_error(&handle, 400, "invalid_request");
    }
}

#[test]
fn what_a_system_did_not_sign_in_time_ends_by_itself_and_says_so() {
    let postgres = World::postgres();
    if postgres.is_none() {
        let test = "it::approvals_csc::unused::what_a_system_did_not_sign_in_time_ends_by_itself_and_says_so";
        skip::because(test, "no PostgreSQL (KYSO_TEST_POSTGRES)");
    }
    // Both at once, since most of the time is waiting.
    let worlds = std::iter::once(World::sqlite()).chain(postgres);
    let begun: Vec<(Asking<'_>, Vec<Approved>)> = worlds
        .map(|world| {
            let signer = world.signer();
            let credential = brief(world, &signer);
            let asking = Asking::with(world, signer, |_| credential);
            let each = ENDS.iter().enumerate();
            let requests = each.map(|(number, (signed, ..))| approved(&asking, number, *signed));
            let requests = requests.collect();
            (asking, requests)
        })
        .collect();
    for (asking, requests) in &begun {
        assert_ended(asking, requests);
    }
}
