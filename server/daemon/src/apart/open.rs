//! Where a process that read a stranger's file says that a signature is open in it. The server checks that and hashes what
//! is signed itself, of the bytes that came.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A signature that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Name of its field.
    pub field: String,
    /// Where its digits will stand.
    pub room: Range<usize>,
    /// How long the file was before it was prepared.
    pub before: usize,
    /// Where begins what was written then; none if that cannot be told.
    pub follows: Option<usize>,
}

impl From<&kyso_documents::seal::Open> for Open {
    fn from(open: &kyso_documents::seal::Open) -> Self {
        Self {
            field: open.field().to_owned(),
            room: open.room(),
            before: open.before(),
            follows: open.follows(),
        }
    }
}

impl Open {
    /// The two parts of the file that are signed, if the place that the process names is one that a signature may have: at
    /// least so many digits, all still zero, between the signs for them, and the file before it was prepared ends before.
    pub fn signed<'f>(&self, file: &'f [u8], least: usize) -> Option<[&'f [u8]; 2]> {
        let Range { start, end } = self.room;
        let (first, rest) = file.split_at_checked(start.checked_sub(1)?)?;
        let (digits, after) = rest.split_at_checked(end.checked_add(2)?.checked_sub(start)?)?;
        let zeros = digits.strip_prefix(b"<")?.strip_suffix(b">")?;
        let open = zeros.iter().all(|digit| *digit == b'0');
        (open && zeros.len() >= least && self.before <= first.len()).then_some([first, after])
    }
}

/// What follows the first `length` bytes of a file, with these bytes in the place of the first digits; none if they have
/// no room there.
pub fn completed(
    file: &[u8],
    length: usize,
    room: &Range<usize>,
    signature: &[u8],
) -> Option<Vec<u8>> {
    let mut update = file.get(length..)?.to_vec();
    let within = |at: usize| at.checked_sub(length);
    let room = update.get_mut(within(room.start)?..within(room.end)?)?;
    let digits = hex::encode(signature);
    room.get_mut(..digits.len())?
        .copy_from_slice(digits.as_bytes());
    Some(update)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_all_but_open_digits_between_their_signs() {
        const LEAST: usize = 100;
        let zeros = "0".repeat(LEAST);
        let file = format!("before<{zeros}>after").into_bytes();
        let open = |start: usize, end: usize, before| Open {
            field: String::new(),
            room: start..end,
            before,
            follows: None,
        };
        let end = 7 + LEAST;
        let parts = open(7, end, 6).signed(&file, LEAST).unwrap();
        assert_eq!(parts, [b"before".as_slice(), b"after"]);
        for (start, end, before) in [
            (6, end, 6),
            (8, end, 6),
            (7, end - 1, 6),
            (7, end + 1, 6),
            (7, end, 7), // it was longer before than what comes before its signature
            (0, end, 0),
            (end, 7, 6),
            (7, usize::MAX, 6),
            (usize::MAX, usize::MAX, 6),
        ] {
            assert_eq!(
                open(start, end, before).signed(&file, LEAST),
                None,
                "{start} {end} {before}"
            );
        }
        let mut filled = file.clone();
        filled[50] = b'1';
        assert_eq!(open(7, end, 6).signed(&filled, LEAST), None);
        let little = format!("before<{}>after", "0".repeat(LEAST - 2)).into_bytes();
        assert_eq!(open(7, end - 2, 6).signed(&little, LEAST), None);
    }

    #[test]
    fn a_signature_goes_into_its_room_and_nowhere_else() {
        let file = b"file<0000>end";
        let put = |length, room, signature: &[u8]| completed(file, length, &room, signature);
        assert_eq!(put(4, 5..9, &[0xab]).unwrap(), b"<ab00>end");
        assert_eq!(put(4, 5..9, &[0xab, 0xcd]).unwrap(), b"<abcd>end");
        for (length, room, signature) in [
            (4, 5..9, &[1, 2, 3][..]),
            (6, 5..9, &[1]),
            (4, 5..99, &[1]),
            (99, 100..102, &[1]),
        ] {
            assert_eq!(put(length, room, signature), None, "{length}");
        }
    }
}
