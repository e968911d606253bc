//! Signatures with the time stamp of an outside authority, which comes at once or later.

use serde_json::Value;

use super::{Terminal, text};
use crate::time_stamps::{Authority, asking};
use crate::world::{Database, World};

/// What `kyso verify` says of the time of a file's only signature, whose stamp this authority made.
fn basis(terminal: &Terminal<'_>, authority: &Authority, file: &str) -> String {
    let root = authority.root().display().to_string();
    let output = terminal.verify_with(file, &["--ca", &root]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let one = report["signatures"].get(0).unwrap_or(&report);
    text(one, "time_basis").to_owned()
}

fn state(results: &Value, place: usize) -> &str {
    text(&results[place]["time_stamp"], "state")
}

#[test]
fn a_time_stamp_goes_into_what_is_signed_at_once_or_later() {
    let authority = Authority::new();
    let world = World::planned(Database::Sqlite, asking(&authority, 120)).unwrap();
    let signer = world.signer();
    let terminal = Terminal::of_signer(&world, &signer.account);
    let key = &signer.credentials.p256;
    for name in ["a.pdf", "b.pdf"] {
        terminal.write(name, &super::pdf::plain());
    }
    terminal.write("c.txt", "Tờ trình");

    let results = terminal.signed(&signer, key, &["a.pdf", "c.txt", "--time-stamp"]);
    assert_eq!((state(&results, 0), state(&results, 1)), ("held", "held"));
    for file in ["a.signed.pdf", "c.txt"] {
        assert_eq!(basis(&terminal, &authority, file), "stamped", "{file}");
    }

    authority.shut(true);
    let line = ["b.pdf", "--time-stamp", "--time-stamp-wait", "0"];
    let results = terminal.signed(&signer, key, &line);
    assert_eq!(state(&results, 0), "pending");
    assert_eq!(basis(&terminal, &authority, "b.signed.pdf"), "claimed");
    let id = text(&results[0]["time_stamp"], "id");
    let later = ["time-stamp", "b.signed.pdf", "--id", id];
    let (_, sentence) = terminal.fails(1, &later);
    assert!(sentence.contains(&later.join(" ")), "{sentence}");
    authority.shut(false);
    crate::world::until(|| terminal.kyso(&later).status.success());
    assert_eq!(basis(&terminal, &authority, "b.signed.pdf"), "stamped");
    terminal.fails(1, &later);
    let other = ["time-stamp", "a.signed.pdf", "--id", id];
    terminal.fails(1, &other);
}
