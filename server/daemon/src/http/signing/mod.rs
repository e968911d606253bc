//! `POST /api/v1/signatures`: digests of documents in, finished CMS out.
//!
//! The key signs attributes that the server built or read, never a hash that came as it is: so the log
//! says of each signature which document it is of.

mod approved;
mod built;
mod look;
mod otp;
mod seal;
mod shown;
mod wanted;

use actix_web::{HttpRequest, HttpResponse};
use kyso_api::encoding::encode_base64;
use kyso_api::management::NewSignaturesReply;
use kyso_api::problem::ProblemCode;
use kyso_core::ground::{Composer, Look};
use kyso_core::id::CredentialId;
use kyso_core::model::Credential;
use kyso_core::request::{Activation, SignRequest};
use kyso_core::sign::Signature;
use kyso_core::{Refusal, SignError};
use kyso_evidence::Event;
use kyso_evidence::entry::Format;
use serde::Serialize;

use self::built::Building;
use self::wanted::{Asked, Leave, Wanted};
use super::body::Received;
use super::desk::Desk;
use super::error::Problem;
use super::management::time_stamps;
use super::refused::{self, Mistake};
use super::stamps;

pub use look::looks;
pub use seal::seal;
pub use shown::{Before, Files, made_whole, put_before, updates};

/// Why there is no signature.
#[derive(Debug)]
enum Failure {
    /// Not asked for rightly; to be entered.
    Mistaken(Mistake),
    /// A document that is not ready for its seal, by SHA-256 of the file; to be entered.
    Lacking(Lack, [u8; 32]),
    /// Asked, and answered; what is to be entered is entered.
    Answered(Problem),
}

/// What a document lacks: a code, and the sentence in Vietnamese and in English.
#[derive(Debug, Clone, Copy)]
struct Lack(&'static str, &'static str, &'static str);

impl From<Lack> for Problem {
    fn from(Lack(code, vietnamese, english): Lack) -> Self {
        Self::from(Refusal::NotReady).saying(
            format!("{code}: {vietnamese}"),
            format!("{code}: {english}"),
        )
    }
}

impl<T: Into<Mistake>> From<T> for Failure {
    fn from(mistake: T) -> Self {
        Self::Mistaken(mistake.into())
    }
}

/// Answers the call.
///
/// # Errors
/// [`Problem`]; one that concerns a key is an entry.
pub async fn sign(
    desk: Desk,
    request: HttpRequest,
    body: Received,
) -> Result<HttpResponse, Problem> {
    let wanted = Wanted::read(request.headers(), &body).map_err(Failure::from);
    let end = match wanted {
        Ok(wanted) => answer(&desk, wanted).await,
        Err(failure) => Err(failure),
    };
    told(&desk, end, || refused::named(&body.bytes, "credential")).await
}

/// The reply; a mistake is entered before it is told, under the key that the call names.
async fn told<T: Serialize>(
    desk: &Desk,
    end: Result<T, Failure>,
    named: impl FnOnce() -> Option<CredentialId>,
) -> Result<HttpResponse, Problem> {
    match end {
        Ok(reply) => Ok(HttpResponse::Ok().json(reply)),
        Err(Failure::Answered(problem)) => Err(problem),
        Err(Failure::Mistaken(Mistake(refusal, problem))) => {
            refused::enter(desk, Event::SignatureRefused, named(), refusal).await?;
            Err(problem)
        }
        Err(Failure::Lacking(lack, file)) => {
            let facts = [("lacks", lack.0.to_owned()), ("file", hex::encode(file))];
            let (event, refusal) = (Event::SignatureRefused, Refusal::NotReady);
            refused::enter_with(desk, event, named(), refusal, &facts).await?;
            Err(lack.into())
        }
    }
}

async fn answer(desk: &Desk, wanted: Wanted) -> Result<NewSignaturesReply, Failure> {
    let time_stamp = wanted.time_stamp;
    stamps::can_stamp(desk, time_stamp)?;
    let credential = desk.policy().visible(&desk.actor, wanted.credential)?;
    let building = Building::new(&credential, wanted.scheme)?;
    let built = building.build(&wanted.documents, desk.call.request)?;
    let request = SignRequest {
        id: desk.call.request,
        credential: credential.id,
        // Of a one-time password comes a SAD, by `otp`.
        activation: match wanted.leave {
            Leave::Sad(hash) => Activation::Sad(hash),
            Leave::Otp(_) | Leave::Session => Activation::Session,
        },
        scheme: wanted.scheme,
        digests: built.iter().map(|one| one.digest).collect(),
        contents: built.iter().map(|one| one.content).collect(),
        documents: wanted.facts,
        idempotency: Some(wanted.key),
        client_data: None,
        time_stamp,
        ground: None,
        look: look_of(&wanted.documents),
    };
    let signature = match wanted.leave {
        Leave::Otp(code) => otp::sign(desk, request, &credential, code).await?,
        Leave::Sad(_) | Leave::Session => at_once(desk, request, &credential).await?,
    };
    // A retry gets what the first call got, to the byte: the time that it claimed is in its id.
    let built = if signature.was_replayed() {
        building.build(&wanted.documents, signature.request())?
    } else {
        built
    };
    finished(desk, &building, built, signature, time_stamp).await
}

/// Who drew what signatures in PDFs show: whoever prepared them, also where it was the approved picture that was handed
/// out for it. Signature files show nothing.
fn look_of(documents: &[Asked]) -> Option<Look> {
    let shown = documents.iter().any(|one| one.format == Format::Pades);
    shown.then_some(Look {
        composer: Composer::Client,
        picture: None,
    })
}

async fn at_once(
    desk: &Desk,
    request: SignRequest,
    credential: &Credential,
) -> Result<Signature, Failure> {
    let count = request.digests.len();
    let end = desk.sign(request).await;
    end.map_err(|error| Failure::Answered(explain(desk, error, credential, count)))
}

fn explain(desk: &Desk, error: SignError, credential: &Credential, count: usize) -> Problem {
    match error {
        SignError::Refused(Refusal::SigningTimeRefused) => {
            Problem::field("attributes").because("attributes: signing_time")
        }
        error => stamps::explain(desk, error, credential.id, count),
    }
}

/// The finished CMS, and how the time stamps stand, if any were asked for.
async fn finished(
    desk: &Desk,
    building: &Building,
    built: Vec<built::Built>,
    signature: Signature,
    time_stamp: bool,
) -> Result<NewSignaturesReply, Failure> {
    let request = signature.request();
    let calls = time_stamp.then_some(request).into_iter().collect();
    let standings = time_stamps::of_calls(desk, calls).await;
    let mut standings = standings.map_err(Failure::Answered)?;
    let pairs = built.into_iter().zip(signature.into_signatures());
    let finished = pairs.map(|(one, value)| building.finish(one, &value));
    let finished: Result<Vec<Vec<u8>>, _> = finished.collect();
    let finished = finished.map_err(|error| Failure::Answered(broken(&error)))?;
    Ok(NewSignaturesReply {
        signatures: finished.iter().map(|cms| encode_base64(cms)).collect(),
        request_id: request.to_string(),
        time_stamps: standings.remove(&request).unwrap_or_default(),
    })
}

/// What was checked before the key was asked does not hold after it.
fn broken(error: &dyn std::error::Error) -> Problem {
    tracing::error!(%error, "a signature could not be built");
    ProblemCode::Internal.into()
}
