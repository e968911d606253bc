//! Where an answer goes, and what is already known of it when it has to be given early.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use kyso_core::DigestOutcome;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::error::HsmError;
use crate::sync::lock;
use crate::token::Place;

/// Bytes that were sealed or unsealed, or why not.
pub(crate) type Bytes = Result<Zeroizing<Vec<u8>>, HsmError>;

/// Where an answer goes.
pub(crate) enum Reply {
    /// One outcome for each digest.
    Outcomes(Outcomes),
    /// Sealed or unsealed bytes.
    Bytes(oneshot::Sender<Bytes>),
}

/// The outcomes of a job so far. Its place in the queue is taken until it is answered.
pub(crate) struct Outcomes {
    pub(crate) total: usize,
    pub(crate) done: Vec<DigestOutcome>,
    pub(crate) to: oneshot::Sender<Vec<DigestOutcome>>,
    pub(crate) place: Option<Place>,
}

impl Outcomes {
    /// Whoever asked may be gone; then nobody needs the answer, so a failed `send` is no error.
    fn complete(mut self) {
        self.done.resize(self.total, DigestOutcome::NotAttempted);
        drop(self.place);
        drop(self.to.send(self.done));
    }
}

impl Reply {
    /// The token was not asked for anything that is not yet done.
    pub(crate) fn not_attempted(self) {
        match self {
            Self::Outcomes(outcomes) => outcomes.complete(),
            Self::Bytes(to) => drop(to.send(Err(HsmError::Away))),
        }
    }

    /// The token was asked and did not answer in time.
    fn overdue(self) {
        match self {
            Self::Outcomes(mut outcomes) => {
                if outcomes.done.len() < outcomes.total {
                    outcomes.done.push(DigestOutcome::Unknown);
                }
                outcomes.complete();
            }
            Self::Bytes(to) => drop(to.send(Err(HsmError::TimedOut))),
        }
    }
}

/// What a lane is doing, where the watchdog can see it and take it away.
#[derive(Default)]
pub(crate) struct Desk {
    running: Mutex<Option<Running>>,
}

struct Running {
    /// When the call that it waits for now began.
    since: Instant,
    /// Where the answer goes; none while the lane starts.
    reply: Option<Reply>,
}

/// What the watchdog took from a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Nothing: it is idle, or within its time.
    Nothing,
    /// Its start. Nobody waits for that, but nothing says that another lane would fare better.
    Start,
    /// A job, which was answered.
    Job,
}

/// The watchdog answered in the lane's place; the lane must end, its late result is dropped.
pub(crate) struct Replaced;

impl Desk {
    /// The lane comes up: it looks through the token before it takes its first job.
    pub(crate) fn come_up(&self) {
        self.occupy(None);
    }

    /// The lane starts a job.
    pub(crate) fn begin(&self, reply: Reply) {
        self.occupy(Some(reply));
    }

    fn occupy(&self, reply: Option<Reply>) {
        let since = Instant::now();
        *lock(&self.running) = Some(Running { since, reply });
    }

    /// A call has ended, and the next one's time starts.
    pub(crate) fn step(&self) -> Result<(), Replaced> {
        let mut running = lock(&self.running);
        running.as_mut().ok_or(Replaced)?.since = Instant::now();
        Ok(())
    }

    /// One more digest is done, and the next call's time starts.
    pub(crate) fn push(&self, outcome: DigestOutcome) -> Result<(), Replaced> {
        let mut running = lock(&self.running);
        let running = running.as_mut().ok_or(Replaced)?;
        running.since = Instant::now();
        if let Some(Reply::Outcomes(outcomes)) = &mut running.reply {
            outcomes.done.push(outcome);
        }
        Ok(())
    }

    /// The job, or the start, has ended; digests without an outcome were not attempted.
    pub(crate) fn finish(&self) -> Result<(), Replaced> {
        let running = lock(&self.running).take().ok_or(Replaced)?;
        if let Some(reply) = running.reply {
            reply.not_attempted();
        }
        Ok(())
    }

    /// The job has ended with these bytes.
    pub(crate) fn finish_with(&self, bytes: Bytes) -> Result<(), Replaced> {
        let running = lock(&self.running).take().ok_or(Replaced)?;
        match running.reply {
            Some(Reply::Bytes(to)) => drop(to.send(bytes)),
            Some(other @ Reply::Outcomes(_)) => other.not_attempted(),
            None => {}
        }
        Ok(())
    }

    /// Whether the lane is at work.
    pub(crate) fn is_busy(&self) -> bool {
        let running = lock(&self.running);
        running
            .as_ref()
            .is_some_and(|running| running.reply.is_some())
    }

    /// Answers in the lane's place if its call has run for longer than `limit`.
    pub(crate) fn expire(&self, limit: Duration) -> Taken {
        self.take_if(|since| since.elapsed() > limit)
    }

    /// Answers in the place of a lane that has died at work.
    pub(crate) fn abandon(&self) -> Taken {
        self.take_if(|_| true)
    }

    fn take_if(&self, overdue: impl FnOnce(Instant) -> bool) -> Taken {
        let taken = lock(&self.running).take_if(|running| overdue(running.since));
        match taken.map(|running| running.reply) {
            None => Taken::Nothing,
            Some(None) => Taken::Start,
            Some(Some(reply)) => {
                reply.overdue();
                Taken::Job
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk(total: usize) -> (Desk, oneshot::Receiver<Vec<DigestOutcome>>) {
        let (to, answer) = oneshot::channel();
        let desk = Desk::default();
        desk.begin(Reply::Outcomes(Outcomes {
            total,
            done: Vec::new(),
            to,
            place: None,
        }));
        (desk, answer)
    }

    #[test]
    fn an_overdue_call_is_unknown_and_its_late_result_is_dropped() {
        let (desk, mut answer) = desk(3);
        assert!(desk.push(DigestOutcome::Signed(vec![1])).is_ok());
        assert_eq!(desk.expire(Duration::ZERO), Taken::Job);
        assert!(desk.push(DigestOutcome::Signed(vec![2])).is_err());
        assert!(desk.finish().is_err());
        let expected = [
            DigestOutcome::Signed(vec![1]),
            DigestOutcome::Unknown,
            DigestOutcome::NotAttempted,
        ];
        assert_eq!(answer.try_recv().unwrap(), expected);
    }

    #[test]
    fn a_call_within_its_limit_is_left_alone() {
        let (desk, mut answer) = desk(1);
        assert_eq!(desk.expire(Duration::from_hours(1)), Taken::Nothing);
        assert!(desk.push(DigestOutcome::Withheld).is_ok());
        assert!(desk.finish().is_ok());
        assert_eq!(answer.try_recv().unwrap(), [DigestOutcome::Withheld]);
    }

    #[test]
    fn a_lane_that_hangs_while_it_starts_is_seen() {
        let desk = Desk::default();
        desk.come_up();
        assert!(!desk.is_busy() && desk.step().is_ok());
        assert_eq!(desk.expire(Duration::from_hours(1)), Taken::Nothing);
        assert_eq!(desk.expire(Duration::ZERO), Taken::Start);
        assert!(desk.step().is_err() && desk.finish().is_err());
    }

    #[test]
    fn an_overdue_seal_says_so() {
        let (to, mut answer) = oneshot::channel();
        let desk = Desk::default();
        desk.begin(Reply::Bytes(to));
        assert_eq!(desk.expire(Duration::ZERO), Taken::Job);
        assert!(matches!(answer.try_recv(), Ok(Err(HsmError::TimedOut))));
    }
}
