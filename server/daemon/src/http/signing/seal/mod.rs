//! `POST /api/v1/seals`: a prepared PDF in, the CMS of the agency's seal out.
//!
//! The PDF is read in a process apart ([`crate::sealing`]), and the server computes the seal's digest itself, so no evidence of
//! another document fits (Decree 30/2020/NĐ-CP, art. 32). The file is not kept.

mod proof;
mod reading;
mod wanted;

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::encoding::{decode_base64, encode_base64};
use kyso_api::management::{IssueRead, SealReply};
use kyso_api::problem::ProblemCode;
use kyso_core::ground::SealGround;
use kyso_core::request::{Activation, SignRequest};
use tokio::sync::OwnedSemaphorePermit;

use self::reading::{Seen, Whole, read};
use self::wanted::Wanted;
use super::built::Building;
use super::{Failure, Lack, at_once, broken, finished, stamps, told};
use crate::apart::open::completed;
use crate::documents;
use crate::http::arrival::{Arrived, arrive, turn};
use crate::http::desk::Desk;
use crate::http::error::Problem;
use crate::http::refused;

/// How long a body that has come may wait for a place.
const TURN: Duration = Duration::from_secs(20);

const DRAWN_OTHERWISE: Lack = Lack(
    "drawn_otherwise",
    "Hình con dấu đã thay đổi từ lần gọi đầu; tệp đã ký không dựng lại được.",
    "The picture of the seal has changed since the first call; the signed file cannot be made again.",
);

/// Answers the call.
///
/// # Errors
/// [`Problem`]; one that concerns a key is an entry.
pub async fn seal(
    desk: Desk,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let Arrived {
        body,
        place: arrival,
    } = arrive(&desk, &request, payload).await?;
    // Only now: whoever sends slowly keeps nobody waiting. One that has come waits its turn.
    let place = turn(&desk.app().file_places, TURN).await?;
    drop(arrival);
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
    let call = desk.call.request;
    let seen = read(desk, &credential, &wanted, (place, call)).await?;
    let built = building.build(&[seen.asked()], call)?;
    let request = SignRequest {
        id: call,
        credential: credential.id,
        activation: Activation::Session,
        scheme: wanted.scheme,
        digests: built.iter().map(|one| one.digest).collect(),
        contents: built.iter().map(|one| one.content).collect(),
        documents: vec![seen.facts.clone()],
        idempotency: Some(wanted.key.clone()),
        client_data: None,
        time_stamp,
        ground: Some(seen.ground.clone()),
        look: None,
    };
    let signature = at_once(desk, request, &credential).await?;
    // A PDF's attributes claim no time, so those of a retry are those of the first call; what the server draws does, and
    // is drawn again as it was.
    let first = signature.request();
    let again = wanted.compose && signature.was_replayed();
    let (seen, built) = if again {
        let seen = read(
            desk,
            &credential,
            &wanted,
            (
                turn(&desk.app().file_places, TURN)
                    .await
                    .map_err(Failure::Answered)?,
                first,
            ),
        )
        .await?;
        let built = building.build(&[seen.asked()], first)?;
        (seen, built)
    } else {
        (seen, built)
    };
    let finished = finished(desk, &building, built, signature, time_stamp).await?;
    let signature = finished.signatures.into_iter().next().unwrap_or_default();
    let (issue, field) = (issue(&seen), seen.field.clone());
    Ok(SealReply {
        update: update(desk, &seen, &wanted, (&signature, again))?,
        signature,
        issue,
        field,
        request_id: finished.request_id,
        time_stamps: finished.time_stamps,
    })
}

/// What is appended to a file in which the server drew; of a retry only if it is what the first call signed.
fn update(
    desk: &Desk,
    seen: &Seen,
    wanted: &Wanted,
    (signature, again): (&str, bool),
) -> Result<Option<String>, Failure> {
    let Some(Whole { file, room }) = &seen.whole else {
        return Ok(None);
    };
    let cms = decode_base64(signature).unwrap_or_default();
    if again && !is_intact(desk, &cms, seen)? {
        return Err(Failure::Lacking(DRAWN_OTHERWISE, seen.file));
    }
    let update = completed(file, wanted.file.len(), room, &cms);
    let update = update.ok_or_else(|| Failure::Answered(ProblemCode::Internal.into()))?;
    Ok(Some(encode_base64(&update)))
}

/// Whether the value that the first call made is one over what was drawn now.
fn is_intact(desk: &Desk, cms: &[u8], seen: &Seen) -> Result<bool, Failure> {
    let digest = documents::digest(seen.digest);
    let digest = digest.map_err(|error| Failure::Answered(broken(&error)))?;
    let at = documents::moment(desk.now());
    let at = at.map_err(|error| Failure::Answered(broken(&error)))?;
    let report = kyso_documents::verify(cms, &digest, &[], at);
    Ok(report.is_ok_and(|report| report.is_intact()))
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
