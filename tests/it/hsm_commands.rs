//! `kysod hsm …` against a real token, with no server and no database: SoftHSM2, or the one whose
//! profile `KYSO_TEST_HSM_PROFILE` names (ops/kryoptic), which all tests here then share.

use std::path::Path;

use kyso_tests::server::{Plan, Site, write_private};
use serde_json::Value;
use tempfile::TempDir;

use crate::world::{PROGRAM, World};

/// Configuration and token, and nothing that runs.
struct Shelf {
    site: Site,
    _directory: TempDir,
}

impl Shelf {
    fn new() -> Self {
        let shelf = Self::of_softhsm();
        if let Some(profile) = std::env::var_os("KYSO_TEST_HSM_PROFILE") {
            std::fs::copy(profile, shelf.site.path("hsm.toml")).unwrap();
        }
        shelf
    }

    fn of_softhsm() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let plan = Plan::new(directory.path(), Path::new(PROGRAM));
        Self {
            site: Site::prepare(plan).unwrap(),
            _directory: directory,
        }
    }

    fn run(&self, words: &[&str]) -> anyhow::Result<String> {
        self.site.run(&[&["hsm"], words].concat())
    }

    fn list(&self) -> String {
        self.run(&["list"]).unwrap()
    }

    /// Puts lines into the profile in the place of the one that begins so.
    fn edit_profile(&self, begins: &str, lines: &str) {
        let path = self.site.path("hsm.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let old = text.lines().find(|line| line.starts_with(begins));
        let old = old.unwrap_or_else(|| panic!("no {begins} in {text}"));
        std::fs::write(path, text.replace(old, lines)).unwrap();
    }

    fn allow(&self, algorithms: &str) {
        let lines = format!("mechanisms.algorithms = [{algorithms}]\nsoftware_token = true");
        self.edit_profile("software_token", &lines);
    }

    fn serial(&self) -> String {
        let status = self.run(&["status"]).unwrap();
        let line = status.lines().find(|line| line.starts_with("serial"));
        let serial = line.unwrap().split_whitespace().last();
        serial.unwrap().to_owned()
    }
}

#[test]
fn status_says_that_the_token_is_ready_and_is_no_hsm() {
    let shelf = Shelf::new();
    let status = shelf.run(&["status"]).unwrap();
    assert!(status.contains("state      Ready"), "{status}");
    assert!(status.contains("yes: not an HSM"), "{status}");
}

#[test]
fn the_server_warns_at_its_start_that_a_software_token_has_no_legal_value() {
    let world = World::sqlite();
    let said = world.deployment.server.log();
    let lines = said.lines().filter_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        (line["level"] == "WARN").then_some(line)
    });
    let warnings: Vec<Value> = lines
        .filter(|line| line["message"].to_string().contains("SOFTWARE TOKEN"))
        .collect();
    assert_eq!(warnings.len(), 1, "{said}");
    let message = warnings[0]["message"].as_str().unwrap();
    for words in [
        "signatures have no legal value",
        "chữ ký không có giá trị pháp lý",
    ] {
        assert!(message.contains(words), "{message}");
    }
    // It names the token, so that nobody looks for the wrong one.
    let status = world
        .deployment
        .server
        .site()
        .run(&["hsm", "status"])
        .unwrap();
    let serial = warnings[0]["serial"].as_str().unwrap();
    assert!(status.contains(serial), "{serial} {status}");
}

#[test]
fn list_shows_the_sealing_key_that_init_made_once() {
    let shelf = Shelf::new();
    let first = shelf.run(&["init"]).unwrap();
    let listed = shelf.list();
    let id = first.trim().strip_prefix("the sealing key is ").unwrap();
    let line = listed.lines().find(|line| line.starts_with(id));
    assert!(line.unwrap().contains("AES"), "{listed}");
    assert_eq!(shelf.run(&["init"]).unwrap(), first);
    assert_eq!(shelf.list(), listed);
}

#[test]
fn init_begins_a_blank_token_with_the_so_pin_once() {
    let shelf = Shelf::of_softhsm();
    std::fs::remove_dir_all(shelf.site.path("tokens")).unwrap();
    std::fs::create_dir(shelf.site.path("tokens")).unwrap();
    let told = |words: &[&str]| shelf.run(words).unwrap_err().to_string();
    assert!(told(&["status"]).contains("has no token"));
    assert!(
        told(&["init"]).contains("the SO PIN: "),
        "{}",
        told(&["init"])
    );
    let path = shelf.site.path("so-pin");
    let file = path.to_str().unwrap();
    std::fs::write(file, "so-87654321").unwrap();
    let open = told(&["init", "--so-pin-file", file]);
    assert!(open.contains("readable by its owner only"), "{open}");
    assert!(!open.contains("so-87654321"), "{open}");
    std::fs::remove_file(file).unwrap();
    write_private(&path, "so-87654321").unwrap();
    let begun = shelf.run(&["init", "--so-pin-file", file]).unwrap();
    assert!(begun.starts_with("the token was begun\n"), "{begun}");
    assert_eq!(shelf.list().lines().count(), 1, "{}", shelf.list());
    // Who begins it again by mistake, or without the SO PIN, loses nothing.
    let again = shelf.run(&["init", "--so-pin-file", file]).unwrap();
    assert_eq!(begun, format!("the token was begun\n{again}"));
    assert_eq!(shelf.run(&["init"]).unwrap(), again);
}

#[test]
fn bench_measures_what_the_profile_allows_and_leaves_no_key_behind() {
    let shelf = Shelf::new();
    let before = shelf.list();
    shelf.allow("'p-256'");
    let printed = shelf.run(&["bench", "--lanes", "1", "--lanes", "2", "--seconds", "1"]);
    assert_rows(&printed.unwrap(), &[("p-256", "1"), ("p-256", "2")]);
    let refused = shelf
        .run(&["bench", "--algorithm", "rsa-2048"])
        .unwrap_err();
    let told = "the HSM profile does not allow rsa-2048";
    assert!(refused.to_string().contains(told), "{refused}");
    assert_eq!(shelf.list(), before);
}

#[test]
fn bench_measures_every_kind_of_key() {
    let shelf = Shelf::new();
    let printed = shelf.run(&["bench", "--lanes", "1", "--seconds", "1"]);
    let kinds = ["rsa-2048", "rsa-3072", "rsa-4096", "p-256", "p-384"];
    assert_rows(&printed.unwrap(), &kinds.map(|kind| (kind, "1")));
}

/// One row each, by kind and lanes, and none of them idle.
fn assert_rows(printed: &str, rows: &[(&str, &str)]) {
    let found: Vec<_> = printed
        .lines()
        .map(|line| {
            assert!(!line.contains(" 0/s"), "{line}");
            assert!(line.ends_with("µs to check"), "{line}");
            let mut words = line.split_whitespace();
            (words.next().unwrap(), words.next().unwrap())
        })
        .collect();
    assert_eq!(found, rows, "{printed}");
}

#[test]
fn a_token_is_opened_by_its_serial_number() {
    let shelf = Shelf::new();
    let serial = shelf.serial();
    shelf.edit_profile("token.label", &format!("token.serial = '{serial}'"));
    assert_eq!(shelf.serial(), serial);
    shelf.run(&["init"]).unwrap();
    shelf.edit_profile("token.serial", "token.serial = '0000000000000001'");
    let error = shelf.run(&["status"]).unwrap_err();
    assert!(error.to_string().contains("has no token"), "{error}");
}
