//! Stamping sessions.

use kyso_api::management::{NewStampingSession, SignaturePage, SignatureQuery, SignatureRecord};
use kyso_client::Client;
use serde_json::{Value, json};

use super::act;
use crate::args::SessionCommand;
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::screen::Screen;

pub(crate) fn run(
    screen: &Screen,
    client: &Client,
    command: SessionCommand,
) -> Result<(), Failure> {
    match command {
        SessionCommand::List => {
            let columns = [
                "id",
                "client",
                "credential",
                "used",
                "remaining",
                "until",
                "state",
                "purposes",
            ];
            screen.table(&client.stamping_sessions()?, &columns);
            Ok(())
        }
        SessionCommand::Open {
            client: system,
            credential,
            signatures,
            until,
            purposes,
            otp,
        } => {
            let session = client.open_stamping_session(&NewStampingSession {
                client: system,
                credential,
                limit: signatures,
                until,
                purposes,
                otp: otp.read(screen)?,
            })?;
            let left = session.remaining.to_string();
            screen.result(
                &session,
                Message::SessionOpened,
                &[&session.id, &left, &session.until],
            );
            Ok(())
        }
        SessionCommand::Signatures { id, before, limit } => {
            let query = SignatureQuery { before, limit };
            stamped(screen, &client.stamped(&id, &query)?);
            Ok(())
        }
        SessionCommand::Close { id } => act(screen, &id, |id| client.close_stamping_session(id)),
    }
}

/// One page: the reader pages on with `--before`.
fn stamped(screen: &Screen, page: &SignaturePage) {
    if screen.is_json() {
        screen.record(page);
    } else {
        let rows: Vec<Value> = page.items.iter().map(row).collect();
        let columns = [
            "sequence", "time", "number", "symbol", "label", "purposes", "count", "outcome",
        ];
        screen.table(&rows, &columns);
    }
    if let Some(next) = page.next {
        screen.note(Message::OlderEntries, &[&next.to_string()]);
    }
}

/// The first document stands for the call; how many digests there were is told besides.
fn row(record: &SignatureRecord) -> Value {
    let first = record.documents.first().cloned().unwrap_or_default();
    json!({ "sequence": record.sequence, "time": record.at, "number": first.number,
            "symbol": first.symbol, "label": first.summary.or(first.label),
            "purposes": first.purpose, "count": record.count,
            "outcome": record.outcome.name() })
}
