//! How fast the token signs by itself: the ceiling that everything else is measured against.
//!
//! No server, no queue, no check: threads that call `C_SignInit` and `C_Sign`. The keys are
//! session keys (`CKA_TOKEN` false), so nothing stays in the token.

use std::fmt;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use cryptoki::object::ObjectHandle;
use kyso_core::{Digest, HashAlgorithm, KeyAlgorithm, SignatureScheme};
use kyso_hsm_config::Profile;
use secrecy::SecretString;

use crate::error::HsmError;
use crate::keeper;
use crate::keys;
use crate::mechanism;
use crate::module::{Found, Module};
use crate::seat::Seat;

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
        write!(f, "{algorithm:<9} {lanes:>5} {:>10}/s", self.per_second())
    }
}

/// Measures raw PKCS#11 signatures: each algorithm with each number of lanes, for `window` each.
/// Blocks until it is done.
///
/// # Errors
/// If the token cannot be opened or does not sign.
pub fn bench(
    profile: &Profile,
    pin: &SecretString,
    algorithms: &[KeyAlgorithm],
    lanes: &[u16],
    window: Duration,
) -> Result<Vec<BenchRow>, HsmError> {
    let module = Module::load(&profile.module)?;
    let (_keeper, found) = keeper::connect(&module, &profile.token, pin)?;
    let mut rows = Vec::new();
    for algorithm in algorithms {
        let owner = Seat::writing(&module, found.slot)?;
        let pair = keys::generate(&owner, *algorithm, profile.template, false)?;
        for lanes in lanes {
            let seats = seats(&module, &found, *lanes)?;
            rows.push(run(*algorithm, pair.private(), seats, window)?);
        }
    }
    Ok(rows)
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
    algorithm: KeyAlgorithm,
    key: ObjectHandle,
    seats: Vec<Seat>,
    window: Duration,
) -> Result<BenchRow, HsmError> {
    let lanes = u16::try_from(seats.len()).unwrap_or(u16::MAX);
    let start = &Barrier::new(seats.len());
    let started = Instant::now();
    let counts = thread::scope(|scope| {
        let threads: Vec<_> = seats
            .into_iter()
            .map(|seat| scope.spawn(move || sign_for(&seat, algorithm, key, start, window)))
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
        algorithm,
        lanes,
        signatures,
        took,
    })
}

fn sign_for(
    seat: &Seat,
    algorithm: KeyAlgorithm,
    key: ObjectHandle,
    start: &Barrier,
    window: Duration,
) -> Result<u64, HsmError> {
    let hash = HashAlgorithm::Sha256;
    let scheme = if algorithm.is_rsa() {
        SignatureScheme::RsaPkcs1(hash)
    } else {
        SignatureScheme::Ecdsa(hash)
    };
    let digest = Digest::new(hash, &[0x5a; 32]).map_err(|_| HsmError::Encoding("digest"))?;
    let input = mechanism::input(algorithm, scheme, &digest);
    let mechanism = mechanism::mechanism(scheme);
    start.wait();
    let started = Instant::now();
    let mut signatures = 0;
    while started.elapsed() < window {
        seat.session.sign(&mechanism, key, &input)?;
        signatures += 1;
    }
    Ok(signatures)
}
