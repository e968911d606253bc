//! `GET /api/v1/audit/views`: whose they are, what each finds of what really happened, and what is refused.

use kyso_api::management::{AuditQuery, ViewPage, ViewRow, Views};
use kyso_core::{Clock as _, SystemClock, ground};
use serde_json::json;

use super::{ask, officer};
use crate::desk::{Desk, hash};
use crate::log;
use crate::stamping::{Bench, assert_problem};
use crate::world::{World, on_both};

const NAMES: [&str; 8] = [
    "expired-authority",
    "seal-without-signature",
    "seal-outside-hours",
    "bulk",
    "failed-activations",
    "acting-alone",
    "certificates-ending",
    "skipped-numbers",
];

/// Every row of a view, page by page.
fn rows(world: &World, token: &str, query: &str) -> Vec<ViewRow> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let mark = if query.contains('?') { '&' } else { '?' };
        let reply = ask(world, token, &format!("views/{query}{mark}limit=50{after}"));
        assert_eq!(reply.status, 200, "{}", reply.text());
        let page: ViewPage = serde_json::from_slice(&reply.body).unwrap();
        found.extend(page.rows);
        match page.next {
            Some(next) => {
                after = format!("&after={}", kyso_tests::http::percent_encoded(&next));
            }
            None => return found,
        }
    }
}

#[test]
fn only_a_security_officer_asks_and_each_question_is_an_entry() {
    on_both(
        "it::oversight::views::only_a_security_officer_asks_and_each_question_is_an_entry",
        |world| {
            let bench = Bench::new(world);
            let office = &world.province().office;
            let tokens = [
                world.signer().account.token().unwrap(),
                bench.clerk.token_with_otp().unwrap(),
                office.manager1.token_with_otp().unwrap(),
                bench.token.clone(),
            ];
            let paths = [
                "views",
                "views?colour=red",
                "views/bulk",
                "views/no-such",
                "views/bulk?over=x",
                "key-use?credential=x",
            ];
            for token in &tokens {
                for path in paths {
                    let reply = ask(world, token, path);
                    assert_problem(&reply, 403, "forbidden");
                    log::refusal(world, &reply, "audit.read", "forbidden");
                }
            }
            let nobody = world.http().get("/api/v1/audit/views").send().unwrap();
            assert_eq!(nobody.status, 401, "{}", nobody.text());
            let token = officer(world);
            for name in NAMES {
                let reply = ask(world, &token, &format!("views/{name}?limit=7"));
                assert_eq!(reply.status, 200, "{name}: {}", reply.text());
                let entries = log::of_call(world, &reply);
                assert_eq!(entries.len(), 1);
                let data = json!({"view": name, "limit": 7, "filters": "limit"});
                assert_eq!(entries[0].entry["data"], data);
            }
            let reply = ask(world, &token, "views");
            let entries = log::of_call(world, &reply);
            assert_eq!(entries[0].entry["data"]["view"], "all");
            let page: Views = serde_json::from_slice(&reply.body).unwrap();
            let names: Vec<&str> = page.views.iter().map(|one| &*one.view.name).collect();
            assert_eq!(names, NAMES);
        },
    );
}

#[test]
fn what_was_done_with_a_seal_is_found_by_what_is_asked() {
    on_both(
        "it::oversight::views::what_was_done_with_a_seal_is_found_by_what_is_asked",
        |world| {
            let (bench, token) = (Bench::new(world), officer(world));
            bench.open(61);
            assert_eq!(bench.stamp("bằng lời hệ thống").status, 200);
            let of_seal = |name: &str| {
                let all = rows(world, &token, name).into_iter();
                let own = all.filter(|row| row.credential.as_ref() == Some(&bench.seal));
                own.collect::<Vec<_>>()
            };
            let asserted = of_seal("seal-without-signature");
            assert_eq!(asserted.len(), 1, "{asserted:?}");
            assert_eq!(asserted[0].why, "asserted");
            assert_eq!(asserted[0].event.as_deref(), Some("signature.intent"));
            let bulk = of_seal("bulk?over=60");
            assert_eq!(bulk.len(), 1, "{bulk:?}");
            let (why, count) = (bulk[0].why.as_str(), bulk[0].count);
            assert_eq!((why, count), ("one_session", Some(61)));
            assert_eq!(of_seal("bulk?over=61"), []);
            // Every minute is one of work; then only another day's.
            let always = "seal-outside-hours?begins=00:00&ends=24:00&weekdays=1234567";
            assert_eq!(of_seal(always), []);
            let today = ground::day(SystemClock.now()).unwrap().weekday();
            let another = today.next().number_from_monday();
            let off = of_seal(&format!("seal-outside-hours?weekdays={another}"));
            assert_eq!(off.len(), 1, "{off:?}");
            assert_eq!(off[0].why, "outside_days");
        },
    );
}

#[test]
fn what_a_person_got_wrong_is_found_and_what_must_not_happen_is_not() {
    on_both(
        "it::oversight::views::what_a_person_got_wrong_is_found_and_what_must_not_happen_is_not",
        |world| {
            let (signer, token) = (world.signer(), officer(world));
            let desk = Desk::p256(world, &signer);
            let sad = desk.sad(&signer, &[hash("đúng")]);
            assert_eq!(desk.sign(&sad, &[hash("sai")]).status, 400);
            assert_eq!(desk.authorize(&[hash("x")], "000000").status, 400);
            let own = format!("failed-activations?actor={}", signer.account.person_id);
            let failed = rows(world, &token, &own);
            let whys: Vec<&str> = failed.iter().map(|row| &*row.why).collect();
            assert_eq!(whys, ["authorization", "signature"], "{failed:?}");
            let refused = |row: &ViewRow| row.outcome.as_deref() == Some("refused");
            assert!(failed.iter().all(refused));
            assert_eq!(rows(world, &token, "expired-authority"), []);
            let alone = rows(world, &token, "acting-alone");
            let unexpected = |row: &&ViewRow| !["code", "by_the_server"].contains(&&*row.why);
            assert_eq!(alone.iter().find(unexpected), None);
            assert!(alone.iter().any(|row| row.why == "by_the_server"));
        },
    );
}

#[test]
fn certificates_are_told_by_their_end() {
    on_both(
        "it::oversight::views::certificates_are_told_by_their_end",
        |world| {
            let token = officer(world);
            let signer = world.signer();
            let key = &signer.credentials.p256;
            let all = rows(world, &token, "certificates-ending?days=366");
            let own = all.iter().find(|row| row.credential.as_ref() == Some(key));
            let own = own.unwrap();
            assert_eq!(own.why, "active");
            let left = own.count.unwrap();
            let within = |days: u64| {
                let some = rows(world, &token, &format!("certificates-ending?days={days}"));
                some.iter().any(|row| row.credential.as_ref() == Some(key))
            };
            assert!(within(left + 1) && !within(left), "{left}");
            let ends: Vec<&String> = all.iter().filter_map(|row| row.time.as_ref()).collect();
            assert!(ends.is_sorted());
            let one = |after: &str| {
                let path = format!("views/certificates-ending?days=366&limit=1{after}");
                let reply = ask(world, &token, &path);
                serde_json::from_slice::<ViewPage>(&reply.body).unwrap()
            };
            let first = one("");
            let second = one(&format!("&after={}", first.next.unwrap()));
            assert_eq!((first.rows.len(), second.rows.len()), (1, 1));
            assert!(first.rows[0].time <= second.rows[0].time);
            assert_ne!(first.rows, second.rows);
        },
    );
}

#[test]
fn a_bad_parameter_is_refused_by_its_name() {
    let world = World::sqlite();
    let token = officer(world);
    let cases = [
        ("views?over=5", "over"),
        ("views?from=yesterday", "from"),
        (
            "views?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
            "from",
        ),
        ("views?to=", "to"),
        ("views/bulk?over=-1", "query"),
        ("views/bulk?over=4294967296", "query"),
        ("views/bulk?days=7", "days"),
        ("views/bulk?limit=0", "limit"),
        ("views/bulk?limit=1001", "limit"),
        ("views/bulk?after=x", "after"),
        ("views/bulk?after=9223372036854775808", "after"),
        ("views/bulk?actor=x", "actor"),
        ("views/bulk?colour=red", "query"),
        ("views/bulk?over=1&over=2", "query"),
        ("views/failed-activations?actor=%27%3B--", "actor"),
        ("views/seal-outside-hours?begins=7:30", "begins"),
        ("views/seal-outside-hours?begins=18:00", "ends"),
        ("views/seal-outside-hours?ends=24:01", "ends"),
        ("views/seal-outside-hours?weekdays=8", "weekdays"),
        ("views/seal-outside-hours?weekdays=", "weekdays"),
        ("views/certificates-ending?days=0", "days"),
        ("views/certificates-ending?days=367", "days"),
        ("views/certificates-ending?after=1", "after"),
        (
            "views/certificates-ending?from=2026-01-01T00:00:00Z",
            "from",
        ),
        ("views/skipped-numbers?year=1944", "year"),
        ("views/skipped-numbers?year=10000", "year"),
        ("views/skipped-numbers?agency=H27", "agency"),
        ("views/skipped-numbers?after=a.b.c", "after"),
        ("key-use", "query"),
        ("key-use?credential=x&day=2026-11-27", "credential"),
    ];
    for (path, field) in cases {
        let reply = ask(world, &token, path);
        println!("{path}");
        assert_problem(&reply, 400, "invalid_field");
        assert_eq!(reply.json()["detail"], field, "{}", reply.text());
        let query = AuditQuery {
            request: Some(reply.header("x-request-id").unwrap().to_owned()),
            ..AuditQuery::default()
        };
        assert_eq!(log::entries(world, &query).len(), 0, "{path}");
    }
    let unknown = ask(world, &token, "views/no-such");
    assert_problem(&unknown, 404, "not_found");
}
