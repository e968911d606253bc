//! Entries per second, with the tree growing beside the journal and without.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::filling::{Log, write};

/// How often the tree grows while it does: as often as checkpoints can be asked for.
const PAUSE: Duration = Duration::from_secs(1);

/// What the windows gave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Throughput {
    /// Entries per second with nothing beside, the median.
    pub(super) without: f64,
    /// Entries per second while the tree grows each second, the median.
    pub(super) with: f64,
    /// The part that is left: the median of each window with the tree over the one beside it, since a disk is not as fast from one
    /// minute to the next.
    pub(super) left: f64,
}

/// Windows by turns, so that both see the same disk. What a window without wrote is put under the tree before the next,
/// so that each grows over its own entries only.
pub(super) async fn measure(
    log: &mut Log<'_>,
    window: Duration,
    windows: usize,
) -> anyhow::Result<Throughput> {
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for index in 0..windows.max(1) {
        // Either comes first by turns: a log that grows, or a disk that slows down, favours neither.
        for grows in [index % 2 == 1, index % 2 == 0] {
            let rate = rate(log, window, grows).await?;
            if grows { &mut with } else { &mut without }.push(rate);
            log.grow().await?;
        }
    }
    let pairs = with.iter().zip(&without);
    Ok(Throughput {
        left: median(pairs.map(|(with, without)| with / without).collect()),
        without: median(without),
        with: median(with),
    })
}

async fn rate(log: &mut Log<'_>, window: Duration, grows: bool) -> anyhow::Result<f64> {
    let (journal, rare) = (log.journal.clone(), log.rare);
    let (over, number) = (AtomicBool::new(false), AtomicU64::new(0));
    let begun = Instant::now();
    let writing = async {
        let more = || (begun.elapsed() < window).then(|| number.fetch_add(1, Ordering::Relaxed));
        let written = write(&journal, rare, more).await;
        over.store(true, Ordering::Relaxed);
        (written, begun.elapsed())
    };
    let growing = async {
        while grows && !over.load(Ordering::Relaxed) {
            tokio::time::sleep(PAUSE).await;
            log.grow().await?;
        }
        anyhow::Ok(())
    };
    let ((written, took), end) = tokio::join!(writing, growing);
    end?;
    let written = u32::try_from(written?)?;
    Ok(f64::from(written) / took.as_secs_f64())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or(0.0)
}
