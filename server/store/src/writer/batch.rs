//! One batch: one transaction, one commit, then all answers.

use std::sync::Arc;
use std::time::Instant;

use kyso_core::instant::Clock;
use kyso_core::journal::JournalError;

use super::head::HeadKeeper;
use super::job::Job;
use super::ledger::{Ledger, Mark};
use super::tx::Tx;
use crate::connection::{Access, Db, Location};
use crate::error::failed;
use crate::seal::Sealer;
use crate::signing::sweep::open_intents;

/// How far the clock may go back before nothing is written any more, in microseconds.
const CLOCK_TOLERANCE: i64 = 1_000_000;

/// The writer's belongings.
pub(crate) struct Scribe {
    pub(crate) db: Option<Db>,
    pub(crate) location: Location,
    pub(crate) ledger: Ledger,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) head: HeadKeeper,
    /// Whether a COMMIT was not answered and nobody could look: the log may have grown.
    pub(crate) unsure: bool,
}

/// How a transaction ended that did not end well.
enum Failure {
    /// Nothing of it stayed.
    Undone(JournalError),
    /// COMMIT was not answered, or not with yes: it may have happened.
    Unclear(JournalError),
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::Undone(error)
    }
}

impl Scribe {
    /// Does all of these in one transaction, and answers each.
    pub(crate) fn write(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        let started = Instant::now();
        let mark = self.ledger.mark();
        let ends = match self.together(&mut jobs) {
            Ok(()) => vec![Ok(()); jobs.len()],
            Err(Failure::Undone(error)) => {
                self.undo(&mark);
                self.one_by_one(&mut jobs, &mark, error)
            }
            Err(Failure::Unclear(error)) => vec![self.look_for(&mark, error); jobs.len()],
        };
        self.ledger.figures.batch_took(started.elapsed());
        jobs.into_iter()
            .zip(ends)
            .for_each(|(job, end)| job.settle(end));
    }

    fn together(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<(), Failure> {
        self.begin()?;
        for job in jobs.iter_mut() {
            job.run(&mut self.tx()?)?;
        }
        self.commit(jobs.len())
    }

    /// Replays a failed batch so that a poisoned job harms only itself.
    fn one_by_one(
        &mut self,
        jobs: &mut [Box<dyn Job>],
        mark: &Mark,
        error: JournalError,
    ) -> Vec<Result<(), JournalError>> {
        self.ledger.figures.batch_failed();
        tracing::warn!(%error, jobs = jobs.len(), "a batch failed");
        // Alone it would fail again, unless it was the connection that failed.
        let pointless = jobs.len() == 1 && self.db.is_some();
        if pointless || matches!(error, JournalError::ClockWentBack | JournalError::Rewound) {
            return vec![Err(error); jobs.len()];
        }
        let mut ends = Vec::with_capacity(jobs.len());
        let replayed = self.each_alone(jobs, &mut ends);
        match replayed {
            Ok(()) => ends,
            Err(Failure::Undone(error)) => {
                self.undo(mark);
                vec![Err(error); jobs.len()]
            }
            Err(Failure::Unclear(error)) => match self.look_for(mark, error) {
                Ok(()) => ends,
                Err(error) => vec![Err(error); jobs.len()],
            },
        }
    }

    fn each_alone(
        &mut self,
        jobs: &mut [Box<dyn Job>],
        ends: &mut Vec<Result<(), JournalError>>,
    ) -> Result<(), Failure> {
        self.begin()?;
        for job in jobs.iter_mut() {
            let mark = self.ledger.mark();
            self.db()?.savepoint().map_err(|error| failed(&error))?;
            let end = self.tx().and_then(|mut tx| job.run(&mut tx));
            if end.is_ok() {
                self.db()?.keep().map_err(|error| failed(&error))?;
            } else {
                self.db()?.undo().map_err(|error| failed(&error))?;
                self.ledger.return_to(&mark);
            }
            ends.push(end);
        }
        self.commit(jobs.len())
    }

    /// Begins, and learns what other servers did meanwhile.
    fn begin(&mut self) -> Result<(), JournalError> {
        if self.db.is_none() {
            self.reconnect()?;
        }
        let db = self.db.as_mut().ok_or_else(no_connection)?;
        db.begin().map_err(|error| failed(&error))?;
        if db.is_shared() || self.unsure {
            self.ledger.read_epoch(db)?;
            self.ledger.follow(db)?;
        }
        let behind = self
            .ledger
            .last_time
            .as_micros()
            .saturating_sub(self.clock.now().as_micros());
        if behind > CLOCK_TOLERANCE {
            Err(JournalError::ClockWentBack)
        } else {
            Ok(())
        }
    }

    fn commit(&mut self, jobs: usize) -> Result<(), Failure> {
        let started = Instant::now();
        let db = self.db()?;
        db.commit()
            .map_err(|error| Failure::Unclear(failed(&error)))?;
        self.committed(jobs, started);
        Ok(())
    }

    fn committed(&mut self, jobs: usize, started: Instant) {
        self.unsure = false;
        let ledger = &mut self.ledger;
        let size = ledger.frontier.size();
        let entries = size.saturating_sub(ledger.committed_size);
        ledger.committed_size = size;
        ledger.grants.keep();
        ledger
            .figures
            .committed(jobs, entries, size, started.elapsed());
        ledger.figures.set_writable(true);
        if entries > 0 {
            self.head.note(ledger.frontier.clone(), ledger.last_time);
        }
    }

    /// The transaction may have happened: a new connection looks for its last entry, under the
    /// journal's lock, which the old transaction holds until it has ended one way or the other.
    fn look_for(&mut self, mark: &Mark, error: JournalError) -> Result<(), JournalError> {
        tracing::warn!(%error, "COMMIT was not answered; looking for its entries");
        self.db = None;
        let last = self.ledger.frontier.size().checked_sub(1);
        let (wrote, leaf) = (self.ledger.has_grown(mark), self.ledger.last_leaf);
        let found = self.connect().and_then(|mut db| {
            let found = wrote && Ledger::holds(&mut db, last, leaf)?;
            self.db = Some(db);
            Ok(found)
        });
        if let Ok(true) = found {
            self.committed(0, Instant::now());
            return Ok(());
        }
        self.unsure |= found.is_err();
        self.ledger.return_to(mark);
        self.reload_open();
        Err(found.err().unwrap_or(error))
    }

    fn undo(&mut self, mark: &Mark) {
        self.ledger.return_to(mark);
        let undone = self.db.as_mut().is_some_and(|db| db.rollback().is_ok());
        if !undone {
            self.db = None;
        }
        self.reload_open();
    }

    /// Opens a connection and makes sure that the log is still the one that was left.
    fn reconnect(&mut self) -> Result<(), JournalError> {
        let mut db = self.connect()?;
        let last = self.ledger.frontier.size().checked_sub(1);
        if last.is_some() && !Ledger::holds(&mut db, last, self.ledger.last_leaf)? {
            self.ledger.figures.set_writable(false);
            return Err(JournalError::Rewound);
        }
        self.db = Some(db);
        self.reload_open();
        self.ledger.figures.set_writable(true);
        Ok(())
    }

    fn connect(&self) -> Result<Db, JournalError> {
        self.location.open(Access::Write).map_err(|error| {
            self.ledger.figures.set_writable(false);
            JournalError::Unavailable(error.to_string())
        })
    }

    /// Reads the open intents again, since an undone batch may have changed what is known of them.
    fn reload_open(&mut self) {
        let Some(db) = self.db.as_mut() else { return };
        match open_intents(db, self.ledger.boot.as_bytes(), self.ledger.open_from) {
            Ok(open) => self.ledger.reopen(open),
            Err(_) => self.db = None,
        }
    }

    fn db(&mut self) -> Result<&mut Db, JournalError> {
        self.db.as_mut().ok_or_else(no_connection)
    }

    fn tx(&mut self) -> Result<Tx<'_>, JournalError> {
        let now = self.clock.now().max(self.ledger.last_time);
        let db = self.db.as_mut().ok_or_else(no_connection)?;
        Ok(Tx {
            db,
            now,
            sealer: &self.sealer,
            ledger: &mut self.ledger,
        })
    }
}

fn no_connection() -> JournalError {
    JournalError::Unavailable("no connection to the database".to_owned())
}
