//! The port to the journal: the one writer of state and of the audit log.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use crate::actor::Actor;
use crate::algorithm::{Digest, HashAlgorithm};
use crate::change::Change;
use crate::custody::{Busy, DigestOutcome};
use crate::draft::Draft;
use crate::id::{ClientId, CredentialId, RequestId};
use crate::policy::{Authorized, Signing};
use crate::refusal::Refusal;
use crate::request::Idempotency;
use crate::snapshot::Snapshot;

/// A place in the journal for an intent and its outcome: reserved together, so that an intent
/// never waits for room to be closed.
pub trait JournalPlace: Send + 'static {}

/// Writes entries and state, durably, in one order.
pub trait Journal: Send + Sync + fmt::Debug + 'static {
    /// A reserved place; dropping it gives the room back.
    type Place: JournalPlace;

    /// Reserves room for an intent and its outcome.
    ///
    /// # Errors
    /// [`Busy`] if there is none, or the journal cannot write now.
    fn admit(&self) -> Result<Self::Place, Busy>;

    /// Durable write 1: re-checks epoch, token, SAD or session, dates and counts, reserves the
    /// hash occurrences, and appends the intent entry, in one transaction.
    fn record_intent(
        &self,
        signing: Authorized<Signing>,
        draft: Draft,
    ) -> impl Future<Output = Result<Intent, IntentError>> + Send;

    /// What became of an earlier call with this Idempotency-Key by this client and user, if there
    /// was one: its row outlives SAD and session, so a retry is answered after they have ended.
    fn recall(
        &self,
        actor: &Actor,
        key: &Idempotency,
    ) -> impl Future<Output = Result<Option<Recalled>, JournalError>> + Send;

    /// Durable write 2: appends the outcome entry, releases what was not attempted, and keeps the
    /// result for a retry, in one transaction.
    fn record_outcome(
        &self,
        outcome: OutcomeRecord,
    ) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// Applies a change of state with its entries, in one transaction.
    fn commit(
        &self,
        change: Authorized<Change>,
    ) -> impl Future<Output = Result<Committed, CommitError>> + Send;

    /// Appends entries that change no state: refusals, log-in failures, reads, start and stop.
    fn note(&self, draft: Draft) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// Loads the newest snapshot; parts that did not change are shared with `base`.
    fn snapshot(
        &self,
        base: Arc<Snapshot>,
    ) -> impl Future<Output = Result<Snapshot, JournalError>> + Send;
}

/// An earlier call with the same Idempotency-Key.
#[derive(Debug)]
pub enum Recalled {
    /// Another body came with the key.
    BodyDiffers,
    /// It had this id and ended with these signatures.
    Done(RequestId, Vec<Vec<u8>>),
    /// It was interrupted; whether it signed is not known.
    Interrupted,
    /// It is still running.
    Running,
}

/// A durable intent.
#[derive(Debug)]
pub struct Intent {
    /// Its leaf hash, which the outcome names.
    pub leaf: [u8; 32],
    /// What was authorized, handed back so that the key can now be used.
    pub signing: Authorized<Signing>,
}

/// What is written when the key was used, or not.
#[derive(Debug)]
pub struct OutcomeRecord {
    /// The call.
    pub request: RequestId,
    /// The digests, in the request's order.
    pub digests: Vec<Digest>,
    /// What became of each.
    pub outcomes: Vec<DigestOutcome>,
    /// The entry.
    pub draft: Draft,
    /// The time stamps that the signatures are to get, if the call asked for any.
    pub stamps: Option<StampOrder>,
}

/// Time stamps that are asked of an outside authority, one over each signature of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StampOrder {
    /// The hash over the signature's value.
    pub hash: HashAlgorithm,
    /// Whose signatures.
    pub credential: CredentialId,
    /// The system that asked, and may ask for the tokens.
    pub client: Option<ClientId>,
}

impl StampOrder {
    /// What this call asks for, if it asks for time stamps at all.
    pub fn of(signing: &Authorized<Signing>) -> Option<Self> {
        let request = &signing.what().request;
        request.time_stamp.then(|| Self {
            hash: request.scheme.hash(),
            credential: request.credential,
            client: signing.actor().client(),
        })
    }
}

/// A change that is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The policy epoch after it.
    pub epoch: i64,
    /// Sequence of its last entry.
    pub sequence: u64,
}

/// Why an intent was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum IntentError {
    /// Policy moved on since the request was authorized: authorize again.
    #[error("the policy epoch moved on")]
    EpochMoved(Box<Authorized<Signing>>),
    /// A call with the same Idempotency-Key came before.
    #[error("the same call came before")]
    Recalled(Recalled, Box<Authorized<Signing>>),
    /// Refused.
    #[error("refused: {0}")]
    Refused(Refusal, Box<Authorized<Signing>>),
    /// The journal could not write.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Why a change was not applied.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Policy moved on since the change was authorized: authorize again.
    #[error("the policy epoch moved on")]
    EpochMoved(Box<Authorized<Change>>),
    /// Refused; seconds to wait where waiting helps.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The journal could not write.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// The journal could not write, or does not trust what it finds. Nothing is signed meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The clock went back more than a second since the last entry.
    #[error("the clock went back")]
    ClockWentBack,
    /// The entry does not fit its schema or size.
    #[error("the entry cannot be written: {0}")]
    Entry(String),
    /// The database is behind the head file: rows are gone, or an old copy was put back.
    #[error("the database is behind the head file, or what else is known of the log outside it")]
    Rewound,
    /// The database did not answer as it should; the text is for the log, without values.
    #[error("the database failed: {0}")]
    Unavailable(String),
}
