//! An entry that the database's owner changed: it is shown as changed, and hides no other.

use kyso_api::management::{AuditEntry, AuditQuery};
use serde_json::json;

use super::Browser;
use crate::log;
use crate::owner::Owner;
use crate::world::{World, on_own};

/// The newest entry that says that the log was read: the server enters others by itself meanwhile.
fn newest(world: &World) -> AuditEntry {
    let all = log::entries(world, &AuditQuery::default()).into_iter();
    let mut reads = all.filter(|entry| entry.entry["event"] == "audit.read");
    reads.next_back().unwrap()
}

fn given(world: &World, sequence: u64) -> AuditEntry {
    let all = log::entries(world, &AuditQuery::default()).into_iter();
    let mut found = all.filter(|entry| entry.sequence == sequence);
    found.next().unwrap()
}

#[test]
fn an_entry_that_was_changed_is_shown_as_changed_and_hides_no_other() {
    let test =
        "it::pages::spoilt::an_entry_that_was_changed_is_shown_as_changed_and_hides_no_other";
    on_own(test, |world| {
        let officer = Browser::of(world.http(), &world.province().office.officer);
        let mut owner = Owner::of(&world);
        owner.unlock("audit_entry");
        for change in [
            |_: &str| vec![0, 0xff],
            |text: &str| text.replace("audit.read", "server.started").into_bytes(),
        ] {
            let whole = newest(&world);
            let sequence = whole.sequence;
            let bytes = owner.bytes(&change(&whole.entry.to_string()));
            let set = format!("SET entry = {bytes} WHERE sequence = {sequence}");
            owner.run(&format!("UPDATE audit_entry {set}"));
            let expected = AuditEntry {
                entry: json!({}),
                openings: std::collections::BTreeMap::new(),
                tampered: vec!["entry".to_owned()],
                ..whole
            };
            assert_eq!(given(&world, sequence), expected);
            let list = officer.page("/ui/audit");
            let row = list.split(&format!("href=\"/ui/audit/{sequence}\"")).nth(1);
            let row = row.and_then(|row| row.split("</tr>").next()).unwrap();
            assert!(row.contains("Đã bị sửa"), "{row}");
            assert!(list.contains("/ui/audit?before="), "no older ones: {list}");
            let entry = officer.page(&format!("/ui/audit/{sequence}"));
            assert!(entry.contains("Đã bị sửa"), "{entry}");
            for shown in ["server.started", "state good", "<pre"] {
                assert!(!entry.contains(shown), "{shown}: {entry}");
            }
        }
    });
}
