//! Strings of bytes, as they are written and as they are meant.

use super::text::{digit, is_space};

/// The bytes of a string in either form (ISO 32000-2 §7.3.4).
pub(super) fn string(text: &[u8]) -> Option<Vec<u8>> {
    if let Some(digits) = text.strip_prefix(b"<") {
        let digits = digits.strip_suffix(b">")?.iter().copied();
        let digits: Option<Vec<u8>> = digits.filter(|byte| !is_space(*byte)).map(digit).collect();
        let pairs = digits?;
        let pairs = pairs.chunks(2).map(|pair| match pair {
            [high, low] => high << 4 | low,
            [high] => high << 4,
            _ => 0,
        });
        return Some(pairs.collect());
    }
    literal(text.strip_prefix(b"(")?.strip_suffix(b")")?)
}

/// Escapes undone; every end of line is one line feed.
fn literal(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = text.iter().copied().peekable();
    let mut plain = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' => {
                bytes.next_if_eq(&b'\n');
                plain.push(b'\n');
            }
            b'\\' => plain.extend(escaped(bytes.next()?, &mut bytes)),
            byte => plain.push(byte),
        }
    }
    Some(plain)
}

/// What a backslash and this byte stand for; an escaped end of line for nothing.
fn escaped(byte: u8, rest: &mut std::iter::Peekable<impl Iterator<Item = u8>>) -> Option<u8> {
    Some(match byte {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'f' => 12,
        b'\n' => return None,
        b'\r' => {
            rest.next_if_eq(&b'\n');
            return None;
        }
        b'0'..=b'7' => {
            let mut code = byte.wrapping_sub(b'0');
            for _ in 0..2 {
                let Some(next) = rest.next_if(|next| matches!(next, b'0'..=b'7')) else {
                    break;
                };
                // A higher one overflows, which readers ignore (table 3).
                code = code.wrapping_mul(8).wrapping_add(next.wrapping_sub(b'0'));
            }
            code
        }
        other => other,
    })
}
