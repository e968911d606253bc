//! Uses of one's own keys: the list, their receipts, and "I did not make this".

use std::path::PathBuf;

use kyso_api::management::{DisputeSignature, SignatureQuery};
use kyso_client::Client;
use serde_json::json;

use super::target::{check_free, write_whole};
use crate::args::{DisputeArgs, FetchArgs, UsesArgs};
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::screen::Screen;

/// A page of them, the youngest first.
pub(crate) fn list(screen: &Screen, client: &Client, args: &UsesArgs) -> Result<(), Failure> {
    let page = client.own_signatures(&SignatureQuery {
        before: args.before,
        limit: args.limit,
    })?;
    let columns = [
        "sequence",
        "at",
        "outcome",
        "count",
        "client_name",
        "request_id",
        "disputed_at",
    ];
    screen.table(&page.items, &columns);
    Ok(())
}

/// Writes the receipt as it came; to verify it is another command, with keys that come from elsewhere.
pub(crate) fn receipt(screen: &Screen, client: &Client, args: &FetchArgs) -> Result<(), Failure> {
    let named = || PathBuf::from(format!("{}.tlog-proof", args.id));
    let target = args.output.clone().unwrap_or_else(named);
    check_free(&target, args.force)?;
    let receipt = client.receipt(&args.id)?;
    let written = write_whole(&target, &receipt, None);
    written.map_err(|error| Failure::file(&target, error))?;
    let file = target.display().to_string();
    let result = json!({ "id": args.id, "file": file });
    screen.result(&result, Message::ReceiptWritten, &[&args.id, &file]);
    Ok(())
}

pub(crate) fn dispute(screen: &Screen, client: &Client, args: DisputeArgs) -> Result<(), Failure> {
    let dispute = DisputeSignature {
        reason: args.reason,
    };
    let told = client.dispute_signature(&args.id, &dispute)?;
    let sequence = told.sequence.to_string();
    let values = [told.credential.as_str(), &sequence];
    screen.result(&told, Message::DisputeEntered, &values);
    Ok(())
}
