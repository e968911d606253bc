//! Time: microseconds since 1970-01-01T00:00:00Z, from one clock.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time, microseconds since the Unix epoch, UTC.
///
/// Both databases store it as one 64-bit integer, so it sorts and compares alike in each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Later than any other: the end of what does not end by date.
    pub const NEVER: Self = Self(i64::MAX);

    /// The time with this many microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, as JWT's `NumericDate` counts (RFC 7519 §2).
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The time with this many seconds since the epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// This time plus `span`, or the last representable time.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// This instant less `span`.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        let span = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(span))
    }

    /// When what is asked for `at` takes place, if this is now: at once where no time is named, or one that has passed.
    #[must_use]
    pub fn or_later(self, at: Option<Self>) -> Self {
        at.map_or(self, |at| at.max(self))
    }

    /// The time that an entry states as RFC 3339 text; `None` for what is no time.
    pub fn read(text: &str) -> Option<Self> {
        let form = &time::format_description::well_known::Rfc3339;
        let time = time::OffsetDateTime::parse(text, form).ok()?;
        let micros = time.unix_timestamp_nanos().div_euclid(1_000);
        i64::try_from(micros).ok().map(Self)
    }

    /// How long ago `earlier` was; zero if it is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with six decimals: `2026-11-23T05:00:00.000001Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = i128::from(self.0) * 1_000;
        let Ok(t) = time::OffsetDateTime::from_unix_timestamp_nanos(nanos) else {
            return write!(f, "{}us", self.0);
        };
        let (hour, minute, second) = (t.hour(), t.minute(), t.second());
        write!(
            f,
            "{:04}-{:02}-{:02}T",
            t.year(),
            u8::from(t.month()),
            t.day()
        )?;
        write!(
            f,
            "{hour:02}:{minute:02}:{second:02}.{:06}Z",
            t.microsecond()
        )
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The one source of time. Everything that asks the time asks here, so that a test can set it.
pub trait Clock: Send + Sync + fmt::Debug + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the wall clock"
        )]
        let now = std::time::SystemTime::now();
        let since = now
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}
