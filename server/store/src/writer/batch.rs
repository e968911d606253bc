//! One batch: one transaction, one commit, then all answers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kyso_core::instant::Clock;
use kyso_core::journal::JournalError;

use super::head::HeadNote;
use super::job::Job;
use super::ledger::{Anchor, Ledger, Mark};
use super::tx::Tx;
use super::watch::{Watch, silent};
use crate::connection::{Access, Connector, Db};
use crate::error::failed;
use crate::seal::Sealer;
use crate::signing::sweep::open_intents;

/// How far the clock may go back before nothing is written any more, in microseconds.
const CLOCK_TOLERANCE: i64 = 1_000_000;

/// How long nobody tries to connect after it was refused, so that those who wait are told at once.
const REFUSED: Duration = Duration::from_secs(1);

/// What one writer hands to its successor.
#[derive(Clone)]
pub(crate) struct Kit {
    pub(crate) connector: Connector,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) head: HeadNote,
    pub(crate) watch: Arc<Watch>,
}

/// The writer's belongings.
pub(crate) struct Scribe {
    db: Option<Db>,
    ledger: Ledger,
    kit: Kit,
    turn: u64,
    /// Whether a COMMIT was not answered and nobody could look: the log may have grown.
    unsure: bool,
    refused: Option<Instant>,
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
    /// The first writer, on the connection that followed the log.
    pub(crate) fn first(kit: Kit, db: Db, mut ledger: Ledger) -> Self {
        ledger.pulse = Some((Arc::clone(&kit.watch), 0));
        Self {
            db: Some(db),
            ledger,
            kit,
            turn: 0,
            unsure: false,
            refused: None,
        }
    }

    /// The successor of a writer that was deposed; what that one was doing may have happened.
    pub(crate) fn successor(kit: Kit, turn: u64, anchor: Anchor) -> Self {
        let mut ledger = Ledger::resume(anchor);
        ledger.pulse = Some((Arc::clone(&kit.watch), turn));
        Self {
            db: None,
            ledger,
            kit,
            turn,
            unsure: true,
            refused: None,
        }
    }

    /// The last that it does: whoever reads may be connected for longer.
    pub(crate) fn lay_down(mut self) {
        if let Some(Err(error)) = self.db.as_mut().map(Db::empty_log) {
            tracing::warn!(%error, "the database's write-ahead log was not emptied");
        }
    }

    /// Whose turn it is while this one writes.
    pub(crate) const fn turn(&self) -> u64 {
        self.turn
    }

    /// Signatures under way: recorded, and their outcome not yet.
    pub(crate) fn under_way(&self) -> usize {
        self.ledger.open.len()
    }

    /// Does all of these in one transaction, and answers each.
    pub(crate) fn write(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        let started = Instant::now();
        let mark = self.ledger.mark();
        let end = self.together(&mut jobs);
        let ends = match end {
            // Its successor has the word; nobody is told of a success that this one did not see.
            _ if self.ledger.touch().is_err() => vec![Err(silent()); jobs.len()],
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
            self.ledger.touch()?;
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
            self.ledger.touch()?;
            let mark = self.ledger.mark();
            self.db()?.savepoint().map_err(|error| failed(&error))?;
            let end = self.tx().and_then(|mut tx| job.run(&mut tx));
            if end.is_ok() {
                self.db()?.keep().map_err(|error| failed(&error))?;
            } else {
                self.db()?.undo().map_err(|error| failed(&error))?;
                self.ledger.return_to(&mark);
                // An outcome that came to nothing leaves its intent open.
                self.reload_open();
            }
            ends.push(end);
        }
        self.commit(jobs.len())
    }

    /// Begins, and learns what other servers did meanwhile.
    fn begin(&mut self) -> Result<(), JournalError> {
        self.ledger.touch()?;
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
            .saturating_sub(self.kit.clock.now().as_micros());
        if behind > CLOCK_TOLERANCE {
            Err(JournalError::ClockWentBack)
        } else {
            Ok(())
        }
    }

    fn commit(&mut self, jobs: usize) -> Result<(), Failure> {
        let started = Instant::now();
        self.ledger.touch()?;
        let db = self.db()?;
        db.commit()
            .map_err(|error| Failure::Unclear(failed(&error)))?;
        self.committed(jobs, started).map_err(Failure::Unclear)
    }

    fn committed(&mut self, jobs: usize, started: Instant) -> Result<(), JournalError> {
        let moves = std::mem::take(&mut self.ledger.moves);
        self.kit
            .watch
            .settle(self.turn, self.ledger.anchor(), moves)?;
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
            self.kit.head.put(ledger.frontier.clone(), ledger.last_time);
        }
        Ok(())
    }

    /// The transaction may have happened: a new connection looks for its last entry, under the
    /// journal's lock, which the old transaction holds until it has ended one way or the other.
    fn look_for(&mut self, mark: &Mark, error: JournalError) -> Result<(), JournalError> {
        tracing::warn!(%error, "COMMIT was not answered; looking for its entries");
        self.db = None;
        let last = self.ledger.frontier.size().checked_sub(1);
        let (wrote, leaf) = (self.ledger.has_grown(mark), self.ledger.last_leaf);
        let found = self.connect().and_then(|mut db| {
            let found = Ledger::holds(&mut db, last, leaf)? && wrote;
            self.db = Some(db);
            Ok(found)
        });
        if let Ok(true) = found {
            return self.committed(0, Instant::now());
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

    /// Opens a connection and makes sure that the log is still the one that was left, under the
    /// journal's lock: whatever was under way before has ended by then.
    fn reconnect(&mut self) -> Result<(), JournalError> {
        let mut db = self.connect()?;
        let last = self.ledger.frontier.size().checked_sub(1);
        if !Ledger::holds(&mut db, last, self.ledger.last_leaf)? {
            self.ledger.figures.set_writable(false);
            return Err(JournalError::Rewound);
        }
        self.db = Some(db);
        self.reload_open();
        self.ledger.figures.set_writable(true);
        Ok(())
    }

    fn connect(&mut self) -> Result<Db, JournalError> {
        self.ledger.touch()?;
        if self.refused.is_some_and(|since| since.elapsed() < REFUSED) {
            return Err(no_connection());
        }
        let opened = self.kit.connector.open(Access::Write);
        self.refused = opened.is_err().then(Instant::now);
        opened.map_err(|error| {
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
        let now = self.kit.clock.now().max(self.ledger.last_time);
        let db = self.db.as_mut().ok_or_else(no_connection)?;
        Ok(Tx {
            db,
            now,
            sealer: &self.kit.sealer,
            ledger: &mut self.ledger,
        })
    }
}

fn no_connection() -> JournalError {
    JournalError::Unavailable("no connection to the database".to_owned())
}
