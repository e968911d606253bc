//! Wrong passwords of names that somebody has: which of them have an entry of their own, and which are only summed.
//!
//! An officer wants to know whose passwords are guessed. But whoever knows the names of three thousand people would
//! write three thousand entries with one guess at each, so the number of entries is bounded.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use kyso_core::Timestamp;
use kyso_core::id::PersonId;
use kyso_store::network_of;

use super::failures::SOURCES;

/// Wrong passwords from one source that have an entry each in a minute. Of the others only the first of a person in an hour has
/// one, so that nobody hides whom they guess at behind names that they do not care for.
const ENTRIES_A_SOURCE: u32 = 20;

/// Wrong passwords of this minute and hour.
#[derive(Debug, Default)]
pub struct Guesses(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    minute: i64,
    by_source: HashMap<Option<IpAddr>, u32>,
    hour: i64,
    /// Whose were entered in this hour.
    entered: HashSet<PersonId>,
}

impl Guesses {
    /// Takes note of a wrong password, and says whether it has an entry of its own.
    pub fn note(&self, person: PersonId, source: Option<IpAddr>, now: Timestamp) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.turn_to(now);
        let first_of_person = seen.entered.insert(person);
        seen.is_among_few(source.map(network_of)) || first_of_person
    }
}

impl Seen {
    fn turn_to(&mut self, now: Timestamp) {
        let (minute, hour) = (
            now.as_seconds().div_euclid(60),
            now.as_seconds().div_euclid(3600),
        );
        if self.minute != minute {
            self.minute = minute;
            self.by_source.clear();
        }
        if self.hour != hour {
            self.hour = hour;
            self.entered.clear();
        }
    }

    fn is_among_few(&mut self, source: Option<IpAddr>) -> bool {
        if self.by_source.len() >= SOURCES && !self.by_source.contains_key(&source) {
            return false;
        }
        let count = self.by_source.entry(source).or_default();
        *count = count.saturating_add(1);
        *count <= ENTRIES_A_SOURCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_seconds(600);

    #[test]
    fn a_source_has_an_entry_each_for_a_few_in_a_minute() {
        let (guesses, person) = (Guesses::default(), PersonId::random());
        let few = |source: &str, now: Timestamp| {
            let source = source.parse().ok();
            let entered = |_: &u32| guesses.note(person, source, now);
            (0..3_000).filter(entered).count()
        };
        let most = usize::try_from(ENTRIES_A_SOURCE).unwrap();
        assert_eq!((few("192.0.2.1", AT), few("192.0.2.2", AT)), (most, most));
        let network = (few("2001:db8::1", AT), few("2001:db8::2", AT));
        assert_eq!(network, (most, 0), "one network");
        let many = |n: &u32| guesses.note(person, Some(IpAddr::V4((*n).into())), AT);
        assert_eq!((0..10_000).filter(many).count(), SOURCES - 3);
        let later = Timestamp::from_seconds(660);
        assert_eq!(few("192.0.2.1", later), most, "the next minute begins anew");
    }

    #[test]
    fn nobody_hides_whom_they_guess_at_behind_other_names() {
        let (guesses, source) = (Guesses::default(), "192.0.2.1".parse().ok());
        let (target, decoy) = (PersonId::random(), PersonId::random());
        let guess = |at: i64| {
            let now = Timestamp::from_seconds(at);
            while guesses.note(decoy, source, now) {}
            guesses.note(target, source, now)
        };
        assert_eq!([600, 601, 3_599].map(guess), [true, false, false]);
        assert_eq!([3_600, 3_601].map(guess), [true, false], "once an hour");
    }
}
