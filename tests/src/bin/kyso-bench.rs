//! Measures the server against the bare token: `ops/bench` starts it.
//!
//! Prints tables for people (Markdown) and writes `bench.json` for programs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};
use kyso_tests::bench::{
    AuditCommand, Bench, Crowd, Extent, Floor, Held, LanesCommand, Load, MemoryCommand,
    PagesCommand, Part, Raw, Report, Row, Sad, Timed, beside, cores, documents, fdatasync_micros,
    processor,
};
use kyso_tests::postgres::PostgresDatabase;

/// The load generator has the server's cores: what it wastes is missing there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ALGORITHMS: [&str; 2] = ["rsa-2048", "p-256"];
const CONNECTIONS: [usize; 3] = [1, 8, 32];
const HASHES: [usize; 2] = [1, 100];
/// Where the targets are.
const BUSY: [usize; 1] = [32];

/// Measures signatures per second: raw PKCS#11, then signHash over HTTPS.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    other: Option<Other>,
    /// Directory for databases, tokens and `bench.json`; on the disk that is to be measured.
    #[arg(long, default_value = "var/bench")]
    directory: PathBuf,
    /// Seconds of each window.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Windows for each figure; the median counts.
    #[arg(long, default_value_t = 3)]
    windows: usize,
    /// Key pairs in the token for the part `crowd`.
    #[arg(long, default_value_t = 3000)]
    pairs: usize,
    /// What to measure; everything if absent.
    #[arg(long, value_delimiter = ',')]
    part: Vec<What>,
    /// Only to see that it works: one window of two seconds, 100 pairs.
    #[arg(long)]
    quick: bool,
}

/// What else there is to measure.
#[derive(Debug, Subcommand)]
enum Other {
    /// How long each page takes to its first byte when the database is full.
    Pages(PagesCommand),
    /// What signing and verifying a PDF takes, beside pyHanko doing the same.
    Documents(Documents),
    /// One step of that, for its memory.
    #[command(hide = true)]
    DocumentsMemory(MemoryCommand),
    /// The lanes of a token with nothing around them, for the part `floor`.
    #[command(hide = true)]
    Lanes(LanesCommand),
    /// What the audit log's tree costs the journal, and how fast searches and proofs are in a large log.
    Audit(AuditCommand),
}

#[derive(Debug, Args)]
struct Documents {
    /// Runs that count, for each figure.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..))]
    looks: u16,
    /// A Python that has pyHanko.
    #[arg(long)]
    python: PathBuf,
    /// Keeps the files in this directory.
    #[arg(long)]
    keep: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// What a signature takes at least: the lanes with nothing around them, and a call that does nothing.
    Floor,
    /// SQLite with full durability: 1, 8, 32 connections; one hash and a hundred in a call.
    Sqlite,
    /// A SAD for each call, bound to its hashes.
    HashBound,
    /// ECDSA signatures that are not verified before they leave.
    Unchecked,
    /// PostgreSQL.
    Postgres,
    /// Thousands of key pairs in the token.
    Crowd,
    /// 32 connections, without the token by itself: for a quick look, or a profiler's.
    Busy,
}

/// Everything that a part needs.
struct Run {
    directory: PathBuf,
    program: PathBuf,
    extent: Extent,
    pairs: usize,
    report: Report,
}

fn main() -> anyhow::Result<()> {
    let mut arguments = Arguments::parse();
    match &arguments.other {
        Some(Other::Pages(pages)) => return pages.measure(),
        Some(Other::Documents(documents)) => return documents.measure(),
        Some(Other::DocumentsMemory(memory)) => return memory.run(),
        Some(Other::Lanes(lanes)) => return lanes.run(),
        Some(Other::Audit(audit)) => return audit.measure(),
        None => {}
    }
    if arguments.quick {
        (arguments.seconds, arguments.windows, arguments.pairs) = (2, 1, 100);
    }
    if arguments.part.is_empty() {
        arguments.part = What::value_variants().to_vec();
        arguments.part.retain(|part| *part != What::Busy);
    }
    std::fs::create_dir_all(&arguments.directory)?;
    let directory = tempfile::tempdir_in(&arguments.directory)?;
    let mut run = Run::new(directory.path(), &arguments)?;
    for part in &arguments.part {
        run.part(*part)?;
    }
    let path = arguments.directory.join("bench.json");
    std::fs::write(&path, serde_json::to_string_pretty(&run.report)?)?;
    println!("\nwritten to {}", path.display());
    Ok(())
}

impl Documents {
    fn measure(&self) -> anyhow::Result<()> {
        let temporary = tempfile::tempdir()?;
        let folder = self.keep.as_deref().unwrap_or(temporary.path());
        std::fs::create_dir_all(folder)?;
        println!("{}, {} cores\n\n{}", processor(), cores(), Timed::HEADING);
        for timed in documents(folder, &self.python, usize::from(self.looks))? {
            println!("{timed}");
        }
        println!("\n{}", Held::HEADING);
        for held in Held::measure(folder, &std::env::current_exe()?)? {
            println!("{held}");
        }
        Ok(())
    }
}

impl Run {
    /// Measures the machine and the bare token.
    fn new(directory: &Path, arguments: &Arguments) -> anyhow::Result<Self> {
        let mut run = Self {
            directory: directory.to_owned(),
            program: beside("kysod")?,
            extent: Extent {
                span: Duration::from_secs(arguments.seconds),
                warm_up: Duration::from_secs(arguments.seconds.div_ceil(4)),
                windows: arguments.windows,
            },
            pairs: arguments.pairs,
            report: Report {
                processor: processor(),
                cores: cores(),
                fdatasync_micros: fdatasync_micros(directory)?,
                seconds: arguments.seconds,
                windows: arguments.windows,
                raw: Vec::new(),
                floor: Vec::new(),
                parts: Vec::new(),
            },
        };
        let (processor, cores, sync) = (
            &run.report.processor,
            run.report.cores,
            run.report.fdatasync_micros,
        );
        println!("{processor}, {cores} cores, fdatasync {sync} µs\n");
        if arguments.part != [What::Busy] {
            run.measure_raw(arguments.seconds)?;
        }
        Ok(run)
    }

    fn measure_raw(&mut self, seconds: u64) -> anyhow::Result<()> {
        let bench = self.bench("raw", None, "")?;
        println!(
            "### The token by itself\n\n| key | lanes | sign/s | check µs |\n|---|--:|--:|--:|"
        );
        for algorithm in ALGORITHMS {
            let rows = Raw::measure(bench.site(), algorithm, seconds)?;
            for raw in &rows {
                let (rate, check) = (raw.per_second, raw.check_micros);
                println!("| {algorithm} | {} | {rate:.0} | {check:.1} |", raw.lanes);
            }
            self.report.raw.extend(rows);
        }
        Ok(())
    }

    fn bench(&self, name: &str, url: Option<String>, profile: &str) -> anyhow::Result<Bench> {
        Bench::start(&self.directory.join(name), &self.program, url, profile)
    }

    fn part(&mut self, what: What) -> anyhow::Result<()> {
        match what {
            What::Floor => self.floor()?,
            What::Sqlite => {
                let bench = self.bench("sqlite", None, "")?;
                let rows = self.table("SQLite", &bench, &loads(&CONNECTIONS, Sad::Count))?;
                self.add("SQLite", None, rows);
            }
            What::HashBound => {
                let bench = self.bench("hash-bound", None, "")?;
                let rows = self.table("Hash-bound", &bench, &loads(&BUSY, Sad::Hashes))?;
                self.add("hash-bound, SQLite", None, rows);
            }
            What::Unchecked => {
                let bench = self.bench("unchecked", None, "check_ecdsa = false\n")?;
                let mut loads = loads(&BUSY, Sad::Count);
                loads.retain(|load| load.algorithm == "p-256");
                let rows = self.table("Not checked before release", &bench, &loads)?;
                self.add("not checked before release, SQLite", None, rows);
            }
            What::Postgres => self.postgres()?,
            What::Crowd => self.crowd()?,
            What::Busy => {
                let bench = self.bench("busy", None, "")?;
                let rows = self.table("32 connections", &bench, &loads(&BUSY, Sad::Count))?;
                self.add("32 connections, SQLite", None, rows);
            }
        }
        Ok(())
    }

    fn floor(&mut self) -> anyhow::Result<()> {
        let bench = self.bench("floor", None, "")?;
        println!(
            "\n### What a signature takes at least\n\n{}",
            Floor::HEADING
        );
        for load in loads(&BUSY, Sad::Count) {
            let raw = self.report.ceiling(load.algorithm);
            let floor = bench.floor(load, self.extent, raw)?;
            println!("{floor}");
            self.report.floor.push(floor);
        }
        Ok(())
    }

    fn postgres(&mut self) -> anyhow::Result<()> {
        let database = PostgresDatabase::create()?.context("this machine has no PostgreSQL")?;
        let bench = self.bench("postgres", Some(database.url()), "")?;
        let rows = self.table("PostgreSQL", &bench, &loads(&BUSY, Sad::Count))?;
        self.add("PostgreSQL", None, rows);
        Ok(())
    }

    fn crowd(&mut self) -> anyhow::Result<()> {
        let bench = self.bench("crowd", None, "")?;
        let (bench, crowd) = Crowd::gather(bench, self.pairs)?;
        println!(
            "\n{} key pairs: made in {:.0} s; from the start ready in {:.1} s, all attested in {:.1} s",
            crowd.pairs, crowd.making_seconds, crowd.ready_seconds, crowd.attested_seconds
        );
        let rows = self.table("Many keys", &bench, &loads(&BUSY, Sad::Count))?;
        self.add("many keys in the token, SQLite", Some(crowd), rows);
        Ok(())
    }

    fn table(
        &self,
        name: &str,
        bench: &Bench,
        loads: &[Load<'static>],
    ) -> anyhow::Result<Vec<Row>> {
        println!("\n### {name}\n\n{}", Row::HEADING);
        let one = |load: &Load<'static>| {
            let (figures, written) = bench.run(*load, self.extent)?;
            let row = Row::new(*load, figures, written, self.report.ceiling(load.algorithm));
            println!("{row}");
            anyhow::Ok(row)
        };
        loads.iter().map(one).collect()
    }

    fn add(&mut self, name: &'static str, crowd: Option<Crowd>, rows: Vec<Row>) {
        self.report.parts.push(Part { name, crowd, rows });
    }
}

/// Every kind of key with each number of hashes in a call and of connections.
fn loads(connections: &[usize], sad: Sad) -> Vec<Load<'static>> {
    let mut loads = Vec::new();
    for algorithm in ALGORITHMS {
        for hashes in HASHES {
            loads.extend(connections.iter().map(|connections| Load {
                algorithm,
                connections: *connections,
                hashes,
                sad,
            }));
        }
    }
    loads
}
