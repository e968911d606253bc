//! `GET audit/export`: entries as one signed bundle that anybody verifies without this server.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream::unfold;
use kyso_api::management::ExportQuery;
use kyso_api::problem::ProblemCode;
use kyso_core::{Draft, Refusal};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::Receiver;

use super::{audit, read};
use crate::http::desk::Desk;
use crate::http::error::Problem;
use crate::tree::{Order, Piece, export, under};

/// Exports that are written at once: each holds a connection and reads as fast as it can.
static EXPORTING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(1)));
/// When to try again while another one is written.
const SHORTLY: Duration = Duration::from_secs(5);

/// `GET audit/export`.
///
/// # Errors
/// As [`bundle`].
pub async fn asked(desk: Desk, request: HttpRequest) -> Result<HttpResponse, Problem> {
    bundle(&desk, read::query(request.query_string())).await
}

/// The bundle, for security officers; that it was exported is an entry, before the first byte leaves.
///
/// # Errors
/// [`Problem`]; `too_many_requests` while another one is written, `receipt_pending` before the first checkpoint over
/// the range, and while it waits for witnesses.
pub async fn bundle(
    desk: &Desk,
    query: Result<ExportQuery, Problem>,
) -> Result<HttpResponse, Problem> {
    admit(desk).await?;
    let busy = || Problem::from(ProblemCode::TooManyRequests).after(SHORTLY);
    let place = Arc::clone(&EXPORTING).try_acquire_owned();
    let place = place.map_err(|_| busy())?;
    let order = ordered(desk, &query?)?;
    enter(desk, &order).await?;
    let name = format!("kyso-{}-{}.tar", order.range.start, order.range.end);
    let pieces = export(desk.shared(), order, place);
    let pieces = pieces.map_err(|_| Problem::field("to"))?;
    Ok(streamed(pieces, &name))
}

fn streamed(pieces: Receiver<Piece>, name: &str) -> HttpResponse {
    let body = unfold(pieces, async |mut pieces| {
        let piece: Result<Bytes, _> = pieces.recv().await?;
        Some((piece, pieces))
    });
    HttpResponse::Ok()
        .content_type("application/x-tar")
        .insert_header((
            "content-disposition",
            format!("attachment; filename=\"{name}\""),
        ))
        .streaming(Box::pin(body))
}

async fn admit(desk: &Desk) -> Result<(), Problem> {
    if audit::is_officer(desk) {
        return Ok(());
    }
    let draft = desk.refused(Event::AuditExported);
    desk.note(draft.because(Refusal::Forbidden)).await?;
    Err(Refusal::Forbidden.into())
}

/// From the first entry and to the end of the newest checkpoint that witnesses cosigned, if nothing else is said.
fn ordered(desk: &Desk, query: &ExportQuery) -> Result<Order, Problem> {
    let pending = || Problem::from(ProblemCode::ReceiptPending).after(SHORTLY);
    let first = query.from.map(|from| from.saturating_add(1));
    let under = under(desk.app(), query.to.or(first)).ok_or_else(pending)?;
    let size = under.unverified().size();
    let range = query.from.unwrap_or(0)..query.to.unwrap_or(size);
    if range.is_empty() {
        return Err(Problem::field("to"));
    }
    let person = desk.person()?;
    Ok(Order {
        range,
        disclose: query.disclose.unwrap_or(false),
        exporter: format!("person {person}")
            .parse()
            .map_err(|_| ProblemCode::Internal)?,
        under,
    })
}

async fn enter(desk: &Desk, order: &Order) -> Result<(), Problem> {
    let number = |size: u64| i64::try_from(size).unwrap_or(i64::MAX);
    let draft = Draft::new(
        Event::AuditExported,
        Outcome::Ok,
        &desk.actor,
        desk.call.request,
    );
    let draft = draft
        .fact("from", number(order.range.start))
        .fact("to", number(order.range.end))
        .fact("disclosed", i64::from(order.disclose));
    Ok(desk.note(draft).await?)
}
