//! A system that asks a signer for the same again joins the request that it made before: an answer that was
//! lost on its way must not put the question to a leader twice.
//!
//! A retry is known by what it asks for, since a client that got no answer has nothing else to show. The
//! requests for the same thing are numbered, and the latest one counts.

use std::time::Duration;

use kyso_api::csc::Version;
use kyso_core::Refusal;
use kyso_core::id::{ClientId, CredentialId};
use kyso_core::model::{Approval, ApprovalDocument, ApprovalState, ApprovalWay};
use sha2::{Digest as _, Sha256};

use super::fault::Fault;
use super::signer::{Standing, alike, left, standing, submit};
use crate::app::ChangeError;
use crate::http::desk::Desk;

/// How often two calls may have been first at once.
const TURNS: usize = 4;

/// What a system asks for, and how a retry of it is known.
#[derive(Debug)]
pub struct Same {
    client: ClientId,
    /// Which call asks, so that a SAD to wait for, a handle and a signature are three questions.
    call: &'static str,
    name: String,
}

impl Same {
    /// For a SAD: credential, hashes and documents. A SAD is bound to the documents in their order, so only
    /// where one sentence describes them all does another order ask for the same.
    pub fn sad(
        call: &'static str,
        client: ClientId,
        credential: CredentialId,
        documents: &[ApprovalDocument],
    ) -> Self {
        let mut each = hashed(documents);
        if alike(documents) {
            each.sort_unstable();
        }
        let name = Sha256::new().chain_update(credential.as_bytes());
        let name = hex::encode(name.chain_update(each.concat()).finalize());
        Self { client, call, name }
    }

    /// For signatures, which come in the order of the documents: with `terms`, whatever else the system
    /// said of how it wants them.
    pub fn signatures(
        call: &'static str,
        client: ClientId,
        credential: CredentialId,
        documents: &[ApprovalDocument],
        terms: [&str; 3],
    ) -> Self {
        let mut name = Sha256::new().chain_update(credential.as_bytes());
        for term in terms {
            name.update(Sha256::digest(term));
        }
        name.update(hashed(documents).concat());
        let name = hex::encode(name.finalize());
        Self { client, call, name }
    }

    /// The name of one of its requests; the blanks are in no Idempotency-Key.
    fn numbered(&self, number: u64) -> String {
        format!("csc {} {} {number}", self.call, self.name)
    }
}

fn hashed(documents: &[ApprovalDocument]) -> Vec<[u8; 32]> {
    let each = documents.iter().map(|document| {
        let mut hash = Sha256::new();
        hash.update(document.digest.algorithm().name());
        hash.update([0]);
        hash.update(document.digest.as_bytes());
        hash.update(document.facts.canonical());
        <[u8; 32]>::from(hash.finalize())
    });
    each.collect()
}

/// The request that stands for this, or the new one that `question` makes of its name. For `remembered`
/// after it, a refusal still stands for the same question.
///
/// # Errors
/// [`Fault`].
pub async fn join(
    desk: &Desk,
    same: &Same,
    remembered: Duration,
    version: Version,
    question: impl Fn(String) -> Approval,
) -> Result<Approval, Fault> {
    for _ in 0..TURNS {
        let latest = latest(desk, same).await?;
        let number = latest.as_ref().map_or(0, |(number, _)| number + 1);
        if let Some((_, before)) = latest
            && answers(desk, &before, remembered).await?
        {
            return Ok(before);
        }
        let new = question(same.numbered(number));
        match submit(desk, new.clone()).await {
            Ok(()) => return Ok(new),
            // Another call was faster, and may have asked just this.
            Err(ChangeError::Refused(Refusal::Conflict)) => {}
            Err(error) => return Err(Fault::change(&error, version)),
        }
    }
    Err(Fault::busy())
}

/// Whether the latest request for the same answers this one too.
async fn answers(desk: &Desk, before: &Approval, remembered: Duration) -> Result<bool, Fault> {
    Ok(match (before.state, standing(before, desk.now())) {
        (_, Standing::Open) => true,
        (_, Standing::Approved) => {
            let ApprovalWay::Sad(hash) = before.way else {
                return Ok(true); // the server is at work on it
            };
            let made = desk.app().journal().sad_use(hash).await;
            let made = made.map_err(|error| Fault::journal(&error))?;
            made.taken == 0 && left(desk, before).is_some()
        }
        (ApprovalState::Refused | ApprovalState::Returned, _) => {
            desk.now().since(before.state_at) < remembered
        }
        _ => false,
    })
}

/// The latest request of this name. Their numbers have no gaps, so it is found in few steps.
async fn latest(desk: &Desk, same: &Same) -> Result<Option<(u64, Approval)>, Fault> {
    let (mut latest, mut absent, mut step) = (None, None, 0);
    loop {
        let found = desk.app().journal();
        let found = found.submitted(same.client, same.numbered(step)).await;
        match found.map_err(|error| Fault::journal(&error))? {
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
