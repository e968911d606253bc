//! How long to wait before something is tried again.

use std::time::Duration;

/// The wait after so many tries, without jitter: these seconds after the first, then each so many times the one before it,
/// and never more than the longest.
pub(super) fn growing(seconds: u32, times: u32, tries: u32, longest: Duration) -> Duration {
    let first = Duration::from_secs(u64::from(seconds));
    let grown = times.checked_pow(tries.saturating_sub(1));
    let wait = grown.and_then(|times| first.checked_mul(times));
    wait.map_or(longest, |wait| wait.min(longest))
}
