//! Bodies with files in them: how they arrive, and the turn in which they are read.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, web};
use kyso_api::problem::ProblemCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::body::{Received, check_json, receive};
use super::desk::Desk;
use super::error::Problem;
use crate::app::Arrival;

/// Largest body, in bytes: 16 MiB in base64, and what is said of it.
const BODY: usize = 23 << 20;
/// How long a body may take to arrive.
pub const ARRIVAL: Duration = Duration::from_mins(1);
/// When to try again while others send theirs.
pub const SHORTLY: Duration = Duration::from_secs(2);

/// A body that came, and its place among those that arrive.
#[derive(Debug)]
pub struct Arrived {
    /// The body.
    pub body: Received,
    /// To be held until there is a place where it is read.
    pub place: Arrival,
}

/// A body that may hold files.
///
/// # Errors
/// If the caller or others send theirs, it is no JSON, or does not come in time.
pub async fn arrive(
    desk: &Desk,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<Arrived, Problem> {
    check_json(request)?;
    let place = room(desk)?;
    let arriving = receive(payload.into_inner(), BODY);
    let arrived = actix_web::rt::time::timeout(ARRIVAL, arriving).await;
    let (bytes, flaw) = arrived.map_err(|_| late())?;
    let body = Received { bytes, flaw };
    Ok(Arrived { body, place })
}

/// A place among those whose files arrive.
///
/// # Errors
/// If the caller sends as many as one may, or others theirs.
pub fn room(desk: &Desk) -> Result<Arrival, Problem> {
    let place = desk.app().file_arrivals.room(desk.actor.subject());
    place.ok_or_else(busy)
}

/// A place among those whose files are read or drawn, where there is one in time.
///
/// # Errors
/// If there is none.
pub async fn turn(
    places: &Arc<Semaphore>,
    patience: Duration,
) -> Result<OwnedSemaphorePermit, Problem> {
    let place = Arc::clone(places).acquire_owned();
    let place = actix_web::rt::time::timeout(patience, place).await;
    place.ok().and_then(Result::ok).ok_or_else(busy)
}

/// That a body took longer to arrive than it may.
pub fn late() -> Problem {
    ProblemCode::BodyTooSlow.into()
}

/// That others have all the places now.
pub fn busy() -> Problem {
    Problem::from(ProblemCode::Unavailable).after(SHORTLY)
}
