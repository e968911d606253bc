//! What one window showed.

use std::time::Duration;

use serde::Serialize;

/// Latencies of a window, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Quantiles {
    /// Half of the calls took no longer.
    pub p50: u64,
    /// 95 of 100 took no longer.
    pub p95: u64,
    /// 99 of 100 took no longer.
    pub p99: u64,
}

impl Quantiles {
    /// The quantiles of these latencies, which it sorts.
    pub fn of(latencies: &mut [u64]) -> Self {
        latencies.sort_unstable();
        let at = |percent: usize| {
            let index = (latencies.len() * percent).div_ceil(100).saturating_sub(1);
            latencies.get(index).copied().unwrap_or_default()
        };
        Self {
            p50: at(50),
            p95: at(95),
            p99: at(99),
        }
    }
}

/// One window's figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Signatures per second.
    pub signatures_per_second: f64,
    /// Latency of a call.
    pub latency_micros: Quantiles,
    /// Server CPU time per signature, microseconds.
    pub server_cpu_micros: f64,
    /// Signatures in the window.
    pub signatures: u64,
    /// Calls that did not answer 200.
    pub errors: u64,
    /// Largest resident set of the server, MiB.
    pub server_rss_mib: f64,
}

impl Figures {
    /// Puts a window together.
    pub fn new(
        signatures: u64,
        errors: u64,
        elapsed: Duration,
        cpu: Duration,
        rss_kib: u64,
        latencies: &mut [u64],
    ) -> Self {
        let count = precise(signatures.max(1));
        Self {
            signatures_per_second: precise(signatures) / elapsed.as_secs_f64(),
            latency_micros: Quantiles::of(latencies),
            server_cpu_micros: cpu.as_secs_f64() * 1e6 / count,
            signatures,
            errors,
            server_rss_mib: precise(rss_kib) / 1024.0,
        }
    }

    /// The middle one of an odd number of windows, by signatures per second.
    pub fn median(mut windows: Vec<Self>) -> Option<Self> {
        windows.sort_by(|a, b| a.signatures_per_second.total_cmp(&b.signatures_per_second));
        let middle = windows.len() / 2;
        (!windows.is_empty()).then(|| windows.swap_remove(middle))
    }
}

/// A count as a float: exact up to 2^53, far above anything counted here.
pub(super) fn precise(count: u64) -> f64 {
    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "counts stay below 2^53"
    )]
    let float = count as f64;
    float
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_a_hundred() {
        let mut latencies: Vec<u64> = (1..=100).rev().collect();
        assert_eq!(
            Quantiles::of(&mut latencies),
            Quantiles {
                p50: 50,
                p95: 95,
                p99: 99
            }
        );
        assert_eq!(
            Quantiles::of(&mut []),
            Quantiles {
                p50: 0,
                p95: 0,
                p99: 0
            }
        );
    }

    #[test]
    fn the_median_is_the_middle_window() {
        let window =
            |rate: u64| Figures::new(rate, 0, Duration::from_secs(1), Duration::ZERO, 0, &mut []);
        let median = Figures::median(vec![window(30), window(10), window(20)]).unwrap();
        assert_eq!(median.signatures, 20);
    }
}
