//! How often the same may be asked for by the same: what became of one request, which a system is told to wait for, or a
//! picture, of which each reading is an entry. Whoever asks faster must not keep the database busy.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use kyso_core::id::{ApprovalId, ClientId};

/// One question each second, in the long run.
const EACH: Duration = Duration::from_secs(1);
/// Questions that may come at once.
const AT_ONCE: u32 = 5;
/// Questions that are remembered before those are forgotten of which nobody asked lately.
const REMEMBERED: usize = 10_000;

/// When the questions that were asked so far are paid for, by who asks for what.
pub struct Polls<Question = (ClientId, ApprovalId)>(Mutex<HashMap<Question, Instant>>);

impl<Question> Default for Polls<Question> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Question> fmt::Debug for Polls<Question> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Polls")
    }
}

impl<Question: Eq + Hash> Polls<Question> {
    /// Whether this question may be asked now.
    ///
    /// # Errors
    /// How long to wait.
    pub fn admit(&self, asked: Question) -> Result<(), Duration> {
        self.admit_at(asked, Instant::now())
    }

    fn admit_at(&self, asked: Question, now: Instant) -> Result<(), Duration> {
        let mut paid = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if paid.len() > REMEMBERED {
            paid.retain(|_, until| *until > now);
        }
        let until = paid.get(&asked).map_or(now, |until| now.max(*until)) + EACH;
        let early = until.saturating_duration_since(now + EACH * AT_ONCE);
        if early.is_zero() {
            paid.insert(asked, until);
            Ok(())
        } else {
            Err(early)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_at_once_and_then_one_each_second() {
        let (polls, now) = (Polls::default(), Instant::now());
        let asked = (ClientId::random(), ApprovalId::random());
        let other = (ClientId::random(), asked.1);
        for _ in 0..AT_ONCE {
            assert_eq!(polls.admit_at(asked, now), Ok(()));
        }
        assert_eq!(polls.admit_at(asked, now), Err(EACH));
        assert_eq!(
            polls.admit_at(other, now),
            Ok(()),
            "another system waits for nobody"
        );
        assert_eq!(polls.admit_at(asked, now + EACH), Ok(()));
        assert!(polls.admit_at(asked, now + EACH).is_err());
    }

    #[test]
    fn what_nobody_asks_of_any_more_is_forgotten() {
        let (polls, now) = (Polls::default(), Instant::now());
        for _ in 0..=REMEMBERED {
            let asked = (ClientId::random(), ApprovalId::random());
            assert_eq!(polls.admit_at(asked, now), Ok(()));
        }
        let asked = (ClientId::random(), ApprovalId::random());
        assert_eq!(polls.admit_at(asked, now + EACH * 2), Ok(()));
        assert_eq!(polls.0.lock().unwrap().len(), 1);
    }
}
