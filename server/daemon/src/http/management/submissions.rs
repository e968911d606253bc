//! `POST approvals`: a system puts documents before a signer.

use actix_web::{HttpRequest, HttpResponse};
use kyso_api::csc::Document;
use kyso_api::encoding::decode_base64;
use kyso_api::management as wire;
use kyso_core::id::{ApprovalId, ClientId, CredentialId};
use kyso_core::model::{Approval, ApprovalDocument, ApprovalState, ApprovalWay, Owner, Urgency};
use kyso_core::request::DocumentFacts;
use kyso_core::{Change, Digest, Refusal, SignatureScheme};
use kyso_evidence::Event;

use super::approvals::{describe, shown};
use super::read;
use crate::http::body::{Received, parse};
use crate::http::csc::algorithm;
use crate::http::desk::Desk;
use crate::http::error::Problem;
use crate::http::{idempotency, refused, stamps, text};

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
    body: Received,
) -> Result<HttpResponse, Problem> {
    let read = read_submission(&desk, &request, &body);
    let approval = match read {
        Ok(approval) => approval,
        Err((refusal, problem)) => {
            let named = refused::named(&body.bytes, "credential");
            refused::enter(&desk, Event::ApprovalSubmitted, named, refusal).await?;
            return Err(problem);
        }
    };
    if let Some(before) = before(&desk, &approval).await? {
        return Ok(HttpResponse::Ok().json(shown(&desk, &before).await?));
    }
    let reply = describe(&desk.policy().snapshot(), &approval);
    desk.change(Change::SubmitApproval(approval)).await?;
    Ok(HttpResponse::Created().json(reply))
}

/// The request that the same key made before, if it was the same.
async fn before(desk: &Desk, wanted: &Approval) -> Result<Option<Approval>, Problem> {
    let journal = desk.app().journal();
    let found = journal
        .submitted(wanted.client, wanted.key.0.clone())
        .await?;
    match found {
        Some(found) if found.key.1 != wanted.key.1 => Err(Refusal::IdempotencyKeyReused.into()),
        found => Ok(found),
    }
}

type Mistake = (Refusal, Problem);

fn read_submission(
    desk: &Desk,
    request: &HttpRequest,
    body: &Received,
) -> Result<Approval, Mistake> {
    let bad = |problem: Problem| (Refusal::Malformed, problem);
    if let Some(flaw) = body.flaw {
        return Err((flaw.refusal(), flaw.into()));
    }
    let key = idempotency::read(request.headers(), ROUTE, &body.bytes);
    let key = key.map_err(|_| bad(Problem::field("Idempotency-Key")))?;
    let key = key.ok_or((
        Refusal::IdempotencyRequired,
        Refusal::IdempotencyRequired.into(),
    ))?;
    let wanted: wire::NewApproval = parse(&body.bytes).map_err(bad)?;
    let client = desk
        .actor
        .client()
        .filter(|_| desk.actor.person().is_none());
    let client = client.ok_or((Refusal::Forbidden, Refusal::Forbidden.into()))?;
    let mut approval = translate(desk, &wanted, client).map_err(bad)?;
    approval.key = (key.key, key.body);
    Ok(approval)
}

fn translate(
    desk: &Desk,
    wanted: &wire::NewApproval,
    client: ClientId,
) -> Result<Approval, Problem> {
    let credential: CredentialId = read::id(&wanted.credential, "credential")?;
    let (now, scheme) = (desk.now(), scheme(wanted)?);
    let span =
        |text: &Option<String>, field| text.as_ref().map(|t| read::time(t, field)).transpose();
    let (documents, callback) = (
        documents(wanted, scheme)?,
        callback(desk, client, wanted.callback.as_deref())?,
    );
    let (due_at, open_until) = (
        span(&wanted.due_at, "due_at")?,
        span(&wanted.open_until, "open_until")?,
    );
    // Only then, so that a mistake in the body is told alike whether the credential is there or not.
    let seen = desk.policy().visible(&desk.actor, credential)?;
    let Owner::Person(person) = seen.owner else {
        return Err(Problem::field("credential")); // a seal has no signer to ask
    };
    let usual = now.after(desk.policy().terms().usual_approval_span());
    Ok(Approval {
        id: ApprovalId::random(),
        client,
        person,
        credential,
        way: ApprovalWay::Sign,
        scheme: Some(scheme),
        urgency: urgency(wanted, &documents),
        documents,
        key: (String::new(), [0; 32]),
        callback,
        submitted_at: now,
        due_at,
        open_until: open_until.unwrap_or(usual),
        state: ApprovalState::Waiting,
        state_at: now,
        reason: None,
        made_by: None,
    })
}

fn scheme(wanted: &wire::NewApproval) -> Result<SignatureScheme, Problem> {
    stamps::scheme(
        &wanted.sign_algorithm,
        wanted.sign_algorithm_params.as_deref(),
        &wanted.hash_algorithm,
    )
}

fn documents(
    wanted: &wire::NewApproval,
    scheme: SignatureScheme,
) -> Result<Vec<ApprovalDocument>, Problem> {
    let bad = |field| move |_| Problem::field(field);
    let hashes = wanted.hashes.iter().map(|hash| decode_base64(hash));
    let hashes: Vec<Vec<u8>> = hashes.collect::<Result<_, _>>().map_err(bad("hashes"))?;
    let digests = algorithm::digests(scheme.hash(), &hashes);
    let digests: Vec<Digest> = digests.map_err(|_| Problem::field("hashes"))?;
    let within = wanted.documents.iter().all(Document::is_within_limits);
    if !within || wanted.documents.len() != digests.len() || digests.is_empty() {
        return Err(Problem::field("documents"));
    }
    let facts = text::documents(Some(&wanted.documents));
    let facts = facts.map_err(|_| Problem::field("documents"))?;
    // A leader is not asked to sign what has no name.
    if !facts.iter().all(says_what_it_is) {
        return Err(Problem::field("documents"));
    }
    let pairs = digests.into_iter().zip(facts);
    Ok(pairs
        .map(|(digest, facts)| ApprovalDocument { digest, facts })
        .collect())
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
