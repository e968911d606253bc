//! Requests for approval: a system submits and follows them, their signer opens and decides.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::csc::Document;
use kyso_api::encoding::{decode_base64, encode_base64};
use kyso_api::management as wire;
use kyso_core::id::{ApprovalId, ClientId, CredentialId};
use kyso_core::model::{
    Approval, ApprovalDocument, ApprovalState, ApprovalWay, Decision, Owner, Shown, Urgency,
};
use kyso_core::request::DocumentFacts;
use kyso_core::{Change, Digest, Refusal, SignatureScheme, Snapshot};
use kyso_evidence::Event;
use kyso_store::{ApprovalFilter, Asked};

use super::read;
use crate::app::StoredEnd;
use crate::http::approving;
use crate::http::body::{Json, Received, parse};
use crate::http::csc::algorithm;
use crate::http::desk::Desk;
use crate::http::error::Problem;
use crate::http::{idempotency, refused, stamps, text};

/// What an Idempotency-Key is bound to.
const ROUTE: &str = "submissions";
/// How long a request stays open when nothing is said.
const USUAL_SPAN: Duration = Duration::from_secs(7 * 24 * 3600);
/// Requests of a page: when nothing is said, and at most.
const PAGE: u16 = 50;
const MOST: u16 = 200;
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
    Ok(Approval {
        id: ApprovalId::random(),
        client,
        person,
        credential,
        way: ApprovalWay::Sign,
        scheme: Some(scheme),
        documents,
        urgency: wanted.urgency.map_or(Urgency::Usual, urgency),
        key: (String::new(), [0; 32]),
        callback,
        submitted_at: now,
        due_at,
        open_until: open_until.unwrap_or(now.after(USUAL_SPAN)),
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

/// `GET approvals`: of a system what it asked, of a signer what they are asked.
///
/// # Errors
/// [`Problem`].
pub async fn list(desk: Desk, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query: wire::ApprovalQuery = read::query(request.query_string())?;
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::field("limit"));
    }
    let filter = ApprovalFilter {
        of: asked(&desk)?,
        states: query.state.map(state).into_iter().collect(),
        before: query.before.as_deref().map(cursor).transpose()?,
        limit: limit + 1,
    };
    let mut found = desk.app().journal().approvals(filter).await?;
    let more = found.len() > usize::from(limit);
    found.truncate(usize::from(limit));
    let next = found.last().filter(|_| more).map(cursor_of);
    let snapshot = desk.policy().snapshot();
    let items = found.iter().map(|one| describe(&snapshot, one)).collect();
    Ok(HttpResponse::Ok().json(wire::ApprovalPage { items, next }))
}

fn asked(desk: &Desk) -> Result<Asked, Problem> {
    match (desk.actor.person(), desk.actor.client()) {
        (Some(person), None) => Ok(Asked::Of(person)),
        (None, Some(client)) => Ok(Asked::By(client)),
        _ => Err(Refusal::Forbidden.into()),
    }
}

/// The last of a page, as its time in microseconds and its id.
pub fn cursor_of(last: &Approval) -> String {
    format!("{}_{}", last.state_at.as_micros(), last.id)
}

/// Where a page begins.
///
/// # Errors
/// `invalid_field` naming `before`.
pub fn cursor(text: &str) -> Result<(kyso_core::Timestamp, ApprovalId), Problem> {
    let bad = || Problem::field("before");
    let (at, id) = text.split_once('_').ok_or_else(bad)?;
    let at = at.parse().map_err(|_| bad())?;
    Ok((
        kyso_core::Timestamp::from_micros(at),
        read::id(id, "before")?,
    ))
}

/// `GET approvals/{id}`: for the system that asked, and for the signer.
///
/// # Errors
/// `not_found` for everybody else.
pub async fn one(desk: Desk, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id: ApprovalId = read::path_id(&path)?;
    let found = desk.app().journal().approval(id).await?;
    let asked = asked(&desk)?;
    let theirs = found.filter(|approval| match asked {
        Asked::By(client) => approval.client == client,
        Asked::Of(person) => approval.person == person,
    });
    let approval = theirs.ok_or(Refusal::UnknownObject)?;
    Ok(HttpResponse::Ok().json(shown(&desk, &approval).await?))
}

/// With the signatures, for the system.
async fn shown(desk: &Desk, approval: &Approval) -> Result<wire::Approval, Problem> {
    let mut reply = describe(&desk.policy().snapshot(), approval);
    let wanted = approval.state == ApprovalState::Signed && desk.actor.person().is_none();
    if wanted && let StoredEnd::Signed(made) = desk.app().end_of_approval(approval).await? {
        reply.signatures = Some(made.iter().map(|bytes| encode_base64(bytes)).collect());
    }
    Ok(reply)
}

/// A request on the wire, without signatures.
pub fn describe(snapshot: &Snapshot, approval: &Approval) -> wire::Approval {
    let client = snapshot.clients.by_id.get(&approval.client);
    wire::Approval {
        id: approval.id.to_string(),
        client: approval.client.to_string(),
        client_name: client
            .map(|client| client.display_name.clone())
            .unwrap_or_default(),
        person: approval.person.to_string(),
        credential: approval.credential.to_string(),
        state: wire::ApprovalState::from_name(approval.state.name())
            .unwrap_or(wire::ApprovalState::Failed),
        state_at: approval.state_at.to_string(),
        reason: approval.reason.clone(),
        urgency: wire::Urgency::from_name(approval.urgency.name()).unwrap_or(wire::Urgency::Usual),
        submitted_at: approval.submitted_at.to_string(),
        due_at: approval.due_at.map(|at| at.to_string()),
        open_until: approval.open_until.to_string(),
        documents: approval.documents.iter().map(document).collect(),
        shown: hex::encode(approval.shown().0),
        signatures: None,
    }
}

fn document(document: &ApprovalDocument) -> wire::ApprovalDocument {
    wire::ApprovalDocument {
        hash: encode_base64(document.digest.as_bytes()),
        hash_algorithm: document.digest.algorithm().oid().to_owned(),
        document: text::wire(&document.facts),
    }
}

fn urgency(wanted: wire::Urgency) -> Urgency {
    Urgency::from_name(wanted.name()).unwrap_or_default()
}

fn state(wanted: wire::ApprovalState) -> ApprovalState {
    ApprovalState::from_name(wanted.name()).unwrap_or(ApprovalState::Waiting)
}

/// `POST approvals/open`: the signer is about to be shown these.
///
/// # Errors
/// [`Problem`].
pub async fn open(desk: Desk, wanted: Json<wire::OpenApprovals>) -> Result<HttpResponse, Problem> {
    let ids = wanted
        .0
        .approvals
        .iter()
        .map(|id| read::id(id, "approvals"));
    let ids: Vec<ApprovalId> = ids.collect::<Result<_, _>>()?;
    if ids.is_empty() || ids.len() > usize::from(MOST) {
        return Err(Problem::field("approvals"));
    }
    let opened = approving::open(&desk, ids).await?;
    let snapshot = desk.policy().snapshot();
    let items = opened.iter().map(|one| describe(&snapshot, one)).collect();
    Ok(HttpResponse::Ok().json(wire::List::<wire::Approval> { items }))
}

/// `POST approvals/give`: the signer approves exactly what was shown.
///
/// # Errors
/// [`Problem`]; then nothing was approved.
pub async fn give(desk: Desk, wanted: Json<wire::GiveApprovals>) -> Result<HttpResponse, Problem> {
    let given = wanted.0.approvals.iter().map(read_shown);
    let given: Vec<(ApprovalId, Shown)> = given.collect::<Result<_, _>>()?;
    let mut ids: Vec<ApprovalId> = given.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() || ids.len() != given.len() {
        return Err(Problem::field("approvals"));
    }
    let ends = approving::give(desk, given, wanted.0.otp).await?;
    let items = ends
        .into_iter()
        .map(|(approval, decision)| end(&approval, &decision));
    Ok(HttpResponse::Ok().json(wire::List {
        items: items.collect(),
    }))
}

fn read_shown(wanted: &wire::ShownApproval) -> Result<(ApprovalId, Shown), Problem> {
    let bad = || Problem::field("approvals");
    let bytes = hex::decode(&wanted.shown).map_err(|_| bad())?;
    let shown: [u8; 32] = bytes.try_into().map_err(|_| bad())?;
    Ok((read::id(&wanted.id, "approvals")?, Shown(shown)))
}

fn end(approval: &Approval, decision: &Decision) -> wire::GivenApproval {
    let state = match approval.way {
        ApprovalWay::Sign => decision.state(),
        ApprovalWay::Sad(_) => ApprovalState::Approved,
    };
    wire::GivenApproval {
        id: approval.id.to_string(),
        state: wire::ApprovalState::from_name(state.name()).unwrap_or(wire::ApprovalState::Failed),
        reason: match decision {
            Decision::Failed(word) => Some((*word).to_owned()),
            _ => None,
        },
    }
}

/// `POST approvals/{id}/refuse`: the signer refuses (từ chối).
///
/// # Errors
/// [`Problem`].
pub async fn refuse(
    desk: Desk,
    path: web::Path<String>,
    body: Json<wire::ReasonRequest>,
) -> Result<HttpResponse, Problem> {
    let reason = read::text(&body.0.reason, "reason", super::NAME)?;
    decide(&desk, &path, Decision::Refuse(reason)).await
}

/// `POST approvals/{id}/return`: the signer returns it with a reason (trả lại).
///
/// # Errors
/// [`Problem`].
pub async fn give_back(
    desk: Desk,
    path: web::Path<String>,
    body: Json<wire::ReasonRequest>,
) -> Result<HttpResponse, Problem> {
    let reason = read::text(&body.0.reason, "reason", super::NAME)?;
    decide(&desk, &path, Decision::Return(reason)).await
}

/// `POST approvals/{id}/withdraw`: the system takes it back.
///
/// # Errors
/// [`Problem`].
pub async fn withdraw(desk: Desk, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    decide(&desk, &path, Decision::Withdraw).await
}

async fn decide(desk: &Desk, path: &str, decision: Decision) -> Result<HttpResponse, Problem> {
    let id: ApprovalId = read::path_id(path)?;
    desk.change(Change::DecideApproval(id, decision)).await?;
    Ok(HttpResponse::NoContent().finish())
}
