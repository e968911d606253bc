//! Figures of the journal, for metrics: plain counters that anyone may read at any time.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Counters since the start, and gauges.
#[derive(Debug, Default)]
pub struct Figures {
    commits: AtomicU64,
    entries: AtomicU64,
    jobs: AtomicU64,
    failed_batches: AtomicU64,
    commit_micros: AtomicU64,
    last_commit_micros: AtomicU64,
    batch_micros: AtomicU64,
    last_batch: AtomicU64,
    waiting: AtomicU64,
    alarms: AtomicU64,
    size: AtomicU64,
    head_size: AtomicU64,
    writable: AtomicBool,
    silent: AtomicBool,
    halted: AtomicBool,
    lease_until: AtomicU64,
}

/// Leases are held against the machine's steady clock, from this moment on.
static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

fn micros(since: Instant) -> u64 {
    u64::try_from(since.saturating_duration_since(*ORIGIN).as_micros()).unwrap_or(u64::MAX)
}

/// The figures at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// Transactions made durable.
    pub commits: u64,
    /// Entries in them.
    pub entries: u64,
    /// Commands in them; with `commits` this gives the mean batch size.
    pub jobs: u64,
    /// Batches that failed and were replayed one by one.
    pub failed_batches: u64,
    /// Microseconds spent in COMMIT, mostly waiting for the disk.
    pub commit_micros: u64,
    /// Microseconds of the last COMMIT.
    pub last_commit_micros: u64,
    /// Microseconds spent in whole batches.
    pub batch_micros: u64,
    /// Commands in the last batch.
    pub last_batch: u64,
    /// Commands that wait.
    pub waiting: u64,
    /// Rows found tampered with.
    pub alarms: u64,
    /// Entries in the log.
    pub size: u64,
    /// Entries that the head file has seen.
    pub head_size: u64,
    /// Whether the journal can write now.
    pub writable: bool,
}

impl Figures {
    /// Reads them all.
    pub fn read(&self) -> Reading {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Reading {
            commits: load(&self.commits),
            entries: load(&self.entries),
            jobs: load(&self.jobs),
            failed_batches: load(&self.failed_batches),
            commit_micros: load(&self.commit_micros),
            last_commit_micros: load(&self.last_commit_micros),
            batch_micros: load(&self.batch_micros),
            last_batch: load(&self.last_batch),
            waiting: load(&self.waiting),
            alarms: load(&self.alarms),
            size: load(&self.size),
            head_size: load(&self.head_size),
            writable: self.is_writable(),
        }
    }

    /// Whether the journal can write now: its database answers and its lease lasts.
    pub fn is_writable(&self) -> bool {
        self.writable.load(Ordering::Acquire)
            && !self.silent.load(Ordering::Acquire)
            && self.lease_holds()
    }

    /// Whether nothing is signed, since the log is not what it was, or is not witnessed.
    pub fn set_halted(&self, halted: bool) {
        self.halted.store(halted, Ordering::Release);
    }

    /// Whether nothing may be signed now.
    pub fn is_halted(&self) -> bool {
        self.halted.load(Ordering::Acquire)
    }

    /// Whether no other server may close this one's intents yet.
    pub(crate) fn lease_holds(&self) -> bool {
        micros(Instant::now()) < self.lease_until.load(Ordering::Acquire)
    }

    /// A lease that was asked for at `asked` is durable; it is given up a little before it ends,
    /// since two clocks differ.
    pub(crate) fn lease(&self, asked: Instant, lease: Duration) {
        let until = micros(asked + lease / 5 * 4);
        self.lease_until.fetch_max(until, Ordering::AcqRel);
    }

    pub(crate) fn set_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::Release);
    }

    pub(crate) fn set_writable(&self, writable: bool) {
        self.writable.store(writable, Ordering::Release);
    }

    pub(crate) fn committed(&self, jobs: usize, entries: u64, size: u64, commit: Duration) {
        let micros = u64::try_from(commit.as_micros()).unwrap_or(u64::MAX);
        let jobs = u64::try_from(jobs).unwrap_or(u64::MAX);
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.entries.fetch_add(entries, Ordering::Relaxed);
        self.jobs.fetch_add(jobs, Ordering::Relaxed);
        self.commit_micros.fetch_add(micros, Ordering::Relaxed);
        self.last_commit_micros.store(micros, Ordering::Relaxed);
        self.last_batch.store(jobs, Ordering::Relaxed);
        self.size.store(size, Ordering::Relaxed);
    }

    pub(crate) fn batch_took(&self, span: Duration) {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        self.batch_micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn batch_failed(&self) {
        self.failed_batches.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn queued(&self) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn taken(&self, jobs: usize) {
        self.waiting
            .fetch_sub(u64::try_from(jobs).unwrap_or(0), Ordering::Relaxed);
    }

    pub(crate) fn alarm(&self) {
        self.alarms.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn head_written(&self, size: u64) {
        self.head_size.store(size, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Another server may close its intents when the lease ends: it stops signing before.
    #[test]
    fn a_lease_is_given_up_before_it_ends() {
        let lease = Duration::from_secs(1_000);
        for (seconds, holds) in [(0, true), (790, true), (801, false), (2_000, false)] {
            let Some(asked) = Instant::now().checked_sub(Duration::from_secs(seconds)) else {
                continue; // the machine was started later than that
            };
            let figures = Figures::default();
            figures.lease(asked, lease);
            assert_eq!(figures.lease_holds(), holds, "{seconds}");
        }
    }

    #[test]
    fn only_a_database_that_answers_within_the_lease_is_written_to() {
        let figures = Figures::default();
        figures.set_writable(true);
        assert!(!figures.is_writable(), "there is no lease yet");
        figures.lease(Instant::now(), Duration::from_secs(1_000));
        assert!(figures.is_writable());
        figures.set_silent(true);
        assert!(!figures.is_writable());
    }
}
