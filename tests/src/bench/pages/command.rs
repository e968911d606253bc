//! `kyso-bench pages`: which databases, how full, and where the figures go.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::super::machine::{beside, cores, processor};
use super::{Fill, Full, Looked, Told};
use crate::postgres::PostgresDatabase;

/// How long each page takes to its first byte when the database is full.
#[derive(Debug, Args)]
pub struct PagesCommand {
    /// Requests for approval in the database.
    #[arg(long, default_value_t = 100_000)]
    requests: u64,
    /// Entries in the audit log.
    #[arg(long, default_value_t = 1_000_000)]
    entries: u64,
    /// Looks at each page that count; five more come before them.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=50))]
    looks: u16,
    /// Directory for the databases and tokens; on the disk that is to be measured.
    #[arg(long, default_value = "var/bench")]
    directory: PathBuf,
    /// On PostgreSQL, too, after SQLite.
    #[arg(long)]
    postgres: bool,
    /// Keeps the SQLite server's files in this directory, and looks at them again if they are there.
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Writes the figures to this file, too, for programs.
    #[arg(long)]
    json: Option<PathBuf>,
}

impl PagesCommand {
    /// Measures and prints; fails if a page is late.
    ///
    /// # Errors
    /// If the server refuses a step, or a page is late.
    pub fn measure(&self) -> anyhow::Result<()> {
        std::fs::create_dir_all(&self.directory)?;
        let temporary = tempfile::tempdir_in(&self.directory)?;
        let sqlite = self.keep.clone().unwrap_or(temporary.path().join("sqlite"));
        let mut told = vec![("SQLite", self.look("SQLite", &sqlite, None)?)];
        if self.postgres {
            let database = PostgresDatabase::create()?.context("this machine has no PostgreSQL")?;
            let directory = temporary.path().join("postgres");
            let looked = self.look("PostgreSQL", &directory, Some(database.url()))?;
            told.push(("PostgreSQL", looked));
        }
        if let Some(path) = &self.json {
            write(path, &told)?;
        }
        let late: usize = told.iter().map(|(_, told)| told.late()).sum();
        anyhow::ensure!(late == 0, "{late} pages are late");
        Ok(())
    }

    fn look(&self, name: &str, directory: &Path, url: Option<String>) -> anyhow::Result<Told> {
        println!("{}, {} cores; filling {name}", processor(), cores());
        let fill = Fill {
            requests: self.requests,
            entries: self.entries,
        };
        let server = Full::open(directory, &beside("kysod")?, url, fill)?;
        println!("\n### Pages on {name}\n\n{}", Looked::HEADING);
        let told = server.look(usize::from(self.looks), |looked| println!("{looked}"))?;
        println!(
            "\n{} requests for approval and {} entries in the database, filled in {:.0} s; {} of {} pages are late",
            told.requests,
            told.entries,
            told.filling_seconds,
            told.late(),
            told.pages.len()
        );
        Ok(told)
    }
}

/// Writes the figures of each database for programs.
fn write(path: &Path, told: &[(&str, Told)]) -> anyhow::Result<()> {
    let told: Vec<_> = told
        .iter()
        .map(|(database, told)| serde_json::json!({"database": database, "pages": told}))
        .collect();
    let report = serde_json::json!({"processor": processor(), "cores": cores(), "databases": told});
    std::fs::write(path, serde_json::to_string_pretty(&report)?)?;
    println!("\nwritten to {}", path.display());
    Ok(())
}
