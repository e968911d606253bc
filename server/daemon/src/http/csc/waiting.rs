//! Version 1, authMode implicit: `credentials/authorize` waits until the signer has decided.
//!
//! Such a client knows nothing to ask with again, so a retry is known by what it asks for: the same
//! system, credential, hashes and documents join the request that is open.

use std::time::Duration;

use actix_web::HttpResponse;
use kyso_api::Secret;
use kyso_api::csc::Version;
use kyso_api::csc_error::CscErrorCode;
use kyso_core::Refusal;
use kyso_core::id::ApprovalId;
use kyso_core::model::{Approval, ApprovalWay, SadHash};
use tokio::sync::broadcast::Receiver;
use tokio::time::Instant;

use super::fault::Fault;
use super::handle::located;
use super::joining::{self, Same};
use super::signer::{Question, SOON, Standing, Wait, approval, give, over, standing};
use crate::http::approving::PATIENCE;
use crate::http::desk::Desk;

/// How often a waiting call looks by itself: another server may be the one where the signer decides.
const GLANCE: Duration = Duration::from_secs(2);

/// How long a refusal answers for the same question, so that a retry does not put it to the signer again.
const REMEMBERED: Duration = Duration::from_mins(15);

/// Asks the signer, or joins whoever asks them the same, and answers once they have decided.
///
/// # Errors
/// [`Fault`]; `temporarily_unavailable` if nobody has decided yet, and a retry goes on waiting; also if too
/// many calls wait.
pub async fn wait(desk: &Desk, wanted: Wait<'_>) -> Result<HttpResponse, Fault> {
    // Held until this call is answered.
    let _place = desk.app().waits.admit(wanted.client).ok_or_else(crowded)?;
    let mut decided = desk.app().decided.subscribe();
    let mut found = join(desk, &wanted).await?;
    let patience = PATIENCE.min(desk.config().csc.patience());
    let until = Instant::now() + patience;
    loop {
        match standing(&found, desk.now()) {
            Standing::Open => {}
            Standing::Approved => return give(desk, &found, awaited(desk, &found)?),
            ended => return Err(over(ended)),
        }
        let rest = until.saturating_duration_since(Instant::now());
        if rest.is_zero() || desk.app().flows.is_draining() {
            return Err(undecided());
        }
        let heard = heard(&mut decided, found.id);
        // Heard or not, what counts is what the journal says.
        let _ = tokio::time::timeout(rest.min(GLANCE), heard).await;
        found = read(desk, found.id).await?;
    }
}

fn undecided() -> Fault {
    let sentence = "The signer has not decided yet: send the same request again to go on waiting";
    Fault::new(CscErrorCode::TemporarilyUnavailable, sentence).after(SOON)
}

fn crowded() -> Fault {
    let sentence = "Too many calls wait for signers: wait for some of them, or use version 2";
    Fault::new(CscErrorCode::TemporarilyUnavailable, sentence).after(SOON)
}

async fn heard(decided: &mut Receiver<ApprovalId>, wanted: ApprovalId) {
    // An error says that some were missed, so this one may be among them.
    while decided.recv().await.is_ok_and(|id| id != wanted) {}
}

async fn read(desk: &Desk, id: ApprovalId) -> Result<Approval, Fault> {
    let found = desk.app().journal().approval(id).await;
    let found = found.map_err(|error| Fault::journal(&error))?;
    found.ok_or_else(|| Fault::refused(Refusal::Tampered, Version::V1))
}

/// The request that stands for this, or a new one.
async fn join(desk: &Desk, wanted: &Wait<'_>) -> Result<Approval, Fault> {
    let same = Same::sad(
        "wait",
        wanted.client,
        wanted.credential.id,
        &wanted.documents,
    );
    let new = |key| question(desk, wanted, key);
    joining::join(desk, &same, REMEMBERED, Version::V1, new).await
}

fn question(desk: &Desk, wanted: &Wait<'_>, key: String) -> Approval {
    let id = ApprovalId::random();
    let question = Question {
        id,
        key,
        body: [0; 32],
        way: ApprovalWay::Sad(SadHash::of(value(desk, id).expose())),
        scheme: None,
        documents: wanted.documents.clone(),
        span: None,
        callback: None,
    };
    approval(
        desk,
        wanted.client,
        wanted.credential,
        wanted.owner,
        question,
    )
}

fn value(desk: &Desk, id: ApprovalId) -> Secret {
    located(id, &desk.app().journal().awaited_sad(id))
}

/// The SAD of a request that is waited for.
fn awaited(desk: &Desk, approval: &Approval) -> Result<Secret, Fault> {
    let sad = value(desk, approval.id);
    if approval.way == ApprovalWay::Sad(SadHash::of(sad.expose())) {
        Ok(sad)
    } else {
        Err(Fault::refused(Refusal::Tampered, Version::V1))
    }
}
