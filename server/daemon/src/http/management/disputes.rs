//! `POST signatures/{id}/dispute`: "I did not make this".
//!
//! A log-in is enough, without a one-time password: to lock is the safe side. Whoever has stolen a log-in can stop
//! the owner's key with it, which is seen at once, and two people start it again; to ask more would keep an owner whose
//! phone was stolen from locking theirs.

use actix_web::{HttpResponse, web};
use kyso_api::management::{DisputeSignature, SignatureDispute};
use kyso_api::problem::ProblemCode;
use kyso_core::id::{CredentialId, RequestId};
use kyso_core::{Change, Refusal};
use kyso_evidence::{Entry, Event};
use kyso_store::tree::{Half, entry, half_of};

use super::{NAME, read, stored};
use crate::http::body::Json;
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// By the owner of the key, and nobody else.
///
/// # Errors
/// `not_found` for everybody else, `forbidden` for a system, `invalid_field`.
pub async fn dispute(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<DisputeSignature>,
) -> Result<HttpResponse, Problem> {
    let told = dispute_it(&desk, &path, wanted.0.reason.as_deref()).await?;
    Ok(HttpResponse::Ok().json(told))
}

/// Disputes the call of this id in a path, and locks its key; what was disputed before stays as it was.
///
/// # Errors
/// As [`dispute`].
pub async fn dispute_it(
    desk: &Desk,
    id: &str,
    reason: Option<&str>,
) -> Result<SignatureDispute, Problem> {
    desk.person()?;
    let call: RequestId = read::path_id(id)?;
    let reason = reason.map(|reason| read::text(reason, "reason", NAME));
    let reason = reason.transpose()?;
    let Some(credential) = key_of(desk, call).await? else {
        return Err(unknown(desk, call).await?);
    };
    desk.change(Change::DisputeSignature(credential, call, reason))
        .await?;
    let found = stored::disputes(desk.app(), vec![call]).await?;
    // It was entered just now, or before: one that cannot be read was changed since.
    let entered = found.get(&call).ok_or(ProblemCode::Internal)?;
    Ok(SignatureDispute {
        request_id: call.to_string(),
        credential: credential.to_string(),
        sequence: entered.sequence,
        at: entered.at.to_string(),
    })
}

/// The same entry and the same answer as for a key of somebody else.
async fn unknown(desk: &Desk, call: RequestId) -> Result<Problem, Problem> {
    let refused = desk.refused(Event::SignatureDisputed);
    let refused = refused.about("signature", call);
    desk.note(refused.because(Refusal::UnknownObject)).await?;
    Ok(ProblemCode::NotFound.into())
}

/// The key that a call was to use, as its intent says.
async fn key_of(desk: &Desk, call: RequestId) -> Result<Option<CredentialId>, Problem> {
    let intent = desk
        .app()
        .store
        .read(move |db| match half_of(db, call, Half::Intent)? {
            Some(sequence) => entry(db, sequence),
            None => Ok(None),
        });
    let intent = intent.await.map_err(stored::unreadable)?;
    let intent = intent.and_then(|(bytes, _)| Entry::parse(&bytes).ok());
    Ok(intent.and_then(|intent| intent.credential?.parse().ok()))
}
