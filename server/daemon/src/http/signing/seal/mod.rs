//! `POST /api/v1/seals`: a prepared PDF in, the CMS of the agency's seal out.
//!
//! The PDF is read in a process apart ([`crate::sealing`]), and the server computes the seal's digest itself, so no evidence of
//! another document fits (Decree 30/2020/NĐ-CP, art. 32). The file is not kept. In a form it goes to that process while it arrives
//! and is held nowhere here; in a JSON body it is held while it is read.

mod asked;
mod before;
mod came;
mod gathering;
mod layout;
mod passing;
mod proof;
mod reading;
mod source;
mod wanted;

use std::time::Duration;

use actix_web::rt::time::Instant;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::encoding::{decode_base64, encode_base64};
use kyso_api::management::{IssueRead, SealReply};
use kyso_api::problem::ProblemCode;
use kyso_core::ground::SealGround;
use kyso_core::id::{CredentialId, RequestId};
use kyso_core::request::{Activation, SignRequest};

use self::came::Whole;
use self::reading::{Seen, read};
use self::source::{Arriving, Coming, Source};
use self::wanted::{Wanted, following, held};
use super::built::{Building, Built};
use super::{Failure, Lack, at_once, broken, finished, stamps, told};
use crate::apart::open::completed;
use crate::documents;
use crate::http::arrival::{ARRIVAL, Arrived, arrive, room, turn};
use crate::http::body::Received;
use crate::http::desk::Desk;
use crate::http::error::Problem;
use crate::http::form::{Form, boundary};
use crate::http::refused::{self, Mistake};

/// How long a body that has come may wait for a place.
const TURN: Duration = Duration::from_secs(20);

const DRAWN_OTHERWISE: Lack = Lack(
    "drawn_otherwise",
    "Hình con dấu đã thay đổi từ lần gọi đầu; tệp đã ký không dựng lại được.",
    "The picture of the seal has changed since the first call; the signed file cannot be made again.",
);

/// A call that came, with the key that it names, if it names one.
struct Asked {
    credential: Option<CredentialId>,
    wanted: Result<(Wanted, Source), Mistake>,
}

/// Answers the call.
///
/// # Errors
/// [`Problem`]; one that concerns a key is an entry.
pub async fn seal(
    desk: Desk,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let Asked { credential, wanted } = match boundary(&request) {
        Some(boundary) => in_a_form(&desk, &request, payload, boundary).await?,
        None => in_one_body(&desk, &request, payload).await?,
    };
    let end = match wanted {
        Ok((wanted, source)) => answer(&desk, wanted, source).await,
        Err(mistake) => Err(mistake.into()),
    };
    told(&desk, end, || credential).await
}

/// A JSON body with the file in it.
async fn in_one_body(
    desk: &Desk,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<Asked, Problem> {
    let Arrived {
        body,
        place: arrival,
    } = arrive(desk, request, payload).await?;
    // Only now: whoever sends slowly keeps nobody waiting. One that has come waits its turn.
    let place = turn(&desk.app().file_places, TURN).await?;
    drop(arrival);
    let wanted = Wanted::read(request.headers(), &body, held);
    Ok(Asked {
        credential: named(wanted.as_ref().ok(), &body),
        wanted: wanted.map(|(wanted, file)| (wanted, Source::Held { file, place })),
    })
}

/// A form of which the file comes last: it is not read before the request is known.
async fn in_a_form(
    desk: &Desk,
    request: &HttpRequest,
    payload: web::Payload,
    boundary: &str,
) -> Result<Asked, Problem> {
    let mut form = Arriving {
        place: room(desk)?,
        by: Instant::now() + ARRIVAL,
        form: Form::new(payload.into_inner(), boundary),
    };
    let limit = usize::try_from(desk.config().limits.body_bytes).unwrap_or(usize::MAX);
    let body = match form.request(limit).await {
        Ok(body) => body,
        Err(mistake) => {
            return Ok(Asked {
                credential: None,
                wanted: Err(mistake),
            });
        }
    };
    let wanted = Wanted::read(request.headers(), &body, following);
    Ok(Asked {
        credential: named(wanted.as_ref().ok(), &body),
        wanted: wanted.map(|(wanted, layout)| {
            let coming = Coming { form, layout };
            (wanted, Source::Coming(Box::new(coming)))
        }),
    })
}

/// The key that a call names, also where the call cannot be read.
fn named<F>(wanted: Option<&(Wanted, F)>, body: &Received) -> Option<CredentialId> {
    match wanted {
        Some((wanted, _)) => Some(wanted.credential),
        None => refused::named(&body.bytes, "credential"),
    }
}

async fn answer(desk: &Desk, wanted: Wanted, source: Source) -> Result<SealReply, Failure> {
    stamps::can_stamp(desk, wanted.time_stamp)?;
    let credential = desk.policy().visible(&desk.actor, wanted.credential)?;
    let building = Building::new(&credential, wanted.scheme)?;
    let call = desk.call.request;
    let seen = read(desk, &credential, &wanted, (source, call)).await?;
    let built = building.build(&[seen.asked()], call)?;
    let request = to_sign(call, &wanted, &seen, &built);
    let signature = at_once(desk, request, &credential).await?;
    // A PDF's attributes claim no time, so those of a retry are those of the first call; what the server draws does, and
    // is drawn again as it was.
    let drawn = seen.whole.as_ref().filter(|_| signature.was_replayed());
    let drawn = drawn.map(|whole| whole.came.clone());
    let again = drawn.is_some();
    let (seen, built) = match drawn {
        Some(file) => {
            let place = turn(&desk.app().file_places, TURN).await;
            let place = place.map_err(Failure::Answered)?;
            let first = signature.request();
            let source = Source::Held { file, place };
            let seen = read(desk, &credential, &wanted, (source, first)).await?;
            let built = building.build(&[seen.asked()], first)?;
            (seen, built)
        }
        None => (seen, built),
    };
    let finished = finished(desk, &building, built, signature, wanted.time_stamp).await?;
    let signature = finished.signatures.into_iter().next().unwrap_or_default();
    Ok(SealReply {
        update: update(desk, &seen, (&signature, again))?,
        signature,
        issue: issue(&seen),
        field: seen.field,
        request_id: finished.request_id,
        time_stamps: finished.time_stamps,
    })
}

fn to_sign(id: RequestId, wanted: &Wanted, seen: &Seen, built: &[Built]) -> SignRequest {
    SignRequest {
        id,
        credential: wanted.credential,
        activation: Activation::Session,
        scheme: wanted.scheme,
        digests: built.iter().map(|one| one.digest).collect(),
        contents: built.iter().map(|one| one.content).collect(),
        documents: vec![seen.facts.clone()],
        idempotency: Some(seen.key.clone()),
        client_data: None,
        time_stamp: wanted.time_stamp,
        ground: Some(seen.ground.clone()),
        look: None,
    }
}

/// What is appended to a file in which the server drew; of a retry only if it is what the first call signed.
fn update(
    desk: &Desk,
    seen: &Seen,
    (signature, again): (&str, bool),
) -> Result<Option<String>, Failure> {
    let Some(Whole { came, file, room }) = &seen.whole else {
        return Ok(None);
    };
    let cms = decode_base64(signature).unwrap_or_default();
    if again && !is_intact(desk, &cms, seen)? {
        return Err(Failure::Lacking(DRAWN_OTHERWISE, seen.file));
    }
    let update = completed(file, came.len(), room, &cms);
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
