//! `kysod bootstrap`, the program itself: once, entry 0, and three codes that each let one person in.

use std::path::Path;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use kyso_core::{Clock, SystemClock, Timestamp};
use kyso_tests::http::{Http, Reply};
use kyso_tests::province::{Account, Codes, options};
use kyso_tests::server::{Plan, Server, Site, tls};
use serde_json::json;
use tempfile::TempDir;

use crate::stamping::assert_problem;
use crate::world::PROGRAM;

fn site(more: &str) -> (Site, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let mut plan = Plan::new(directory.path(), Path::new(PROGRAM));
    more.clone_into(&mut plan.more);
    let site = Site::prepare(plan).unwrap();
    site.run(&["migrate"]).unwrap();
    (site, directory)
}

/// The codes in what was printed, in its order.
fn codes(printed: &str) -> Vec<String> {
    Codes::read(printed).unwrap();
    let lines = printed.lines().filter(|line| line.contains(": code "));
    lines
        .map(|line| line.split_whitespace().last().unwrap().to_owned())
        .collect()
}

fn http(site: &Site) -> Http {
    let ca = std::fs::read_to_string(site.path(tls::CA)).unwrap();
    Http::new(&site.base_url(), &ca).unwrap()
}

fn enrol(http: &Http, code: &str) -> Reply {
    let call = http.post("/api/v1/enrolments");
    call.json(&json!({"code": code})).send().unwrap()
}

#[test]
fn three_people_get_a_code_each_and_nobody_a_password() {
    let (site, _directory) = site("");
    let printed = site.run(&["bootstrap"]).unwrap();
    let codes = codes(&printed);
    assert_eq!(codes.len(), 3, "{printed}");
    for (who, count) in [("subscriber manager ", 2), ("security officer ", 1)] {
        assert_eq!(printed.matches(who).count(), count, "{printed}");
    }
    for never in ["assword", "mật khẩu", "otpauth", "secret"] {
        assert!(!printed.contains(never), "{printed}");
    }
    let database = std::fs::read(site.path("kyso.db")).unwrap();
    for code in &codes {
        let holds = |bytes: &[u8]| bytes.windows(code.len()).any(|at| at == code.as_bytes());
        assert!(!holds(&database), "the code itself is stored");
    }
    // A second run changes nothing and prints no code.
    let head = std::fs::read(site.path("audit.head")).unwrap();
    let again = site.run(&["bootstrap"]).unwrap_err().to_string();
    assert!(again.contains("the log is not empty"), "{again}");
    assert!(!again.contains(": code "), "{again}");
    assert_eq!(std::fs::read(site.path("audit.head")).unwrap(), head);

    let server = Server::start(&site).unwrap();
    let http = http(&site);
    let options = options(&site.base_url(), &site.path(tls::CA));
    let people: Vec<Account> = codes
        .iter()
        .map(|code| Account::enrol(&options, code, "").unwrap())
        .collect();
    for code in &codes {
        assert_problem(&enrol(&http, code), 410, "code_expired");
    }
    let token = people[2].token_with_otp().unwrap();
    let call = http.get("/api/v1/audit?limit=1").bearer(&token);
    let first = call.send().unwrap();
    assert_eq!(
        first.json()["entries"][0]["sequence"],
        0,
        "{}",
        first.text()
    );
    assert_eq!(
        first.member("/entries/0/entry/event").unwrap(),
        "bootstrap.completed"
    );
    assert!(server.stop().unwrap().success());
}

#[test]
fn a_code_of_the_first_day_says_when_it_ends() {
    let (site, _directory) = site("[tokens]\nenrolment_code_minutes = 30\n");
    let minutes = |number: u64| Duration::from_secs(number * 60);
    let before = SystemClock.now();
    let printed = site.run(&["bootstrap"]).unwrap();
    let until = printed.split("Until ").nth(1).unwrap();
    let until = until.split_whitespace().next().unwrap();
    // Both are RFC 3339 in UTC with the same digits, so they sort as text.
    let span =
        before.after(minutes(30)).to_string()..=SystemClock.now().after(minutes(30)).to_string();
    assert!(span.contains(&until.to_owned()), "{printed}");
    let database = site.path("kyso.db");
    let mut owner = SqliteConnection::establish(database.to_str().unwrap()).unwrap();
    let rows: Vec<Expiry> = diesel::sql_query("SELECT expires_at FROM enrolment_code")
        .load(&mut owner)
        .unwrap();
    let ends: Vec<String> = rows
        .iter()
        .map(|row| Timestamp::from_micros(row.expires_at).to_string())
        .collect();
    assert_eq!(ends, [until, until, until]);
}

#[derive(QueryableByName)]
struct Expiry {
    #[diesel(sql_type = BigInt)]
    expires_at: i64,
}
