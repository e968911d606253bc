//! Values of DER one after the other, with their own bytes.
//!
//! What is hashed or signed must be the bytes of the file, so nothing here is decoded and encoded
//! again. The bytes come from [`ber::read`](super::ber::read()), which saw that they are values inside
//! values; what is malformed all the same ends the reading.

use const_oid::ObjectIdentifier;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// The tag of a constructed value `[number]`.
pub(super) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// One value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node<'a> {
    /// First byte of the encoding.
    pub(super) tag: u8,
    /// The encoding.
    pub(super) whole: &'a [u8],
    /// What stands behind tag and length.
    pub(super) content: &'a [u8],
}

impl<'a> Node<'a> {
    /// The one value that these bytes are.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut nodes = Nodes(bytes);
        let only = nodes.next()?;
        nodes.0.is_empty().then_some(only)
    }

    /// The values in the one `SEQUENCE` that these bytes are.
    pub(super) fn sequence(bytes: &'a [u8]) -> Option<Nodes<'a>> {
        let only = Self::read(bytes).filter(|one| one.tag == SEQUENCE);
        only.map(Self::inside)
    }

    /// The values in it.
    pub(super) const fn inside(self) -> Nodes<'a> {
        Nodes(self.content)
    }

    /// The value, if it is an object identifier.
    pub(super) fn oid(self) -> Option<ObjectIdentifier> {
        let bytes = (self.tag == OBJECT_IDENTIFIER).then_some(self.content)?;
        ObjectIdentifier::from_bytes(bytes).ok()
    }

    /// The bits, if they are whole bytes.
    pub(super) fn bits(self) -> Option<&'a [u8]> {
        let content = (self.tag == BIT_STRING).then_some(self.content)?;
        content.strip_prefix(&[0])
    }

    /// The octets.
    pub(super) fn octets(self) -> Option<&'a [u8]> {
        (self.tag == OCTET_STRING).then_some(self.content)
    }

    /// The moment, if it is a `UTCTime` or a `GeneralizedTime` in UTC (RFC 5280 §4.1.2.5); parts of
    /// a second, which RFC 3161 §2.4.2 allows, are cut off.
    pub(super) fn moment(self) -> Option<OffsetDateTime> {
        let text = std::str::from_utf8(self.content).ok()?.strip_suffix('Z')?;
        let whole = text.split('.').next()?;
        let (year, rest) = match self.tag {
            UTC_TIME => short_year(whole)?,
            GENERALIZED_TIME => (digits(whole.get(..4)?)?, whole.get(4..)?),
            _ => return None,
        };
        moment(year, rest)
    }
}

/// Two digits mean 1950 to 2049 (RFC 5280 §4.1.2.5.1).
fn short_year(text: &str) -> Option<(i32, &str)> {
    let year = digits(text.get(..2)?)?;
    let century = if year < 50 { 2000 } else { 1900 };
    Some((century + year, text.get(2..)?))
}

/// A number that is written with digits alone, without a sign.
pub(super) fn digits(text: &str) -> Option<i32> {
    let only = text.bytes().all(|byte| byte.is_ascii_digit());
    only.then(|| text.parse().ok()).flatten()
}

/// A date and time of day from ten digits after the year.
pub(super) fn moment(year: i32, rest: &str) -> Option<OffsetDateTime> {
    let digits = rest.bytes().all(|byte| byte.is_ascii_digit()) && rest.len() == 10;
    digits.then_some(())?;
    let part = |at: usize| rest.get(at..at.checked_add(2)?)?.parse::<u8>().ok();
    let date = Date::from_calendar_date(year, Month::try_from(part(0)?).ok()?, part(2)?).ok()?;
    let time = Time::from_hms(part(4)?, part(6)?, part(8)?).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_utc())
}

/// Values one after the other.
#[derive(Clone, Debug)]
pub(super) struct Nodes<'a>(&'a [u8]);

impl<'a> Nodes<'a> {
    /// Those in these bytes.
    pub(super) const fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next value if it has this tag; one with another tag stays the next.
    pub(super) fn tagged(&mut self, tag: u8) -> Option<Node<'a>> {
        (*self.0.first()? == tag).then(|| self.next()).flatten()
    }
}

impl<'a> Iterator for Nodes<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        let (tag, header, length) = header(self.0)?;
        let end = header.checked_add(length?)?;
        let (whole, rest) = self.0.split_at_checked(end)?;
        self.0 = rest;
        Some(Node {
            tag,
            whole,
            content: whole.get(header..)?,
        })
    }
}

/// The tag, the length of tag and length, and the length of what follows; none for an indefinite
/// one. Numbers of tags above 30, which nothing in signatures has, are not read.
pub(super) fn header(bytes: &[u8]) -> Option<(u8, usize, Option<usize>)> {
    let (tag, length) = (*bytes.first()?, *bytes.get(1)?);
    (tag & 0x1f != 0x1f).then_some(())?;
    match length {
        0..=0x7f => Some((tag, 2, Some(usize::from(length)))),
        0x80 => Some((tag, 2, None)),
        _ => {
            let count = usize::from(length & 0x7f);
            let octets = bytes.get(2..count.checked_add(2)?)?;
            Some((tag, count.checked_add(2)?, Some(number(octets)?)))
        }
    }
}

/// Up to four bytes after zeros: 4 GiB is more than any file here.
fn number(octets: &[u8]) -> Option<usize> {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    let rest = octets.get(zeros..)?;
    (rest.len() <= 4).then_some(())?;
    let number = rest
        .iter()
        .fold(0_u32, |sum, octet| (sum << 8) | u32::from(*octet));
    usize::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn times_are_read_as_the_profiles_write_them() {
        for (tag, text, expected) in [
            (
                UTC_TIME,
                "261126080509Z",
                Some(datetime!(2026-11-26 08:05:09 UTC)),
            ),
            (
                UTC_TIME,
                "991231235959Z",
                Some(datetime!(1999-12-31 23:59:59 UTC)),
            ),
            (
                GENERALIZED_TIME,
                "20500101000000Z",
                Some(datetime!(2050-01-01 0:00 UTC)),
            ),
            (
                GENERALIZED_TIME,
                "20261126080509.25Z",
                Some(datetime!(2026-11-26 08:05:09 UTC)),
            ),
            (UTC_TIME, "2611260805Z", None),
            (UTC_TIME, "261126080509+0700", None),
            (UTC_TIME, "261326080509Z", None),
            (UTC_TIME, "+61126080509Z", None),
            (INTEGER, "261126080509Z", None),
        ] {
            let node = Node {
                tag,
                whole: &[],
                content: text.as_bytes(),
            };
            assert_eq!(node.moment(), expected, "{text}");
        }
    }

    #[test]
    fn values_end_where_their_lengths_say() {
        let mut nodes = Nodes::of(&[
            0x02, 1, 5, 0x30, 0x81, 2, 5, 0, 0x02, 0x85, 0, 0, 0, 0, 1, 7,
        ]);
        assert_eq!(nodes.tagged(SEQUENCE), None);
        assert_eq!(nodes.tagged(INTEGER).unwrap().content, [5]);
        assert_eq!(nodes.next().unwrap().content, [5, 0]);
        assert_eq!(nodes.next().unwrap().content, [7]);
        assert_eq!(nodes.next(), None);
        for cut in [
            &[0x30][..],
            &[0x30, 3, 0],
            &[0x30, 0x80],
            &[0x1f, 0],
            &[0x30, 0x85, 1, 0, 0, 0, 0],
        ] {
            assert_eq!(Node::read(cut), None, "{cut:?}");
        }
    }
}
