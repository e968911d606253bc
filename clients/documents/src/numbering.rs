//! Number and date of an outgoing document, written after the leader's signature and before the
//! seal (Decree 30/2020/NĐ-CP, art. 14 and 15).
//!
//! [`Reserved`] keeps two fields for them in the revision that is signed
//! first; [`fill`] writes into them and touches nothing else.

use std::fmt;
use std::str::FromStr;

use time::{Date, Month};
use unicode_normalization::UnicodeNormalization;

use crate::appearance::{NoRules, Rules, Undrawable};
use crate::pdf::{Limits, Pdf, Refusal, Reserved, TextField};

/// The largest number of a document in its series.
const MOST: u32 = 9_999_999;

/// Letters of a symbol, at most: half of a line is wider than this many.
const LONGEST_SYMBOL: usize = 60;

/// The number of a document in its series, with its symbol if the page has not printed that.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number {
    number: u32,
    symbol: Option<String>,
}

/// What is no number with symbol, or no date, as the rules write them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no number or date as the rules write it")]
pub struct NotNumbering;

impl Number {
    /// A number of the series with this symbol, as `QĐ-UBND`; none if the page has it already.
    ///
    /// # Errors
    ///
    /// [`NotNumbering`] for zero, very large numbers, and symbols that are empty, too long or have
    /// spaces.
    pub fn new(number: u32, symbol: Option<&str>) -> Result<Self, NotNumbering> {
        let symbol = symbol.map(|symbol| symbol.nfc().collect::<String>());
        let plain = |symbol: &String| {
            let letters = symbol.chars().count();
            (1..=LONGEST_SYMBOL).contains(&letters)
                && !symbol
                    .chars()
                    .any(|one| one.is_whitespace() || one.is_control())
        };
        if !(1..=MOST).contains(&number) || !symbol.iter().all(plain) {
            return Err(NotNumbering);
        }
        Ok(Self { number, symbol })
    }

    /// The number alone.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// The symbol, if it is written with the number.
    pub fn symbol(&self) -> Option<&str> {
        self.symbol.as_deref()
    }
}

/// As the page shows it: below ten with a leading zero (Annex I, part II, section I, no. 3).
impl fmt::Display for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:02}", self.number)?;
        self.symbol
            .iter()
            .try_for_each(|symbol| write!(out, "/{symbol}"))
    }
}

/// Only what [`Display`](fmt::Display) writes, so that two spellings never stand for one number.
impl FromStr for Number {
    type Err = NotNumbering;

    fn from_str(text: &str) -> Result<Self, NotNumbering> {
        let (number, symbol) = match text.split_once('/') {
            Some((number, symbol)) => (number, Some(symbol)),
            None => (text, None),
        };
        let parsed = Self::new(number.parse().map_err(|_| NotNumbering)?, symbol)?;
        if parsed.to_string() == text {
            Ok(parsed)
        } else {
            Err(NotNumbering)
        }
    }
}

/// A date in words: days below ten and the first two months with a leading zero (Annex I, part II,
/// section I, no. 4).
pub fn date_in_words(date: Date) -> String {
    let month = match date.month() {
        month @ (Month::January | Month::February) => format!("{:02}", u8::from(month)),
        month => u8::from(month).to_string(),
    };
    format!(
        "ngày {:02} tháng {month} năm {:04}",
        date.day(),
        date.year()
    )
}

/// Reads what [`date_in_words`] writes.
///
/// # Errors
///
/// [`NotNumbering`] for every other text.
pub fn date_of_words(text: &str) -> Result<Date, NotNumbering> {
    let words: Vec<&str> = text.split(' ').collect();
    let ["ngày", day, "tháng", month, "năm", year] = words.as_slice() else {
        return Err(NotNumbering);
    };
    let month: u8 = month.parse().map_err(|_| NotNumbering)?;
    let month = Month::try_from(month).map_err(|_| NotNumbering)?;
    let (day, year) = (day.parse(), year.parse());
    let (day, year) = (
        day.map_err(|_| NotNumbering)?,
        year.map_err(|_| NotNumbering)?,
    );
    let date = Date::from_calendar_date(year, month, day).map_err(|_| NotNumbering)?;
    if date_in_words(date) == text {
        Ok(date)
    } else {
        Err(NotNumbering)
    }
}

/// Number and date of one document.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Numbering {
    /// The number with its symbol.
    pub number: Number,
    /// The day on which it is issued.
    pub date: Date,
}

/// Why number and date are not written.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NotFilled {
    /// The PDF does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// They do not fit into their fields.
    #[error(transparent)]
    Undrawable(#[from] Undrawable),
    /// No rules say how they look on that day.
    #[error(transparent)]
    NoRules(#[from] NoRules),
}

/// What has to be appended to a file so that its reserved fields hold number and date.
///
/// # Errors
///
/// [`NotFilled`] if there are no such fields, they are filled or locked, or the text does not fit.
pub fn fill(file: &[u8], numbering: &Numbering, limits: &Limits) -> Result<Vec<u8>, NotFilled> {
    let pdf = Pdf::read(file, limits)?;
    let rules = Rules::at(numbering.date)?;
    let mut fields = Vec::new();
    for (name, text, line) in [
        (Reserved::NUMBER, numbering.number.to_string(), rules.number),
        (Reserved::DATE, date_in_words(numbering.date), rules.date),
    ] {
        let (width, height) = pdf.waiting(name)?;
        let appearance = line.set(&text, width, height)?;
        fields.push(TextField {
            name,
            text,
            appearance,
        });
    }
    Ok(pdf.fill(&fields)?)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn numbers_are_written_as_the_rules_want_and_read_again() {
        for (number, symbol, text) in [
            (5, Some("QĐ-UBND"), "05/QĐ-UBND"),
            (12, None, "12"),
            (7816, Some("VPCP-TTĐT"), "7816/VPCP-TTĐT"),
            (30, Some("2020/NĐ-CP"), "30/2020/NĐ-CP"),
            (1, Some("QD\u{323}"), "01/QḌ"),
        ] {
            let made = Number::new(number, symbol).unwrap();
            assert_eq!(made.to_string(), text);
            assert_eq!(text.parse(), Ok(made));
        }
    }

    #[test]
    fn what_is_written_otherwise_is_no_number() {
        for text in [
            "",
            "0",
            "00",
            "5",
            "5/QĐ",
            "005/QĐ",
            "+5/QĐ",
            "05/",
            "05/Q Đ",
            "a/QĐ",
            "/QĐ",
            "05 /QĐ",
            "10000000",
            "05/QD\u{323}",
            "-5",
            "05/Q\u{0}",
        ] {
            assert_eq!(text.parse::<Number>(), Err(NotNumbering), "{text:?}");
        }
        assert_eq!(Number::new(1, Some(&"Đ".repeat(61))), Err(NotNumbering));
    }

    #[test]
    fn dates_are_written_as_the_rules_want_and_read_again() {
        for (date, text) in [
            (date!(2026 - 01 - 05), "ngày 05 tháng 01 năm 2026"),
            (date!(2026 - 03 - 31), "ngày 31 tháng 3 năm 2026"),
            (date!(2026 - 12 - 10), "ngày 10 tháng 12 năm 2026"),
        ] {
            assert_eq!(date_in_words(date), text);
            assert_eq!(date_of_words(text), Ok(date));
        }
        for text in [
            "",
            "ngày 5 tháng 01 năm 2026",
            "ngày 05 tháng 1 năm 2026",
            "ngày 05 tháng 03 năm 2026",
            "ngày 31 tháng 02 năm 2026",
            "ngày 05 tháng 13 năm 2026",
            "ngày  05 tháng 01 năm 2026",
            "05/01/2026",
        ] {
            assert_eq!(date_of_words(text), Err(NotNumbering), "{text}");
        }
    }
}
