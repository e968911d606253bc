//! A value that changes on dates: what it was, is and is planned to be.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Dates that a value has at most.
const MOST_DATES: usize = 100;

/// A value that holds until another takes its place on a date: an agency's name, or the agency above it.
///
/// Nothing need happen on the date itself, so what was planned for midnight holds from midnight on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated<T> {
    first: T,
    later: BTreeMap<Timestamp, T>,
}

impl<T> Dated<T> {
    /// A value that has not changed yet.
    pub const fn new(first: T) -> Self {
        let later = BTreeMap::new();
        Self { first, later }
    }

    /// A value with its changes, each by the date from which it holds.
    pub const fn with(first: T, later: BTreeMap<Timestamp, T>) -> Self {
        Self { first, later }
    }

    /// What it is at that time.
    pub fn at(&self, time: Timestamp) -> &T {
        let mut until_then = self.later.range(..=time);
        until_then
            .next_back()
            .map_or(&self.first, |(_, value)| value)
    }

    /// Whether it may change on that date: it has at most a hundred dates, since whoever reads it reads all.
    pub fn has_room(&self, from: Timestamp) -> bool {
        self.later.len() < MOST_DATES || self.later.contains_key(&from)
    }

    /// What it was at the beginning.
    pub const fn first(&self) -> &T {
        &self.first
    }

    /// Its changes, the oldest first, each by the date from which it holds.
    pub const fn later(&self) -> &BTreeMap<Timestamp, T> {
        &self.later
    }

    /// From this date on it is another, until a later change; one that was planned for the same date is dropped.
    pub fn change(&mut self, from: Timestamp, value: T) {
        self.later.insert(from, value);
    }

    /// When it changes next after that time.
    pub fn next_change(&self, after: Timestamp) -> Option<Timestamp> {
        let mut later = self.later.range((Excluded(after), Unbounded));
        later.next().map(|(from, _)| *from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn day(number: i64) -> Timestamp {
        Timestamp::from_seconds(number * 86_400)
    }

    #[test]
    fn a_value_holds_from_its_date_until_the_next() {
        let mut name = Dated::new("a");
        name.change(day(5), "c");
        name.change(day(3), "b");
        let just_before = Timestamp::from_micros(day(3).as_micros() - 1);
        for (time, value) in [
            (day(0), "a"),
            (just_before, "a"),
            (day(3), "b"),
            (day(4), "b"),
            (day(5), "c"),
            (Timestamp::NEVER, "c"),
        ] {
            assert_eq!(*name.at(time), value, "{time:?}");
        }
    }

    #[test]
    fn a_plan_for_the_same_date_takes_the_place_of_the_one_before() {
        let mut name = Dated::new("a");
        name.change(day(3), "b");
        name.change(day(3), "c");
        assert_eq!((*name.at(day(2)), *name.at(day(3))), ("a", "c"));
        assert_eq!(name.later().len(), 1);
    }

    #[test]
    fn a_value_has_a_hundred_dates_and_no_more() {
        let mut name = Dated::new(0);
        for number in 1..=100 {
            assert!(name.has_room(day(number)));
            name.change(day(number), number);
        }
        assert!(name.has_room(day(100)) && !name.has_room(day(101)));
    }

    #[test]
    fn the_next_change_is_after_the_time_not_at_it() {
        let mut name = Dated::new("a");
        assert_eq!(name.next_change(day(0)), None);
        name.change(day(3), "b");
        name.change(day(5), "c");
        assert_eq!(name.next_change(day(2)), Some(day(3)));
        assert_eq!(name.next_change(day(3)), Some(day(5)));
        assert_eq!(name.next_change(day(5)), None);
    }
}
