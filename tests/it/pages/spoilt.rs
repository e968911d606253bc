//! An entry that the database's owner changed: it is shown as changed, and hides no other.

use kyso_api::management::{AuditEntry, AuditQuery};
use serde_json::json;

use super::Browser;
use crate::log;
use crate::owner::Owner;
use crate::transparency::checkpoint_of;
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

/// The page names the entry, and shows no root as if all were well; that it was a fault is an entry.
fn assert_told_by_verification(world: &World, officer: &Browser<'_>, sequence: u64) {
    let path = "/ui/audit/verify";
    let told = officer.send(path, path, &[]);
    assert_eq!(told.status, 200, "{}", told.text());
    let html = told.text();
    let notice = html.split("notice bad").nth(1);
    let notice = notice.unwrap_or_else(|| panic!("no fault: {html}"));
    let notice = notice.split("</ul></div>").next().unwrap();
    let finding = notice.split("<li>").nth(1).unwrap();
    assert!(finding.contains(&sequence.to_string()), "{finding}");
    assert!(!html.contains("notice good"), "{html}");
    assert!(html.contains("<dd><code></code></dd>"), "a root: {html}");
    let verified = log::entries(world, &log::of_event("audit.verified"));
    assert_eq!(verified.last().unwrap().entry["data"]["found"], "fault");
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
            // Later the tree has it, and does not look at it again: no alarm is raised.
            checkpoint_of(world.http(), sequence + 1);
            let was = owner.read(&format!(
                "SELECT entry AS value FROM audit_entry WHERE sequence = {sequence}"
            ));
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
            assert_told_by_verification(&world, &officer, sequence);
            // As it was, so that the next one is the first fault again.
            let bytes = owner.bytes(&was);
            let set = format!("SET entry = {bytes} WHERE sequence = {sequence}");
            owner.run(&format!("UPDATE audit_entry {set}"));
        }
    });
}
