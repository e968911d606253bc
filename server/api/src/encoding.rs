//! Binary values and times in JSON.
//!
//! CSC 1.0.4.0 §7: base64 of RFC 4648 §4, padded, without line breaks. A lenient decoder would let
//! a hexadecimal SHA-256 through as a 48-byte "SHA-384 digest", and a signature over it would be
//! worthless; so this one is strict and says what it thinks went wrong.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::OffsetDateTime;
use time::macros::format_description;

/// Text that is not base64 of RFC 4648 §4 with padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotBase64 {
    /// All characters are hexadecimal digits and there are as many as a digest has.
    #[error("it looks hexadecimal ({0} digits): send the bytes in base64")]
    Hexadecimal(usize),
    /// It holds `-` or `_`: the URL-safe alphabet of RFC 4648 §5.
    #[error("it is in the URL-safe alphabet: send the standard one, with + and /")]
    UrlSafe,
    /// It holds a blank or a line break; a blank may be a `+` that a form decoder ate.
    #[error("it contains white space")]
    WhiteSpace,
    /// The padding is missing or too long.
    #[error("its padding is wrong")]
    Padding,
    /// Anything else.
    #[error("it is not base64")]
    Other,
}

/// Decodes strict base64.
///
/// # Errors
/// [`NotBase64`] names the most likely mistake.
pub fn decode_base64(text: &str) -> Result<Vec<u8>, NotBase64> {
    // 40, 64, 96, 128: SHA-1, SHA-256, SHA-384 and SHA-512 in hexadecimal. A random digest whose
    // base64 has hexadecimal digits only is one in 2^90 or rarer.
    if matches!(text.len(), 40 | 64 | 96 | 128) && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(NotBase64::Hexadecimal(text.len()));
    }
    STANDARD.decode(text).map_err(|_| why_not_base64(text))
}

fn why_not_base64(text: &str) -> NotBase64 {
    if text.contains(char::is_whitespace) {
        NotBase64::WhiteSpace
    } else if text.contains(['-', '_']) {
        NotBase64::UrlSafe
    } else if text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
    {
        NotBase64::Padding
    } else {
        NotBase64::Other
    }
}

/// Encodes as [`decode_base64`] reads.
pub fn encode_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// `YYYYMMDDHHMMSSZ`, as CSC writes a certificate's dates (1.0.4.0 §11.5), from seconds since the
/// Unix epoch; `None` outside the years 0 to 9999.
pub fn generalized_time(seconds: i64) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    let format = format_description!("[year][month][day][hour][minute][second]Z");
    (0..=9999)
        .contains(&time.year())
        .then(|| time.format(&format).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn says_what_is_wrong_with_a_digest() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        for (text, why) in [
            (hex, NotBase64::Hexadecimal(64)),
            (&hex[..40], NotBase64::Hexadecimal(40)),
            (
                "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",
                NotBase64::UrlSafe,
            ),
            (
                "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
                NotBase64::Padding,
            ),
            (
                "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
                NotBase64::WhiteSpace,
            ),
            (
                "47DEQpj8HBSa /TImW 5JCeuQeRkm5NMpJWZG3hSuFU=",
                NotBase64::WhiteSpace,
            ),
            (
                "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
                NotBase64::Padding,
            ),
            ("ký", NotBase64::Other),
        ] {
            assert_eq!(decode_base64(text), Err(why), "{text}");
        }
    }

    #[test]
    fn writes_the_dates_of_certificates() {
        assert_eq!(generalized_time(0).as_deref(), Some("19700101000000Z"));
        assert_eq!(
            generalized_time(1_795_410_001).as_deref(),
            Some("20261123050001Z")
        );
        assert_eq!(generalized_time(i64::MAX), None);
    }

    proptest! {
        #[test]
        fn base64_returns(bytes: Vec<u8>) {
            prop_assert_eq!(decode_base64(&encode_base64(&bytes)), Ok(bytes));
        }
    }
}
