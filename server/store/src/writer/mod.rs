//! The journal writer: one thread, one connection, one order.
//!
//! It takes all that wait, does them in one transaction and commits once, so the cost of a commit
//! is shared by every request in flight. A batch that fails is replayed job by job.

mod batch;
pub(crate) mod head;
pub(crate) mod job;
pub(crate) mod ledger;
pub(crate) mod start;
pub(crate) mod tx;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use batch::Scribe;
use job::{Job, Task};
use kyso_core::journal::JournalError;

use crate::error::StoreError;
use crate::observe::Figures;
use crate::signing::sweep::Upkeep;

/// Most jobs in one transaction.
const BATCH: usize = 64;

/// How often the lease is renewed and dead boots are looked for; a third of a lease.
const UPKEEP: Duration = Duration::from_secs(5);

pub(crate) enum Command {
    Do(Box<dyn Job>),
    Stop,
}

/// The end of the queue where jobs go in.
#[derive(Clone)]
pub(crate) struct Queue {
    sender: Sender<Command>,
    figures: Arc<Figures>,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Queue")
    }
}

impl Queue {
    /// Puts a job into the queue.
    pub(crate) fn put(&self, job: impl Job + 'static) -> Result<(), JournalError> {
        self.figures.queued();
        self.sender
            .send(Command::Do(Box::new(job)))
            .map_err(|_| JournalError::Unavailable("the journal was stopped".to_owned()))
    }

    pub(crate) fn stop(&self) {
        let _ = self.sender.send(Command::Stop);
    }
}

/// Starts the thread. It renews its lease and sweeps first.
pub(crate) fn spawn(scribe: Scribe, upkeep: Upkeep) -> Result<(Queue, JoinHandle<()>), StoreError> {
    let (sender, receiver) = channel();
    let figures = Arc::clone(&scribe.ledger.figures);
    let queue = Queue { sender, figures };
    let work = move || run(scribe, &receiver, &upkeep);
    let thread = std::thread::Builder::new()
        .name("journal".to_owned())
        .spawn(work)?;
    Ok((queue, thread))
}

fn run(mut scribe: Scribe, receiver: &Receiver<Command>, upkeep: &Upkeep) {
    let mut due = Instant::now();
    loop {
        if Instant::now() >= due {
            let figures = Arc::clone(&scribe.ledger.figures);
            scribe.write(vec![upkeep_job(upkeep, figures)]);
            due = Instant::now() + UPKEEP;
        }
        let (jobs, stop) = wait(receiver, due.saturating_duration_since(Instant::now()));
        scribe.ledger.figures.taken(jobs.len());
        if !jobs.is_empty() {
            scribe.write(jobs);
        }
        if stop {
            return;
        }
    }
}

/// All that wait, up to a batch, and whether to stop after them.
fn wait(receiver: &Receiver<Command>, limit: Duration) -> (Vec<Box<dyn Job>>, bool) {
    let mut jobs = Vec::new();
    let mut next = receiver.recv_timeout(limit);
    loop {
        match next {
            Ok(Command::Do(job)) => jobs.push(job),
            Err(RecvTimeoutError::Timeout) => return (jobs, false),
            Ok(Command::Stop) | Err(RecvTimeoutError::Disconnected) => return (jobs, true),
        }
        if jobs.len() >= BATCH {
            return (jobs, false);
        }
        next = receiver.try_recv().map_err(|_| RecvTimeoutError::Timeout);
    }
}

/// It writes every few seconds, so its failure is how a locked, full or read-only database shows
/// before anybody signs; the next commit takes it back.
fn upkeep_job(upkeep: &Upkeep, figures: Arc<Figures>) -> Box<dyn Job> {
    let (task, _) = Task::new(
        (upkeep.clone(), figures),
        |(upkeep, _), tx| upkeep.run(tx),
        |(_, figures), end: Result<(), JournalError>| {
            if let Err(error) = end {
                tracing::error!(%error, "the journal's upkeep failed");
                figures.set_writable(false);
            }
        },
    );
    Box::new(task)
}
