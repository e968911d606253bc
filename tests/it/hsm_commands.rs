//! `kysod hsm …` against a real token, with no server and no database.

use std::path::Path;

use kyso_tests::server::{Plan, Site};
use tempfile::TempDir;

use crate::world::PROGRAM;

/// Configuration and token, and nothing that runs.
struct Shelf {
    site: Site,
    _directory: TempDir,
}

impl Shelf {
    fn new() -> Self {
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

    /// Puts something else into the profile.
    fn edit_profile(&self, from: &str, to: &str) {
        let path = self.site.path("hsm.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(path, text.replace(from, to)).unwrap();
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
fn list_shows_the_sealing_key_that_init_made_once() {
    let shelf = Shelf::new();
    assert_eq!(shelf.run(&["list"]).unwrap(), "");
    let first = shelf.run(&["init"]).unwrap();
    let listed = shelf.run(&["list"]).unwrap();
    assert_eq!(listed.lines().count(), 1, "{listed}");
    assert!(listed.contains("AES"), "{listed}");
    assert_eq!(shelf.run(&["init"]).unwrap(), first);
    assert_eq!(shelf.run(&["list"]).unwrap(), listed);
}

#[test]
fn bench_measures_what_the_profile_allows_and_leaves_no_key_behind() {
    let shelf = Shelf::new();
    let anchor = "software_token";
    shelf.edit_profile(
        anchor,
        &format!("mechanisms.algorithms = ['p-256']\n{anchor}"),
    );
    let printed = shelf.run(&["bench", "--lanes", "1", "--lanes", "2", "--seconds", "1"]);
    let printed = printed.unwrap();
    assert_eq!(printed.lines().count(), 2, "{printed}");
    for line in printed.lines() {
        assert!(line.starts_with("p-256"), "{line}");
        assert!(!line.contains(" 0/s"), "{line}");
        assert!(line.ends_with("µs to check"), "{line}");
    }
    let refused = shelf
        .run(&["bench", "--algorithm", "rsa-2048"])
        .unwrap_err();
    let told = "the HSM profile does not allow rsa-2048";
    assert!(refused.to_string().contains(told), "{refused}");
    assert_eq!(shelf.run(&["list"]).unwrap(), "");
}

#[test]
fn a_token_is_opened_by_its_serial_number() {
    let shelf = Shelf::new();
    let serial = shelf.serial();
    shelf.edit_profile(
        "token.label = 'kyso'",
        &format!("token.serial = '{serial}'"),
    );
    assert_eq!(shelf.serial(), serial);
    shelf.run(&["init"]).unwrap();
    shelf.edit_profile(&serial, "0000000000000000");
    let error = shelf.run(&["status"]).unwrap_err();
    assert!(error.to_string().contains("has no token"), "{error}");
}
