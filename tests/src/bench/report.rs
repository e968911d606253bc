//! The table for people and the same figures for programs.

use std::fmt;

use serde::Serialize;

use super::{Crowd, Figures, Floor, Load, Raw, Sad, Written, cores};

/// One run of the benchmark.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The processor's name.
    pub processor: String,
    /// Cores, which load generator and server share.
    pub cores: usize,
    /// Microseconds of one `fdatasync` where the databases lie.
    pub fdatasync_micros: u64,
    /// Seconds of each window.
    pub seconds: u64,
    /// Windows for each figure.
    pub windows: usize,
    /// What the token does by itself.
    pub raw: Vec<Raw>,
    /// What a signature takes at least, whatever else the server did.
    pub floor: Vec<Floor>,
    /// What the server does, part by part.
    pub parts: Vec<Part>,
}

/// The rows of one set-up.
#[derive(Debug, Serialize)]
pub struct Part {
    /// What is measured.
    pub name: &'static str,
    /// With thousands of keys: what they took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crowd: Option<Crowd>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// One line of the table.
#[derive(Debug, Serialize)]
pub struct Row {
    algorithm: String,
    sad: &'static str,
    connections: usize,
    hashes_per_call: usize,
    of_raw: f64,
    server_share: f64,
    #[serde(flatten)]
    figures: Figures,
    #[serde(flatten)]
    written: Written,
}

impl Report {
    /// The best raw rate of this kind of key.
    pub fn ceiling(&self, algorithm: &str) -> f64 {
        let rows = self.raw.iter().filter(|raw| raw.algorithm == algorithm);
        rows.map(|raw| raw.per_second).fold(f64::NAN, f64::max)
    }
}

impl Row {
    /// What the columns are; a line for above the rows.
    pub const HEADING: &str = "| key | SAD | conn. | hashes | sign/s | of raw | p50 µs | p95 µs | p99 µs \
        | CPU µs | of cores | RSS MiB | rows | entries/commit | commit µs | errors |\n\
        |---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|";

    /// A row with these figures, against this raw rate.
    pub fn new(load: Load<'_>, figures: Figures, written: Written, ceiling: f64) -> Self {
        let rate = figures.signatures_per_second;
        #[expect(
            clippy::as_conversions,
            clippy::cast_precision_loss,
            reason = "a number of cores"
        )]
        let cores = cores() as f64;
        Self {
            algorithm: load.algorithm.to_owned(),
            sad: match load.sad {
                Sad::Count => "count",
                Sad::Hashes => "hashes",
            },
            connections: load.connections,
            hashes_per_call: load.hashes,
            of_raw: rate / ceiling,
            server_share: rate * figures.server_cpu_micros / 1e6 / cores,
            figures,
            written,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (figures, written) = (&self.figures, &self.written);
        let latency = figures.latency_micros;
        write!(
            f,
            "| {} | {} | {} | {} | {:.0} | {:.2} | {} | {} | {} | {:.0} | {:.2} | {:.0} | {:.2} | {:.1} | {:.0} | {} |",
            self.algorithm,
            self.sad,
            self.connections,
            self.hashes_per_call,
            figures.signatures_per_second,
            self.of_raw,
            latency.p50,
            latency.p95,
            latency.p99,
            figures.server_cpu_micros,
            self.server_share,
            figures.server_rss_mib,
            written.rows_per_signature,
            written.entries_per_commit,
            written.commit_micros,
            figures.errors,
        )
    }
}
