//! A clock that a test sets, and what the deployment allows.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use kyso_core::Timestamp;
use kyso_core::instant::Clock;
use kyso_core::policy::Terms;

use super::START;

/// A clock that tests set.
#[derive(Debug, Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

impl TestClock {
    pub(super) fn begin() -> Self {
        Self(Arc::new(AtomicI64::new(START * 1_000_000)))
    }

    pub(crate) fn now_is_after(&self, time: Timestamp) -> bool {
        self.now() > time
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

/// The usual terms, but for seals by a digest: what they are on is not what these tests are about.
pub(crate) fn believing() -> Terms {
    Terms {
        asserted_seals: true,
        ..Terms::default()
    }
}
