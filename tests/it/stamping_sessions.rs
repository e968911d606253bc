//! Stamping sessions over HTTP: who sees and closes them, their ceiling, and that they do not renew.

use std::time::Duration;

use kyso_api::management::{RoleName, StampingSession, StampingSessionState};
use kyso_core::{Clock, SystemClock};
use kyso_tests::http::Reply;
use kyso_tests::province::Account;
use serde_json::{Value, json};

use crate::desk::SHA256;
use crate::stamping::{Bench, assert_problem};
use crate::world::{Database, World, on_both};

const SESSIONS: &str = "/api/v1/stamping-sessions";

fn listed(world: &World, token: &str, id: &str) -> Option<StampingSession> {
    let call = world.http().get(SESSIONS).bearer(token);
    let reply = call.send().unwrap();
    assert_eq!(reply.status, 200, "{}", reply.text());
    let mut items: Vec<StampingSession> =
        serde_json::from_value(reply.json()["items"].clone()).unwrap();
    items.retain(|session| session.id == id);
    items.pop()
}

fn close(world: &World, token: &str, id: &str) -> Reply {
    let call = world.http().post(&format!("{SESSIONS}/{id}/close"));
    call.bearer(token).json(&json!({})).send().unwrap()
}

/// A clerk of the department, which the province's seal is not of.
fn clerk_elsewhere(world: &World) -> String {
    let province = world.province();
    let (login, agency) = (world.name("van-thu"), &province.agencies.department);
    let role = RoleName::RecordsClerk;
    let clerk = province
        .office
        .person(&login, "Văn thư", "Văn thư", agency, role);
    clerk.unwrap().token_with_otp().unwrap()
}

#[test]
fn clerk_manager_and_officer_see_and_close_a_session_at_once() {
    on_both(
        "it::stamping_sessions::clerk_manager_and_officer_see_and_close_a_session_at_once",
        |world| {
            let office = &world.province().office;
            // Side by side, since each waits for one-time passwords of its own.
            std::thread::scope(|scope| {
                for who in [None, Some(&office.manager1), Some(&office.officer)] {
                    scope.spawn(move || assert_sees_and_closes(world, who));
                }
            });
        },
    );
}

/// `who` closes a session; its own clerk if nobody else.
fn assert_sees_and_closes(world: &World, who: Option<&Account>) {
    let bench = Bench::new(world);
    let who = who.unwrap_or(&bench.clerk);
    let (id, _) = bench.open(5);
    let token = who.token_with_otp().unwrap();
    assert_eq!(bench.stamp("trước khi đóng").status, 200);
    let seen = listed(world, &token, &id).unwrap();
    assert_eq!((seen.limit, seen.used, seen.remaining), (5, 1, 4));
    assert_eq!(seen.state, StampingSessionState::Open);
    assert_eq!(seen.opened_by, bench.clerk.person_id);
    let reply = close(world, &token, &id);
    assert_eq!(reply.status, 204, "{}: {}", who.login, reply.text());
    assert_problem(&bench.stamp("sau khi đóng"), 403, "no_stamping_session");
    let again = close(world, &token, &id);
    assert!((400..500).contains(&again.status), "{}", again.text());
}

#[test]
fn nobody_else_sees_or_closes_a_session() {
    on_both(
        "it::stamping_sessions::nobody_else_sees_or_closes_a_session",
        |world| {
            let bench = Bench::new(world);
            let (id, _) = bench.open(5);
            let others = [
                ("signer", world.signer().account.token().unwrap()),
                ("clerk elsewhere", clerk_elsewhere(world)),
            ];
            for (who, token) in &others {
                assert_eq!(listed(world, token, &id), None, "{who}");
                assert_problem(&close(world, token, &id), 403, "forbidden");
            }
            // The system that the session is for has no way to end it either.
            let reply = close(world, &bench.token, &id);
            assert_eq!(reply.status, 403, "{}", reply.text());
            let stamp = bench.stamp("vẫn mở");
            assert_eq!(stamp.status, 200, "{}", stamp.text());
        },
    );
}

fn wanted(bench: &Bench<'_>, limit: u32, span: Duration, otp: &str) -> Value {
    json!({
        "client": bench.system.id, "credential": bench.seal, "limit": limit,
        "until": SystemClock.now().after(span).to_string(),
        "purposes": ["PHAT_HANH"],
        "otp": otp,
    })
}

#[test]
fn five_hundred_stamps_and_eight_hours_are_the_most() {
    are_the_most(World::sqlite(), 500, 8);
}

#[test]
fn how_many_stamps_and_hours_are_the_most_can_be_set() {
    let set = World::planned(Database::Sqlite, |plan| {
        "[limits]\nsession_signatures = 7\nsession_hours = 2\n".clone_into(&mut plan.more);
    });
    are_the_most(&set.unwrap(), 7, 2);
}

fn are_the_most(world: &World, stamps: u32, hours: u64) {
    let bench = Bench::new(world);
    let token = bench.clerk.token_with_otp().unwrap();
    // What is refused uses no one-time password up; a fourth try would have to wait.
    let otp = bench.clerk.authenticator.code().unwrap();
    let open = |limit, span| {
        let call = world.http().post(SESSIONS).bearer(&token);
        call.json(&wanted(&bench, limit, span, &otp))
            .send()
            .unwrap()
    };
    let (hour, longest) = (Duration::from_hours(1), Duration::from_secs(hours * 3600));
    for (limit, span) in [(stamps + 1, hour), (5, longest + Duration::from_mins(1))] {
        assert_problem(&open(limit, span), 409, "wrong_state");
    }
    // The server takes the time a moment after us, so what is so long from now is a little less.
    let most = open(stamps, longest);
    assert_eq!(most.status, 201, "{}", most.text());
    assert_eq!(most.json()["limit"], stamps);
}

#[test]
fn a_session_never_renews_itself() {
    on_both(
        "it::stamping_sessions::a_session_never_renews_itself",
        |world| {
            let bench = Bench::new(world);
            let (id, _) = bench.open(2);
            let token = bench.clerk.token_with_otp().unwrap();
            let until = listed(world, &token, &id).unwrap().until;
            for text in ["một", "hai"] {
                let reply = bench.stamp(text);
                assert_eq!(reply.status, 200, "{}", reply.text());
            }
            let third = bench.stamp("ba");
            assert!((400..500).contains(&third.status), "{}", third.text());
            let spent = listed(world, &token, &id).unwrap();
            assert_eq!((spent.used, spent.remaining), (2, 0));
            assert_eq!(spent.state, StampingSessionState::Ended);
            assert_eq!(spent.until, until);
            // A second session begins anew; it gives the first nothing back.
            let (next, _) = bench.open(1);
            let hashes = bench.body(&["bốn"]);
            assert_eq!(hashes["hash_algorithm"], SHA256);
            assert_eq!(bench.stamp("bốn").status, 200);
            assert_eq!(listed(world, &token, &id).unwrap().used, 2);
            assert_eq!(listed(world, &token, &next).unwrap().used, 1);
        },
    );
}
