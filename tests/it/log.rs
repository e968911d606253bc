//! What the log says, as a security officer reads it.

use kyso_api::management::{AuditEntry, AuditQuery};
use kyso_tests::http::Reply;

use crate::world::World;

/// Every entry that fits.
pub(crate) fn entries(world: &World, query: &AuditQuery) -> Vec<AuditEntry> {
    let (mut found, mut query) = (Vec::new(), query.clone());
    query.limit = Some(200);
    loop {
        let officer = &world.province().office.officer;
        let page = officer.acting(|client| client.audit(&query)).unwrap();
        found.extend(page.entries);
        query.after = page.next;
        if query.after.is_none() {
            return found;
        }
    }
}

/// The question for every entry of this event.
pub(crate) fn of_event(event: &str) -> AuditQuery {
    AuditQuery {
        event: Some(event.to_owned()),
        ..AuditQuery::default()
    }
}

/// Every entry of this event about this credential.
pub(crate) fn of_credential(world: &World, event: &str, credential: &str) -> Vec<AuditEntry> {
    let query = AuditQuery {
        event: Some(event.to_owned()),
        credential: Some(credential.to_owned()),
        ..AuditQuery::default()
    };
    entries(world, &query)
}

/// Every entry that the call made which this is the reply of, the oldest first.
pub(crate) fn of_call(world: &World, reply: &Reply) -> Vec<AuditEntry> {
    let query = AuditQuery {
        request: Some(reply.header("x-request-id").unwrap().to_owned()),
        ..AuditQuery::default()
    };
    entries(world, &query)
}

/// The events of the entries that the call made which this is the reply of, the oldest first.
pub(crate) fn events_of_call(world: &World, reply: &Reply) -> Vec<String> {
    let entries = of_call(world, reply);
    let event = |entry: &AuditEntry| entry.entry["event"].as_str().unwrap().to_owned();
    entries.iter().map(event).collect()
}

/// The reason in an entry.
pub(crate) fn reason(entry: &AuditEntry) -> &str {
    entry.entry["reason"].as_str().unwrap_or_default()
}

/// The one entry of a refused call.
pub(crate) fn refusal(world: &World, reply: &Reply, event: &str, reason: &str) -> AuditEntry {
    assert!((400..500).contains(&reply.status), "{}", reply.text());
    let mut entries = of_call(world, reply);
    let what = format!("{event} {reason}: {} {entries:?}", reply.text());
    assert_eq!(entries.len(), 1, "{what}");
    let entry = entries.remove(0);
    assert_eq!(entry.entry["event"], event, "{what}");
    assert_eq!(entry.entry["outcome"], "refused", "{what}");
    assert_eq!(entry.entry["reason"], reason, "{what}");
    entry
}

pub(crate) fn assert_events(world: &World, reply: &Reply, events: &[&str]) {
    let found = events_of_call(world, reply);
    assert_eq!(found, events, "{} {}", reply.status, reply.text());
}

/// How many failures of this kind were summed of this person or system; sums are written when a minute is
/// over, or when the server stops.
pub(crate) fn sums_of(world: &World, actor: &str, kind: &str) -> u64 {
    let query = AuditQuery {
        event: Some("failures.summed".to_owned()),
        actor: Some(actor.to_owned()),
        ..AuditQuery::default()
    };
    let entries = entries(world, &query);
    let found = entries
        .iter()
        .filter(|one| one.entry["data"]["kind"] == kind);
    found.map(|one| one.entry["count"].as_u64().unwrap()).sum()
}
