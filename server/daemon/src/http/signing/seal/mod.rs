//! `POST /api/v1/seals`: a prepared PDF in, the CMS of the agency's seal out.
//!
//! The server reads the PDF and computes the seal's digest itself, so no evidence of another document
//! fits (Decree 30/2020/NĐ-CP, art. 32). The file is not kept.

mod proof;
mod reading;
mod wanted;

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::management::{IssueRead, SealReply};
use kyso_api::problem::ProblemCode;
use kyso_core::ground::SealGround;
use kyso_core::request::{Activation, SignRequest};
use kyso_evidence::entry::Format;
use tokio::sync::OwnedSemaphorePermit;

use self::reading::{Seen, read};
use self::wanted::Wanted;
use super::built::Building;
use super::wanted::{Asked, Given};
use super::{Failure, at_once, finished, stamps, told};
use crate::http::body::{Received, check_json, receive};
use crate::http::desk::Desk;
use crate::http::error::Problem;
use crate::http::refused;

/// Largest body, in bytes: 16 MiB in base64, and what is said of it.
const BODY: usize = 23 << 20;
/// How long a body may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(60);
/// How long one that has come may wait for a place.
const TURN: Duration = Duration::from_secs(20);
/// When to try again while others send theirs.
const SHORTLY: Duration = Duration::from_secs(2);

/// Answers the call.
///
/// # Errors
/// [`Problem`]; one that concerns a key is an entry.
pub async fn seal(
    desk: Desk,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    check_json(&request)?;
    let busy = || Problem::from(ProblemCode::Unavailable).after(SHORTLY);
    let arrival = desk.app().seal_arrivals.try_acquire();
    let arrival = arrival.map_err(|_| busy())?;
    let arriving = receive(payload.into_inner(), BODY);
    let arrived = actix_web::rt::time::timeout(ARRIVAL, arriving).await;
    let (bytes, flaw) = arrived.map_err(|_| Problem::from(ProblemCode::MalformedBody))?;
    // Only now: whoever sends slowly keeps nobody waiting. One that has come waits its turn.
    let place = Arc::clone(&desk.app().seal_places).acquire_owned();
    let place = actix_web::rt::time::timeout(TURN, place).await;
    let place = place.ok().and_then(Result::ok).ok_or_else(busy)?;
    drop(arrival);
    let body = Received { bytes, flaw };
    let wanted = Wanted::read(request.headers(), &body);
    let named = match &wanted {
        Ok(wanted) => Some(wanted.credential),
        Err(_) => refused::named(&body.bytes, "credential"),
    };
    drop(body);
    let end = match wanted {
        Ok(wanted) => answer(&desk, wanted, place).await,
        Err(mistake) => Err(mistake.into()),
    };
    told(&desk, end, || named).await
}

async fn answer(
    desk: &Desk,
    wanted: Wanted,
    place: OwnedSemaphorePermit,
) -> Result<SealReply, Failure> {
    let time_stamp = wanted.time_stamp;
    stamps::can_stamp(desk, time_stamp)?;
    let credential = desk.policy().visible(&desk.actor, wanted.credential)?;
    let building = Building::new(&credential, wanted.scheme)?;
    let (key, scheme) = (wanted.key.clone(), wanted.scheme);
    let seen = read(desk, &credential, wanted, place).await?;
    let document = Asked {
        format: Format::Pades,
        given: Given::Digest(seen.digest),
        file: Some(seen.file),
    };
    let built = building.build(&[document], desk.call.request)?;
    let request = SignRequest {
        id: desk.call.request,
        credential: credential.id,
        activation: Activation::Session,
        scheme,
        digests: built.iter().map(|one| one.digest).collect(),
        contents: built.iter().map(|one| one.content).collect(),
        documents: vec![seen.facts.clone()],
        idempotency: Some(key),
        client_data: None,
        time_stamp,
        ground: Some(seen.ground.clone()),
    };
    // A PDF's attributes claim no time, so those of a retry are those of the first call.
    let signature = at_once(desk, request, &credential).await?;
    let finished = finished(desk, &building, built, signature, time_stamp).await?;
    Ok(SealReply {
        signature: finished.signatures.into_iter().next().unwrap_or_default(),
        issue: issue(&seen),
        field: seen.field,
        request_id: finished.request_id,
        time_stamps: finished.time_stamps,
    })
}

fn issue(seen: &Seen) -> Option<IssueRead> {
    let SealGround::Issue(issue) = &seen.ground else {
        return None;
    };
    Some(IssueRead {
        number: issue.number,
        series: issue.series.shown().to_owned(),
        date: issue.date.to_string(),
        signed_by: issue.signer.credential.to_string(),
        authority: issue.signer.authority.to_string(),
    })
}
