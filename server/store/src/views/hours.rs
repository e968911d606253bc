//! Seals outside office hours.

use kyso_core::Timestamp;
use kyso_evidence::Entry;

use super::look;

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

/// Vietnam's clocks are so many seconds before those of UTC, all year.
const VIETNAM: i64 = 7 * 60 * MINUTE;

/// When an office works, by Vietnam's clocks (+07:00).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficeHours {
    /// Minutes after midnight at which work begins.
    pub begins: u16,
    /// Minutes after midnight at which it ends; that minute is not in it any more.
    pub ends: u16,
    /// The days of work, Monday first.
    pub days: [bool; 7],
}

impl OfficeHours {
    /// Monday to Friday, 07:30 to 17:30.
    pub const USUAL: Self = Self {
        begins: 7 * 60 + 30,
        ends: 17 * 60 + 30,
        days: [true, true, true, true, true, false, false],
    };

    /// Why a seal's outcome is none of office hours; a time that cannot be read is none either.
    pub(super) fn judge(&self, outcome: &Entry) -> Option<&'static str> {
        if !look::is_for(outcome, "seal") || !look::may_be_done(outcome) {
            return None;
        }
        match Timestamp::read(&outcome.time) {
            Some(at) => self.outside(at),
            None => Some("outside_hours"),
        }
    }

    fn outside(&self, at: Timestamp) -> Option<&'static str> {
        let local = at.as_seconds().saturating_add(VIETNAM);
        // 1 January 1970 was a Thursday.
        let weekday = (local.div_euclid(DAY) + 3).rem_euclid(7);
        let works = usize::try_from(weekday).is_ok_and(|day| self.days.get(day) == Some(&true));
        let minute = local.rem_euclid(DAY) / MINUTE;
        if !works {
            Some("outside_days")
        } else if (i64::from(self.begins)..i64::from(self.ends)).contains(&minute) {
            None
        } else {
            Some("outside_hours")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hours_are_those_of_vietnam() {
        let cases = [
            ("2026-11-27T00:29:59.999999Z", Some("outside_hours")), // Friday, 07:29:59
            ("2026-11-27T00:30:00.000000Z", None),                  // 07:30
            ("2026-11-27T10:29:59.000000Z", None),                  // 17:29:59
            ("2026-11-27T10:30:00.000000Z", Some("outside_hours")), // 17:30
            ("2026-11-27T17:00:00.000000Z", Some("outside_days")),  // Saturday, 00:00
            ("2026-11-29T16:59:59.000000Z", Some("outside_days")),  // Sunday, 23:59
            ("2026-11-29T17:00:00.000000Z", Some("outside_hours")), // Monday, 00:00
            ("2026-11-30T02:00:00.000000Z", None),                  // Monday, 09:00
        ];
        for (at, wanted) in cases {
            let time = Timestamp::read(at).unwrap();
            assert_eq!(OfficeHours::USUAL.outside(time), wanted, "{at}");
        }
    }
}
