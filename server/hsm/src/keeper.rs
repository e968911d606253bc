//! The keeper brings the token up and back; the watchdog replaces lanes whose call hangs.
//!
//! They are two threads because the keeper itself calls the module and may hang in it. Then the
//! watchdog says that the token is away, since nobody knows better.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use cryptoki::error::{Error, RvError};
use cryptoki::session::UserType;
use secrecy::SecretString;

use crate::error::HsmError;
use crate::lane::Lane;
use crate::module::{self, Found, Module};
use crate::reply::{Desk, Taken};
use crate::seat::Seat;
use crate::shared::{Phase, Shared, Wake};
use crate::sync::lock;
use kyso_hsm_config::TokenName;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How often calls must have been in the way of a new start of the module, each time for twice as long as a call may
/// take, before the token is given up.
const HANGING: u32 = 3;

/// Logs in: the keeper's session, whose log-in all sessions of the process share.
///
/// Login belongs to the application (PKCS#11 2.40 §5.6), so lanes need none of their own, and
/// "already logged in" is as good as logging in.
pub(crate) fn connect(
    module: &Arc<Module>,
    name: &TokenName,
    pin: &SecretString,
) -> Result<(Seat, Found), HsmError> {
    let lease = module.lease()?;
    let found = module::find_token(lease.pkcs11(), name)?;
    let seat = Seat::reading(module, found.slot)?;
    match seat.session.login(UserType::User, Some(pin)) {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
        Err(error) => return Err(error.into()),
    }
    seat.probe()?;
    Ok((seat, found))
}

pub(crate) struct Keeper {
    pub(crate) shared: Arc<Shared>,
    pub(crate) pin: SecretString,
    pub(crate) lanes: Arc<Mutex<Vec<Lane>>>,
}

impl Keeper {
    /// Starts keeper and watchdog; the first lanes run when this returns.
    pub(crate) fn start(self, seat: Seat, found: &Found) -> std::io::Result<Vec<JoinHandle<()>>> {
        let (shared, lanes) = (Arc::clone(&self.shared), Arc::clone(&self.lanes));
        let (one, other) = (shared.alive(), shared.alive());
        self.staff(found);
        let probing = Arc::new(Desk::default());
        let watched = Arc::clone(&probing);
        let watchdog = Builder::new().name("hsm-watchdog".into()).spawn(move || {
            watch(&shared, &lanes, &watched);
            drop(one);
        })?;
        let keeper = Builder::new().name("hsm-keeper".into()).spawn(move || {
            self.keep(seat, &probing);
            drop(other);
        })?;
        Ok(vec![watchdog, keeper])
    }

    /// The token is there: starts its lanes.
    fn staff(&self, found: &Found) {
        let generation = self.shared.arrive(found);
        let count = self.shared.profile.lanes.count.get();
        let started = (0..count).filter_map(|_| Lane::start(&self.shared, generation));
        lock(&self.lanes).extend(started);
    }

    fn keep(self, mut seat: Seat, probing: &Desk) {
        let interval = self.shared.profile.lanes.probe_interval();
        loop {
            match self.shared.wait(interval, true) {
                Wake::Closed => return self.shared.leave(),
                Wake::Time if answers_in_time(&seat, probing) => {}
                Wake::Time | Wake::Fault => match self.recover(seat) {
                    Some(recovered) => seat = recovered,
                    None => return,
                },
            }
        }
    }

    /// Brings the token back, with pauses that double; `None` if it will never be back.
    fn recover(&self, lost: Seat) -> Option<Seat> {
        tracing::warn!("the token is away");
        self.shared.leave();
        drop(lost);
        let (mut pause, mut hanging) = (FIRST_PAUSE, 0);
        loop {
            let epoch = self.shared.module.epoch();
            match self.reconnect() {
                Ok(seat) => return Some(seat),
                Err(HsmError::Pin(reason)) => {
                    tracing::error!(reason, "the token refuses the PIN; it is not tried again");
                    self.shared.end(Phase::PinRefused);
                    self.shared.observer.pin_refused();
                    return None;
                }
                Err(error) => tracing::warn!(%error, ?pause, "the token is still away"),
            }
            self.shared.set_pause(pause);
            if self.shared.wait(pause, false) == Wake::Closed {
                return None;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
            hanging = if self.hangs(epoch) { hanging + 1 } else { 0 };
            if hanging == HANGING {
                tracing::error!(
                    "a call hangs in the PKCS#11 module for good; only a new process gets the token back"
                );
                self.shared.end(Phase::Stuck);
                return None;
            }
        }
    }

    fn reconnect(&self) -> Result<Seat, HsmError> {
        let profile = &self.shared.profile;
        let (seat, found) = connect(&self.shared.module, &profile.token, &self.pin)?;
        // The same label on another token is another token: its keys were never attested.
        if found.serial != self.shared.serial() {
            return Err(HsmError::NoToken(self.shared.serial()));
        }
        self.staff(&found);
        self.shared.count_reopened();
        tracing::info!("the token is back");
        Ok(seat)
    }

    /// Initialises the module anew; true if a call that hangs in it is in the way.
    fn hangs(&self, epoch: u64) -> bool {
        let patience = self.shared.profile.lanes.call_limit() * 2;
        let end = self.shared.module.reinitialise(epoch, patience);
        end.is_err_and(|error| {
            tracing::warn!(%error, "the PKCS#11 module cannot be initialised anew");
            matches!(error, HsmError::Hanging)
        })
    }
}

/// Whether the token answers, and the watchdog has not called it away in the meantime.
fn answers_in_time(seat: &Seat, probing: &Desk) -> bool {
    probing.come_up();
    let answered = seat.probe();
    probing.finish().is_ok() && answered.is_ok()
}

/// Looks at every lane, and at the keeper's probe, four times within a call's limit.
fn watch(shared: &Arc<Shared>, lanes: &Mutex<Vec<Lane>>, probing: &Desk) {
    let limit = shared.profile.lanes.call_limit();
    while shared.wait(limit / 4, false) != Wake::Closed {
        if probing.expire(limit) != Taken::Nothing {
            tracing::error!(?limit, "the token does not answer");
            shared.leave();
        }
        let mut lanes = lock(lanes);
        let generation = shared.generation();
        let gone = expire(&mut lanes, limit, generation);
        if gone.starting {
            tracing::error!(?limit, "a lane hangs while it starts");
            shared.report_fault();
        }
        for _ in (0..gone.working).take_while(|_| shared.queue.is_open_to(generation)) {
            shared.replaced.fetch_add(1, Ordering::Relaxed);
            shared.observer.lane_replaced();
            lanes.extend(Lane::start(shared, generation));
        }
    }
}

/// Lanes that hang or have died.
#[derive(Default)]
struct Gone {
    /// How many did so at work: these must be replaced.
    working: usize,
    /// Whether one of this generation did so before its first job: others would fare no better, so the keeper
    /// brings the token back as a whole, and who waits is answered.
    starting: bool,
}

/// Removes lanes that hang, after answering for them, and lanes that have ended.
///
/// One that ended with nothing on its desk was sent home, or has told the keeper of a fault, who will start new ones.
fn expire(lanes: &mut Vec<Lane>, limit: Duration, generation: u64) -> Gone {
    let mut gone = Gone::default();
    lanes.retain(|lane| {
        let ended = lane.has_ended();
        let taken = if ended {
            lane.desk.abandon()
        } else {
            lane.desk.expire(limit)
        };
        match taken {
            Taken::Nothing => return !ended,
            Taken::Start => gone.starting |= lane.generation == generation,
            Taken::Job => gone.working += 1,
        }
        false
    });
    gone
}
