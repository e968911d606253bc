//! What a file was before the seal's signature was prepared in it: its digest, computed while the file passes up to where its sender
//! said that it ended.
//!
//! Preparing a file that ends without an end of line adds one, and nobody can tell afterwards whose that is. So the log always has it.

use sha2::{Digest as _, Sha256};

use super::passing::within;
use crate::apart::open::Open;

/// SHA-256 of the first bytes of a file, and of no more than an end of line after these.
#[derive(Debug, Clone)]
pub(super) struct Before {
    /// How many they are, as was said.
    length: usize,
    digest: Sha256,
    /// The two bytes after them.
    after: Vec<u8>,
}

impl Before {
    pub(super) fn new(length: usize) -> Self {
        Self {
            length,
            digest: Sha256::new(),
            after: Vec::new(),
        }
    }

    /// Takes the next bytes, which stand at this place.
    pub(super) fn pass(&mut self, at: usize, bytes: &[u8]) {
        let length = self.length;
        self.digest.update(within(&(0..length), at, bytes));
        let after = within(&(length..length.saturating_add(2)), at, bytes);
        self.after.extend_from_slice(after);
    }

    /// The digest for the log, if the file was as long as was said, as far as whoever read it can tell: it ended with the end of
    /// line after its mark, or with what follows that and is no part of the update. Where it is not known, as in a file for fast
    /// web view, the digest is that of nothing, as it is of one that is held.
    pub(super) fn of(&self, open: &Open) -> Option<[u8; 32]> {
        let Some(follows) = open.follows else {
            return (open.before == 0).then(|| Sha256::digest(b"").into());
        };
        if (open.before..=follows).contains(&self.length) {
            return Some(self.digest.clone().finalize().into());
        }
        let added = self.after.get(..open.before.checked_sub(self.length)?)?;
        let line = matches!(added, b"\r" | b"\n" | b"\r\n");
        line.then(|| self.digest.clone().chain_update(added).finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents;

    const FILE: &[u8] = b"before\r\n \0update";

    fn said(length: usize, piece: usize) -> Before {
        let mut before = Before::new(length);
        for (number, bytes) in FILE.chunks(piece).enumerate() {
            before.pass(number * piece, bytes);
        }
        before
    }

    fn open(before: usize, follows: Option<usize>) -> Open {
        Open {
            field: String::new(),
            room: 0..0,
            before,
            follows,
        }
    }

    #[test]
    fn what_is_logged_ends_with_the_end_of_line_or_later() {
        for piece in 1..=FILE.len() {
            for (length, logged) in [
                (5, None),
                (6, Some(8)),
                (7, Some(8)),
                (8, Some(8)),
                (9, Some(9)),
                (10, Some(10)),
                (11, None),
            ] {
                let digest = said(length, piece).of(&open(8, Some(10)));
                let logged = logged.map(|end| documents::sha256(&FILE[..end]));
                assert_eq!(digest, logged, "{length} {piece}");
            }
        }
    }

    #[test]
    fn nothing_but_an_end_of_line_is_added() {
        let digest = |length, before| said(length, 3).of(&open(before, Some(before)));
        assert_eq!(digest(6, 9), None);
        assert_eq!(digest(8, 9), None, "a space");
        assert_eq!(digest(FILE.len(), FILE.len() + 1), None);
        assert!(digest(6, 7).is_some());
    }

    #[test]
    fn what_was_never_another_was_nothing_and_what_nobody_can_tell_is_said_to_be_nothing() {
        let nothing = Some(documents::sha256(b""));
        assert_eq!(said(0, 3).of(&open(0, Some(0))), nothing);
        assert_eq!(said(6, 3).of(&open(0, Some(0))), None);
        assert_eq!(said(6, 3).of(&open(0, None)), nothing);
        assert_eq!(said(6, 3).of(&open(6, None)), None);
    }
}
