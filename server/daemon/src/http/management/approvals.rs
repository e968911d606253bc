//! Requests for approval: a system follows them, their signer opens and decides.

use std::cmp::Reverse;

use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::encoding::encode_base64;
use kyso_api::management as wire;
use kyso_core::id::ApprovalId;
use kyso_core::model::{
    Approval, ApprovalDocument, ApprovalFile, ApprovalState, Decision, Precedence, Shown, Urgency,
};
use kyso_core::{Change, Snapshot, Timestamp};
use kyso_store::{ApprovalFilter, Asked, PageStart};

use super::read;
use crate::app::StoredEnd;
use crate::http::approving::{self, Declined, End};
use crate::http::body::Json;
use crate::http::desk::Desk;
use crate::http::error::Problem;
use crate::http::signing::{made_whole, updates};
use crate::http::text;

/// Requests of a page: when nothing is said, and at most.
const PAGE: u16 = 50;
const MOST: u16 = 200;
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
    let states = query.state.map(state).into_iter().collect();
    let filter = filter(asked(&desk)?, states, query.before.as_deref(), limit)?;
    let (found, next) = found(&desk, filter).await?;
    let snapshot = desk.policy().snapshot();
    let items = found.iter().map(|one| describe(&snapshot, one)).collect();
    Ok(HttpResponse::Ok().json(wire::ApprovalPage { items, next }))
}

/// Which requests, from where on: what waits for a signer as it is to be decided, all else the newest state
/// first.
///
/// # Errors
/// `invalid_field` naming `before`.
pub fn filter(
    of: Asked,
    states: Vec<ApprovalState>,
    before: Option<&str>,
    limit: u16,
) -> Result<ApprovalFilter, Problem> {
    let waits = !states.is_empty() && states.iter().all(|state| state.is_open());
    let from = if waits && matches!(of, Asked::Of(_)) {
        PageStart::Precedence(before.map(precedence).transpose()?)
    } else {
        PageStart::Newest(before.map(newest).transpose()?)
    };
    Ok(ApprovalFilter {
        of,
        states,
        from,
        limit,
    })
}

/// A page of requests, and `before` of the next one, if there is one.
///
/// # Errors
/// If the database fails.
pub async fn found(
    desk: &Desk,
    filter: ApprovalFilter,
) -> Result<(Vec<Approval>, Option<String>), Problem> {
    let (found, next) = desk.app().journal().approvals(filter).await?;
    Ok((found, next.and_then(cursor)))
}

fn asked(desk: &Desk) -> Result<Asked, Problem> {
    match (desk.actor.person(), desk.actor.client()) {
        (None, Some(client)) => Ok(Asked::By(client)),
        _ => approving::signer(desk).map(Asked::Of),
    }
}

/// `before` of the page that begins behind this one, in the order of the page that it stands on.
pub fn behind(order: PageStart, last: &Approval) -> Option<String> {
    cursor(match order {
        PageStart::Newest(_) => PageStart::Newest(Some((last.state_at, last.id))),
        PageStart::Precedence(_) => PageStart::Precedence(Some(Precedence {
            urgency: Reverse(last.urgency),
            due_at: last.due_at.unwrap_or(Timestamp::NEVER),
            submitted_at: last.submitted_at,
            id: last.id,
        })),
    })
}

/// The last of a page, as its place in this order: numbers, and its id.
fn cursor(next: PageStart) -> Option<String> {
    match next {
        PageStart::Newest(last) => last.map(|(at, id)| format!("{}_{id}", at.as_micros())),
        PageStart::Precedence(last) => last.map(|place| {
            let (due, came) = (place.due_at.as_micros(), place.submitted_at.as_micros());
            format!("{}_{due}_{came}_{}", place.urgency.0.rank(), place.id)
        }),
    }
}

fn bad() -> Problem {
    Problem::field("before")
}

fn newest(text: &str) -> Result<(Timestamp, ApprovalId), Problem> {
    let (at, id) = text.split_once('_').ok_or_else(bad)?;
    Ok((micros(at)?, read::id(id, "before")?))
}

fn precedence(text: &str) -> Result<Precedence, Problem> {
    let parts: Vec<&str> = text.split('_').collect();
    let [rank, due, came, id] = parts[..] else {
        return Err(bad());
    };
    let urgency = rank.parse().ok().and_then(Urgency::from_rank);
    Ok(Precedence {
        urgency: Reverse(urgency.ok_or_else(bad)?),
        due_at: micros(due)?,
        submitted_at: micros(came)?,
        id: read::id(id, "before")?,
    })
}

fn micros(text: &str) -> Result<Timestamp, Problem> {
    let micros = text.parse().map_err(|_| bad())?;
    Ok(Timestamp::from_micros(micros))
}

/// `GET approvals/{id}`: for the system that asked, and for the signer.
///
/// # Errors
/// `not_found` for everybody else.
pub async fn one(desk: Desk, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let approval = theirs(&desk, &path).await?;
    Ok(HttpResponse::Ok().json(shown(&desk, &approval).await?))
}

/// A request that the caller made, or is asked to decide.
async fn theirs(desk: &Desk, id: &str) -> Result<Approval, Problem> {
    let id: ApprovalId = read::path_id(id)?;
    let found = desk.app().journal().approval(id).await?;
    let asked = asked(desk)?;
    let theirs = found.filter(|approval| match asked {
        Asked::By(client) => approval.client == client,
        Asked::Of(person) => approval.person == person,
    });
    theirs.ok_or_else(|| approving::unknown(desk))
}

/// `GET approvals/{id}/documents/{place}/file`: for the system that asked, and for the signer.
///
/// # Errors
/// `not_found` for everybody else, and once it was erased.
pub async fn file(desk: Desk, path: web::Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (id, place) = path.into_inner();
    let approval = theirs(&desk, &id).await?;
    let bytes = approving::part(&desk, &approval, (&place, None)).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .body(bytes))
}

/// `GET approvals/{id}/documents/{place}/pages/{page}`: the picture of a page, counted from 1.
///
/// # Errors
/// As [`file()`].
pub async fn picture(
    desk: Desk,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, place, page) = path.into_inner();
    let approval = theirs(&desk, &id).await?;
    let bytes = approving::part(&desk, &approval, (&place, Some(&page))).await?;
    Ok(HttpResponse::Ok().content_type("image/png").body(bytes))
}

/// With the call that signed, and for the system with the signatures.
pub(super) async fn shown(desk: &Desk, approval: &Approval) -> Result<wire::Approval, Problem> {
    let mut reply = describe(&desk.policy().snapshot(), approval);
    let signed = approval.state == ApprovalState::Signed;
    if signed && let StoredEnd::Signed(call, made) = desk.app().end_of_approval(approval).await? {
        reply.request_id = Some(call.to_string());
        if desk.actor.person().is_none() {
            hand_out(desk, approval, made, &mut reply).await?;
        }
    }
    Ok(reply)
}

async fn hand_out(
    desk: &Desk,
    approval: &Approval,
    made: Vec<Vec<u8>>,
    reply: &mut wire::Approval,
) -> Result<(), Problem> {
    let made = if approval.files_key.is_some() {
        let whole = made_whole(desk, approval, made)?;
        append(reply, updates(desk, approval, &whole).await?);
        whole
    } else {
        made
    };
    reply.signatures = Some(made.iter().map(|bytes| encode_base64(bytes)).collect());
    Ok(())
}

/// Says of each file what is appended to it.
fn append(reply: &mut wire::Approval, updates: Vec<Option<String>>) {
    let documents = reply.documents.iter_mut();
    let files = documents.filter_map(|document| document.file.as_mut());
    for (file, update) in files.zip(updates) {
        file.update = update;
    }
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
        request_id: None,
    }
}

fn document(document: &ApprovalDocument) -> wire::ApprovalDocument {
    wire::ApprovalDocument {
        hash: encode_base64(document.digest.as_bytes()),
        hash_algorithm: document.digest.algorithm().oid().to_owned(),
        document: text::wire(&document.facts),
        file: document.file.as_ref().map(kept),
    }
}

fn kept(file: &ApprovalFile) -> wire::ApprovalFile {
    wire::ApprovalFile {
        sha256: hex::encode(file.sha256),
        field: file.field.clone(),
        pages: file.pages.iter().map(hex::encode).collect(),
        composed_by: match file.drawn {
            Some(_) => wire::Composer::Server,
            None => wire::Composer::Client,
        },
        update: None,
    }
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
        .map(|(approval, came)| end(&approval, &came));
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

fn end(approval: &Approval, end: &End) -> wire::GivenApproval {
    let state = end.state().name();
    wire::GivenApproval {
        id: approval.id.to_string(),
        state: wire::ApprovalState::from_name(state).unwrap_or(wire::ApprovalState::Failed),
        reason: match end {
            End::Decided(Decision::Failed(word)) => Some((*word).to_owned()),
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
    body: Json<wire::DeclineApproval>,
) -> Result<HttpResponse, Problem> {
    decline(&desk, &path, Declined::Refused, body.0).await
}

/// `POST approvals/{id}/return`: the signer returns it with a reason (trả lại).
///
/// # Errors
/// [`Problem`].
pub async fn give_back(
    desk: Desk,
    path: web::Path<String>,
    body: Json<wire::DeclineApproval>,
) -> Result<HttpResponse, Problem> {
    decline(&desk, &path, Declined::Returned, body.0).await
}

async fn decline(
    desk: &Desk,
    path: &str,
    how: Declined,
    wanted: wire::DeclineApproval,
) -> Result<HttpResponse, Problem> {
    let reason = read::text(&wanted.reason, "reason", super::NAME)?;
    approving::decline(desk, read::path_id(path)?, how, reason, &wanted.otp).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST approvals/{id}/withdraw`: the system takes it back.
///
/// # Errors
/// [`Problem`].
pub async fn withdraw(desk: Desk, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id: ApprovalId = read::path_id(&path)?;
    let taken_back = Change::DecideApproval(id, Decision::Withdraw);
    desk.change(taken_back).await?;
    Ok(HttpResponse::NoContent().finish())
}
