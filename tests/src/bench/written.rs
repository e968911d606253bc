//! What a load made the server write: its own figures, and the rows in its tables.

use std::collections::BTreeMap;

use anyhow::Context as _;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection};
use serde::Serialize;

use super::figures::precise;
use crate::http::Http;
use crate::server::Site;

/// What was there at one moment, while nothing was under way.
#[derive(Debug, Clone)]
pub struct Standing {
    metrics: BTreeMap<String, f64>,
    rows: u64,
}

/// What came to be between two of them.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Written {
    /// Rows of all tables, for one signature.
    pub rows_per_signature: f64,
    /// Entries of the audit log, for one signature.
    pub entries_per_signature: f64,
    /// Entries that shared one commit, on average.
    pub entries_per_commit: f64,
    /// Microseconds of one COMMIT, on average.
    pub commit_micros: f64,
}

impl Standing {
    /// Looks at a server's metrics and counts the rows of its database.
    ///
    /// # Errors
    /// If either cannot be read.
    pub fn of(site: &Site) -> anyhow::Result<Self> {
        let internal = Http::new(&site.internal_url(), &site.ca()?)?;
        let text = internal.get("/metrics").done()?.text();
        let samples = text.lines().filter_map(|line| line.split_once(' '));
        Ok(Self {
            metrics: samples
                .filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?)))
                .collect(),
            rows: rows(site)?,
        })
    }

    /// What was written since.
    pub fn until(&self, later: &Self) -> Written {
        let moved = |name: &str| {
            let at = |standing: &Self| standing.metrics.get(name).copied().unwrap_or_default();
            at(later) - at(self)
        };
        let signatures = moved("kyso_signatures_total").max(1.0);
        let (entries, commits) = (moved("kyso_journal_entries"), moved("kyso_journal_commits"));
        Written {
            rows_per_signature: precise(later.rows.saturating_sub(self.rows)) / signatures,
            entries_per_signature: entries / signatures,
            entries_per_commit: entries / commits.max(1.0),
            commit_micros: moved("kyso_journal_commit_micros") / commits.max(1.0),
        }
    }
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

fn rows(site: &Site) -> anyhow::Result<u64> {
    if let Some(url) = site.postgres() {
        let mut database = PgConnection::establish(url)?;
        let tables = "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'";
        let tables = diesel::sql_query(tables).load(&mut database)?;
        let counts = diesel::sql_query(counting(&tables)).load(&mut database)?;
        return sum(&counts);
    }
    let path = site.path("kyso.db");
    let mut database = SqliteConnection::establish(path.to_str().context("a path in UTF-8")?)?;
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let tables = diesel::sql_query(tables).load(&mut database)?;
    let counts = diesel::sql_query(counting(&tables)).load(&mut database)?;
    sum(&counts)
}

fn counting(tables: &[Name]) -> String {
    let one = |table: &Name| format!("SELECT COUNT(*) AS count FROM \"{}\"", table.name);
    tables
        .iter()
        .map(one)
        .collect::<Vec<_>>()
        .join(" UNION ALL ")
}

fn sum(counts: &[Count]) -> anyhow::Result<u64> {
    Ok(u64::try_from(
        counts.iter().map(|row| row.count).sum::<i64>(),
    )?)
}
