//! `POST approvals`: a system puts documents before a signer.

use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{FromRequest as _, HttpRequest, HttpResponse, web};
use kyso_api::csc::Document;
use kyso_api::encoding::decode_base64;
use kyso_api::management as wire;
use kyso_api::problem::ProblemCode;
use kyso_core::id::{ApprovalId, ClientId, CredentialId};
use kyso_core::model::{
    Approval, ApprovalDocument, ApprovalState, ApprovalWay, Credential, Owner, Urgency,
};
use kyso_core::request::DocumentFacts;
use kyso_core::{Change, Digest, Refusal, SignatureScheme};
use kyso_evidence::Event;

use super::approvals::{describe, shown};
use super::read;
use crate::app::Arrival;
use crate::http::arrival::{Arrived, arrive};
use crate::http::body::{Received, parse};
use crate::http::csc::algorithm;
use crate::http::desk::Desk;
use crate::http::error::Problem;
use crate::http::refused::{self, Mistake};
use crate::http::signing::{Before, Files, looks, put_before};
use crate::http::{idempotency, stamps, text};

/// What an Idempotency-Key is bound to.
const ROUTE: &str = "submissions";
/// Longest callback, in bytes.
const URL: usize = 500;

/// `POST approvals`: 201 with the request, 200 with the one that the same key made before.
///
/// # Errors
/// [`Problem`]; one that concerns a key is an entry.
pub async fn submit(
    desk: Desk,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let (body, _arrival) = body(&desk, &request, payload).await?;
    let named = refused::named(&body.bytes, "credential");
    let end = match read_submission(&desk, &request, &body) {
        Ok(submission) => {
            drop(body);
            answer(&desk, submission).await
        }
        Err(mistake) => Err(mistake),
    };
    match end {
        Ok(reply) => Ok(reply),
        Err(End::Answered(problem)) => Err(problem),
        Err(End::Mistaken(Mistake(refusal, problem))) => {
            refused::enter(&desk, Event::ApprovalSubmitted, named, refusal).await?;
            Err(problem)
        }
    }
}

/// Why there is no request.
enum End {
    /// Not asked for rightly; to be entered.
    Mistaken(Mistake),
    /// Asked, and answered; what is to be entered is entered.
    Answered(Problem),
}

impl<T: Into<Mistake>> From<T> for End {
    fn from(mistake: T) -> Self {
        Self::Mistaken(mistake.into())
    }
}

/// Only a system's body that says that it is larger than others may hold files. Its place among those that arrive is
/// held until the call is answered: so much is in memory meanwhile.
async fn body(
    desk: &Desk,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<(Received, Option<Arrival>), Problem> {
    let stated = request.headers().get(CONTENT_LENGTH);
    let stated = stated.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let large = stated > Some(desk.config().limits.body_bytes.into());
    if large && desk.actor.person().is_none() {
        let Arrived { body, place } = arrive(desk, request, payload).await?;
        return Ok((body, Some(place)));
    }
    let usual = Received::from_request(request, &mut payload.into_inner());
    let usual = usual.await.map_err(|_| ProblemCode::MalformedBody)?;
    Ok((usual, None))
}

/// A body that was read, from a system, under a key of its own.
struct Submission {
    wanted: wire::NewApproval,
    client: ClientId,
    key: (String, [u8; 32]),
}

async fn answer(desk: &Desk, submission: Submission) -> Result<HttpResponse, End> {
    if let Some(before) = before(desk, &submission).await.map_err(End::Answered)? {
        let shown = shown(desk, &before).await.map_err(End::Answered)?;
        return Ok(HttpResponse::Ok().json(shown));
    }
    let approval = translate(desk, submission).await?;
    let reply = describe(&desk.policy().snapshot(), &approval);
    let submitted = desk.change(Change::SubmitApproval(approval)).await;
    submitted.map_err(End::Answered)?;
    Ok(HttpResponse::Created().json(reply))
}

/// The request that the same key made before, if it was the same.
async fn before(desk: &Desk, wanted: &Submission) -> Result<Option<Approval>, Problem> {
    let journal = desk.app().journal();
    let found = journal
        .submitted(wanted.client, wanted.key.0.clone())
        .await?;
    match found {
        Some(found) if found.key.1 != wanted.key.1 => Err(Refusal::IdempotencyKeyReused.into()),
        found => Ok(found),
    }
}

fn read_submission(desk: &Desk, request: &HttpRequest, body: &Received) -> Result<Submission, End> {
    if let Some(flaw) = body.flaw {
        return Err(Mistake(flaw.refusal(), flaw.into()).into());
    }
    let key = idempotency::read(request.headers(), ROUTE, &body.bytes);
    let key = key.map_err(|_| Problem::field("Idempotency-Key"))?;
    let key = key.ok_or(Refusal::IdempotencyRequired)?;
    let wanted: wire::NewApproval = parse(&body.bytes)?;
    let system = desk.actor.person().is_none();
    let client = desk.actor.client().filter(|_| system);
    Ok(Submission {
        wanted,
        client: client.ok_or(Refusal::Forbidden)?,
        key: (key.key, key.body),
    })
}

async fn translate(desk: &Desk, submission: Submission) -> Result<Approval, End> {
    let Submission {
        mut wanted,
        client,
        key,
    } = submission;
    let credential: CredentialId = read::id(&wanted.credential, "credential")?;
    let (now, scheme) = (desk.now(), scheme(&wanted)?);
    let span =
        |text: &Option<String>, field| text.as_ref().map(|t| read::time(t, field)).transpose();
    let documents = documents(&wanted, scheme)?;
    let looks = looks(&wanted)?;
    let callback = callback(desk, client, wanted.callback.as_deref())?;
    let (due_at, open_until) = (
        span(&wanted.due_at, "due_at")?,
        span(&wanted.open_until, "open_until")?,
    );
    // Only then, so that a mistake in the body is told alike whether the credential is there or not.
    let seen = desk.policy().visible(&desk.actor, credential)?;
    let Owner::Person(person) = seen.owner else {
        return Err(Problem::field("credential").into()); // a seal has no signer to ask
    };
    let usual = now.after(desk.policy().terms().usual_approval_span());
    let approval = Approval {
        id: ApprovalId::random(),
        client,
        person,
        credential,
        way: ApprovalWay::Sign,
        scheme: Some(scheme),
        urgency: urgency(&wanted, &documents),
        documents,
        files_key: None,
        key,
        callback,
        submitted_at: now,
        due_at,
        open_until: open_until.unwrap_or(usual),
        state: ApprovalState::Waiting,
        state_at: now,
        reason: None,
        made_by: None,
    };
    let files = std::mem::take(&mut wanted.files);
    if files.is_empty() {
        return Ok(approval);
    }
    with_files(desk, approval, &seen, Files { files, looks }).await
}

/// The same with its files. Policy first, as if they were there: nothing is drawn for what is refused anyway.
async fn with_files(
    desk: &Desk,
    approval: Approval,
    credential: &Credential,
    files: Files,
) -> Result<Approval, End> {
    let supposed = Change::SubmitApproval(approval.clone());
    // Only asked: what counts is the answer for the change itself, when all is known.
    let allowed = desk.policy().authorize_change(desk.actor.clone(), supposed);
    allowed.map(drop)?;
    let scheme = approval.scheme.ok_or(Refusal::UnsupportedScheme)?;
    let before = Before {
        approval: approval.id,
        person: approval.person,
        credential,
        scheme,
    };
    let put = put_before(desk, &before, files, approval.facts()).await;
    let (documents, key) = put.map_err(|problem| match problem.code() {
        ProblemCode::InvalidField => End::from(problem),
        _ => End::Answered(problem),
    })?;
    Ok(Approval {
        documents,
        files_key: Some(key),
        ..approval
    })
}

fn scheme(wanted: &wire::NewApproval) -> Result<SignatureScheme, Problem> {
    stamps::scheme(
        &wanted.sign_algorithm,
        wanted.sign_algorithm_params.as_deref(),
        &wanted.hash_algorithm,
    )
}

/// The documents by their digests; where there are files instead, each has one that stands for it until it was read.
fn documents(
    wanted: &wire::NewApproval,
    scheme: SignatureScheme,
) -> Result<Vec<ApprovalDocument>, Problem> {
    let facts = facts(wanted)?;
    let digests = if wanted.files.is_empty() {
        digests(wanted, scheme)?
    } else if wanted.hashes.is_empty() && wanted.files.len() == facts.len() {
        let places = 0..facts.len();
        let digest = |place: usize| Digest::of(scheme.hash(), &place.to_be_bytes());
        places.map(digest).collect()
    } else {
        return Err(Problem::field("files"));
    };
    if digests.is_empty() || digests.len() != facts.len() {
        return Err(Problem::field("documents"));
    }
    let pairs = digests.into_iter().zip(facts);
    let documents = pairs.map(|(digest, facts)| ApprovalDocument {
        digest,
        facts,
        file: None,
    });
    Ok(documents.collect())
}

fn digests(wanted: &wire::NewApproval, scheme: SignatureScheme) -> Result<Vec<Digest>, Problem> {
    let hashes = wanted.hashes.iter().map(|hash| decode_base64(hash));
    let hashes: Vec<Vec<u8>> = hashes
        .collect::<Result<_, _>>()
        .map_err(|_| Problem::field("hashes"))?;
    let digests = algorithm::digests(scheme.hash(), &hashes);
    digests.map_err(|_| Problem::field("hashes"))
}

/// What is said of each document. A leader is not asked to sign what has no name.
fn facts(wanted: &wire::NewApproval) -> Result<Vec<DocumentFacts>, Problem> {
    let within = wanted.documents.iter().all(Document::is_within_limits);
    let facts = text::documents(Some(&wanted.documents)).ok();
    let facts = facts.filter(|facts| within && facts.iter().all(says_what_it_is));
    facts.ok_or_else(|| Problem::field("documents"))
}

const fn says_what_it_is(facts: &DocumentFacts) -> bool {
    facts.summary.is_some() || facts.label.is_some()
}

/// Only under the origin that a manager registered for this system, so that nobody has the server call
/// where they like.
///
/// # Errors
/// [`Problem`] for any other place.
pub fn callback(
    desk: &Desk,
    client: ClientId,
    url: Option<&str>,
) -> Result<Option<String>, Problem> {
    let Some(url) = url else {
        return Ok(None);
    };
    let snapshot = desk.policy().snapshot();
    let callback = snapshot.clients.callbacks.get(&client);
    let covered = callback.is_some_and(|callback| callback.covers(url));
    if covered && url.len() <= URL {
        Ok(Some(url.to_owned()))
    } else {
        Err(Problem::field("callback"))
    }
}

/// The most urgent that anything in it says: a word over all of them does not make one of them wait.
fn urgency(wanted: &wire::NewApproval, documents: &[ApprovalDocument]) -> Urgency {
    let named = wanted.urgency.map(wire::Urgency::name);
    let whole = named.and_then(Urgency::from_name).unwrap_or_default();
    whole.max(Urgency::of_documents(documents))
}
