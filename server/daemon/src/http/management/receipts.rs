//! `GET receipts/{id}`: the proof that the log holds what a call did.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::management as wire;
use kyso_api::problem::ProblemCode;
use kyso_core::actor::Subject;
use kyso_core::id::{ClientId, CredentialId, RequestId};
use kyso_evidence::receipt::Receipt;
use kyso_evidence::{Entry, Event};
use kyso_store::read::asked_for_by;
use kyso_store::tree::{Half, entry, half_of};

use super::{read, scope};
use crate::http::desk::Desk;
use crate::http::error::Problem;
use crate::http::log::text;
use crate::tree::{NoReceipt, receipt};

/// When to ask again: by then there is a checkpoint.
const SHORTLY: Duration = Duration::from_secs(2);

/// For the system that asked, and whoever may see the key.
///
/// # Errors
/// `not_found` for everybody else, `receipt_pending` before the first checkpoint over the entry.
pub async fn of_call(
    desk: Desk,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let call: RequestId = read::path_id(&path)?;
    let query: wire::ReceiptQuery = read::query(request.query_string())?;
    let half = match query.entry.unwrap_or(wire::ReceiptEntry::Outcome) {
        wire::ReceiptEntry::Intent => Half::Intent,
        wire::ReceiptEntry::Outcome => Half::Outcome,
    };
    Ok(text(made(&desk, call, half).await?.to_string()))
}

/// The receipt, for the same.
///
/// # Errors
/// As [`of_call`].
pub async fn made(desk: &Desk, call: RequestId, half: Half) -> Result<Receipt, Problem> {
    let found = desk
        .app()
        .store
        .read(move |db| match half_of(db, call, half)? {
            Some(sequence) => entry(db, sequence),
            None => Ok(None),
        });
    let found = found.await.map_err(super::stored::unreadable)?;
    let (bytes, at) = found.ok_or(ProblemCode::NotFound)?;
    // Whose it is, and of which call, says the entry itself: columns may be changed.
    let entry = Entry::parse(&bytes).map_err(|_| ProblemCode::Internal)?;
    if !is_of(&entry, call, half) || !sees(desk, &entry).await? {
        return Err(ProblemCode::NotFound.into());
    }
    let made = receipt(desk.app(), entry.seq, bytes, at).await;
    made.map_err(problem)
}

fn is_of(entry: &Entry, call: RequestId, half: Half) -> bool {
    let event = match half {
        Half::Intent => Event::SignatureIntent,
        Half::Outcome => Event::SignatureOutcome,
    };
    entry.event == event && entry.request == call.to_string()
}

async fn sees(desk: &Desk, entry: &Entry) -> Result<bool, Problem> {
    let snapshot = desk.policy().snapshot();
    Ok(match desk.actor.subject() {
        Subject::Client(client) => asked(desk, entry, client).await?,
        Subject::Person(person) => {
            let id = entry.credential.as_deref().and_then(|id| id.parse().ok());
            let credential = id.and_then(|id: CredentialId| snapshot.credentials.get(&id));
            credential.is_some_and(|one| scope::sees(&snapshot, person, one, desk.now()))
        }
        Subject::System => false,
    })
}

/// Whether this system called, or put before the signer what they then approved: whoever approves on a page acts alone,
/// so the entries of that call name no system.
async fn asked(desk: &Desk, entry: &Entry, client: ClientId) -> Result<bool, Problem> {
    let client = client.to_string();
    let (None, Some(grant)) = (&entry.client, entry.grant.clone()) else {
        return Ok(entry.client.as_ref() == Some(&client));
    };
    let asked = desk.app().store.read(move |db| asked_for_by(db, &grant));
    let asked = asked.await.map_err(super::stored::unreadable)?;
    Ok(asked.is_some_and(|request| request.client == client))
}

fn problem(why: NoReceipt) -> Problem {
    match why {
        NoReceipt::NotYet => Problem::from(ProblemCode::ReceiptPending).after(SHORTLY),
        NoReceipt::Unproven(_) => ProblemCode::Internal.into(),
        NoReceipt::Store(error) => super::stored::unreadable(error),
    }
}
