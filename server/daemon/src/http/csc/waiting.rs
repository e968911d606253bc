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
use kyso_core::id::{ApprovalId, ClientId, PersonId};
use kyso_core::model::{
    Approval, ApprovalDocument, ApprovalState, ApprovalWay, Credential, SadHash,
};
use sha2::{Digest as _, Sha256};
use tokio::sync::broadcast::Receiver;
use tokio::time::Instant;

use super::fault::Fault;
use super::handle::located;
use super::signer::{
    Question, SOON, Standing, alike, approval, give, left, over, standing, submit,
};
use crate::app::ChangeError;
use crate::http::approving::PATIENCE;
use crate::http::desk::Desk;

/// How often a waiting call looks by itself: another server may be the one where the signer decides.
const GLANCE: Duration = Duration::from_secs(2);

/// How long a refusal answers for the same question, so that a retry does not put it to the signer again.
const REMEMBERED: Duration = Duration::from_secs(15 * 60);

/// How often two calls may have been first at once.
const TURNS: usize = 4;

/// Who asks whom, with which credential, for what.
#[derive(Debug)]
pub struct Wait<'a> {
    /// The system.
    pub client: ClientId,
    /// The credential's owner.
    pub owner: PersonId,
    /// With which credential.
    pub credential: &'a Credential,
    /// What would be signed.
    pub documents: Vec<ApprovalDocument>,
}

/// Asks the signer, or joins whoever asks them the same, and answers once they have decided.
///
/// # Errors
/// [`Fault`]; `temporarily_unavailable` if nobody has decided yet, and a retry goes on waiting.
pub async fn wait(desk: &Desk, wanted: Wait<'_>) -> Result<HttpResponse, Fault> {
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

async fn heard(decided: &mut Receiver<ApprovalId>, wanted: ApprovalId) {
    // An error says that some were missed, so this one may be among them.
    while decided.recv().await.is_ok_and(|id| id != wanted) {}
}

async fn read(desk: &Desk, id: ApprovalId) -> Result<Approval, Fault> {
    let found = desk.app().journal().approval(id).await;
    let found = found.map_err(|error| Fault::journal(&error))?;
    found.ok_or_else(|| Fault::refused(Refusal::Tampered, Version::V1))
}

/// The request that is open for this, or a new one.
async fn join(desk: &Desk, wanted: &Wait<'_>) -> Result<Approval, Fault> {
    let name = name(wanted);
    for _ in 0..TURNS {
        let latest = latest(desk, wanted.client, &name).await?;
        let number = latest.as_ref().map_or(0, |(number, _)| number + 1);
        if let Some((_, before)) = latest
            && answers(desk, &before).await?
        {
            return Ok(before);
        }
        let new = question(desk, wanted, numbered(&name, number));
        match submit(desk, new.clone()).await {
            Ok(()) => return Ok(new),
            // Another call was faster, and may have asked just this.
            Err(ChangeError::Refused(Refusal::Conflict)) => {}
            Err(error) => return Err(Fault::change(&error, Version::V1)),
        }
    }
    Err(Fault::busy())
}

/// Whether the latest request for the same answers this one too.
async fn answers(desk: &Desk, before: &Approval) -> Result<bool, Fault> {
    Ok(match (before.state, standing(before, desk.now())) {
        (_, Standing::Open) => true,
        (_, Standing::Approved) => {
            let ApprovalWay::Sad(hash) = before.way else {
                return Ok(false);
            };
            let used = desk.app().journal().is_sad_used(hash).await;
            let used = used.map_err(|error| Fault::journal(&error))?;
            !used && left(desk, before).is_some()
        }
        (ApprovalState::Refused | ApprovalState::Returned, _) => {
            desk.now().since(before.state_at) < REMEMBERED
        }
        _ => false,
    })
}

/// What a request waits for: credential, hashes and documents. A SAD is bound to the documents in their
/// order, so only where one sentence describes them all does another order ask for the same.
fn name(wanted: &Wait<'_>) -> String {
    let each = wanted.documents.iter().map(|document| {
        let mut hash = Sha256::new();
        hash.update(document.digest.algorithm().name());
        hash.update([0]);
        hash.update(document.digest.as_bytes());
        hash.update(document.facts.canonical());
        <[u8; 32]>::from(hash.finalize())
    });
    let mut each: Vec<[u8; 32]> = each.collect();
    if alike(&wanted.documents) {
        each.sort_unstable();
    }
    let mut hash = Sha256::new();
    hash.update(wanted.credential.id.as_bytes());
    hash.update(each.concat());
    hex::encode(hash.finalize())
}

/// Each request for the same has a number; the blanks are in no Idempotency-Key.
fn numbered(name: &str, number: u64) -> String {
    format!("csc wait {name} {number}")
}

/// The latest request of this name. Their numbers have no gaps, so it is found in few steps.
async fn latest(
    desk: &Desk,
    client: ClientId,
    name: &str,
) -> Result<Option<(u64, Approval)>, Fault> {
    let (mut latest, mut absent, mut step) = (None, None, 0);
    loop {
        let found = desk.app().journal().submitted(client, numbered(name, step));
        match found.await.map_err(|error| Fault::journal(&error))? {
            Some(approval) => latest = Some((step, approval)),
            None => absent = Some(step),
        }
        let known = latest.as_ref().map(|(number, _)| *number);
        step = match (known, absent) {
            (None, _) => return Ok(None),
            (Some(known), Some(absent)) if absent - known <= 1 => return Ok(latest),
            (Some(known), Some(absent)) => known + (absent - known) / 2,
            (Some(known), None) => 2 * known + 1,
        };
    }
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
