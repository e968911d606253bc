//! The application: what every handler holds, and the few ways to change anything.

mod approvals;
mod arrivals;
mod change;
mod evaluation;
mod files;
mod flows;
mod intake;
mod open;
mod polls;
mod running;
mod shares;
mod start;
mod turns;
mod waits;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use kyso_core::id::{ApprovalId, ClientId, PersonId};
use kyso_core::instant::Clock;
use kyso_core::journal::{Journal, JournalError};
use kyso_core::request::SignRequest;
use kyso_core::sign::Signature;
use kyso_core::{Actor, Draft, SignError, Signer, Snapshot, SystemClock, Timestamp};
use kyso_hsm::Token;
use kyso_store::{JournalHandle, Store};

use crate::alarms::Watcher;
use crate::auth::failures::Failures;
use crate::auth::guesses::Guesses;
use crate::auth::password::Passwords;
use crate::auth::token::TokenService;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::time_stamps::Stamping;
use crate::tree::LogSigner;
use crate::verification::Asking;
use crate::webhook::Caller;

pub use approvals::StoredEnd;
pub use arrivals::{Arrival, Arrivals};
pub use change::ChangeError;
pub use evaluation::EvaluationCa;
pub use files::{FilesKey, FilesKeys, NoPart};
pub use flows::{Flows, UnderWay};
pub use intake::{Arriving, Intake};
pub(crate) use open::{Begin, Opened, open, pin, profile, store_config};
pub use polls::Polls;
pub use running::Running;
pub(crate) use start::read_figures;
pub use start::start;
pub use turns::{Turn, Turns};
pub use waits::Waits;

/// The sign flow over this server's journal and token.
pub type KysoSigner = Signer<JournalHandle, Token, SystemClock>;

/// Who reads which picture: a person, with or without a system, or a system alone; SHA-256 of the PNG.
pub type PictureRead = (Option<PersonId>, Option<ClientId>, [u8; 32]);

/// What every handler holds.
pub struct App {
    /// The one path to a signature.
    pub signer: Arc<KysoSigner>,
    /// Signs checkpoints of the log.
    pub log: LogSigner,
    /// Reads for people.
    pub store: Store,
    /// The keys.
    pub token: Token,
    /// What the server was told.
    pub config: Config,
    /// Access tokens.
    pub tokens: TokenService,
    /// Passwords.
    pub passwords: Passwords,
    /// Failures of callers that are nobody yet.
    pub failures: Failures,
    /// Wrong passwords of names that somebody has.
    pub guesses: Guesses,
    /// Metrics.
    pub metrics: Arc<Metrics>,
    /// What is under way.
    pub flows: Flows,
    /// Tells systems of the end of their requests.
    pub caller: Caller,
    /// The officers' system that is told of alarms, if one is named.
    pub watcher: Option<Watcher>,
    /// Asks for time stamps, if an authority is named.
    pub stamping: Option<Stamping>,
    /// Asks whether certificates were revoked, if anybody is to be asked.
    pub asking: Option<Asking>,
    /// How often systems ask what became of a request.
    pub polls: Polls,
    /// How often somebody reads the same picture.
    pub picture_reads: Polls<PictureRead>,
    /// Calls that wait for signers.
    pub waits: Waits,
    /// Verifications for everybody.
    pub turns: Turns,
    /// Bodies that arrive, of all routes.
    pub intake: Intake,
    /// PDFs that arrive to be sealed or shown.
    pub file_arrivals: Arrivals,
    /// Those that are read; each takes some 60 MiB meanwhile.
    pub file_places: Arc<tokio::sync::Semaphore>,
    /// Those that are drawn: apart from the others, so that no seal waits for a drawing.
    pub draw_places: Arc<tokio::sync::Semaphore>,
    /// Keys of files that were opened not long ago.
    pub files_keys: FilesKeys,
    /// Requests for approval that somebody has just decided on, for the calls that wait for them.
    pub decided: tokio::sync::broadcast::Sender<ApprovalId>,
    /// The evaluation CA, only in an evaluation environment.
    pub evaluation: Option<EvaluationCa>,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "App({})", self.config.server.base_url)
    }
}

impl App {
    /// The journal.
    pub fn journal(&self) -> &JournalHandle {
        self.signer.journal()
    }

    /// The policy's snapshot in force.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.signer.policy().snapshot()
    }

    /// Whose certificates explain what earlier signatures in a PDF show.
    pub fn anchors(&self) -> Vec<Vec<u8>> {
        let given = self.config.certificates.anchors.iter().cloned();
        let own = self.evaluation.iter();
        given
            .chain(own.map(|one| one.certificate.clone()))
            .collect()
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.signer.policy().clock().now()
    }

    /// Appends an entry that changes no state.
    ///
    /// # Errors
    /// If the journal could not write it.
    pub async fn note(&self, draft: Draft) -> Result<(), JournalError> {
        self.journal().note(draft).await
    }

    /// Signs, in a task of its own: a caller who goes away leaves no intent without its outcome.
    ///
    /// # Errors
    /// [`SignError`].
    pub async fn sign(&self, actor: Actor, request: SignRequest) -> Result<Signature, SignError> {
        let (signer, metrics) = (Arc::clone(&self.signer), Arc::clone(&self.metrics));
        let (flow, digests) = (self.flows.follow(), request.digests.len());
        let task = tokio::spawn(async move {
            let _flow = flow;
            let began = Instant::now();
            let end = signer.sign(actor, request).await;
            metrics.signed(end.as_ref().map(|_| digests), began.elapsed());
            if let Err(SignError::Uncertain(Some(error))) = &end {
                tracing::error!(%error, "an outcome could not be recorded; the call is unknown");
            }
            end
        });
        // One that panicked may have asked the key: only "unknown" is true of it.
        task.await.unwrap_or(Err(SignError::Uncertain(None)))
    }
}
