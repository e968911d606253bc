//! Watches the writer, and replaces one that a silent database keeps waiting.
//!
//! A thread that waits inside libpq cannot be called back. It is deposed instead: a successor takes
//! the queue over from the last durable state, and the journal's lock in the database keeps the two
//! apart as it keeps two servers apart. What the deposed one was doing counts as unanswered.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kyso_core::journal::JournalError;
use kyso_evidence::Frontier;

use super::ledger::Anchor;
use super::moves::{Move, Moves};
use super::tx::Area;
use crate::observe::Figures;

/// Who writes, since when, and from where a successor would go on.
#[derive(Debug)]
struct Duty {
    turn: u64,
    busy_since: Option<Instant>,
    ended: bool,
    anchor: Anchor,
    moves: Moves,
}

/// What the writer and its watch share.
#[derive(Debug)]
pub(crate) struct Watch {
    duty: Mutex<Duty>,
    changed: Condvar,
    patience: Duration,
}

/// What the watch saw.
pub(crate) enum Seen {
    /// The writer ended.
    Ended,
    /// It was deposed: the successor's turn, and where it begins.
    Silent(u64, Anchor),
}

impl Watch {
    /// A watch over the first writer, for a database that may take so long for one answer.
    pub(crate) const fn new(anchor: Anchor, patience: Duration) -> Self {
        let duty = Duty {
            turn: 0,
            busy_since: None,
            ended: false,
            anchor,
            moves: Moves::new(),
        };
        Self {
            duty: Mutex::new(duty),
            changed: Condvar::new(),
            patience,
        }
    }

    fn duty(&self) -> MutexGuard<'_, Duty> {
        self.duty.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long the database may take for one answer.
    pub(crate) const fn patience(&self) -> Duration {
        self.patience
    }

    /// How often the writer was replaced.
    pub(crate) fn turn(&self) -> u64 {
        self.duty().turn
    }

    /// The writer of this turn is about to ask the database something.
    ///
    /// # Errors
    /// If it was deposed: then it must not ask any more.
    pub(crate) fn touch(&self, turn: u64) -> Result<(), JournalError> {
        self.on_duty(turn, |duty| duty.busy_since = Some(Instant::now()))
    }

    /// The writer of this turn made something durable, and with it moved these areas of policy.
    ///
    /// # Errors
    /// If it was deposed: then the successor finds it in the database.
    pub(crate) fn settle(
        &self,
        turn: u64,
        anchor: Anchor,
        moves: Vec<Move>,
    ) -> Result<(), JournalError> {
        self.on_duty(turn, |duty| {
            duty.anchor = anchor;
            duty.moves.note(moves);
        })
    }

    /// What moved between these epochs ([`Moves::between`]).
    pub(crate) fn moved(&self, base: i64, epoch: i64) -> Option<Vec<Area>> {
        self.duty().moves.between(base, epoch)
    }

    /// Where the log ends by what the writer made durable last.
    pub(crate) fn durable(&self) -> Frontier {
        self.duty().anchor.frontier().clone()
    }

    /// The writer of this turn waits for work.
    ///
    /// # Errors
    /// If it was deposed: then it goes.
    pub(crate) fn rest(&self, turn: u64) -> Result<(), JournalError> {
        self.on_duty(turn, |duty| duty.busy_since = None)
    }

    fn on_duty(&self, turn: u64, act: impl FnOnce(&mut Duty)) -> Result<(), JournalError> {
        let mut duty = self.duty();
        if duty.turn != turn {
            return Err(silent());
        }
        act(&mut duty);
        Ok(())
    }

    /// The writer of this turn ended, however.
    pub(crate) fn end(&self, turn: u64) {
        let _ = self.on_duty(turn, |duty| duty.ended = true);
        self.changed.notify_one();
    }

    /// Waits until the writer ends or must be replaced. Once the patience is over no call is taken
    /// in any more; after twice that the writer is deposed, since a server that lives would have
    /// ended the statement by then.
    pub(crate) fn wait(&self, figures: &Figures) -> Seen {
        let mut duty = self.duty();
        loop {
            if duty.ended {
                return Seen::Ended;
            }
            let busy = duty
                .busy_since
                .map_or(Duration::ZERO, |since| since.elapsed());
            figures.set_silent(busy >= self.patience);
            if busy >= 2 * self.patience {
                duty.turn += 1;
                duty.busy_since = None;
                return Seen::Silent(duty.turn, duty.anchor.clone());
            }
            let waited = self.changed.wait_timeout(duty, self.patience / 4);
            duty = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// The database did not answer in time.
pub(crate) fn silent() -> JournalError {
    JournalError::Unavailable("the database does not answer".to_owned())
}
