//! The one form of time in entries: `YYYY-MM-DDTHH:MM:SS.ffffffZ`.

/// Microseconds since 1970-01-01T00:00:00Z of such a time; `None` for any other text.
///
/// RFC 3339 §5.6 restricted to UTC, capital letters, six decimals and no leap second, so that one
/// instant has one spelling.
pub fn microseconds(text: &str) -> Option<i64> {
    let bytes: &[u8; 27] = text.as_bytes().try_into().ok()?;
    let shape = b"dddd-dd-ddTdd:dd:dd.ddddddZ";
    let fits = shape.iter().zip(bytes).all(|(&want, &got)| match want {
        b'd' => got.is_ascii_digit(),
        _ => want == got,
    });
    if !fits {
        return None;
    }
    let field = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let days = days(field(0..4)?, field(5..7)?, field(8..10)?)?;
    let seconds = seconds(field(11..13)?, field(14..16)?, field(17..19)?)?;
    Some((days * 86_400 + seconds) * 1_000_000 + field(20..26)?)
}

fn seconds(hour: i64, minute: i64, second: i64) -> Option<i64> {
    (hour < 24 && minute < 60 && second < 60).then_some((hour * 60 + minute) * 60 + second)
}

/// Days since 1970-01-01 in the Gregorian calendar, counting years from March so that the leap
/// day is a year's last.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || day < 1 || day > month_length(year, month) {
        return None;
    }
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leaps + (month * 153 + 2) / 5 + day - 1 - 719_468)
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_from_the_epoch() {
        // Values from `date -u -d ... +%s`.
        for (text, seconds) in [
            ("1970-01-01T00:00:00.000000Z", 0),
            ("2000-02-29T12:00:00.000000Z", 951_825_600),
            ("2026-11-23T08:00:00.000000Z", 1_795_420_800),
            ("2100-03-01T00:00:00.000000Z", 4_107_542_400),
            ("1969-12-31T23:59:59.000000Z", -1),
        ] {
            assert_eq!(microseconds(text), Some(seconds * 1_000_000), "{text}");
        }
        assert_eq!(microseconds("1970-01-01T00:00:01.000002Z"), Some(1_000_002));
    }

    #[test]
    fn refuses_every_other_spelling() {
        for text in [
            "",
            "2026-11-23T08:00:00Z",
            "2026-11-23T08:00:00.000Z",
            "2026-11-23t08:00:00.000000Z",
            "2026-11-23 08:00:00.000000Z",
            "2026-11-23T08:00:00.000000z",
            "2026-11-23T08:00:00,000000Z",
            "2026-11-23T08:00:00.00000+Z",
            "2026-11-23T24:00:00.000000Z",
            "2026-11-23T08:60:00.000000Z",
            "2026-11-23T08:00:60.000000Z",
            "2026-13-23T08:00:00.000000Z",
            "2026-00-23T08:00:00.000000Z",
            "2026-11-31T08:00:00.000000Z",
            "2026-11-00T08:00:00.000000Z",
            "2026-02-29T08:00:00.000000Z",
            "2100-02-29T08:00:00.000000Z",
            "2026-11-23T08:00:00.000000Z ",
            "２026-11-23T08:00:00.000000Z",
        ] {
            assert_eq!(microseconds(text), None, "{text}");
        }
    }
}
