//! `GET /api/v1/audit/key-use`: a key's day, told by the log.

use kyso_api::management::{AuthorityKind, KeyDay};
use kyso_core::{Clock as _, SystemClock, ground};

use super::{ask, officer};
use crate::authority;
use crate::desk::{Desk, hash};
use crate::log;
use crate::owner::Owner;
use crate::pages::Browser;
use crate::stamping::{Bench, assert_problem};
use crate::world::{Database, World, on_both};

/// Today in Vietnam.
fn today() -> String {
    ground::day(SystemClock.now()).unwrap().to_string()
}

fn told(world: &World, credential: &str, query: &str) -> KeyDay {
    let reply = ask(
        world,
        &officer(world),
        &format!("key-use?credential={credential}&day={query}"),
    );
    assert_eq!(reply.status, 200, "{}", reply.text());
    let entries = log::of_call(world, &reply);
    assert_eq!(entries[0].entry["data"]["view"], "key-use");
    assert_eq!(entries[0].entry["credential"], credential);
    serde_json::from_slice(&reply.body).unwrap()
}

fn kinds(day: &KeyDay) -> Vec<(&str, Option<&str>)> {
    let each = day.permissions.iter();
    each.map(|one| (&*one.kind, one.what.as_deref())).collect()
}

/// The same day in parts, and days on which nothing was done.
fn paged_and_on_other_days(world: &World, key: &str, day: &KeyDay) {
    let first = told(world, key, &format!("{}&limit=2", today()));
    let rest = told(
        world,
        key,
        &format!("{}&after={}", today(), first.next.unwrap()),
    );
    assert_eq!([first.uses, rest.uses].concat(), day.uses);
    let before = told(world, key, "2026-01-01");
    assert_eq!((before.state, before.uses.len()), (None, 0));
    assert!(before.changes.is_empty() && before.permissions.is_empty());
    let after = told(world, key, "2126-01-01");
    assert_eq!(after.state.unwrap().state, "locked");
}

#[test]
fn a_persons_key_is_told_from_its_making_to_its_lock() {
    on_both(
        "it::oversight::key_use::a_persons_key_is_told_from_its_making_to_its_lock",
        |world| {
            let signer = world.signer();
            let record = authority::record(world, &signer, AuthorityKind::Kt);
            let desk = Desk::p256(world, &signer);
            let sad = desk.sad(&signer, &[hash("một")]);
            assert_eq!(desk.sign(&sad, &[hash("hai")]).status, 400);
            assert_eq!(desk.sign(&sad, &[hash("một")]).status, 200);
            let key = &desk.credential;
            let lock = |client: &kyso_client::Client| client.lock_credential(key, "nghi lộ");
            world.province().office.officer.acting(lock).unwrap();

            let day = told(world, key, &today());
            assert_eq!(
                (day.owner_kind.as_str(), &day.owner),
                ("person", &signer.account.person_id)
            );
            assert!(day.owner_in_log && day.whole && day.spoilt.is_empty());
            let states: Vec<&str> = day.changes.iter().map(|one| &*one.state).collect();
            let life = ["requested", "certified", "handed_over", "active", "locked"];
            assert_eq!(states, life);
            assert_eq!(day.state, None, "it was not there when the day began");
            let kinds = kinds(&day);
            assert!(kinds.contains(&("role", Some("signer"))), "{kinds:?}");
            assert!(kinds.contains(&("authority", Some("KT"))), "{kinds:?}");
            let ids: Vec<_> = day
                .permissions
                .iter()
                .filter_map(|one| one.id.as_ref())
                .collect();
            assert!(ids.contains(&&record));
            let events: Vec<&str> = day.uses.iter().map(|one| &*one.event).collect();
            let wanted = [
                "sad.authorized",
                "signature.refused",
                "signature.intent",
                "signature.outcome",
            ];
            assert_eq!(events, wanted);
            let (intent, outcome) = (&day.uses[2], &day.uses[3]);
            assert_eq!(intent.request, outcome.request);
            assert_eq!(
                (intent.grant.is_some(), &intent.grant),
                (true, &outcome.grant)
            );
            assert_eq!(day.epochs, [intent.epoch]);
            assert_eq!(day.blind.len(), 4);

            paged_and_on_other_days(world, key, &day);
        },
    );
}

#[test]
fn a_seals_day_has_its_sessions_clerks_and_systems() {
    on_both(
        "it::oversight::key_use::a_seals_day_has_its_sessions_clerks_and_systems",
        |world| {
            let bench = Bench::new(world);
            let (session, clerk) = bench.open(5);
            assert_eq!(bench.stamp("một").status, 200);
            clerk.close_stamping_session(&session).unwrap();
            let day = told(world, &bench.seal, &today());
            assert_eq!(day.owner_kind, "agency");
            let of = |kind: &str| {
                let each = day.permissions.iter();
                each.filter(|one| one.kind == kind)
                    .cloned()
                    .collect::<Vec<_>>()
            };
            let sessions = of("session");
            assert_eq!(sessions.len(), 1);
            assert_eq!(sessions[0].id.as_ref(), Some(&session));
            assert_eq!(sessions[0].holder.as_ref(), Some(&bench.system.id));
            assert!(sessions[0].ended_by.is_some());
            let holders = |kind| {
                of(kind)
                    .into_iter()
                    .filter_map(|one| one.holder)
                    .collect::<Vec<_>>()
            };
            assert!(holders("role").contains(&bench.clerk.person_id));
            assert!(holders("grant").contains(&bench.system.id));
            let intent = day.uses.iter().find(|one| one.event == "signature.intent");
            let intent = intent.unwrap();
            assert_eq!(intent.grant.as_ref(), Some(&session));
            assert_eq!(intent.actor.as_ref(), Some(&bench.system.id));
        },
    );
}

/// The role by which somebody signs is changed in the database: nobody can say who had it, and that is said.
#[test]
fn a_role_that_was_changed_is_named_and_not_left_out() {
    let world = World::own(Database::Sqlite).unwrap();
    let signer = world.signer();
    let key = &signer.credentials.p256;
    let day = told(&world, key, &today());
    assert!(day.spoilt.is_empty());
    let role = day.permissions.iter().find(|one| one.kind == "role");
    let sequence = role.unwrap().sequence;
    let mut owner = Owner::of(&world);
    owner.unlock("audit_entry");
    owner.run(&format!(
        "UPDATE audit_entry SET entry = leaf_hash WHERE sequence = {sequence}"
    ));
    let day = told(&world, key, &today());
    assert_eq!(day.spoilt, [sequence]);
    assert!(day.permissions.iter().all(|one| one.sequence != sequence));
    let officer = Browser::of(world.http(), &world.province().office.officer);
    let page = officer.page(&format!(
        "/ui/audit/key-use?credential={key}&day={}",
        today()
    ));
    let named = format!("href=\"/ui/audit/{sequence}\"");
    let named = page.split(&named).nth(1).unwrap();
    let line = named.split("</p>").next().unwrap();
    assert!(line.contains("Đã bị sửa"), "{line}");
}

#[test]
fn what_names_no_key_or_day_is_refused() {
    let world = World::sqlite();
    let (token, bench) = (officer(world), Bench::new(world));
    let nobody = uuid::Uuid::now_v7();
    let unknown = ask(
        world,
        &token,
        &format!("key-use?credential={nobody}&day={}", today()),
    );
    assert_problem(&unknown, 404, "not_found");
    let bad = [
        "",
        "27/11/2026",
        "2026-11-31",
        "2026-1-1",
        "today",
        "2026-11-27T00:00:00Z",
        "%D9%A1",
    ];
    let days = bad.map(|day| (format!("day={day}"), "day"));
    let rest = ["limit=0", "limit=1001"].map(|rest| (format!("day={}&{rest}", today()), "limit"));
    let more = [(format!("day={}&after=-1", today()), "query")];
    for (query, field) in days.into_iter().chain(rest).chain(more) {
        let reply = ask(
            world,
            &token,
            &format!("key-use?credential={}&{query}", bench.seal),
        );
        println!("{query}");
        assert_problem(&reply, 400, "invalid_field");
        assert_eq!(reply.json()["detail"], field, "{}", reply.text());
    }
}
