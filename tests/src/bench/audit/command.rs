//! The command `kyso-bench audit`, and what is aimed at.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::{AuditPlan, AuditTold, audit};
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
/// How many times longer a page of a search may take in the large log than in the small one; and what counts as quick
/// in any, microseconds.
const SLOWER: u64 = 2;
const QUICK: u64 = 5_000;

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
            "\n### The audit log on {name}\n\n{:.0} entries/s without the tree, {:.0} with: {:.3} of it\n\n\
             | entries | youngest page µs, 50 % | 99 % | search µs, 50 % | 99 % | proof µs, 50 % | 99 % |\n\
             |--:|--:|--:|--:|--:|--:|--:|",
            rates.without,
            rates.with,
            rates.ratio()
        );
        for reads in &told.reads {
            let [[y50, y99], [s50, s99], [p50, p99]] = [reads.youngest, reads.search, reads.proof];
            println!(
                "| {} | {y50} | {y99} | {s50} | {s99} | {p50} | {p99} |",
                reads.entries
            );
        }
        Ok(missed(name, &told))
    }
}

/// What is less than is aimed at.
fn missed(name: &str, told: &AuditTold) -> Vec<String> {
    let mut missed = Vec::new();
    let left = told.throughput.ratio();
    if left < LEFT {
        missed.push(format!(
            "{name}: {left:.3} of the throughput is left, not {LEFT}"
        ));
    }
    if told.reads.iter().any(|reads| reads.proof[0] > PROOF) {
        missed.push(format!("{name}: a proof takes more than {PROOF} µs"));
    }
    if let [few, many] = told.reads.as_slice() {
        let most = QUICK.max(SLOWER * few.search[0]);
        if many.search[0] > most {
            missed.push(format!(
                "{name}: a search takes more than {most} µs in the large log"
            ));
        }
    }
    missed
}
