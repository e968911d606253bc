//! Thousands of key pairs in the token, each with its certificate: does a signature or a start mind them?

use std::time::{Duration, Instant};

use serde::Serialize;

use super::Bench;
use crate::http::Http;
use crate::province::{Holder, SEAL_MULTISIGN};
use crate::server::Site;

/// After so long, keys that are not attested never will be.
const PATIENCE: Duration = Duration::from_mins(2);

/// What it took to make them, and to start with them.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Crowd {
    /// Key pairs beside those of the province.
    pub pairs: usize,
    /// Seconds until all were made and certified.
    pub making_seconds: f64,
    /// Seconds from the start of the process to the first "ready".
    pub ready_seconds: f64,
    /// Seconds from the start of the process until every key was attested.
    pub attested_seconds: f64,
}

impl Crowd {
    /// Has a manager make so many P-256 keys, each certified by the evaluation CA, and starts the
    /// server again.
    ///
    /// # Errors
    /// If the server refuses a step or does not start.
    pub fn gather(bench: Bench, pairs: usize) -> anyhow::Result<(Bench, Self)> {
        let started = Instant::now();
        let province = bench.province();
        let holder = Holder::Agency(&province.agencies.province, &province.office.name);
        for _ in 0..pairs {
            province.office.certified(holder, "p-256", SEAL_MULTISIGN)?;
        }
        let making = started.elapsed();
        let (bench, ready) = bench.restart()?;
        let attested = ready + until_attested(bench.site(), pairs)?;
        let crowd = Self {
            pairs,
            making_seconds: making.as_secs_f64(),
            ready_seconds: ready.as_secs_f64(),
            attested_seconds: attested.as_secs_f64(),
        };
        Ok((bench, crowd))
    }
}

/// How long until the server's own figures say that it has attested them all.
fn until_attested(site: &Site, pairs: usize) -> anyhow::Result<Duration> {
    let (internal, started) = (
        Http::new(&site.internal_url(), &site.ca()?)?,
        Instant::now(),
    );
    while started.elapsed() < PATIENCE {
        let text = internal.get("/metrics").done()?.text();
        let attested = text
            .lines()
            .find_map(|line| line.strip_prefix("kyso_keys_attested_total "));
        if attested.is_some_and(|count| count.parse().is_ok_and(|count: usize| count >= pairs)) {
            return Ok(started.elapsed());
        }
    }
    anyhow::bail!("not all of {pairs} keys were attested within {PATIENCE:?}")
}
