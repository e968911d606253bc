//! The audit log.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use kyso_api::management::{AuditEntry, AuditQuery, ExportQuery};
use kyso_client::Client;
use serde_json::{Value, json};

use crate::args::{AuditFilter, ExportArgs};
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

/// Into a new file, which is removed again if not all of it came.
pub(crate) fn export(screen: &Screen, client: &Client, args: &ExportArgs) -> Result<(), Failure> {
    let path = &args.to_file;
    let query = ExportQuery {
        from: args.first,
        to: args.end,
        disclose: args.disclose.then_some(true),
    };
    let file = File::create_new(path).map_err(|error| Failure::file(path, error))?;
    let written = written(client, &query, &file, path);
    if written.is_err() {
        let _ = std::fs::remove_file(path); // the failure itself is told
    }
    let bytes = written?;
    let told = json!({ "file": path, "bytes": bytes });
    let values = [path.display().to_string(), bytes.to_string()];
    screen.result(
        &told,
        Message::Exported,
        &values.each_ref().map(String::as_str),
    );
    Ok(())
}

fn written(client: &Client, query: &ExportQuery, file: &File, path: &Path) -> Result<u64, Failure> {
    let mut to = BufWriter::new(file);
    let bytes = client.export_audit(query, &mut to)?;
    let kept = to.flush().and_then(|()| file.sync_all());
    kept.map_err(|error| Failure::file(path, error))?;
    Ok(bytes)
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
