//! What lanes, keeper, watchdog and callers of one token share.

use std::convert::Infallible;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cryptoki::slot::Slot;
use kyso_hsm_config::Profile;
use tokio::sync::Notify;

use crate::error::{Fault, HsmError};
use crate::module::{Found, Module, Tenant};
use crate::observe::HsmObserver;
use crate::queue::Queue;
use crate::seat::Seat;
use crate::status::TokenFacts;
use crate::sync::lock;
use crate::ward::Ward;

pub(crate) struct Shared {
    pub(crate) profile: Profile,
    pub(crate) module: Arc<Module>,
    pub(crate) queue: Queue,
    pub(crate) ward: Ward,
    pub(crate) observer: Arc<dyn HsmObserver>,
    control: Mutex<Control>,
    woken: Condvar,
    /// Wakes who waits for [`Phase::Stuck`].
    pub(crate) stuck: Notify,
    alive: Mutex<Option<Sender<Infallible>>>,
    pub(crate) left: AtomicU64,
    pub(crate) reopened: AtomicU64,
    pub(crate) replaced: AtomicU64,
}

/// Where the token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It can be used.
    Ready,
    /// It is away; the keeper tries to get it back.
    Away,
    /// It does not accept the PIN; it is not tried again before a restart.
    PinRefused,
    /// A call hangs in the module for good, and under it the module cannot be initialised anew: only a new process
    /// gets the token back.
    Stuck,
    /// Nobody holds it any more.
    Closed,
}

struct Control {
    phase: Phase,
    /// Since when it is in this phase.
    since: Instant,
    faulty: bool,
    slot: Slot,
    serial: String,
    facts: TokenFacts,
    generation: u64,
    /// Whose turn it is to come up, among the lanes of this generation. The next generation has another: one that
    /// hangs in its turn never gives it back.
    turn: Arc<Mutex<()>>,
    /// How long the keeper waits before it tries again: what callers are told to wait.
    pause: Duration,
}

/// Why the keeper woke.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    Time,
    Fault,
    Closed,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shared({:?}, {:?})", self.profile.token, self.phase())
    }
}

impl Tenant for Shared {
    fn vacate(&self) {
        self.leave();
        self.report_fault();
    }
}

impl Shared {
    pub(crate) fn new(
        profile: Profile,
        module: Arc<Module>,
        found: &Found,
        observer: Arc<dyn HsmObserver>,
        alive: Sender<Infallible>,
    ) -> Self {
        let control = Control {
            phase: Phase::Away,
            since: Instant::now(),
            faulty: false,
            slot: found.slot,
            serial: found.serial.clone(),
            facts: found.facts.clone(),
            generation: 0,
            turn: Arc::default(),
            pause: Duration::from_secs(1),
        };
        Self {
            queue: Queue::new(&profile.lanes),
            profile,
            module,
            observer,
            control: Mutex::new(control),
            woken: Condvar::new(),
            stuck: Notify::new(),
            ward: Ward::default(),
            alive: Mutex::new(Some(alive)),
            left: AtomicU64::new(0),
            reopened: AtomicU64::new(0),
            replaced: AtomicU64::new(0),
        }
    }

    /// What each thread keeps until it ends, so that the end of all can be waited for.
    pub(crate) fn alive(&self) -> Option<Sender<Infallible>> {
        lock(&self.alive).clone()
    }

    /// No more threads will start.
    pub(crate) fn forget_threads(&self) {
        lock(&self.alive).take();
    }

    pub(crate) fn phase(&self) -> Phase {
        lock(&self.control).phase
    }

    pub(crate) fn serial(&self) -> String {
        lock(&self.control).serial.clone()
    }

    /// Where the token is, and for how long it has been there.
    pub(crate) fn phase_and_age(&self) -> (Phase, Duration) {
        let control = lock(&self.control);
        (control.phase, control.since.elapsed())
    }

    /// What the token said of itself when it came.
    pub(crate) fn facts(&self) -> TokenFacts {
        lock(&self.control).facts.clone()
    }

    /// When a caller should try again: in whole seconds, at least one.
    pub(crate) fn retry_after(&self) -> Duration {
        Duration::from_secs(lock(&self.control).pause.as_secs().max(1))
    }

    /// A seat for reading or writing, for as long as the token is there.
    pub(crate) fn seat(&self, writing: bool) -> Result<Seat, HsmError> {
        let (phase, slot) = {
            let control = lock(&self.control);
            (control.phase, control.slot)
        };
        match (phase, writing) {
            (Phase::Ready, true) => Seat::writing(&self.module, slot),
            (Phase::Ready, false) => Seat::reading(&self.module, slot),
            _ => Err(HsmError::Away),
        }
    }

    /// The token is there: a new generation of lanes may start.
    pub(crate) fn arrive(&self, found: &Found) -> u64 {
        let mut control = lock(&self.control);
        control.generation += 1;
        if control.phase == Phase::Closed {
            return control.generation;
        }
        (control.phase, control.since) = (Phase::Ready, Instant::now());
        (control.faulty, control.slot) = (false, found.slot);
        control.facts = found.facts.clone();
        control.turn = Arc::default();
        control.pause = Duration::from_secs(1);
        self.queue.open(control.generation);
        self.woken.notify_all();
        control.generation
    }

    /// The token is not there: lanes go home, waiting jobs are answered.
    pub(crate) fn leave(&self) {
        let mut control = lock(&self.control);
        if control.phase == Phase::Ready {
            (control.phase, control.since) = (Phase::Away, Instant::now());
            self.left.fetch_add(1, Ordering::Relaxed);
            drop(control);
            self.observer.away();
        } else {
            drop(control);
        }
        self.queue.close();
    }

    /// The token will not be there before a restart.
    pub(crate) fn end(&self, phase: Phase) {
        // Whoever closes it knows, so nobody is told that it went away.
        if phase != Phase::Closed {
            self.leave();
        }
        let mut control = lock(&self.control);
        if control.phase != Phase::Closed {
            (control.phase, control.since) = (phase, Instant::now());
        }
        drop(control);
        self.queue.close();
        self.woken.notify_all();
        self.stuck.notify_waiters();
    }

    /// Tells the keeper that a session or the token is lost.
    pub(crate) fn report_fault(&self) {
        lock(&self.control).faulty = true;
        self.woken.notify_all();
    }

    /// Whether the session, and so perhaps the token, is lost after this error.
    ///
    /// A general error may only mean "not with these arguments"; then a probe tells.
    pub(crate) fn is_lost(&self, seat: &Seat, fault: Fault) -> bool {
        match fault {
            Fault::Doubtful if self.profile.quirks.general_error_is_transient => {
                seat.probe().is_err()
            }
            Fault::Away | Fault::Doubtful => true,
            Fault::Call | Fault::Pin(_) => false,
        }
    }

    /// Sleeps until `time` has passed, a fault is reported or the token is closed.
    pub(crate) fn wait(&self, time: Duration, until_fault: bool) -> Wake {
        let asleep = |control: &mut Control| {
            control.phase != Phase::Closed && !(until_fault && control.faulty)
        };
        let waited = self
            .woken
            .wait_timeout_while(lock(&self.control), time, asleep);
        let (control, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match (control.phase, control.faulty) {
            (Phase::Closed, _) => Wake::Closed,
            (_, true) if until_fault => Wake::Fault,
            _ => Wake::Time,
        }
    }

    /// What callers are told to wait while the keeper waits.
    pub(crate) fn set_pause(&self, pause: Duration) {
        lock(&self.control).pause = pause;
    }

    /// Waits until the token is there; false if it never will be.
    pub(crate) fn wait_ready(&self) -> bool {
        let away = |control: &mut Control| control.phase == Phase::Away;
        let waited = self.woken.wait_while(lock(&self.control), away);
        waited.unwrap_or_else(PoisonError::into_inner).phase == Phase::Ready
    }

    pub(crate) fn generation(&self) -> u64 {
        lock(&self.control).generation
    }

    /// What a lane holds while it comes up.
    pub(crate) fn turn(&self) -> Arc<Mutex<()>> {
        Arc::clone(&lock(&self.control).turn)
    }

    pub(crate) fn count_reopened(&self) {
        self.reopened.fetch_add(1, Ordering::Relaxed);
        self.observer.reopened();
    }
}
