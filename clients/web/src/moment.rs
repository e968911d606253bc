//! Times as people in Vietnam read them.

use std::fmt;

use askama::filters::HtmlSafe;
use time::{OffsetDateTime, UtcOffset};

/// A point in time, shown at +07:00 as `dd/MM/yyyy HH:mm`.
///
/// The server counts microseconds since 1970 in UTC; a reader in Vietnam never has to add seven
/// hours. The machine-readable form with its offset stands beside it in `<time datetime>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    /// From microseconds since 1970-01-01T00:00:00Z.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// `dd/MM/yyyy HH:mm`, without markup.
    pub fn plain(self) -> String {
        match self.there() {
            Some(t) => format!("{} {:02}:{:02}", self.day(), t.hour(), t.minute()),
            None => self.0.to_string(),
        }
    }

    /// `dd/MM/yyyy`.
    pub fn day(self) -> String {
        match self.there() {
            Some(t) => format!("{:02}/{:02}/{}", t.day(), u8::from(t.month()), t.year()),
            None => self.0.to_string(),
        }
    }

    /// ISO 8601 to the second, with the offset.
    pub fn machine(self) -> String {
        let Some(t) = self.there() else {
            return self.0.to_string();
        };
        let month = u8::from(t.month());
        let (hour, minute, second) = t.to_hms();
        let (year, day) = (t.year(), t.day());
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+07:00")
    }

    fn there(self) -> Option<OffsetDateTime> {
        let utc = OffsetDateTime::from_unix_timestamp(self.0.div_euclid(1_000_000)).ok()?;
        utc.checked_to_offset(UtcOffset::from_hms(7, 0, 0).ok()?)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "<time datetime=\"{}\">{}</time>",
            self.machine(),
            self.plain()
        )
    }
}

/// Digits, signs and the markup above: nothing to escape.
impl HtmlSafe for Moment {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_at_seven_hours_east() {
        let table = [
            (0, "01/01/1970 07:00", "1970-01-01T07:00:00+07:00"),
            (
                1_735_664_399_999_999,
                "31/12/2024 23:59",
                "2024-12-31T23:59:59+07:00",
            ),
            (
                1_735_664_400_000_000,
                "01/01/2025 00:00",
                "2025-01-01T00:00:00+07:00",
            ),
            (-1, "01/01/1970 06:59", "1970-01-01T06:59:59+07:00"),
            (i64::MAX, "9223372036854775807", "9223372036854775807"),
        ];
        for (micros, people, machine) in table {
            let moment = Moment::from_micros(micros);
            assert_eq!(
                (moment.plain().as_str(), moment.machine().as_str()),
                (people, machine)
            );
        }
    }
}
