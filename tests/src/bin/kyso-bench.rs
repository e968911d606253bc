//! Measures the server against the bare token: `ops/bench` starts it.
//!
//! Prints a table for people and writes `bench.json` for programs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use kyso_tests::bench::{Bench, Extent, Figures, Load, fdatasync_micros};
use serde::Serialize;

/// Measures signatures per second: raw PKCS#11, then signHash over HTTPS.
#[derive(Debug, Parser)]
struct Arguments {
    /// Directory for databases and tokens; on the disk that is to be measured.
    #[arg(long, default_value = "var/bench")]
    directory: PathBuf,
    /// Seconds of each window.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Windows for each figure; the median counts.
    #[arg(long, default_value_t = 3)]
    windows: usize,
    /// Algorithms.
    #[arg(long, value_delimiter = ',', default_values_t = ["rsa-2048".to_owned(), "p-256".to_owned()])]
    algorithms: Vec<String>,
    /// Connections.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32])]
    connections: Vec<usize>,
    /// Hashes in one call.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 100])]
    hashes: Vec<usize>,
    /// A PostgreSQL server to run on instead of SQLite: a URL with the right to make a database.
    #[arg(long)]
    postgres: Option<String>,
}

#[derive(Debug, Serialize)]
struct Report {
    fdatasync_micros: u64,
    database: &'static str,
    raw: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    algorithm: String,
    connections: usize,
    hashes_per_call: usize,
    of_raw: f64,
    #[serde(flatten)]
    figures: Figures,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    std::fs::create_dir_all(&arguments.directory)?;
    let directory = tempfile::tempdir_in(&arguments.directory)?;
    let fdatasync_micros = fdatasync_micros(directory.path())?;
    let database = if arguments.postgres.is_some() {
        "PostgreSQL"
    } else {
        "SQLite"
    };
    println!("fdatasync {fdatasync_micros} µs, {database}");
    let program = beside("kysod")?;
    let bench = Bench::start(directory.path(), &program, arguments.postgres.clone())?;
    bench.open_sessions()?;
    let mut report = Report {
        fdatasync_micros,
        database,
        raw: Vec::new(),
        rows: Vec::new(),
    };
    for algorithm in &arguments.algorithms {
        let raw = raw(&bench, algorithm, &mut report)?;
        println!(
            "{:<9} conn hashes  sign/s  of raw    p50    p95    p99 µs  cpu µs  RSS MiB errors",
            ""
        );
        for (hashes, connections) in loads(&arguments) {
            let load = Load {
                algorithm,
                connections,
                hashes,
            };
            report.rows.push(one(&bench, load, raw, &arguments)?);
        }
    }
    let path = arguments.directory.join("bench.json");
    std::fs::write(&path, serde_json::to_string_pretty(&report)?)?;
    println!("written to {}", path.display());
    Ok(())
}

fn loads(arguments: &Arguments) -> impl Iterator<Item = (usize, usize)> {
    let connections = &arguments.connections;
    arguments
        .hashes
        .iter()
        .flat_map(|h| connections.iter().map(|c| (*h, *c)))
}

fn one(bench: &Bench, load: Load<'_>, raw: f64, arguments: &Arguments) -> anyhow::Result<Row> {
    let extent = Extent {
        span: Duration::from_secs(arguments.seconds),
        warm_up: Duration::from_secs(arguments.seconds.div_ceil(4)),
        windows: arguments.windows,
    };
    let figures = bench.run(load, extent)?;
    let of_raw = figures.signatures_per_second / raw;
    let latency = figures.latency_micros;
    println!(
        "{:<9} {:>4} {:>6} {:>7.0} {of_raw:>7.2} {:>6} {:>6} {:>6}    {:>6.0} {:>8.1} {:>6}",
        load.algorithm,
        load.connections,
        load.hashes,
        figures.signatures_per_second,
        latency.p50,
        latency.p95,
        latency.p99,
        figures.server_cpu_micros,
        figures.server_rss_mib,
        figures.errors,
    );
    Ok(Row {
        algorithm: load.algorithm.to_owned(),
        connections: load.connections,
        hashes_per_call: load.hashes,
        of_raw,
        figures,
    })
}

/// The best of 1, 2 and 4 lanes, as `kysod hsm bench` prints them.
fn raw(bench: &Bench, algorithm: &str, report: &mut Report) -> anyhow::Result<f64> {
    let arguments = ["hsm", "bench", "--algorithm", algorithm];
    let printed = bench.site().run(&arguments)?;
    print!("{printed}");
    let rates = printed
        .lines()
        .filter(|line| line.starts_with(algorithm))
        .filter_map(|line| {
            line.split_whitespace()
                .last()?
                .trim_end_matches("/s")
                .parse::<f64>()
                .ok()
        });
    let best = rates.fold(0.0, f64::max);
    report.raw.push(printed);
    anyhow::ensure!(
        best > 0.0,
        "`kysod hsm bench` printed no figure for {algorithm}"
    );
    Ok(best)
}

/// A program of ours that was built into the same directory.
fn beside(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let directory = own.parent().map(Path::to_owned).context("no directory")?;
    let program = directory.join(name);
    anyhow::ensure!(
        Command::new(&program)
            .arg("--version")
            .output()
            .is_ok_and(|o| o.status.success()),
        "{} is not built: cargo build --release -p kysod",
        program.display()
    );
    Ok(program)
}
