//! The journal's port, as the core calls it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kyso_core::id::{BootId, RequestId};
use kyso_core::instant::Clock;
use kyso_core::journal::{
    CommitError, Committed, Intent, IntentError, Journal, JournalError, JournalPlace,
    OutcomeRecord, Recalled,
};
use kyso_core::policy::{Authorized, Signing};
use kyso_core::request::Idempotency;
use kyso_core::{Actor, Busy, Change, Draft, Refusal, Snapshot};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::apply::apply;
use crate::error::{ApplyError, StoreError};
use crate::observe::Figures;
use crate::pool::Pool;
use crate::rows::Alarm;
use crate::seal::Sealer;
use crate::signing::orphans::Orphans;
use crate::signing::{IntentCase, OutcomeCase, Verdict, record_intent, record_outcome};
use crate::snapshot::load;
use crate::writer::Queue;
use crate::writer::job::Task;
use crate::writer::ledger::lease_ended;
use crate::writer::tx::{Tx, alarm};
use crate::writer::watch::{Watch, silent};

/// A place in the journal for an intent and its outcome.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

impl JournalPlace for Place {}

/// The journal: cheap to clone, all clones write through one thread.
#[derive(Debug, Clone)]
pub struct JournalHandle {
    pub(crate) queue: Queue,
    pub(crate) watch: Arc<Watch>,
    /// Places for calls that sign.
    pub(crate) places: Arc<Semaphore>,
    /// Places for everything else, so that it cannot grow without bound either.
    pub(crate) others: Arc<Semaphore>,
    pub(crate) figures: Arc<Figures>,
    pub(crate) pool: Pool,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) boot: BootId,
    pub(crate) orphans: Orphans,
    /// Rows that were reported before.
    pub(crate) reported: Arc<Mutex<HashSet<Alarm>>>,
}

impl JournalHandle {
    /// The journal's figures, for metrics and readiness.
    pub const fn figures(&self) -> &Arc<Figures> {
        &self.figures
    }

    /// Runs `work` in the writer's transaction, under a savepoint.
    ///
    /// `work` may run again if a batch fails, so it must not use up what it borrows.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, ApplyError> + Send + 'static,
    ) -> Result<T, ApplyError> {
        let (task, answer) = Task::asked(work, |work, tx| nested(tx, work), |_, end| end);
        self.put_other(task, answer)
            .await??
            .map_err(ApplyError::Refused)
    }

    async fn put_other<C, T, R>(
        &self,
        task: Task<C, T, R>,
        answer: oneshot::Receiver<R>,
    ) -> Result<R, JournalError>
    where
        C: Send + 'static,
        T: Send + 'static,
        R: Send + 'static,
    {
        let _place = self.others.acquire().await.map_err(|_| stopped())?;
        self.put(task, answer).await
    }

    /// Puts a task into the queue and waits for its answer; once the writer was replaced it may have
    /// been lost with the one before, so nobody waits much longer.
    async fn put<C, T, R>(
        &self,
        task: Task<C, T, R>,
        mut answer: oneshot::Receiver<R>,
    ) -> Result<R, JournalError>
    where
        C: Send + 'static,
        T: Send + 'static,
        R: Send + 'static,
    {
        let turn = self.watch.turn();
        self.queue.put(task)?;
        loop {
            match tokio::time::timeout(self.watch.patience(), &mut answer).await {
                Ok(answer) => return answer.map_err(|_| stopped()),
                Err(_) if self.watch.turn() != turn => return Err(silent()),
                Err(_) => {}
            }
        }
    }

    /// The key is used only while no other server may close the intent.
    fn under_lease(&self, intent: Intent) -> Result<Intent, IntentError> {
        if self.figures.lease_holds() {
            Ok(intent)
        } else {
            Err(lease_ended().into())
        }
    }

    pub(crate) async fn report(&self, alarms: Vec<Alarm>) -> Result<(), JournalError> {
        for found in alarms {
            let reported = || self.reported.lock().unwrap_or_else(PoisonError::into_inner);
            if !reported().contains(&found) {
                self.figures.alarm();
                tracing::error!(kind = found.kind, "a row was tampered with");
                let object = uuid::Uuid::from_slice(&found.object).unwrap_or_default();
                self.note(alarm(found.kind, object)).await?;
                reported().insert(found); // only what is in the log was reported
            }
        }
        Ok(())
    }
}

/// A refusal is a result; what was done before it is undone, and a finding becomes an entry.
fn nested<T>(
    tx: &mut Tx<'_>,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, ApplyError>,
) -> Result<Result<T, Refusal>, JournalError> {
    let result = tx.nested(work);
    tx.raise_alarms()?;
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(ApplyError::Refused(refusal)) => Ok(Err(refusal)),
        Err(ApplyError::Journal(error)) => Err(error),
    }
}

fn stopped() -> JournalError {
    JournalError::Unavailable("the journal was stopped".to_owned())
}

pub(crate) fn unread(error: StoreError) -> JournalError {
    match error {
        StoreError::Journal(error) => error,
        other => JournalError::Unavailable(other.to_string()),
    }
}

impl Journal for JournalHandle {
    type Place = Place;

    fn admit(&self) -> Result<Place, Busy> {
        let busy = Busy {
            retry_after: Duration::from_secs(1),
        };
        if !self.figures.is_writable() || self.figures.is_halted() {
            return Err(busy);
        }
        let permit = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| busy)?;
        Ok(Place { _permit: permit })
    }

    async fn recall(
        &self,
        actor: &Actor,
        key: &Idempotency,
    ) -> Result<Option<Recalled>, JournalError> {
        let (scope, body, boot) = (crate::signing::scope(actor, key), key.body, self.boot);
        let looked = self
            .pool
            .read(move |db| Ok::<_, StoreError>(crate::signing::look_up(db, &scope, &body, boot)?));
        Ok(looked.await.map_err(unread)?.before())
    }

    async fn record_intent(
        &self,
        signing: Authorized<Signing>,
        draft: Draft,
    ) -> Result<Intent, IntentError> {
        let request = signing.what().request.id;
        let (task, answer) =
            Task::asked(IntentCase { signing, draft }, record_intent, end_of_intent);
        let guard = Unheard {
            request,
            orphans: self.orphans.clone(),
            armed: true,
        };
        let end = self
            .put(task, answer)
            .await
            .unwrap_or_else(|e| Err(e.into()));
        let end = end.and_then(|intent| self.under_lease(intent));
        guard.hear(&end);
        end
    }

    async fn record_outcome(&self, outcome: OutcomeRecord) -> Result<(), JournalError> {
        let request = outcome.request;
        let case = OutcomeCase {
            record: outcome,
            open: None,
        };
        let (task, answer) = Task::asked(case, record_outcome, |_, end| end);
        let end = self.put(task, answer).await.unwrap_or_else(Err);
        if end.is_err() {
            // The signature is dropped; the intent is closed as unknown by the next upkeep.
            self.orphans.add(request);
        }
        end
    }

    async fn commit(&self, change: Authorized<Change>) -> Result<Committed, CommitError> {
        let (task, answer) = Task::asked(change, commit_change, end_of_change);
        self.put_other(task, answer).await?
    }

    async fn note(&self, draft: Draft) -> Result<(), JournalError> {
        let work = |draft: &mut Draft, tx: &mut Tx<'_>| tx.append_in_place(draft).map(|_| ());
        // A fact: it is so, also when whoever reported it has gone.
        let (task, answer) = Task::standing(draft, work, |_, end| end);
        self.put_other(task, answer).await?
    }

    async fn snapshot(&self, base: Arc<Snapshot>) -> Result<Snapshot, JournalError> {
        let (sealer, now) = (Arc::clone(&self.sealer), self.clock.now());
        let watch = Arc::clone(&self.watch);
        let loaded = self.pool.read(move |db| {
            db.begin_read()?;
            let own = |epoch| watch.moved(base.epoch, epoch);
            let loaded = load(db, &sealer, &base, now, own);
            db.rollback()?;
            loaded
        });
        let loaded = loaded.await.map_err(unread)?;
        self.report(loaded.alarms).await?;
        Ok(loaded.snapshot)
    }
}

/// A call that went away while its intent was being recorded, or was never told whether it was:
/// nobody would close it.
struct Unheard {
    request: RequestId,
    orphans: Orphans,
    armed: bool,
}

impl Unheard {
    /// An intent whose COMMIT was not answered may exist; upkeep looks, once it is connected again.
    fn hear(mut self, end: &Result<Intent, IntentError>) {
        self.armed = matches!(end, Err(IntentError::Journal(_)));
    }
}

impl Drop for Unheard {
    fn drop(&mut self) {
        if self.armed {
            self.orphans.add(self.request);
        }
    }
}

fn end_of_intent(
    case: IntentCase,
    end: Result<Verdict, JournalError>,
) -> Result<Intent, IntentError> {
    let signing = case.signing;
    match end? {
        Verdict::Recorded(leaf) => Ok(Intent { leaf, signing }),
        Verdict::EpochMoved => Err(IntentError::EpochMoved(Box::new(signing))),
        Verdict::Recalled(recalled) => Err(IntentError::Recalled(recalled, Box::new(signing))),
        Verdict::Refused(refusal) => Err(IntentError::Refused(refusal, Box::new(signing))),
    }
}

enum ChangeVerdict {
    Committed(Committed),
    EpochMoved,
    Refused(Refusal),
}

fn commit_change(
    change: &mut Authorized<Change>,
    tx: &mut Tx<'_>,
) -> Result<ChangeVerdict, JournalError> {
    if change.epoch() != tx.ledger.epoch {
        return Ok(ChangeVerdict::EpochMoved);
    }
    let request = change.actor().request();
    let applied = nested(tx, |tx| apply(tx, change.actor(), change.what(), request))?;
    Ok(match applied {
        Ok(None) => ChangeVerdict::Committed(Committed {
            epoch: tx.ledger.epoch,
            sequence: tx.ledger.frontier.size().saturating_sub(1),
        }),
        // `Ok`: refused, yet what was written stays: a used refresh token ends its family.
        Ok(Some(refusal)) | Err(refusal) => ChangeVerdict::Refused(refusal),
    })
}

fn end_of_change(
    change: Authorized<Change>,
    end: Result<ChangeVerdict, JournalError>,
) -> Result<Committed, CommitError> {
    match end? {
        ChangeVerdict::Committed(committed) => Ok(committed),
        ChangeVerdict::EpochMoved => Err(CommitError::EpochMoved(Box::new(change))),
        ChangeVerdict::Refused(refusal) => Err(CommitError::Refused(refusal)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intent_that_nobody_answered_for_is_looked_for() {
        let (orphans, request) = (Orphans::default(), RequestId::random());
        let guard = Unheard {
            request,
            orphans: orphans.clone(),
            armed: true,
        };
        guard.hear(&Err(stopped().into()));
        assert_eq!(orphans.waiting(), [request]);
    }
}
