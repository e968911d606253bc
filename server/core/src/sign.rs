//! The sign flow: authorize, record, attempt, close. Each step uses up the value before it.

use std::sync::Arc;
use std::time::Duration;

use crate::Timestamp;
use crate::actor::Actor;
use crate::custody::{Busy, DigestOutcome, KeyCustody, LaneClass, SignJob};
use crate::draft;
use crate::id::RequestId;
use crate::instant::Clock;
use crate::journal::{
    Intent, IntentError, Journal, JournalError, OutcomeRecord, Recalled, StampOrder,
};
use crate::model::CredentialKind;
use crate::policy::{Authorized, Policy, Refused, Signing};
use crate::refusal::Refusal;
use crate::request::SignRequest;

/// How often a call is authorized anew because policy moved on meanwhile.
///
/// Many, since each costs only a refresh: managers who register people one after another must not
/// turn a leader's signature into a 503.
const EPOCH_RETRIES: usize = 32;

/// How stale a read may be: what another server changed is read here after this long. No signature relies on it, since
/// write 1 compares epochs.
pub const STALE: Duration = Duration::from_secs(1);

/// When a caller is told to come back whose call found the token gone.
const AWAY: Duration = Duration::from_secs(2);

/// The intent entry is durable; the key may be used, once.
///
/// Made only inside [`Signer::sign`]: signing what was not recorded does not compile, and neither
/// does using one record twice.
///
/// ```compile_fail
/// use kyso_core::sign::Recorded;
/// fn twice<P, L>(recorded: Recorded<P, L>) -> (Recorded<P, L>, Recorded<P, L>) {
///     (recorded, recorded)
/// }
/// ```
///
/// ```
/// use kyso_core::sign::Recorded;
/// fn once<P, L>(recorded: Recorded<P, L>) -> Recorded<P, L> {
///     recorded
/// }
/// ```
///
/// ```compile_fail
/// use kyso_core::policy::{Authorized, Signing};
/// use kyso_core::sign::Recorded;
/// fn unrecorded<P, L>(authorized: Authorized<Signing>) -> Recorded<P, L> {
///     authorized
/// }
/// ```
#[must_use = "a recorded intent must be attempted and closed"]
#[derive(Debug)]
pub struct Recorded<P, L> {
    intent: Intent,
    began: Timestamp,
    journal_place: P,
    lane_place: L,
}

/// The key was used once, or certainly was not; the result is locked until the outcome is durable.
#[must_use = "an attempt must be closed"]
#[derive(Debug)]
pub struct Attempted<P> {
    intent: Intent,
    began: Timestamp,
    outcomes: Vec<DigestOutcome>,
    journal_place: P,
}

/// Signatures that may leave the process: their outcome entry is durable.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub struct Signature {
    request: RequestId,
    signatures: Vec<Vec<u8>>,
    replayed: bool,
}

impl Signature {
    /// The signatures, in the order of the digests.
    pub fn into_signatures(self) -> Vec<Vec<u8>> {
        self.signatures
    }

    /// The call that made them, as its entries name it: for a retry the first one.
    pub const fn request(&self) -> RequestId {
        self.request
    }

    /// Whether they were made by an earlier call with the same Idempotency-Key.
    pub const fn was_replayed(&self) -> bool {
        self.replayed
    }
}

/// Why no signature came.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// No place is free or the token is away; nothing happened.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// A signature was made and withheld; the outcome entry says for each digest what is known.
    #[error("the key custody failed")]
    Failed,
    /// The key was asked and it is not known what came of it, or that could not be recorded: treat
    /// as signed. The call is not repeated under the same Idempotency-Key.
    #[error("it is not known whether this was signed")]
    Uncertain(#[source] Option<JournalError>),
    /// This call was interrupted before; treat as signed. It never signs again.
    #[error("the outcome of this call is not known")]
    Interrupted,
    /// The journal could not write the intent; the key was not touched.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Refused, and the refusal is an entry; but for [`Refusal::UnknownCredential`], which is to
    /// be counted and summed.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The same call is still running; ask again.
    #[error("the same call is still running")]
    Running,
}

/// Signs: the one path from a request to a signature.
#[derive(Debug)]
pub struct Signer<J, K, C> {
    journal: J,
    custody: K,
    policy: Arc<Policy<C>>,
}

enum Recording<P, L> {
    Done(Box<Recorded<P, L>>),
    Replayed(Signature),
    Again(Box<(Actor, SignRequest)>),
}

impl<J: Journal, K: KeyCustody, C: Clock> Signer<J, K, C> {
    /// A signer over these three.
    pub const fn new(journal: J, custody: K, policy: Arc<Policy<C>>) -> Self {
        Self {
            journal,
            custody,
            policy,
        }
    }

    /// The journal, for changes of state.
    pub const fn journal(&self) -> &J {
        &self.journal
    }

    /// The policy in force.
    pub const fn policy(&self) -> &Arc<Policy<C>> {
        &self.policy
    }

    /// Signs, or says why not.
    ///
    /// Run it in a task of its own: a future that is dropped half-way would leave an intent
    /// without its outcome until the sweeper closes it as unknown.
    ///
    /// # Errors
    /// [`SignError`]; whatever it is, no signature without both entries has left the process.
    pub async fn sign(&self, actor: Actor, request: SignRequest) -> Result<Signature, SignError> {
        let began = self.policy.clock().now();
        let (mut actor, mut request) = (actor, request);
        for _ in 0..EPOCH_RETRIES {
            let authorized = match self.policy.authorize_signing(actor, request) {
                Ok(authorized) => authorized,
                Err(refused) => return self.refuse_or_replay(*refused).await,
            };
            match self.record(authorized, began).await? {
                Recording::Done(recorded) => {
                    let attempted = self.attempt(*recorded).await;
                    return self.close(attempted).await;
                }
                Recording::Replayed(signature) => return Ok(signature),
                Recording::Again(same) => {
                    (actor, request) = *same;
                    self.refresh().await?;
                }
            }
        }
        Err(SignError::Busy(Busy {
            retry_after: Duration::from_secs(1),
        }))
    }

    /// Puts the newest snapshot in force.
    ///
    /// # Errors
    /// If the journal cannot load it.
    pub async fn refresh(&self) -> Result<(), JournalError> {
        let snapshot = self.journal.snapshot(self.policy.snapshot()).await?;
        self.policy.install(snapshot);
        Ok(())
    }

    /// Lets [`STALE`] pass by `wait`, then puts the newest snapshot in force: whoever does so again and again follows what
    /// other servers change.
    ///
    /// # Errors
    /// As [`Signer::refresh`].
    pub async fn follow<W>(&self, wait: impl FnOnce(Duration) -> W) -> Result<(), JournalError>
    where
        W: Future<Output = ()>,
    {
        wait(STALE).await;
        self.refresh().await
    }

    /// A retry is answered as the first call was, even when its SAD, session or credential has
    /// ended since; anything else is refused.
    async fn refuse_or_replay(&self, refused: Refused) -> Result<Signature, SignError> {
        let Refused {
            actor,
            request,
            refusal,
        } = refused;
        // Whoever may not ask at all learns nothing of an earlier call either.
        let may_ask = !matches!(refusal, Refusal::TokenInvalid | Refusal::UnknownCredential);
        if let (true, Some(key)) = (may_ask, &request.idempotency)
            && let Some(recalled) = self.journal.recall(&actor, key).await?
        {
            return self.replay(&actor, &request, recalled).await;
        }
        Err(self.refuse(&actor, &request, refusal).await)
    }

    async fn replay(
        &self,
        actor: &Actor,
        request: &SignRequest,
        recalled: Recalled,
    ) -> Result<Signature, SignError> {
        match recalled {
            Recalled::BodyDiffers => Err(self
                .refuse(actor, request, Refusal::IdempotencyKeyReused)
                .await),
            Recalled::Done(request, signatures) => Ok(Signature {
                request,
                signatures,
                replayed: true,
            }),
            Recalled::Interrupted => Err(SignError::Interrupted),
            Recalled::Running => Err(SignError::Running),
        }
    }

    /// Places first: a full queue must be known before an intent exists, never after.
    async fn record(
        &self,
        authorized: Authorized<Signing>,
        began: Timestamp,
    ) -> Result<Recording<J::Place, K::Place>, SignError> {
        let journal_place = self.journal.admit()?;
        let credential = &authorized.what().credential;
        let lane_place = self
            .custody
            .admit(lane_class(credential.kind), &credential.key)?;
        let draft = draft::intent(&authorized);
        match self.journal.record_intent(authorized, draft).await {
            Ok(intent) => Ok(Recording::Done(Box::new(Recorded {
                intent,
                began,
                journal_place,
                lane_place,
            }))),
            Err(IntentError::EpochMoved(authorized)) => {
                let (actor, signing, _) = authorized.into_parts();
                Ok(Recording::Again(Box::new((actor, signing.request))))
            }
            Err(IntentError::Recalled(recalled, authorized)) => {
                let request = &authorized.what().request;
                let signature = self.replay(authorized.actor(), request, recalled).await?;
                Ok(Recording::Replayed(signature))
            }
            Err(IntentError::Refused(refusal, authorized)) => {
                let request = &authorized.what().request;
                Err(self.refuse(authorized.actor(), request, refusal).await)
            }
            Err(IntentError::Journal(error)) => Err(error.into()),
        }
    }

    async fn attempt(&self, recorded: Recorded<J::Place, K::Place>) -> Attempted<J::Place> {
        let Recorded {
            intent,
            began,
            journal_place,
            lane_place,
        } = recorded;
        let signing = intent.signing.what();
        let job = SignJob::recorded(
            Arc::clone(&signing.credential.key),
            signing.credential.kind.purpose(),
            signing.request.scheme,
            signing.request.digests.clone(),
        );
        let outcomes = self.custody.sign(lane_place, job).await;
        Attempted {
            intent,
            began,
            outcomes,
            journal_place,
        }
    }

    /// The signatures are let go only after their outcome entry is durable.
    async fn close(&self, attempted: Attempted<J::Place>) -> Result<Signature, SignError> {
        let Attempted {
            intent,
            began,
            outcomes,
            journal_place,
        } = attempted;
        let took = self.policy.clock().now().since(began);
        let draft = draft::outcome(&intent.signing, &intent.leaf, &outcomes, took);
        let request = &intent.signing.what().request;
        let record = OutcomeRecord {
            request: request.id,
            digests: request.digests.clone(),
            outcomes: outcomes.clone(),
            draft,
            stamps: StampOrder::of(&intent.signing),
        };
        let request = request.id;
        let recorded = self.journal.record_outcome(record).await;
        recorded.map_err(|error| SignError::Uncertain(Some(error)))?;
        drop(journal_place);
        release(request, outcomes)
    }

    /// Whoever names no key of theirs makes no entry, since they could fill the log: they are
    /// counted by whoever took the call.
    async fn refuse(&self, actor: &Actor, request: &SignRequest, refusal: Refusal) -> SignError {
        if refusal == Refusal::UnknownCredential {
            return SignError::Refused(refusal);
        }
        let credential = self.policy.visible(actor, request.credential).ok();
        let draft = draft::refusal(actor, request, refusal, credential.as_deref());
        match self.journal.note(draft).await {
            Ok(()) => SignError::Refused(refusal),
            Err(error) => SignError::Journal(error),
        }
    }
}

/// All or nothing: CSC never answers with fewer signatures than hashes.
fn release(request: RequestId, outcomes: Vec<DigestOutcome>) -> Result<Signature, SignError> {
    if outcomes.contains(&DigestOutcome::Unknown) {
        return Err(SignError::Uncertain(None));
    }
    // The token went away before it was asked: as if the call had not been made.
    let untouched = |outcome: &DigestOutcome| *outcome == DigestOutcome::NotAttempted;
    if outcomes.iter().all(untouched) {
        return Err(Busy { retry_after: AWAY }.into());
    }
    let signatures = outcomes.into_iter().map(|outcome| match outcome {
        DigestOutcome::Signed(signature) => Some(signature),
        DigestOutcome::Withheld | DigestOutcome::NotAttempted | DigestOutcome::Unknown => None,
    });
    let signatures: Option<Vec<Vec<u8>>> = signatures.collect();
    Ok(Signature {
        request,
        signatures: signatures.ok_or(SignError::Failed)?,
        replayed: false,
    })
}

const fn lane_class(kind: CredentialKind) -> LaneClass {
    match kind {
        CredentialKind::Personal => LaneClass::Person,
        CredentialKind::Seal => LaneClass::Stamp,
    }
}
