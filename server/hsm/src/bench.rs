//! How fast the token signs by itself: the ceiling that everything else is measured against.
//!
//! No server, no queue, no check: threads that call `C_SignInit` and `C_Sign`. The keys are
//! session keys (`CKA_TOKEN` false), so nothing stays in the token. What the check before release
//! would have cost is measured beside it, by one thread.

use std::fmt;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use cryptoki::object::ObjectHandle;
use kyso_core::{Digest, HashAlgorithm, KeyAlgorithm, SignatureScheme};
use kyso_hsm_config::{Mechanisms, Profile};
use secrecy::SecretString;

use crate::check::Checker;
use crate::error::{HsmError, Refusal};
use crate::keeper;
use crate::keys::{self, Kept, Pair};
use crate::mechanism;
use crate::module::{Found, Module};
use crate::seat::Seat;

/// SHA-256 is what nearly every document is signed over.
const HASH: HashAlgorithm = HashAlgorithm::Sha256;
/// Verifications that are timed: some milliseconds' worth, with the first few not counted.
const CHECKS: u32 = 500;

/// What one run measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BenchRow {
    /// Kind of key.
    pub algorithm: KeyAlgorithm,
    /// Threads, each with a session of its own.
    pub lanes: u16,
    /// Signatures made.
    pub signatures: u64,
    /// How long it took.
    pub took: Duration,
    /// What verifying one of them takes: the server does that before a signature leaves.
    pub check: Duration,
}

impl BenchRow {
    /// Whole signatures per second.
    pub fn per_second(&self) -> u128 {
        u128::from(self.signatures) * 1_000_000 / self.took.as_micros().max(1)
    }
}

impl fmt::Display for BenchRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (algorithm, lanes) = (self.algorithm.name(), self.lanes);
        let (rate, check) = (self.per_second(), self.check.as_nanos());
        let (micros, tenths) = (check / 1000, check % 1000 / 100);
        write!(
            f,
            "{algorithm:<9} {lanes:>5} {rate:>10}/s {micros:>5}.{tenths} µs to check"
        )
    }
}

/// Measures raw PKCS#11 signatures: each algorithm with each number of lanes, for `window` each.
/// Blocks until it is done.
///
/// # Errors
/// If the profile does not allow an algorithm, or the token cannot be opened or does not sign.
pub fn bench(
    profile: &Profile,
    pin: &SecretString,
    algorithms: &[KeyAlgorithm],
    lanes: &[u16],
    window: Duration,
) -> Result<Vec<BenchRow>, HsmError> {
    // All of them before the first: nobody waits for minutes to be told of a misspelt last one.
    let tasks = algorithms
        .iter()
        .map(|algorithm| Task::new(&profile.mechanisms, *algorithm))
        .collect::<Result<Vec<_>, _>>()?;
    let module = Module::load(&profile.module)?;
    let (_keeper, found) = keeper::connect(&module, &profile.token, pin)?;
    let mut rows = Vec::new();
    for task in &tasks {
        let owner = Seat::writing(&module, found.slot)?;
        let pair = keys::generate(&owner, task.algorithm, profile.template, Kept::Session)?;
        let check = task.check(&owner, &pair)?;
        for lanes in lanes {
            let seats = seats(&module, &found, *lanes)?;
            rows.push(run(task, pair.private(), seats, window, check)?);
        }
    }
    Ok(rows)
}

/// What is signed over and over.
struct Task {
    algorithm: KeyAlgorithm,
    scheme: SignatureScheme,
    digest: Digest,
}

impl Task {
    /// A signature of this kind of key, in the first scheme that the profile allows for it.
    fn new(mechanisms: &Mechanisms, algorithm: KeyAlgorithm) -> Result<Self, HsmError> {
        mechanism::algorithm_allowed(mechanisms, algorithm)?;
        let mut schemes = [
            SignatureScheme::RsaPkcs1(HASH),
            SignatureScheme::RsaPss {
                hash: HASH,
                salt: 32,
            },
            SignatureScheme::Ecdsa(HASH),
        ]
        .into_iter();
        let scheme = schemes
            .find(|scheme| mechanism::allowed(mechanisms, algorithm, *scheme).is_ok())
            .ok_or(Refusal::Scheme)?;
        let digest = Digest::new(HASH, &[0x5a; 32]).map_err(|_| HsmError::Encoding("digest"))?;
        Ok(Self {
            algorithm,
            scheme,
            digest,
        })
    }

    /// What the check before release takes of one thread, for one signature.
    fn check(&self, seat: &Seat, pair: &Pair) -> Result<Duration, HsmError> {
        let input = mechanism::input(self.algorithm, self.scheme, &self.digest);
        let mechanism = mechanism::mechanism(self.scheme);
        let raw = seat.session.sign(&mechanism, pair.private(), &input)?;
        let signature = mechanism::encode(self.scheme, raw).ok_or(HsmError::Withheld)?;
        let mut checker = Checker::new(&pair.key.spki);
        let mut verify = || checker.verifies(self.algorithm, self.scheme, &self.digest, &signature);
        let mut started = Instant::now();
        for round in 0..CHECKS + CHECKS / 10 {
            if round == CHECKS / 10 {
                started = Instant::now();
            }
            if !verify() {
                return Err(HsmError::Withheld);
            }
        }
        Ok(started.elapsed() / CHECKS)
    }
}

fn seats(
    module: &std::sync::Arc<Module>,
    found: &Found,
    lanes: u16,
) -> Result<Vec<Seat>, HsmError> {
    (0..lanes.max(1))
        .map(|_| Seat::reading(module, found.slot))
        .collect()
}

fn run(
    task: &Task,
    key: ObjectHandle,
    seats: Vec<Seat>,
    window: Duration,
    check: Duration,
) -> Result<BenchRow, HsmError> {
    let lanes = u16::try_from(seats.len()).unwrap_or(u16::MAX);
    let start = &Barrier::new(seats.len());
    let started = Instant::now();
    let counts = thread::scope(|scope| {
        let threads: Vec<_> = seats
            .into_iter()
            .map(|seat| scope.spawn(move || sign_for(&seat, task, key, start, window)))
            .collect();
        // A thread that panicked has signed nothing that counts.
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or(Ok(0)))
            .collect::<Vec<_>>()
    });
    let took = started.elapsed();
    let signatures = counts.into_iter().sum::<Result<u64, HsmError>>()?;
    Ok(BenchRow {
        algorithm: task.algorithm,
        lanes,
        signatures,
        took,
        check,
    })
}

fn sign_for(
    seat: &Seat,
    task: &Task,
    key: ObjectHandle,
    start: &Barrier,
    window: Duration,
) -> Result<u64, HsmError> {
    let input = mechanism::input(task.algorithm, task.scheme, &task.digest);
    let mechanism = mechanism::mechanism(task.scheme);
    start.wait();
    let started = Instant::now();
    let mut signatures = 0;
    while started.elapsed() < window {
        seat.session.sign(&mechanism, key, &input)?;
        signatures += 1;
    }
    Ok(signatures)
}
