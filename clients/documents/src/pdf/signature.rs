//! The signature dictionary, its room for the signature, and the words in it
//! (ISO 32000-2 §12.8.1, EN 319 142-1 §6.3).

use std::ops::Range;

use time::OffsetDateTime;

use super::refusal::Refusal;
use super::request::Request;
use super::text::hexadecimal;

/// Room for four numbers of up to ten digits.
const BYTE_RANGE: &str = "[0                                 ]";

/// A signature dictionary without the two things that are known last.
#[derive(Debug)]
pub(crate) struct SignatureText {
    pub(crate) text: Vec<u8>,
    /// The array of the signed ranges.
    pub(crate) byte_range: Range<usize>,
    /// The string for the CMS, with its brackets.
    pub(crate) contents: Range<usize>,
}

impl SignatureText {
    /// With further keys, as text.
    pub(crate) fn new(request: &Request, further: &str) -> Result<Self, Refusal> {
        let mut text =
            b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached".to_vec();
        text.extend_from_slice(format!(" /M ({})", date(request.time)?).as_bytes());
        for (key, words) in [
            ("Name", &request.name),
            ("Reason", &request.reason),
            ("Location", &request.location),
            ("ContactInfo", &request.contact),
        ] {
            if let Some(words) = words {
                text.extend_from_slice(format!(" /{key} {}", string(words)).as_bytes());
            }
        }
        text.extend_from_slice(further.as_bytes());
        text.extend_from_slice(b" /ByteRange ");
        let byte_range = append(&mut text, BYTE_RANGE.as_bytes());
        text.extend_from_slice(b" /Contents ");
        let digits = request.room.checked_mul(2).ok_or(Refusal::Budget)?;
        let room = [b"<", "0".repeat(digits).as_bytes(), b">"].concat();
        let contents = append(&mut text, &room);
        text.extend_from_slice(b" >>");
        Ok(Self {
            text,
            byte_range,
            contents,
        })
    }
}

fn append(text: &mut Vec<u8>, bytes: &[u8]) -> Range<usize> {
    let from = text.len();
    text.extend_from_slice(bytes);
    from..text.len()
}

/// The array, as long as the room that was left for it.
pub(crate) fn byte_range(range: [u64; 4]) -> Option<Vec<u8>> {
    let [a, b, c, d] = range;
    let numbers = format!("[{a} {b} {c} {d}");
    let spaces = BYTE_RANGE
        .len()
        .checked_sub(numbers.len())?
        .checked_sub(1)?;
    let text = format!("{numbers}{}]", " ".repeat(spaces));
    Some(text.into_bytes())
}

/// A date with its offset (ISO 32000-2 §7.9.4).
fn date(time: OffsetDateTime) -> Result<String, Refusal> {
    let (year, month, day) = time.to_calendar_date();
    if !(0..=9999).contains(&year) {
        return Err(Refusal::Time);
    }
    let (hour, minute, second) = time.to_hms();
    let month = u8::from(month);
    let offset = time.offset();
    let (hours, minutes, _) = offset.as_hms();
    let zone = if offset.is_utc() {
        "Z".to_owned()
    } else {
        let sign = if offset.is_negative() { '-' } else { '+' };
        format!(
            "{sign}{:02}'{:02}'",
            hours.unsigned_abs(),
            minutes.unsigned_abs()
        )
    };
    Ok(format!(
        "D:{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}{zone}"
    ))
}

/// A text string: hexadecimal, so that nothing needs an escape; plain ASCII as it is, anything
/// else in UTF-16 (§7.9.2.2).
pub(crate) fn string(words: &str) -> String {
    if words.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return format!("<{}>", hexadecimal(words.as_bytes()));
    }
    let units = std::iter::once(0xfeff).chain(words.encode_utf16());
    let bytes: Vec<u8> = units.flat_map(u16::to_be_bytes).collect();
    format!("<{}>", hexadecimal(&bytes))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn dates_are_written_with_their_offset() {
        for (time, expected) in [
            (
                datetime!(2026-11-23 08:05:09 +7),
                Ok("D:20261123080509+07'00'"),
            ),
            (datetime!(2026-11-23 08:05:09 UTC), Ok("D:20261123080509Z")),
            (
                datetime!(0001-01-01 00:00:00 -3:30),
                Ok("D:00010101000000-03'30'"),
            ),
            (datetime!(-0001-01-01 00:00:00 UTC), Err(Refusal::Time)),
        ] {
            assert_eq!(date(time).as_deref(), expected.as_ref().map(|one| *one));
        }
    }

    #[test]
    fn words_are_written_so_that_every_reader_knows_their_letters() {
        assert_eq!(string("A)\\"), "<41295c>");
        assert_eq!(string("Ký"), "<feff004b00fd>");
    }

    #[test]
    fn a_byte_range_fills_its_room() {
        for range in [
            [0, 1, 2, 3],
            [0, 4_294_967_295, 4_294_967_295, 4_294_967_295],
        ] {
            let text = byte_range(range).unwrap();
            assert_eq!(text.len(), BYTE_RANGE.len());
        }
        assert_eq!(byte_range([u64::MAX; 4]), None);
    }
}
