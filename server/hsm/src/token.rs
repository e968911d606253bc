//! A token in use: what the rest of Kyso holds in its hands.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use kyso_core::{
    Busy, DigestOutcome, KeyAlgorithm, KeyCustody, KeyPurpose, KeyRef, LaneClass, SignJob,
    SignatureScheme,
};
use kyso_hsm_config::Profile;
use secrecy::SecretString;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::clerk::{self, Task};
use crate::error::{HsmError, Refusal};
use crate::finding::Attestation;
use crate::keeper::{self, Keeper};
use crate::lane::Lane;
use crate::list::ListedKey;
use crate::mechanism;
use crate::module::{Module, Tenant};
use crate::observe::{HsmObserver, Unobserved};
use crate::queue::{Job, SealingPlace, Work};
use crate::reply::{Outcomes, Reply};
use crate::shared::{Phase, Shared};
use crate::status::TokenStatus;
use crate::sync::lock;

/// A token in use; clones share it, and the last one closes it and waits for its threads: drop
/// them all before the process ends.
///
/// No method blocks the caller's thread: every call into the PKCS#11 module is made on a thread
/// of the token's own.
#[derive(Clone)]
pub struct Token {
    shared: Arc<Shared>,
    clerk: Sender<Task>,
    lanes: Arc<Mutex<Vec<Lane>>>,
    _closer: Arc<Closer>,
}

/// Ends the token's threads when the last [`Token`] is dropped, and waits for them: a process
/// that ends while a thread is in the module crashes in the module's own tear-down.
struct Closer {
    shared: Arc<Shared>,
    lanes: Arc<Mutex<Vec<Lane>>>,
    threads: Vec<JoinHandle<()>>,
    ended: Mutex<Receiver<Infallible>>,
}

impl Drop for Closer {
    fn drop(&mut self) {
        self.shared.end(Phase::Closed);
        self.shared.forget_threads();
        // Ends when every thread has dropped its sender. One that hangs in a call cannot be waited for.
        let limit = self.shared.profile.lanes.call_limit();
        if lock(&self.ended).recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
            return tracing::warn!("calls hang in the PKCS#11 module at the end");
        }
        let lanes = std::mem::take(&mut *lock(&self.lanes));
        lanes.into_iter().for_each(Lane::join);
        self.threads
            .drain(..)
            .for_each(|thread| drop(thread.join()));
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Token").field(&self.shared).finish()
    }
}

/// A reserved place in a token's queue, for one key; dropping it gives the place back.
#[derive(Debug)]
pub struct Place {
    shared: Arc<Shared>,
    class: LaneClass,
    key: [u8; 16],
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.queue.release(self.class);
    }
}

impl Token {
    /// Opens the profile's token, logs in and starts its lanes.
    ///
    /// # Errors
    /// If the module cannot be loaded, has no such token, or the token refuses the PIN.
    pub fn open(profile: &Profile, pin: SecretString) -> Result<Self, HsmError> {
        Self::open_observed(profile, pin, Arc::new(Unobserved))
    }

    /// The same, with an observer that metrics listen through.
    ///
    /// # Errors
    /// As [`Token::open`].
    pub fn open_observed(
        profile: &Profile,
        pin: SecretString,
        observer: Arc<dyn HsmObserver>,
    ) -> Result<Self, HsmError> {
        let module = Module::load(&profile.module)?;
        let (seat, found) = keeper::connect(&module, &profile.token, &pin)?;
        let (alive, ended) = channel();
        let shared = Shared::new(
            profile.clone(),
            Arc::clone(&module),
            &found,
            observer,
            alive,
        );
        let shared = Arc::new(shared);
        let tenant: Weak<dyn Tenant> = Arc::<Shared>::downgrade(&shared);
        module.admit(tenant);
        let lanes = Arc::new(Mutex::new(Vec::new()));
        let keeper = Keeper {
            shared: Arc::clone(&shared),
            pin,
            lanes: Arc::clone(&lanes),
        };
        let mut threads = keeper.start(seat, &found).map_err(|_| HsmError::Away)?;
        let (clerk, thread) = clerk::start(&shared).map_err(|_| HsmError::Away)?;
        threads.push(thread);
        let closer = Closer {
            shared: Arc::clone(&shared),
            lanes: Arc::clone(&lanes),
            threads,
            ended: Mutex::new(ended),
        };
        Ok(Self {
            shared,
            clerk,
            lanes,
            _closer: Arc::new(closer),
        })
    }

    /// How the token fares.
    pub fn status(&self) -> TokenStatus {
        let shared = &self.shared;
        let (lanes, busy) = self.lanes_now();
        let (phase, unchanged) = shared.phase_and_age();
        let (attested, barred) = shared.ward.count();
        let plan = &shared.profile.lanes;
        TokenStatus {
            phase,
            unchanged,
            serial: shared.serial(),
            facts: shared.facts(),
            is_software: shared.profile.software_token,
            lanes,
            busy,
            planned: plan.count.get().into(),
            people: shared.queue.taken(LaneClass::Person),
            stamps: shared.queue.taken(LaneClass::Stamp),
            places: (plan.people.get(), plan.stamps.get()),
            attested,
            barred,
            left: shared.left.load(Ordering::Relaxed),
            reopened: shared.reopened.load(Ordering::Relaxed),
            replaced: shared.replaced.load(Ordering::Relaxed),
        }
    }

    /// Waits until a call hangs in the module for good ([`Phase::Stuck`]): whoever runs the process should end it then,
    /// and have it started again.
    pub async fn stuck(&self) {
        loop {
            let told = self.shared.stuck.notified();
            if self.shared.phase() == Phase::Stuck {
                return;
            }
            told.await;
        }
    }

    /// Lanes that run, and those of them that are at work.
    fn lanes_now(&self) -> (usize, usize) {
        let lanes = lock(&self.lanes);
        let running = lanes.iter().filter(|lane| !lane.has_ended());
        let busy = running.clone().filter(|lane| lane.desk.is_busy());
        (running.count(), busy.count())
    }

    /// How often each key is to be attested again, as the profile says.
    pub fn attestation_interval(&self) -> Duration {
        self.shared.profile.attestation_interval()
    }

    /// Whether a key of this kind may sign in this scheme on this token; asks no token.
    ///
    /// # Errors
    /// The [`Refusal`] says why not; it is the caller's error, never the token's.
    pub fn supports(&self, key: KeyAlgorithm, scheme: SignatureScheme) -> Result<(), Refusal> {
        mechanism::allowed(&self.shared.profile.mechanisms, key, scheme)
    }

    /// Makes a key pair with a random id; it is attested and can be used at once.
    ///
    /// # Errors
    /// If the profile does not allow it, the token is away, or what it made is not as asked for.
    pub async fn generate_key(&self, algorithm: KeyAlgorithm) -> Result<KeyRef, HsmError> {
        self.ask(|to| Task::Generate(algorithm, to)).await
    }

    /// Attests keys in the background; each result comes through the receiver, which closes
    /// after the last. A key that passes can be used from then on, one that fails cannot.
    ///
    /// While the token is away the rest waits for it.
    pub fn attest(&self, keys: Vec<KeyRef>) -> UnboundedReceiver<Attestation> {
        let (to, results) = unbounded_channel();
        // A clerk that has ended drops the task and so closes the receiver.
        drop(self.clerk.send(Task::Attest(keys, to)));
        results
    }

    /// Attests one key.
    ///
    /// # Errors
    /// If the token is closed.
    pub async fn attest_one(&self, key: KeyRef) -> Result<Attestation, HsmError> {
        self.attest(vec![key]).recv().await.ok_or(HsmError::Away)
    }

    /// Keys that a lane found to be bad since this was asked last: one made a signature which does not verify, or has
    /// other flags than when it was attested. Its credential must be locked and an alarm raised. Each is barred until it
    /// is attested from then on; no attestation before that frees it.
    pub fn suspects(&self) -> Vec<Attestation> {
        self.shared.ward.tell()
    }

    /// From now on this key, the evaluation CA's, issues certificates and does nothing else, and no other key issues any.
    ///
    /// The token cannot tell it from others: it has no label, and is named by the CA's file.
    pub fn keep_for_certificates(&self, ca: &KeyRef) {
        self.shared.ward.set_apart(ca, KeyPurpose::Certificate);
    }

    /// Every private and secret key of the token.
    ///
    /// # Errors
    /// If the token is away.
    pub async fn list(&self) -> Result<Vec<ListedKey>, HsmError> {
        self.ask(Task::List).await
    }

    /// The id of the key that seals; makes one if there is none yet.
    ///
    /// # Errors
    /// If the token is away or refuses.
    pub async fn ensure_sealing_key(&self) -> Result<[u8; 16], HsmError> {
        self.ask(Task::EnsureSealingKey).await
    }

    /// Makes a new key that seals from the next opening of each lane on; older ones still open.
    ///
    /// # Errors
    /// If the token is away or refuses.
    pub async fn rotate_sealing_key(&self) -> Result<[u8; 16], HsmError> {
        self.ask(Task::RotateSealingKey).await
    }

    pub(crate) async fn ask<T>(
        &self,
        task: impl FnOnce(oneshot::Sender<Result<T, HsmError>>) -> Task,
    ) -> Result<T, HsmError> {
        let (to, answer) = oneshot::channel();
        drop(self.clerk.send(task(to)));
        answer.await.unwrap_or(Err(HsmError::Away))
    }

    /// Seals bytes; only [`Token::unseal`] with the same `aad` opens them.
    ///
    /// # Errors
    /// If there is no sealing key, or the token is away or too slow.
    pub async fn seal(&self, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, HsmError> {
        let plain = Zeroizing::new(plain.to_vec());
        let sealed = self
            .bytes(Work::Seal {
                aad: aad.to_vec(),
                plain,
            })
            .await?;
        Ok(sealed.to_vec())
    }

    /// Opens what [`Token::seal`] sealed for the same `aad`.
    ///
    /// # Errors
    /// [`HsmError::Unsealable`] if it was changed or belongs elsewhere; otherwise as `seal`.
    pub async fn unseal(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        self.bytes(Work::Unseal {
            aad: aad.to_vec(),
            sealed: sealed.to_vec(),
        })
        .await
    }

    async fn bytes(&self, work: Work) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        let place = SealingPlace::reserve(&self.shared).ok_or(HsmError::Full)?;
        let (to, answer) = oneshot::channel();
        let job = Job {
            work,
            reply: Reply::Bytes(to),
            place: Some(place),
        };
        self.push(LaneClass::Person, job);
        answer.await.unwrap_or(Err(HsmError::TimedOut))
    }

    fn push(&self, class: LaneClass, job: Job) {
        if let Err(job) = self.shared.queue.push(class, job) {
            job.reply.not_attempted();
        }
    }

    fn place(&self, class: LaneClass, key: &KeyRef) -> Result<Place, Busy> {
        let shared = &self.shared;
        let usable = shared.phase() == Phase::Ready && shared.ward.trusts(key);
        if usable && shared.queue.reserve(class) {
            return Ok(Place {
                shared: Arc::clone(shared),
                class,
                key: key.cka_id,
            });
        }
        Err(Busy {
            retry_after: shared.retry_after(),
        })
    }

    fn may_sign(&self, place: &Place, job: &SignJob) -> bool {
        let hash = job.scheme().hash();
        place.key == job.key().cka_id
            && self.shared.ward.trusts(job.key())
            && self.shared.ward.serves(job.key(), job.purpose())
            && self.supports(job.key().algorithm, job.scheme()).is_ok()
            && job
                .digests()
                .iter()
                .all(|digest| digest.algorithm() == hash)
    }
}

impl KeyCustody for Token {
    type Place = Place;

    fn admit(&self, class: LaneClass, key: &KeyRef) -> Result<Place, Busy> {
        self.place(class, key)
    }

    fn sign(&self, place: Place, job: SignJob) -> impl Future<Output = Vec<DigestOutcome>> + Send {
        let (to, answer) = oneshot::channel();
        let total = job.digests().len();
        let (class, may_sign) = (place.class, self.may_sign(&place, &job));
        let outcomes = Outcomes {
            total,
            done: Vec::new(),
            to,
            place: Some(place),
        };
        let reply = Reply::Outcomes(outcomes);
        if may_sign {
            self.push(
                class,
                Job {
                    work: Work::Sign(job),
                    reply,
                    place: None,
                },
            );
        } else {
            reply.not_attempted();
        }
        // A lane that dies is answered for by the watchdog; this is for a dying process.
        async move {
            answer
                .await
                .unwrap_or_else(|_| vec![DigestOutcome::Unknown; total])
        }
    }
}
