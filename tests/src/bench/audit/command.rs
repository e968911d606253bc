//! The command `kyso-bench audit`, and what is aimed at.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::{AuditPlan, AuditTold, Reads, audit};
use crate::bench::{cores, processor};
use crate::postgres::PostgresDatabase;

/// What to measure, and where.
#[derive(Debug, Args)]
pub struct AuditCommand {
    /// Entries of the small log.
    #[arg(long, default_value_t = 10_000)]
    few: u64,
    /// Entries of the large one.
    #[arg(long, default_value_t = 1_000_000)]
    entries: u64,
    /// Ten million entries instead.
    #[arg(long, conflicts_with = "entries")]
    large: bool,
    /// Seconds of each window of writing.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Windows with and without the tree.
    #[arg(long, default_value_t = 5)]
    windows: usize,
    /// Searches and proofs that count.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..))]
    looks: u16,
    /// Directory for the databases; on the disk that is to be measured.
    #[arg(long, default_value = "var/bench")]
    directory: PathBuf,
    /// On PostgreSQL, too, after SQLite.
    #[arg(long)]
    postgres: bool,
    /// Only says what was measured, and does not fail where it is less than is aimed at.
    #[arg(long)]
    look_only: bool,
}

/// The part of the journal's throughput that is left while the tree grows, at least.
const LEFT: f64 = 0.95;
/// The longest that a proof may take at the median, microseconds.
const PROOF: u64 = 5_000;
/// A page of a search in the large log is as fast as one of as many rows in the small one if it takes at most this many percent of
/// its time, at the median, or at most so many microseconds more, which is what two runs differ by.
const AS_FAST: u64 = 150;
const NOISE: u64 = 500;

impl AuditCommand {
    /// Measures, says what was found, and fails where it is less than is aimed at.
    ///
    /// # Errors
    /// If a database cannot be used, or an aim was missed.
    pub fn measure(&self) -> anyhow::Result<()> {
        std::fs::create_dir_all(&self.directory)?;
        let temporary = tempfile::tempdir_in(&self.directory)?;
        println!("{}, {} cores", processor(), cores());
        let mut missed = self.look("SQLite", &temporary.path().join("sqlite"), None)?;
        if self.postgres {
            let database = PostgresDatabase::create()?.context("this machine has no PostgreSQL")?;
            let directory = temporary.path().join("postgres");
            missed.extend(self.look("PostgreSQL", &directory, Some(database.url()))?);
        }
        anyhow::ensure!(self.look_only || missed.is_empty(), "{}", missed.join("; "));
        Ok(())
    }

    fn look(
        &self,
        name: &str,
        directory: &Path,
        url: Option<String>,
    ) -> anyhow::Result<Vec<String>> {
        let many = if self.large { 10_000_000 } else { self.entries };
        let plan = AuditPlan {
            few: self.few,
            many,
            seconds: self.seconds,
            windows: self.windows,
            looks: usize::from(self.looks),
        };
        let told = audit(directory, url, plan)?;
        let rates = told.throughput;
        println!(
            "\n### The audit log on {name}\n\n{:.0} entries/s without the tree, {:.0} with: {:.3} of it\n",
            rates.without, rates.with, rates.left
        );
        table(&told.reads, plan.rows());
        Ok(missed(name, &told))
    }
}

/// The columns are named as the aims are.
const COLUMNS: [&str; 5] = [
    "youngest page",
    "search by a person",
    "search by a document's number",
    "search for what was long ago",
    "proof",
];

/// How many of them are pages of searches.
const SEARCHES: usize = 4;

const fn columns(reads: &Reads) -> [[u64; 2]; 5] {
    let Reads {
        youngest,
        search,
        number,
        long_ago,
        proof,
        ..
    } = *reads;
    [youngest, search, number, long_ago, proof]
}

fn table(reads: &[Reads], rows: u16) {
    println!(
        "Microseconds, 50 % and 99 %. A search by a person has {rows} rows in either log, one by a number 1.\n"
    );
    println!("| entries | {} |", COLUMNS.join(" | "));
    println!("|--:|{}", "--:|".repeat(COLUMNS.len()));
    for one in reads {
        let cells = columns(one).map(|[half, most]| format!("{half}, {most}"));
        println!("| {} | {} |", one.entries, cells.join(" | "));
    }
}

/// What is less than is aimed at.
fn missed(name: &str, told: &AuditTold) -> Vec<String> {
    let mut missed = Vec::new();
    let left = told.throughput.left;
    if left < LEFT {
        missed.push(format!(
            "{name}: {left:.3} of the throughput is left, not {LEFT}"
        ));
    }
    if told.reads.iter().any(|reads| reads.proof[0] > PROOF) {
        missed.push(format!("{name}: a proof takes more than {PROOF} µs"));
    }
    if let [few, many] = told.reads.as_slice() {
        let pairs = columns(few).into_iter().zip(columns(many));
        // A proof, the last one, has its own aim.
        for (column, ([few, _], [many, _])) in COLUMNS.into_iter().zip(pairs).take(SEARCHES) {
            let most = (few * AS_FAST / 100).max(few + NOISE);
            if many > most {
                missed.push(format!(
                    "{name}, {column}: {many} µs in the large log, {few} in the small one"
                ));
            }
        }
    }
    missed
}
