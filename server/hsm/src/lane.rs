//! A lane: one thread with one session that signs what the queue gives it.

use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Instant;

use cryptoki::error::{Error, RvError};
use cryptoki::object::ObjectHandle;
use kyso_core::{Digest, DigestOutcome, KeyRef, SignJob, SignatureScheme};

use crate::attest;
use crate::error::{self, HsmError};
use crate::finding::Finding;
use crate::mechanism;
use crate::observe::Operation;
use crate::queue::{Job, Work};
use crate::reply::{Bytes, Desk, Replaced};
use crate::seal::{self, SealingKeys};
use crate::seat::Seat;
use crate::shared::Shared;
use crate::sync::lock;

/// A running lane, as the watchdog sees it.
pub(crate) struct Lane {
    pub(crate) desk: Arc<Desk>,
    pub(crate) generation: u64,
    thread: JoinHandle<()>,
}

impl Lane {
    /// Starts a lane of this generation; `None` if the system gives no thread.
    pub(crate) fn start(shared: &Arc<Shared>, generation: u64) -> Option<Self> {
        let (mine, desk) = (Arc::clone(shared), Arc::new(Desk::default()));
        let theirs = Arc::clone(&desk);
        let alive = shared.alive();
        let thread = Builder::new()
            .name("hsm-lane".into())
            .spawn(move || {
                run(&mine, &theirs, generation);
                drop(alive);
            })
            .inspect_err(|error| tracing::error!(%error, "no thread for a lane"))
            .ok()?;
        Some(Self {
            desk,
            generation,
            thread,
        })
    }

    pub(crate) fn join(self) {
        drop(self.thread.join());
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }
}

/// Why a lane ends before it is sent home.
enum End {
    Lost,
    Replaced,
}

impl From<Replaced> for End {
    fn from(_: Replaced) -> Self {
        Self::Replaced
    }
}

impl From<HsmError> for End {
    fn from(_: HsmError) -> Self {
        Self::Lost
    }
}

/// A seat that knows the token's keys.
///
/// Lanes come up one after another: SoftHSM2 fails now and then where several sessions open and list its objects at
/// once, and an HSM on a network is not met by all of them in the same moment. Whoever waits has nothing on its desk,
/// so the watchdog counts only the time of the one whose turn it is.
fn come_up(shared: &Shared, desk: &Desk) -> Result<Seat, End> {
    let turn = shared.turn();
    let _turn = lock(&turn);
    desk.come_up();
    let mut seat = shared.seat(false)?;
    seat.enumerate(|| Ok::<_, End>(desk.step()?))?;
    desk.finish()?;
    Ok(seat)
}

fn run(shared: &Shared, desk: &Desk, generation: u64) {
    let seat = match come_up(shared, desk) {
        Ok(seat) => seat,
        Err(End::Replaced) => return,
        Err(End::Lost) => {
            drop(desk.finish());
            return lost(shared, generation);
        }
    };
    let mut worker = Worker {
        shared,
        desk,
        seat,
        sealing: SealingKeys::default(),
    };
    while let Some(job) = shared.queue.take(generation) {
        match worker.work(job) {
            Ok(()) => {}
            Err(End::Lost) => return lost(shared, generation),
            Err(End::Replaced) => return,
        }
    }
}

/// A lane that was sent home already says nothing: its session's end is no news.
fn lost(shared: &Shared, generation: u64) {
    if shared.queue.is_open_to(generation) {
        shared.report_fault();
    }
}

struct Worker<'a> {
    shared: &'a Shared,
    desk: &'a Desk,
    seat: Seat,
    sealing: SealingKeys,
}

/// One digest's outcome, and whether the session survived it.
struct Signed {
    outcome: DigestOutcome,
    lost: bool,
}

impl Worker<'_> {
    fn work(&mut self, job: Job) -> Result<(), End> {
        self.desk.begin(job.reply);
        let _until_done = job.place;
        match job.work {
            Work::Sign(job) => self.sign_all(&job),
            Work::Seal { aad, plain } => self.timed(Operation::Seal, |worker| {
                seal::seal(
                    &worker.seat,
                    &mut worker.sealing,
                    worker.shared,
                    &aad,
                    &plain,
                )
            }),
            Work::Unseal { aad, sealed } => self.timed(Operation::Unseal, |worker| {
                seal::unseal(
                    &worker.seat,
                    &mut worker.sealing,
                    worker.shared,
                    &aad,
                    &sealed,
                )
            }),
        }
    }

    fn timed(
        &mut self,
        operation: Operation,
        call: impl FnOnce(&mut Self) -> Bytes,
    ) -> Result<(), End> {
        let started = Instant::now();
        let bytes = call(self);
        self.shared
            .observer
            .call(operation, started.elapsed(), bytes.is_ok());
        let lost = matches!(bytes, Err(HsmError::Away));
        self.desk.finish_with(bytes)?;
        if lost { Err(End::Lost) } else { Ok(()) }
    }

    fn sign_all(&mut self, job: &SignJob) -> Result<(), End> {
        for digest in job.digests() {
            let started = Instant::now();
            let Signed { outcome, lost } = self.sign(job.key(), job.scheme(), digest);
            let succeeded = matches!(outcome, DigestOutcome::Signed(_));
            let operation = Operation::Sign(job.key().algorithm);
            self.shared
                .observer
                .call(operation, started.elapsed(), succeeded);
            self.desk.push(outcome)?;
            if lost {
                self.desk.finish()?;
                return Err(End::Lost);
            }
            if !succeeded {
                break;
            }
        }
        Ok(self.desk.finish()?)
    }

    fn sign(&mut self, key: &KeyRef, scheme: SignatureScheme, digest: &Digest) -> Signed {
        match self.ask(key, scheme, digest) {
            Ok(raw) => Signed {
                outcome: self.release(key, scheme, digest, raw),
                lost: false,
            },
            Err(Unsigned::Before { lost }) => Signed {
                outcome: DigestOutcome::NotAttempted,
                lost,
            },
            Err(Unsigned::During { lost }) => Signed {
                outcome: DigestOutcome::Unknown,
                lost,
            },
        }
    }

    fn ask(
        &mut self,
        key: &KeyRef,
        scheme: SignatureScheme,
        digest: &Digest,
    ) -> Result<Vec<u8>, Unsigned> {
        let handle = self.handle(key)?;
        let input = mechanism::input(key.algorithm, scheme, digest);
        let raw = self
            .seat
            .session
            .sign(&mechanism::mechanism(scheme), handle, &input);
        raw.map_err(|error| self.unsigned(key, &error))
    }

    /// The key, looked at before this session uses it for the first time.
    fn handle(&mut self, key: &KeyRef) -> Result<ObjectHandle, Unsigned> {
        let handle = self.seat.private_key(&key.cka_id);
        let handle = handle.map_err(|error| Unsigned::Before {
            lost: matches!(error, HsmError::Away),
        })?;
        if !self.seat.has_vetted(&key.cka_id) {
            self.vet(key, handle)?;
            // Whoever was answered for meanwhile must not sign any more; and signing has a call's time to itself.
            let replaced = |_| Unsigned::Before { lost: false };
            self.desk.step().map_err(replaced)?;
        }
        Ok(handle)
    }

    /// Reads the key's flags: the ward trusts what was attested before the token went away, and by whoever holds the PIN it
    /// may have been changed since. That it is this very key its signature shows, which is checked before it leaves.
    fn vet(&mut self, key: &KeyRef, handle: ObjectHandle) -> Result<(), Unsigned> {
        let findings = attest::flags(&self.seat, handle, self.shared.profile.template);
        let findings = findings.map_err(|error| Unsigned::Before {
            lost: self.is_lost(key, &error),
        })?;
        if findings.is_empty() {
            self.seat.vetted(key.cka_id);
            return Ok(());
        }
        tracing::error!(?key, ?findings, "a key has other flags and was not used");
        // What may be a stray error the clerk sees again, in its turn.
        if !findings.iter().all(|finding| finding.may_be_stray()) {
            self.shared.ward.bar(key, findings);
        }
        self.seat.forget(&key.cka_id);
        Err(Unsigned::Before { lost: false })
    }

    /// Whether the session is lost after this error; a handle that the token does not know is forgotten.
    fn is_lost(&mut self, key: &KeyRef, error: &Error) -> bool {
        if is_stale(error) {
            self.seat.forget(&key.cka_id);
        }
        self.shared.is_lost(&self.seat, error::fault(error))
    }

    fn unsigned(&mut self, key: &KeyRef, error: &Error) -> Unsigned {
        tracing::warn!(%error, "the token did not sign");
        let lost = self.is_lost(key, error);
        if error::never_asked(error) || error::declined(error) {
            Unsigned::Before { lost }
        } else {
            Unsigned::During { lost }
        }
    }

    fn release(
        &mut self,
        key: &KeyRef,
        scheme: SignatureScheme,
        digest: &Digest,
        raw: Vec<u8>,
    ) -> DigestOutcome {
        let check_ecdsa = self.shared.profile.check_ecdsa;
        let checker = self.seat.checker(key.cka_id, &key.spki);
        match mechanism::encode(scheme, raw) {
            Some(signature)
                if checker.releases(key.algorithm, scheme, digest, &signature, check_ecdsa) =>
            {
                DigestOutcome::Signed(signature)
            }
            _ => self.withhold(key),
        }
    }

    /// A key that made a wrong signature is not used again before it is attested again.
    fn withhold(&mut self, key: &KeyRef) -> DigestOutcome {
        tracing::error!(?key, "a signature did not verify and was withheld");
        self.shared.ward.bar(key, vec![Finding::BadSignature]);
        self.shared.observer.withheld(key.algorithm);
        self.seat.forget(&key.cka_id);
        DigestOutcome::Withheld
    }
}

/// Why there is no signature, and whether the session is lost.
enum Unsigned {
    /// The token was not asked, or refused the question.
    Before { lost: bool },
    /// It was asked and may have signed.
    During { lost: bool },
}

fn is_stale(error: &Error) -> bool {
    let stale = [RvError::KeyHandleInvalid, RvError::ObjectHandleInvalid];
    matches!(error, Error::Pkcs11(code, _) if stale.contains(code))
}
