//! `GET time-stamps/{id}`, and how the time stamps of calls stand.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use kyso_api::encoding::encode_base64;
use kyso_api::management as wire;
use kyso_api::problem::ProblemCode;
use kyso_core::Timestamp;
use kyso_core::actor::Subject;
use kyso_core::id::RequestId;
use kyso_documents::tsp;
use kyso_store::{StampState, StoredStamp};

use super::{read, scope};
use crate::documents;
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// The time stamps of calls, each call's in the order of its signatures.
pub type Standings = HashMap<RequestId, Vec<wire::TimeStampStanding>>;

/// For the system that asked, and whoever may see the key.
///
/// # Errors
/// `not_found` for everybody else.
pub async fn one(desk: Desk, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id: RequestId = read::path_id(&path)?;
    let id = uuid::Uuid::from_bytes(*id.as_bytes());
    let found = desk.app().journal().time_stamp(id).await?;
    let found = found.filter(|stamp| sees(&desk, stamp));
    let stamp = found.ok_or(ProblemCode::NotFound)?;
    Ok(HttpResponse::Ok().json(told(&stamp)?))
}

/// How the time stamps of these calls stand.
///
/// # Errors
/// If the database fails.
pub async fn of_calls(desk: &Desk, calls: Vec<RequestId>) -> Result<Standings, Problem> {
    let mut standings = Standings::new();
    for stamp in desk.app().journal().time_stamps_of(calls).await? {
        let standing = wire::TimeStampStanding {
            id: stamp.id.to_string(),
            state: state(stamp.state),
        };
        standings.entry(stamp.request).or_default().push(standing);
    }
    Ok(standings)
}

fn sees(desk: &Desk, stamp: &StoredStamp) -> bool {
    let snapshot = desk.policy().snapshot();
    match desk.actor.subject() {
        Subject::Client(client) => stamp.client == Some(client),
        Subject::Person(person) => {
            let credential = snapshot.credentials.get(&stamp.credential);
            credential.is_some_and(|one| scope::sees(&snapshot, person, one, desk.now()))
        }
        Subject::System => false,
    }
}

/// A token that is of something else was put there by somebody else: it is not told.
fn told(stamp: &StoredStamp) -> Result<wire::TimeStamp, Problem> {
    let said = stamp.token.as_deref().map(tsp::read);
    let time = match said {
        None => None,
        Some(Some(info))
            if documents::digest(stamp.imprint).as_ref().ok() == Some(&info.imprint) =>
        {
            let micros = info.time.unix_timestamp_nanos() / 1000;
            Some(i64::try_from(micros).map_err(|_| ProblemCode::Internal)?)
        }
        Some(_) => {
            tracing::error!(stamp = %stamp.id, "a time stamp's row was changed");
            return Err(ProblemCode::Internal.into());
        }
    };
    Ok(wire::TimeStamp {
        id: stamp.id.to_string(),
        state: state(stamp.state),
        request_id: stamp.request.to_string(),
        place: stamp.place,
        hash_algorithm: stamp.imprint.algorithm().oid().to_owned(),
        imprint: encode_base64(stamp.imprint.as_bytes()),
        asked_at: stamp.asked_at.to_string(),
        token: stamp.token.as_deref().map(encode_base64),
        time: time.map(|micros| Timestamp::from_micros(micros).to_string()),
    })
}

const fn state(state: StampState) -> wire::TimeStampState {
    match state {
        StampState::GivenUp => wire::TimeStampState::GivenUp,
        StampState::Held => wire::TimeStampState::Held,
        StampState::Pending => wire::TimeStampState::Pending,
    }
}
