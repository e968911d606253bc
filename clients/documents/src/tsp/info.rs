//! What an authority signed (`TSTInfo`, RFC 3161 §2.4.2).

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, SliceReader, Tag, TagNumber, Tagged};
use spki::AlgorithmIdentifierRef;
use time::{Date, Duration, Month, OffsetDateTime, Time};

use super::reading::{constructed, finished, optional, unsigned};
use crate::hash::{DocumentDigest, HashAlgorithm};
use crate::timestamp::sequence;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StampInfo {
    /// What was stamped.
    pub imprint: DocumentDigest,
    /// The authority's time.
    pub time: OffsetDateTime,
    /// The token's number at its authority, hex without leading zeros.
    pub serial: String,
    /// The object identifier of the policy it was made under.
    pub policy: String,
    /// The request's nonce, where it fits one of ours.
    pub nonce: Option<u64>,
}

impl StampInfo {
    pub(super) fn read(content: &[u8]) -> der::Result<Self> {
        let mut whole = SliceReader::new(content)?;
        let mut members = sequence(&mut whole)?;
        finished(&whole)?;
        if u8::decode(&mut members)? != 1 {
            return Err(Tag::Integer.value_error());
        }
        let policy = ObjectIdentifier::decode(&mut members)?.to_string();
        let imprint = imprint(&mut members)?;
        let serial = hex(unsigned(AnyRef::decode(&mut members)?)?);
        let time = general_time(AnyRef::decode(&mut members)?)?;
        let nonce = nonce(&mut members)?;
        Ok(Self {
            imprint,
            time,
            serial,
            policy,
            nonce,
        })
    }
}

fn imprint(members: &mut SliceReader<'_>) -> der::Result<DocumentDigest> {
    let mut imprint = sequence(members)?;
    let algorithm = AlgorithmIdentifierRef::decode(&mut imprint)?;
    let digest = OctetStringRef::decode(&mut imprint)?.as_bytes();
    finished(&imprint)?;
    let known = HashAlgorithm::from_oid(algorithm.oid);
    let read = known.and_then(|hash| DocumentDigest::new(hash, digest.to_vec()).ok());
    read.ok_or_else(|| Tag::OctetString.value_error())
}

/// Accuracy and ordering stand before it, the authority's name and extensions after it.
fn nonce(members: &mut SliceReader<'_>) -> der::Result<Option<u64>> {
    optional(members, Tag::Sequence)?;
    optional(members, Tag::Boolean)?;
    let nonce = optional(members, Tag::Integer)?;
    optional(members, constructed(TagNumber::N0))?;
    optional(members, constructed(TagNumber::N1))?;
    finished(members)?;
    Ok(nonce.and_then(|value| value.decode_as().ok()))
}

/// `YYYYMMDDhhmmss[.s…]Z`: with seconds, a fraction without zeros at its end, and always in UTC
/// (RFC 3161 §2.4.2).
fn general_time(value: AnyRef<'_>) -> der::Result<OffsetDateTime> {
    value.tag().assert_eq(Tag::GeneralizedTime)?;
    moment(value.value()).ok_or_else(|| Tag::GeneralizedTime.value_error())
}

fn moment(text: &[u8]) -> Option<OffsetDateTime> {
    let (whole, rest) = text.split_at_checked(14)?;
    let part = |from: usize, to: usize| number(whole.get(from..to)?);
    let small = |from, to| u8::try_from(part(from, to)?).ok();
    let month = Month::try_from(small(4, 6)?).ok()?;
    let year = i32::try_from(part(0, 4)?).ok()?;
    let date = Date::from_calendar_date(year, month, small(6, 8)?).ok()?;
    let time = Time::from_hms(small(8, 10)?, small(10, 12)?, small(12, 14)?).ok()?;
    Some(date.with_time(time).assume_utc() + fraction(rest)?)
}

fn fraction(rest: &[u8]) -> Option<Duration> {
    match rest {
        b"Z" => Some(Duration::ZERO),
        [b'.', digits @ .., b'Z'] if digits.last().is_some_and(|last| *last != b'0') => {
            let digits = digits.get(..9).unwrap_or(digits); // what is finer is left out
            let exponent = u32::try_from(9 - digits.len()).ok()?;
            let nanoseconds = i64::from(number(digits)?) * 10_i64.pow(exponent);
            Some(Duration::nanoseconds(nanoseconds))
        }
        _ => None,
    }
}

/// At most nine digits.
fn number(digits: &[u8]) -> Option<u32> {
    let all = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let text = all.then(|| std::str::from_utf8(digits).ok()).flatten()?;
    text.parse().ok()
}

/// Hex without leading zeros, as `openssl ts -reply -text` tells numbers.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for half in bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        text.extend(char::from_digit(half.into(), 16));
    }
    match text.trim_start_matches('0') {
        "" => "0".to_owned(),
        rest => rest.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn times_are_read_to_the_nanosecond() {
        for (text, right) in [
            ("20261126081530Z", datetime!(2026-11-26 08:15:30 UTC)),
            ("20261126081530.5Z", datetime!(2026-11-26 08:15:30.5 UTC)),
            (
                "20261126081530.000001Z",
                datetime!(2026-11-26 08:15:30.000001 UTC),
            ),
            (
                "20261126081530.1234567891Z",
                datetime!(2026-11-26 08:15:30.123456789 UTC),
            ),
        ] {
            assert_eq!(moment(text.as_bytes()), Some(right), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_of_an_authority_is_refused() {
        for text in [
            "",
            "20261126081530",
            "202611260815Z",
            "20261126081530.Z",
            "20261126081530.50Z",
            "20261126081530+0700",
            "20261326081530Z",
            "20260230081530Z",
            "20261126241530Z",
            "2026112608153aZ",
            "+0261126081530Z",
            "20261126081530.5",
            "20261126081530.-5Z",
        ] {
            assert_eq!(moment(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_bring_the_reader_down(bytes: Vec<u8>) {
            let _ = StampInfo::read(&bytes);
            let _ = moment(&bytes);
        }

        #[test]
        fn a_time_is_the_one_that_was_written(seconds in 0_i64..4_000_000_000, micros in 0_u32..1_000_000) {
            let right = OffsetDateTime::from_unix_timestamp(seconds).unwrap()
                + Duration::microseconds(i64::from(micros));
            let date = right.date();
            let mut text = format!(
                "{:04}{:02}{:02}{:02}{:02}{:02}",
                date.year(), u8::from(date.month()), date.day(),
                right.hour(), right.minute(), right.second(),
            );
            if micros > 0 {
                let fraction = format!(".{micros:06}");
                text.push_str(fraction.trim_end_matches('0'));
            }
            text.push('Z');
            prop_assert_eq!(moment(text.as_bytes()), Some(right));
        }
    }
}
