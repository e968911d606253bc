//! What comes of an approval: the signature, its end in the request's row, and what a restart finds.

use std::time::Duration;

use kyso_core::actor::{Proof, Subject};
use kyso_core::id::RequestId;
use kyso_core::journal::{Journal as _, JournalError, Recalled};
use kyso_core::model::{Approval, ApprovalState, ApprovalWay, Decision, SadHash};
use kyso_core::request::{Activation, Content, Idempotency, SignRequest};
use kyso_core::sign::Signature;
use kyso_core::{Actor, Change, SignError};
use kyso_evidence::entry::{Builder, Format};

use kyso_store::SadUse;

use super::{App, ChangeError};

/// What an Idempotency-Key of ours is bound to: a request for approval signs once, ever.
const ROUTE: &str = "approvals";

/// How often a signature is tried that certainly was not made: the token was away, or every lane busy.
const TRIES: u32 = 8;

/// How long after its SAD has ended a request is still given to the server that is at work on it.
const GRACE: Duration = Duration::from_secs(5);

/// What the journal knows of an approved request.
#[derive(Debug, PartialEq, Eq)]
pub enum StoredEnd {
    /// Signed by this call: these, in the order of the documents.
    Signed(RequestId, Vec<Vec<u8>>),
    /// The key was asked and it is not known what came of it.
    Unknown,
    /// A server is at work on it.
    Running,
    /// The key was not asked.
    Nothing,
}

impl App {
    /// Signs what its signer approved, and says in the row how it ended.
    ///
    /// Nobody knows the value of `sad`, and its hash lives in this process only, so a server that stops here leaves a request
    /// that nobody can sign any more: [`finish_approval`](Self::finish_approval) then says so.
    pub async fn sign_approved(
        &self,
        signer: Actor,
        approval: &Approval,
        sad: SadHash,
    ) -> Decision {
        let end = match request(&signer, approval, sad) {
            Some(request) => self.sign_persistently(&signer, &request).await,
            None => Err(SignError::Failed),
        };
        let decision = match end {
            Ok(_) => Decision::Signed,
            Err(SignError::Uncertain(_) | SignError::Interrupted) => Decision::Failed("unknown"),
            Err(SignError::Refused(refusal)) => Decision::Failed(refusal.code()),
            Err(SignError::Busy(_) | SignError::Journal(_)) => Decision::Failed("unavailable"),
            Err(_) => Decision::Failed("key_failed"),
        };
        self.end_approval(approval, decision.clone()).await;
        decision
    }

    /// Signs by a one-time password that is used up already: tries again only what certainly did not
    /// reach the key.
    ///
    /// # Errors
    /// [`SignError`].
    pub async fn sign_persistently(
        &self,
        signer: &Actor,
        request: &SignRequest,
    ) -> Result<Signature, SignError> {
        let (mut tried, mut request) = (0, request.clone());
        loop {
            tried += 1;
            match self.sign(signer.clone(), request.clone()).await {
                Err(SignError::Busy(busy)) if tried < TRIES => {
                    tokio::time::sleep(busy.retry_after).await;
                    // The try before may have left an intent, of which there is one to an id.
                    request.id = request.id.again();
                }
                end => return end,
            }
        }
    }

    /// What came of it lies in the journal either way; a row that could not be closed now is closed by
    /// the next upkeep.
    async fn end_approval(&self, approval: &Approval, decision: Decision) {
        let change = Change::DecideApproval(approval.id, decision);
        if let Err(error) = self.change(Actor::system(), change).await {
            tracing::warn!(%error, "the end of an approval could not be written yet");
        }
    }

    /// The call that signed a request, under whose id its receipt is handed out; `None` where the system signs itself,
    /// in calls of its own.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn call_that_signed(
        &self,
        approval: &Approval,
    ) -> Result<Option<RequestId>, JournalError> {
        if approval.state != ApprovalState::Signed {
            return Ok(None);
        }
        Ok(match self.end_of_approval(approval).await? {
            StoredEnd::Signed(call, _) => Some(call),
            StoredEnd::Unknown | StoredEnd::Running | StoredEnd::Nothing => None,
        })
    }

    /// What the journal knows of an approved request.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn end_of_approval(&self, approval: &Approval) -> Result<StoredEnd, JournalError> {
        let signer = Subject::Person(approval.person);
        let signer = Actor::trust_verified(signer, None, Proof::None, None, None);
        let recalled = self.journal().recall(&signer, &key(approval)).await?;
        Ok(match recalled {
            Some(Recalled::Done(call, signatures)) => StoredEnd::Signed(call, signatures),
            Some(Recalled::Interrupted | Recalled::BodyDiffers) => StoredEnd::Unknown,
            Some(Recalled::Running) => StoredEnd::Running,
            None => StoredEnd::Nothing,
        })
    }

    /// Ends a request whose time is over, or that was approved by a server which then stopped.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn finish_approval(&self, approval: &Approval) -> Result<(), ChangeError> {
        let Some(decision) = self.overdue(approval).await? else {
            return Ok(());
        };
        let change = Change::DecideApproval(approval.id, decision);
        self.change(Actor::system(), change).await.map(|_| ())
    }

    async fn overdue(&self, approval: &Approval) -> Result<Option<Decision>, ChangeError> {
        if approval.state != ApprovalState::Approved {
            return Ok(Some(Decision::Expire));
        }
        let snapshot = self.snapshot();
        let credential = snapshot.credentials.get(&approval.credential);
        let lifetime = credential.map_or(Duration::ZERO, |credential| credential.sad_lifetime);
        let over = self.now() > approval.state_at.after(lifetime + GRACE);
        if let ApprovalWay::Sad(hash) = approval.way {
            // The system may use it until it ends.
            if !over {
                return Ok(None);
            }
            let made = self.journal().sad_use(hash).await?;
            // Another server's call may still be at the key, or be closed as unknown once its lease has ended.
            let ended = made.running == 0;
            return Ok(ended.then(|| end_of_sad(made, approval.documents.len())));
        }
        Ok(match self.end_of_approval(approval).await? {
            StoredEnd::Signed(..) => Some(Decision::Signed),
            StoredEnd::Unknown => Some(Decision::Failed("unknown")),
            StoredEnd::Running => None,
            StoredEnd::Nothing => over.then_some(Decision::Failed("interrupted")),
        })
    }
}

/// How a request ended whose system signs itself, once it cannot sign any more and no call of it runs.
fn end_of_sad(made: SadUse, documents: usize) -> Decision {
    let all = u64::try_from(documents).is_ok_and(|documents| made.signed >= documents);
    match made {
        _ if all => Decision::Signed,
        SadUse { unknown: 1.., .. } => Decision::Failed("unknown"),
        SadUse { signed: 0, .. } => Decision::Failed("unused"),
        // One call signs all that was approved, so the key failed at some.
        _ => Decision::Failed("partly_signed"),
    }
}

fn key(approval: &Approval) -> Idempotency {
    Idempotency {
        route: ROUTE,
        key: approval.id.to_string(),
        body: approval.shown().0,
    }
}

/// `None` for a request that the system signs itself.
fn request(signer: &Actor, approval: &Approval, sad: SadHash) -> Option<SignRequest> {
    Some(SignRequest {
        id: signer.request(),
        credential: approval.credential,
        activation: Activation::Sad(sad),
        scheme: approval.scheme?,
        digests: approval.digests(),
        contents: contents(approval),
        documents: approval.facts(),
        idempotency: Some(key(approval)),
        client_data: None,
        time_stamp: false,
        ground: None,
        look: approval.look(),
    })
}

/// What the digests stand for, where the server has the files.
fn contents(approval: &Approval) -> Vec<Content> {
    let files = approval.files();
    let contents = files.map(|(_, file)| Content {
        built_by: Builder::Server,
        claimed: None,
        digest: file.range,
        file: Some(file.before),
        format: Format::Pades,
    });
    contents.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_signed_when_all_its_documents_are() {
        let table = [
            ((0, 0), Decision::Failed("unused")),
            ((2, 0), Decision::Failed("partly_signed")),
            ((2, 1), Decision::Failed("unknown")),
            ((0, 3), Decision::Failed("unknown")),
            ((3, 0), Decision::Signed),
            ((4, 1), Decision::Signed), // one of them twice
        ];
        for ((signed, unknown), end) in table {
            let made = SadUse {
                taken: signed + unknown,
                signed,
                unknown,
                running: 0,
            };
            assert_eq!(end_of_sad(made, 3), end, "{made:?}");
        }
    }
}
