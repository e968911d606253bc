//! One window of load: so many connections, each with one call in flight.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustls::ClientConfig;

use super::calls::Call;
use super::{Figures, Process};
use crate::load::Connection;

/// How to load the server.
#[derive(Debug, Clone)]
pub struct Window {
    /// Where it listens.
    pub address: SocketAddr,
    /// Whom to trust.
    pub tls: Arc<ClientConfig>,
    /// The server's process.
    pub server: Process,
    /// Calls are made but not counted for so long.
    pub warm_up: Duration,
    /// Counted for so long.
    pub span: Duration,
}

struct Tally {
    latencies: Vec<u64>,
    signatures: u64,
}

/// Runs one window with one connection for each of `calls`.
///
/// # Errors
/// If a connection breaks; a status other than 200 is counted, not an error.
pub fn measure<C: Call>(window: &Window, calls: Vec<C>) -> anyhow::Result<Figures> {
    let (counting, ending) = (AtomicBool::new(false), AtomicBool::new(false));
    let errors = AtomicU64::new(0);
    thread::scope(|scope| {
        let threads: Vec<_> = calls
            .into_iter()
            .map(|call| scope.spawn(|| drive(window, call, &counting, &ending, &errors)))
            .collect();
        pause(window.warm_up);
        let (cpu, start) = (window.server.cpu()?, Instant::now());
        counting.store(true, Ordering::Relaxed);
        pause(window.span);
        ending.store(true, Ordering::Relaxed);
        let (elapsed, cpu) = (start.elapsed(), window.server.cpu()?.saturating_sub(cpu));
        let mut all = Tally {
            latencies: Vec::new(),
            signatures: 0,
        };
        for thread in threads {
            let tally = thread
                .join()
                .map_err(|_| anyhow::anyhow!("a load thread panicked"))??;
            all.latencies.extend(tally.latencies);
            all.signatures += tally.signatures;
        }
        let rss = window.server.peak_rss_kib()?;
        let errors = errors.load(Ordering::Relaxed);
        Ok(Figures::new(
            all.signatures,
            errors,
            elapsed,
            cpu,
            rss,
            &mut all.latencies,
        ))
    })
}

fn drive<C: Call>(
    window: &Window,
    mut call: C,
    counting: &AtomicBool,
    ending: &AtomicBool,
    errors: &AtomicU64,
) -> anyhow::Result<Tally> {
    let mut connection = Connection::open(window.address, &window.tls)?;
    let mut tally = Tally {
        latencies: Vec::new(),
        signatures: 0,
    };
    while !ending.load(Ordering::Relaxed) {
        let start = Instant::now();
        let signed = call.perform(&mut connection)?;
        if !counting.load(Ordering::Relaxed) || ending.load(Ordering::Relaxed) {
            continue;
        }
        if let Some(signatures) = signed {
            tally
                .latencies
                .push(u64::try_from(start.elapsed().as_micros())?);
            tally.signatures += signatures;
        } else {
            errors.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(tally)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a window of load is a span of time"
)]
fn pause(span: Duration) {
    thread::sleep(span);
}
