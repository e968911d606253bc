//! How long a page of a search and a proof take.

use std::time::{Duration, Instant};

use kyso_evidence::tiles::Prover;
use kyso_store::read::{AuditFilter, DocumentNumber, audit_page};
use kyso_store::tree::{Tiles, entry};
use kyso_store::{Db, StoreError};

use super::filling::{LONG_AGO, Log, YEAR};

/// Rows of the youngest page.
pub(super) const PAGE: u16 = 100;

/// What reading takes in a log of one size, microseconds, at the median and at the 99th percentile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reads {
    /// Entries.
    pub(super) entries: u64,
    /// The youngest page, without a filter.
    pub(super) youngest: [u64; 2],
    /// What one person did who did little, all along.
    pub(super) search: [u64; 2],
    /// The intent to seal the document of a number.
    pub(super) number: [u64; 2],
    /// What one person did at the very beginning, and nobody since.
    pub(super) long_ago: [u64; 2],
    /// An entry and its path to the root, as a receipt needs them.
    pub(super) proof: [u64; 2],
}

/// `rows` is how many a page of a search has.
pub(super) async fn measure(log: &Log<'_>, looks: usize, rows: u16) -> anyhow::Result<Reads> {
    let young = AuditFilter {
        before: Some(i64::MAX),
        ..AuditFilter::default()
    };
    let by = |actor| AuditFilter {
        actor: Some(actor),
        ..young.clone()
    };
    let number = AuditFilter {
        number: Some(DocumentNumber {
            number: log.number,
            series: None,
            year: Some(YEAR),
        }),
        ..AuditFilter::default()
    };
    Ok(Reads {
        entries: log.size(),
        youngest: pages(log, &young, PAGE, looks).await?,
        search: pages(log, &by(log.rare), rows, looks).await?,
        number: pages(log, &number, 1, looks).await?,
        long_ago: pages(log, &by(log.gone), LONG_AGO, looks).await?,
        proof: proofs(log, looks).await?,
    })
}

/// A page of exactly so many rows, as often as is asked for.
async fn pages(
    log: &Log<'_>,
    filter: &AuditFilter,
    rows: u16,
    looks: usize,
) -> anyhow::Result<[u64; 2]> {
    let mut took = Vec::with_capacity(looks);
    for _ in 0..looks {
        let filter = filter.clone();
        let begun = Instant::now();
        let page = log
            .store
            .read_log(move |db, sealer| audit_page(db, sealer, &filter, rows));
        let found = page.await?.rows.len();
        took.push(begun.elapsed());
        anyhow::ensure!(found == usize::from(rows), "{found} rows, not {rows}");
    }
    Ok(quantiles(took))
}

async fn proofs(log: &Log<'_>, looks: usize) -> anyhow::Result<[u64; 2]> {
    let size = log.size();
    let mut took = Vec::with_capacity(looks);
    for look in 0..looks {
        let index = u64::try_from(look)?.wrapping_mul(0x9e37_79b9_7f4a_7c15) % size;
        let begun = Instant::now();
        let proven = log.store.read(move |db| proven(db, index, size)).await?;
        took.push(begun.elapsed());
        anyhow::ensure!(proven, "entry {index} is not proven");
    }
    Ok(quantiles(took))
}

fn proven(db: &mut Db, index: u64, size: u64) -> Result<bool, StoreError> {
    let found = entry(db, i64::try_from(index).unwrap_or(i64::MAX))?;
    let path = Prover::new(&Tiles::of(db), size).inclusion(index);
    Ok(found.is_some() && path.is_ok())
}

fn quantiles(mut took: Vec<Duration>) -> [u64; 2] {
    took.sort_unstable();
    let at = |part: usize| took.get(took.len().saturating_sub(1) * part / 100);
    [50, 99]
        .map(|part| at(part).map_or(0, |one| u64::try_from(one.as_micros()).unwrap_or(u64::MAX)))
}
