//! A security officer's standing questions and a key's day, on the command line.

use kyso_core::{Clock as _, SystemClock, ground};

use super::{Terminal, code, why};
use crate::log;
use crate::stamping::Bench;
use crate::transparency;
use crate::world::{World, on_both, until};

#[test]
fn an_officer_reads_the_questions_and_a_keys_day() {
    let world = World::sqlite();
    let bench = Bench::new(world);
    bench.open(77);
    assert_eq!(bench.stamp("một").status, 200);
    let officer = Terminal::of(world, &world.province().office.officer);
    let views = officer.json(&["audit", "views"]);
    assert_eq!(views["views"].as_array().unwrap().len(), 8);
    let told = officer.done(&["--language", "en", "audit", "views"]);
    assert!(told.contains("Signed under an expired authority"), "{told}");
    let bulk = officer.json(&["audit", "view", "bulk", "--over", "76"]);
    let rows = bulk["rows"].as_array().unwrap();
    let own = |row: &&serde_json::Value| row["credential"] == bench.seal.as_str();
    assert_eq!(rows.iter().find(own).unwrap()["count"], 77);
    let told = officer.done(&["audit", "view", "bulk", "--over", "76"]);
    assert!(
        told.contains(&bench.seal) && told.contains("one_session"),
        "{told}"
    );
    let day = ground::day(SystemClock.now()).unwrap().to_string();
    let line = [
        "audit",
        "key-use",
        "--credential",
        &bench.seal,
        "--day",
        &day,
    ];
    assert_eq!(officer.json(&line)["owner_kind"], "agency");
    let told = officer.done(&line);
    for word in ["records_clerk", "signature.intent", "active", "session"] {
        assert!(told.contains(word), "{word}: {told}");
    }
    officer.fails(1, &["audit", "view", "no-such"]);
    officer.fails(1, &["audit", "view", "bulk", "--days", "7"]);
    let clerk = Terminal::of(world, &bench.clerk);
    clerk.fails(1, &["audit", "views"]);
    clerk.fails(1, &line);
}

#[test]
fn an_officer_finds_a_document_by_its_number() {
    let world = World::sqlite();
    let bench = Bench::new(world);
    bench.open(1);
    assert_eq!(bench.stamp("số mười hai").status, 200);
    let officer = Terminal::of(world, &world.province().office.officer);
    let year = ground::day(SystemClock.now()).unwrap().year();
    let found = |line: &[&str]| {
        let own = ["audit", "list", "--credential", &bench.seal];
        let page = officer.json(&[&own[..], line].concat());
        let entries = page["entries"].as_array().unwrap().iter();
        let events = entries.map(|one| one["entry"]["event"].as_str().unwrap().to_owned());
        events.collect::<Vec<_>>()
    };
    let (this, before) = (year.to_string(), (year - 1).to_string());
    for (line, count) in [
        (&["--number", "12"][..], 1),
        (
            &["--number", "12", "--series", "qđ-ubnd", "--year", &this],
            1,
        ),
        (&["--number", "12", "--series", "CV"], 0),
        (&["--number", "12", "--year", &before], 0),
        (&["--number", "13"], 0),
    ] {
        assert_eq!(found(line), vec!["signature.intent"; count], "{line:?}");
    }
    officer.fails(1, &["audit", "list", "--series", "QĐ-UBND"]);
    officer.fails(1, &["audit", "list", "--year", &this]);
    officer.fails(1, &["audit", "list", "--number", "0"]);
    let in_words = officer.kyso(&["audit", "list", "--number", "mười hai"]);
    assert_eq!(code(&in_words), 2, "{in_words:?}");
}

/// Runs an export until no other test's is under way; its exit code, and the word for why it failed.
fn exported(officer: &Terminal<'_>, arguments: &[&str]) -> (i32, String) {
    let line = [&["--json", "audit", "export"], arguments].concat();
    let mut end = None;
    until(|| {
        let output = officer.kyso(&line);
        let word = if code(&output) == 0 {
            String::new()
        } else {
            why(&output).0
        };
        let busy = word == "too_many_requests";
        end = Some((code(&output), word));
        !busy
    });
    end.unwrap()
}

#[test]
fn an_officer_exports_the_log_and_an_auditor_verifies_it() {
    let test = "it::cli::overseeing::an_officer_exports_the_log_and_an_auditor_verifies_it";
    on_both(test, |world| {
        transparency::checkpointed(world, 30);
        let officer = Terminal::of(world, &world.province().office.officer);
        let file = ["nhat-ky.tar", "--from", "3", "--to", "30", "--disclose"];
        assert_eq!(exported(&officer, &file), (0, String::new()));
        let kept = std::fs::read(officer.path("nhat-ky.tar")).unwrap();
        // What is there is not written over, and nothing is left of what did not come.
        assert_ne!(exported(&officer, &file).0, 0);
        assert_eq!(std::fs::read(officer.path("nhat-ky.tar")).unwrap(), kept);
        let later = ["mai-sau.tar", "--to", "9000000000"];
        assert_eq!(exported(&officer, &later), (1, "receipt_pending".into()));
        assert!(!officer.path("mai-sau.tar").exists());
        officer.write("trusted", &transparency::trusted_keys(world));
        let verify = ["audit", "verify", "nhat-ky.tar", "--policy", "trusted"];
        let told = officer.json(&verify);
        assert_eq!((&told["first"], &told["last"]), (&3.into(), &29.into()));
        assert_eq!(told["keys"]["log"], "given");
        let entries = log::entries(world, &log::of_event("audit.exported"));
        let of_file = |one: &kyso_api::management::AuditEntry| {
            let data = &one.entry["data"];
            data["from"] == 3 && data["to"] == 30 && data["disclosed"] == 1
        };
        assert!(entries.iter().any(of_file), "{entries:?}");
        // It is a program of its own for the auditor: nobody is asked.
        let alone = officer.command_at("https://localhost:1", &verify).output();
        assert_eq!(code(&alone.unwrap()), 0);
    });
}
