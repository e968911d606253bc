//! One bounded queue with two classes: people before stamps.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use kyso_core::{LaneClass, SignJob};
use kyso_hsm_config::Lanes;
use zeroize::Zeroizing;

use crate::reply::Reply;
use crate::shared::Shared;
use crate::sync::lock;

/// What a lane is asked to do.
pub(crate) enum Work {
    /// Sign digests.
    Sign(SignJob),
    /// Seal bytes for `aad`.
    Seal {
        aad: Vec<u8>,
        plain: Zeroizing<Vec<u8>>,
    },
    /// Open what was sealed for `aad`.
    Unseal { aad: Vec<u8>, sealed: Vec<u8> },
}

/// A place for one value to seal or open. The job keeps it, not its caller: one that goes away
/// leaves its job in line.
pub(crate) struct SealingPlace(Arc<Shared>);

impl SealingPlace {
    /// A place, if one is free.
    pub(crate) fn reserve(shared: &Arc<Shared>) -> Option<Self> {
        let free = shared.queue.reserve_sealing();
        free.then(|| Self(Arc::clone(shared)))
    }
}

impl Drop for SealingPlace {
    fn drop(&mut self) {
        self.0.queue.release_sealing();
    }
}

/// Work, and where its answer goes.
pub(crate) struct Job {
    pub(crate) work: Work,
    pub(crate) reply: Reply,
    /// For a value to seal or open; a signature's place goes with its reply.
    pub(crate) place: Option<SealingPlace>,
}

/// Jobs that wait for a lane.
pub(crate) struct Queue {
    lines: Mutex<Lines>,
    filled: Condvar,
    people: Places,
    stamps: Places,
    sealing: Places,
}

/// How many values may wait to be sealed or opened. They go with people, who wait for their
/// one-time password; a flood of them must not hold up signatures whose intent is durable.
const SEALING: u32 = 64;

#[derive(Default)]
struct Lines {
    /// Which generation of lanes may take; none while the token is away.
    open_to: Option<u64>,
    people: VecDeque<Job>,
    stamps: VecDeque<Job>,
}

struct Places {
    taken: AtomicU32,
    most: u32,
}

impl Places {
    fn new(most: u32) -> Self {
        Self {
            taken: AtomicU32::new(0),
            most,
        }
    }

    fn reserve(&self) -> bool {
        let free = |taken| (taken < self.most).then_some(taken + 1);
        self.taken
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, free)
            .is_ok()
    }

    fn release(&self) {
        self.taken.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Queue {
    pub(crate) fn new(lanes: &Lanes) -> Self {
        Self {
            lines: Mutex::default(),
            filled: Condvar::new(),
            people: Places::new(lanes.people.get()),
            stamps: Places::new(lanes.stamps.get()),
            sealing: Places::new(SEALING),
        }
    }

    fn places(&self, class: LaneClass) -> &Places {
        match class {
            LaneClass::Person => &self.people,
            LaneClass::Stamp => &self.stamps,
        }
    }

    /// Takes a place, if one is free.
    pub(crate) fn reserve(&self, class: LaneClass) -> bool {
        self.places(class).reserve()
    }

    /// Gives a place back.
    pub(crate) fn release(&self, class: LaneClass) {
        self.places(class).release();
    }

    /// Takes a place for one value to seal or open, if one is free.
    pub(crate) fn reserve_sealing(&self) -> bool {
        self.sealing.reserve()
    }

    /// Gives such a place back.
    pub(crate) fn release_sealing(&self) {
        self.sealing.release();
    }

    /// Places taken: jobs that wait or run.
    pub(crate) fn taken(&self, class: LaneClass) -> u32 {
        self.places(class).taken.load(Ordering::Relaxed)
    }

    /// Puts a job in line, or gives it back if the token is away.
    pub(crate) fn push(&self, class: LaneClass, job: Job) -> Result<(), Box<Job>> {
        let mut lines = lock(&self.lines);
        if lines.open_to.is_none() {
            return Err(Box::new(job));
        }
        match class {
            LaneClass::Person => lines.people.push_back(job),
            LaneClass::Stamp => lines.stamps.push_back(job),
        }
        drop(lines);
        self.filled.notify_one();
        Ok(())
    }

    /// Waits for the next job of a lane of this generation; none when the lane must end.
    pub(crate) fn take(&self, generation: u64) -> Option<Job> {
        let idle = |lines: &mut Lines| {
            lines.open_to == Some(generation) && lines.people.is_empty() && lines.stamps.is_empty()
        };
        let guard = self.filled.wait_while(lock(&self.lines), idle);
        let mut lines = guard.unwrap_or_else(PoisonError::into_inner);
        if lines.open_to != Some(generation) {
            return None;
        }
        lines
            .people
            .pop_front()
            .or_else(|| lines.stamps.pop_front())
    }

    /// Lets lanes of this generation take jobs.
    pub(crate) fn open(&self, generation: u64) {
        lock(&self.lines).open_to = Some(generation);
        self.filled.notify_all();
    }

    /// Whether lanes of this generation may take jobs.
    pub(crate) fn is_open_to(&self, generation: u64) -> bool {
        lock(&self.lines).open_to == Some(generation)
    }

    /// Sends every lane home and answers whoever waits: the token was not asked.
    pub(crate) fn close(&self) {
        let mut lines = lock(&self.lines);
        lines.open_to = None;
        let waiting: Vec<Job> = std::mem::take(&mut lines.people).into();
        let stamps: Vec<Job> = std::mem::take(&mut lines.stamps).into();
        drop(lines);
        self.filled.notify_all();
        waiting
            .into_iter()
            .chain(stamps)
            .for_each(|job| job.reply.not_attempted());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    type Answer = oneshot::Receiver<Result<Zeroizing<Vec<u8>>, crate::HsmError>>;

    fn job(name: u8) -> (Job, Answer) {
        let (to, answer) = oneshot::channel();
        let work = Work::Unseal {
            aad: vec![name],
            sealed: Vec::new(),
        };
        (
            Job {
                work,
                reply: Reply::Bytes(to),
                place: None,
            },
            answer,
        )
    }

    fn name(job: Option<Job>) -> Option<u8> {
        match job?.work {
            Work::Unseal { aad, .. } => aad.first().copied(),
            _ => None,
        }
    }

    #[test]
    fn people_go_before_stamps_and_each_class_in_order() {
        let queue = Queue::new(&Lanes::default());
        queue.open(1);
        for (class, name) in [
            (LaneClass::Stamp, 3),
            (LaneClass::Person, 1),
            (LaneClass::Stamp, 4),
            (LaneClass::Person, 2),
        ] {
            assert!(queue.push(class, job(name).0).is_ok());
        }
        let order: Vec<_> = (0..4).map(|_| name(queue.take(1))).collect();
        assert_eq!(order, [Some(1), Some(2), Some(3), Some(4)]);
    }

    #[test]
    fn closing_answers_whoever_waits_and_refuses_the_next() {
        let queue = Queue::new(&Lanes::default());
        queue.open(1);
        let (waiting, mut answer) = job(1);
        assert!(queue.push(LaneClass::Person, waiting).is_ok());
        queue.close();
        assert!(matches!(answer.try_recv(), Ok(Err(crate::HsmError::Away))));
        assert!(queue.push(LaneClass::Person, job(2).0).is_err());
        assert!(queue.take(1).is_none());
    }

    #[test]
    fn an_older_generation_of_lanes_takes_nothing() {
        let queue = Queue::new(&Lanes::default());
        queue.open(2);
        assert!(queue.push(LaneClass::Person, job(1).0).is_ok());
        assert!(queue.take(1).is_none());
        assert_eq!(name(queue.take(2)), Some(1));
    }

    #[test]
    fn values_to_seal_have_a_bound_of_their_own() {
        let queue = Queue::new(&Lanes::default());
        assert!((0..SEALING).all(|_| queue.reserve_sealing()));
        assert!(!queue.reserve_sealing());
        assert!(
            queue.reserve(LaneClass::Person),
            "signatures still have theirs"
        );
        queue.release_sealing();
        assert!(queue.reserve_sealing());
    }

    #[test]
    fn each_class_has_its_own_bound() {
        let lanes = Lanes {
            people: 1.try_into().unwrap(),
            ..Lanes::default()
        };
        let queue = Queue::new(&lanes);
        assert!(queue.reserve(LaneClass::Person));
        assert!(!queue.reserve(LaneClass::Person));
        assert!(queue.reserve(LaneClass::Stamp));
        queue.release(LaneClass::Person);
        assert!(queue.reserve(LaneClass::Person));
    }
}
