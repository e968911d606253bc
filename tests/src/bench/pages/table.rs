//! What each page took, for people and for programs.

use std::fmt;

use anyhow::Context as _;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection};
use serde::Serialize;

use crate::bench::figures::precise;
use crate::server::Site;

/// A page's first byte is to be there within so many microseconds.
const WANTED: u64 = 50_000;

/// What one page took.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Looked {
    who: &'static str,
    page: &'static str,
    median_micros: u64,
    p95_micros: u64,
    worst_micros: u64,
    bytes: usize,
}

/// What all pages took, over so much.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    /// Requests for approval in the database.
    pub requests: u64,
    /// Entries in the log.
    pub entries: u64,
    /// Seconds that it took to fill it; zero if an earlier run did.
    pub filling_seconds: f64,
    /// Each page.
    pub pages: Vec<Looked>,
}

impl Looked {
    /// What the columns are; a line for above the rows.
    pub(super) const HEADING: &str =
        "| who | page | median ms | p95 ms | worst ms | KiB | |\n|---|---|--:|--:|--:|--:|---|";

    pub(super) fn new(
        who: &'static str,
        page: &'static str,
        micros: &mut [u64],
        bytes: usize,
    ) -> Self {
        micros.sort_unstable();
        // The nearest rank, counted from one.
        let at = |percent: usize| {
            let rank = (micros.len() * percent).div_ceil(100).max(1);
            micros.get(rank - 1).copied().unwrap_or(0)
        };
        Self {
            who,
            page,
            median_micros: at(50),
            p95_micros: at(95),
            worst_micros: at(100),
            bytes,
        }
    }

    /// Whether one look in twenty or more took longer than is wanted.
    pub(super) const fn is_late(&self) -> bool {
        self.p95_micros > WANTED
    }
}

impl Told {
    /// How many pages are late.
    pub(super) fn late(&self) -> usize {
        self.pages.iter().filter(|page| page.is_late()).count()
    }
}

impl fmt::Display for Looked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |micros: u64| precise(micros) / 1000.0;
        let mark = match (self.is_late(), self.worst_micros > WANTED) {
            (true, _) => "**over 50 ms**",
            (false, true) => "once over 50 ms",
            (false, false) => "",
        };
        write!(
            f,
            "| {} | {} | {:.1} | {:.1} | {:.1} | {:.0} | {mark} |",
            self.who,
            self.page,
            ms(self.median_micros),
            ms(self.p95_micros),
            ms(self.worst_micros),
            precise(u64::try_from(self.bytes).unwrap_or(0)) / 1024.0,
        )
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

/// Rows of a table, as the database itself counts them.
pub(super) fn count(site: &Site, table: &str) -> anyhow::Result<u64> {
    let query = format!("SELECT COUNT(*) AS count FROM {table}");
    let query = diesel::sql_query(query);
    let count: Count = if let Some(url) = site.postgres() {
        query.get_result(&mut PgConnection::establish(url)?)?
    } else {
        let path = site.path("kyso.db");
        let path = path.to_str().context("a path in UTF-8")?;
        query.get_result(&mut SqliteConnection::establish(path)?)?
    };
    Ok(u64::try_from(count.count)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_late_by_its_slowest_twentieth() {
        let looked = |slow: usize| {
            let mut micros: Vec<u64> = (0..50)
                .map(|at| if at < slow { 60_000 } else { 900 })
                .collect();
            Looked::new("leader", "inbox", &mut micros, 2048)
        };
        let (well, late) = (looked(2), looked(3));
        assert_eq!(
            well.to_string(),
            "| leader | inbox | 0.9 | 0.9 | 60.0 | 2 | once over 50 ms |"
        );
        assert_eq!(
            late.to_string(),
            "| leader | inbox | 0.9 | 60.0 | 60.0 | 2 | **over 50 ms** |"
        );
    }
}
