//! The audit log.

use kyso_api::management::{AuditEntry, AuditQuery};
use kyso_client::Client;
use serde_json::{Value, json};

use crate::args::AuditFilter;
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::screen::Screen;

/// One page: the officer pages on with `--after`.
pub(crate) fn list(screen: &Screen, client: &Client, filter: AuditFilter) -> Result<(), Failure> {
    let page = client.audit(&AuditQuery {
        after: filter.after,
        limit: filter.limit,
        event: filter.event,
        actor: filter.actor,
        credential: filter.credential,
        agency: filter.agency,
        client: filter.client,
        request: filter.request,
        outcome: filter.outcome,
        number: filter.document_number,
        series: filter.number_series,
        year: filter.year,
        from: filter.from,
        to: filter.to,
    })?;
    if screen.is_json() {
        screen.record(&page);
    } else {
        let rows: Vec<Value> = page.entries.iter().map(row).collect();
        screen.table(
            &rows,
            &["sequence", "time", "event", "outcome", "actor", "entry"],
        );
    }
    if let Some(next) = page.next {
        screen.note(Message::MoreEntries, &[&next.to_string()]);
    }
    Ok(())
}

/// The members that every entry has, and the rest as it stands.
fn row(entry: &AuditEntry) -> Value {
    let mut rest = entry.entry.clone();
    let mut take = |name: &str| {
        rest.as_object_mut()
            .and_then(|members| members.remove(name))
            .unwrap_or_default()
    };
    let (time, event) = (take("time"), take("event"));
    let (outcome, actor) = (take("outcome"), take("actor"));
    json!({ "sequence": entry.sequence, "time": time, "event": event, "outcome": outcome,
            "actor": actor, "entry": rest })
}
