//! Acts that grant power: proposed by one person, approved by another.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::Secret;
use kyso_api::management::{
    ApprovalReply, Change as Wire, ChangeQuery, ChangeState, List, OtpRequest, PendingReply,
    ReasonRequest,
};
use kyso_api::problem::ProblemCode;
use kyso_core::change::{PowerChange, Proposal, SplitCode};
use kyso_core::id::{PendingChangeId, PersonId};
use kyso_core::model::PendingChange;
use kyso_core::{Change, Refusal, Timestamp};
use kyso_evidence::Event;

use kyso_store::read::ChangeRecord;

use super::summary::summary;
use super::{read, scope, stored};
use crate::http::body::Json;
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// How long a proposal waits for its second person.
const WAITS: Duration = Duration::from_hours(7 * 24);

/// What entries call a proposal.
const OBJECT: &str = "pending_change";

/// What the seal of an approver's half is bound to.
pub const HALF_AAD: &[u8] = b"enrolment-half";

/// Proposes a change and answers 202 with it.
///
/// # Errors
/// [`Problem`].
pub async fn propose(
    desk: &Desk,
    change: PowerChange,
    otp: Option<&Secret>,
) -> Result<HttpResponse, Problem> {
    let change = put(desk, change, otp).await?;
    Ok(HttpResponse::Accepted().json(PendingReply { change }))
}

/// Proposes a change.
///
/// # Errors
/// [`Problem`].
pub async fn put(desk: &Desk, change: PowerChange, otp: Option<&Secret>) -> Result<Wire, Problem> {
    let id = PendingChangeId::random();
    let proposed_by = desk.person()?;
    let expires_at = desk.now().after(WAITS);
    let what = summary(
        &desk.policy().snapshot(),
        &change,
        desk.call.language,
        desk.now(),
    );
    let reply = wire(id, (change.name(), what), proposed_by, expires_at);
    let refused = desk.refused(Event::ChangeProposed).about(OBJECT, id);
    let refused = refused.fact("kind", change.name());
    let totp = desk.fresh_otp(refused, otp).await?;
    desk.change(Change::Propose(Proposal {
        id,
        change,
        totp,
        expires_at,
    }))
    .await?;
    Ok(reply)
}

fn wire(
    id: PendingChangeId,
    (kind, summary): (&str, String),
    proposed_by: PersonId,
    expires_at: Timestamp,
) -> Wire {
    Wire {
        id: id.to_string(),
        kind: kind.to_owned(),
        summary,
        proposed_by: proposed_by.to_string(),
        expires_at: expires_at.to_string(),
        enrolment_half: None,
        client_secret: None,
        state: None,
    }
}

/// `GET changes`: the youngest first, decided ones too.
///
/// # Errors
/// [`Problem`].
pub async fn list(desk: Desk, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query: ChangeQuery = read::query(request.query_string())?;
    let records = seen(&desk, query.state).await?;
    let (snapshot, now) = (desk.policy().snapshot(), desk.now());
    let items = records
        .iter()
        .map(|record| {
            let p = &record.change;
            let what = summary(&snapshot, &p.change, desk.call.language, now);
            let what = (p.change.name(), what);
            let mut item = wire(p.id, what, p.proposed_by, p.expires_at);
            item.state = Some(state(&record.state, p.expires_at <= now));
            item
        })
        .collect();
    Ok(HttpResponse::Ok().json(List { items }))
}

/// The changes in this state, or in any, that the caller may see; the youngest first.
///
/// # Errors
/// [`Problem`].
pub async fn seen(desk: &Desk, wanted: Option<ChangeState>) -> Result<Vec<ChangeRecord>, Problem> {
    let (caller, now) = (desk.person()?, desk.now());
    let snapshot = desk.policy().snapshot();
    if !scope::is_overseer(&snapshot, caller, now) {
        return Err(Refusal::Forbidden.into());
    }
    let mut records = stored::changes(desk.app(), wanted.map(stored_word)).await?;
    let state = |record: &ChangeRecord| state(&record.state, record.change.expires_at <= now);
    records.retain(|record| wanted.is_none_or(|wanted| wanted == state(record)));
    records.retain(|ChangeRecord { change, .. }| {
        change.proposed_by == caller
            || scope::oversees_change(&snapshot, caller, &change.change, now)
    });
    Ok(records)
}

/// When it was proposed: it waits for as long as every proposal does.
pub fn proposed_at(change: &PendingChange) -> Timestamp {
    let waits = i64::try_from(WAITS.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(change.expires_at.as_micros().saturating_sub(waits))
}

/// The word that rows have: an undecided change is `pending` in time and after it.
const fn stored_word(state: ChangeState) -> &'static str {
    match state {
        ChangeState::Approved => "approved",
        ChangeState::Rejected => "rejected",
        ChangeState::Expired | ChangeState::Waiting => "pending",
    }
}

fn state(word: &str, over: bool) -> ChangeState {
    match word {
        "approved" => ChangeState::Approved,
        "rejected" => ChangeState::Rejected,
        _ if over => ChangeState::Expired,
        _ => ChangeState::Waiting,
    }
}

/// `POST changes/{id}/approve`.
///
/// # Errors
/// [`Problem`].
pub async fn approve(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<OtpRequest>,
) -> Result<HttpResponse, Problem> {
    let half = approve_it(&desk, &path, wanted.0.otp.as_ref()).await?;
    if half.is_none() {
        return Ok(HttpResponse::NoContent().finish());
    }
    let reply = ApprovalReply {
        enrolment_half: half,
    };
    Ok(HttpResponse::Ok().json(reply))
}

/// Approves the change of this id in a path; the approver's half of a code, if it makes one.
///
/// # Errors
/// [`Problem`].
pub async fn approve_it(
    desk: &Desk,
    id: &str,
    otp: Option<&Secret>,
) -> Result<Option<Secret>, Problem> {
    let id: PendingChangeId = read::path_id(id)?;
    let refused = desk.refused(Event::ChangeApproved).about(OBJECT, id);
    let totp = desk.fresh_otp(refused, otp).await?;
    let half = approver_half(desk, id).await?;
    desk.change(Change::Approve(id, totp)).await?;
    Ok(half)
}

/// The half of an enrolment code that is the approver's; read before the change is decided, so
/// that an HSM that is away leaves it waiting.
async fn approver_half(desk: &Desk, id: PendingChangeId) -> Result<Option<Secret>, Problem> {
    let snapshot = desk.policy().snapshot();
    let Some(code) = snapshot
        .pending
        .get(&id)
        .and_then(|p| split_code(&p.change))
    else {
        return Ok(None);
    };
    let half = desk
        .app()
        .token
        .unseal(HALF_AAD, &code.approver_half)
        .await?;
    let half = String::from_utf8(half.to_vec()).map_err(|_| ProblemCode::Internal)?;
    Ok(Some(Secret::new(half)))
}

fn split_code(change: &PowerChange) -> Option<&SplitCode> {
    match change {
        PowerChange::IssueEnrolmentCode(code) => Some(code),
        PowerChange::Several(changes) => changes.iter().find_map(split_code),
        _ => None,
    }
}

/// `POST changes/{id}/reject`.
///
/// # Errors
/// [`Problem`].
pub async fn reject(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<ReasonRequest>,
) -> Result<HttpResponse, Problem> {
    reject_it(&desk, &path, &wanted.0.reason).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Rejects the change of this id in a path.
///
/// # Errors
/// [`Problem`].
pub async fn reject_it(desk: &Desk, id: &str, reason: &str) -> Result<(), Problem> {
    let reason = read::text(reason, "reason", super::NAME)?;
    desk.change(Change::Reject(read::path_id(id)?, reason))
        .await?;
    Ok(())
}
