//! The journal writer: one thread, one connection, one order.
//!
//! It takes all that wait, does them in one transaction and commits once, so the cost of a commit
//! is shared by every request in flight. A batch that fails is replayed job by job.

mod batch;
pub(crate) mod head;
pub(crate) mod job;
pub(crate) mod ledger;
pub(crate) mod moves;
pub(crate) mod start;
pub(crate) mod tx;
pub(crate) mod watch;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use batch::{Kit, Scribe};
use head::HeadKeeper;
use job::{Job, Task};
use kyso_core::journal::JournalError;

use crate::error::StoreError;
use crate::observe::Figures;
use crate::signing::sweep::Upkeep;
use watch::{Seen, Watch};

/// Most jobs in one transaction.
const BATCH: usize = 64;

/// How long a batch waits for company, and which part of the signatures under way are enough.
const GATHERING: Duration = Duration::from_millis(4);
const COMPANY: usize = 2;

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

/// What every writer of this run works from, one after another.
struct Office {
    receiver: Mutex<Receiver<Command>>,
    /// Whether the last command was to stop: a successor must know.
    stopping: AtomicBool,
    upkeep: Upkeep,
    figures: Arc<Figures>,
    kit: Kit,
}

/// Starts the writer and the thread that watches it; the latter ends after the last writer has,
/// and writes the last head.
pub(crate) fn spawn(
    scribe: Scribe,
    kit: Kit,
    keeper: HeadKeeper,
    upkeep: Upkeep,
    figures: Arc<Figures>,
) -> Result<(Queue, JoinHandle<bool>), StoreError> {
    let (sender, receiver) = channel();
    let queue = Queue {
        sender,
        figures: Arc::clone(&figures),
    };
    let office = Arc::new(Office {
        receiver: Mutex::new(receiver),
        stopping: AtomicBool::new(false),
        upkeep,
        figures,
        kit,
    });
    let writer = office.employ(scribe)?;
    let watch = move || {
        let ended = supervise(&office, writer);
        drop(keeper);
        ended
    };
    let watch = std::thread::Builder::new()
        .name("journal-watch".to_owned())
        .spawn(watch)?;
    Ok((queue, watch))
}

/// Replaces writers that wait for a silent database; `false` if one died.
fn supervise(office: &Arc<Office>, mut writer: JoinHandle<()>) -> bool {
    loop {
        match office.kit.watch.wait(&office.figures) {
            Seen::Ended => return writer.join().is_ok(),
            Seen::Silent(turn, anchor) => {
                tracing::error!(turn, "the database does not answer; the writer is replaced");
                office.figures.set_writable(false);
                let scribe = Scribe::successor(office.kit.clone(), turn, anchor);
                match office.employ(scribe) {
                    // The one before it ends by itself, when its connection does.
                    Ok(successor) => writer = successor,
                    Err(error) => {
                        tracing::error!(%error, "the journal has no writer any more");
                        return false;
                    }
                }
            }
        }
    }
}

/// Tells the watch that a writer ended, also when it panicked.
struct Ending {
    watch: Arc<Watch>,
    turn: u64,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.watch.end(self.turn);
    }
}

impl Office {
    fn employ(self: &Arc<Self>, scribe: Scribe) -> std::io::Result<JoinHandle<()>> {
        let office = Arc::clone(self);
        let ending = Ending {
            watch: Arc::clone(&self.kit.watch),
            turn: scribe.turn(),
        };
        let work = move || {
            let _ending = ending;
            office.work(scribe);
        };
        std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(work)
    }

    /// Writes what comes, until it is told to stop or is deposed. The lease is renewed first.
    fn work(&self, mut scribe: Scribe) {
        let watch = &self.kit.watch;
        let mut due = Instant::now();
        loop {
            if Instant::now() >= due {
                scribe.write(self.upkeep_jobs());
                due = Instant::now() + self.upkeep.lease / 3;
            }
            if watch.rest(scribe.turn()).is_err() {
                return;
            }
            if self.stopping.load(Ordering::Acquire) {
                return scribe.lay_down();
            }
            let mut jobs = self.wait(due.saturating_duration_since(Instant::now()));
            if !jobs.is_empty() {
                self.gather(&mut jobs, scribe.under_way() / COMPANY);
            }
            self.figures.taken(jobs.len());
            if !jobs.is_empty() {
                scribe.write(jobs);
            }
        }
    }

    /// Waits for a job, and takes all that wait with it, up to a batch.
    fn wait(&self, limit: Duration) -> Vec<Box<dyn Job>> {
        let mut jobs = Vec::new();
        let mut limit = limit;
        while jobs.len() < BATCH && self.receive(&mut jobs, limit) {
            limit = Duration::ZERO;
        }
        jobs
    }

    /// Waits a little until there are so many. Calls that wait for the token wait no longer for it,
    /// and each commit that is saved is time for the token; where few are under way nobody waits.
    fn gather(&self, jobs: &mut Vec<Box<dyn Job>>, wanted: usize) {
        let until = Instant::now() + GATHERING;
        let left = || until.saturating_duration_since(Instant::now());
        while jobs.len() < wanted.min(BATCH) && self.receive(jobs, left()) {}
    }

    /// Takes the next job; false if none came in time, or the journal stops.
    fn receive(&self, jobs: &mut Vec<Box<dyn Job>>, limit: Duration) -> bool {
        let receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner);
        match receiver.recv_timeout(limit) {
            Ok(Command::Do(job)) => {
                jobs.push(job);
                true
            }
            Err(RecvTimeoutError::Timeout) => false,
            Ok(Command::Stop) | Err(RecvTimeoutError::Disconnected) => {
                self.stopping.store(true, Ordering::Release);
                false
            }
        }
    }

    fn upkeep_jobs(&self) -> Vec<Box<dyn Job>> {
        vec![
            renewal(&self.upkeep, Arc::clone(&self.figures)),
            sweeping(&self.upkeep),
        ]
    }
}

/// It writes every few seconds, so its failure is how a locked, full or read-only database shows
/// before anybody signs; the next commit takes it back.
fn renewal(upkeep: &Upkeep, figures: Arc<Figures>) -> Box<dyn Job> {
    let (task, _) = Task::standing(
        (upkeep.clone(), figures, Instant::now()),
        |(upkeep, _, asked), tx| {
            *asked = Instant::now();
            upkeep.renew(tx)
        },
        |(upkeep, figures, asked), end: Result<(), JournalError>| match end {
            Ok(()) => figures.lease(asked, upkeep.lease),
            Err(error) => {
                tracing::error!(%error, "the journal's lease was not renewed");
                figures.set_writable(false);
            }
        },
    );
    Box::new(task)
}

fn sweeping(upkeep: &Upkeep) -> Box<dyn Job> {
    let (task, _) = Task::standing(
        upkeep.clone(),
        |upkeep, tx| upkeep.sweep(tx),
        |upkeep, end: Result<(), JournalError>| match end {
            Ok(()) => upkeep.swept(),
            Err(error) => tracing::error!(%error, "open intents could not be closed"),
        },
    );
    Box::new(task)
}
