//! Where signatures stand in a PDF that has not come yet, as its sender says: so the server can compute what they are over while
//! the bytes pass. The process apart has to find the same places in them.

use std::ops::Range;

use kyso_api::management::PreparedFile;

use crate::http::error::Problem;
use crate::sealing::{FILE, SIGNERS};

/// Digits that are room for something: whoever prepared the file knows how large its CMS will be.
pub(super) const LEAST: usize = 2;

/// The places, in their order and within the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// Length of the file.
    pub(super) length: usize,
    /// Where it ended before the seal's signature was prepared.
    pub(super) before: usize,
    /// Where the seal's digits are to stand, with the signs around them: all that it is not over.
    pub(super) gap: Range<usize>,
    /// What earlier signatures are over, each once: which of them counts, policy says later. Three hashes run for each while the
    /// file passes.
    pub(super) earlier: Vec<[Range<usize>; 2]>,
}

impl Layout {
    pub(super) fn read(wire: &PreparedFile) -> Result<Self, Problem> {
        let wrong = || Problem::field("prepared");
        let [first, second] = ranges(wire.byte_range).ok_or_else(wrong)?;
        let before = usize::try_from(wire.before).map_err(|_| wrong())?;
        let earlier = wire
            .signed
            .iter()
            .take(SIGNERS)
            .map(|signed| ranges(*signed));
        let earlier = distinct(earlier).ok_or_else(wrong)?;
        let (length, gap) = (second.end, first.end..second.start);
        let was_there = |[_, last]: &[Range<usize>; 2]| last.end <= before;
        // With the signs around the digits.
        let fits = gap.len() >= LEAST + 2
            && length <= FILE
            && before <= gap.start
            && wire.signed.len() <= SIGNERS
            && earlier.iter().all(was_there);
        fits.then_some(Self {
            length,
            before,
            gap,
            earlier,
        })
        .ok_or_else(wrong)
    }

    /// What the seal's signature is over.
    pub(super) const fn signed(&self) -> [Range<usize>; 2] {
        [0..self.gap.start, self.gap.end..self.length]
    }
}

/// Each of them once, in their order, if there are all.
fn distinct<P: PartialEq>(all: impl Iterator<Item = Option<P>>) -> Option<Vec<P>> {
    let mut distinct = Vec::new();
    for one in all {
        let one = one?;
        if !distinct.contains(&one) {
            distinct.push(one);
        }
    }
    Some(distinct)
}

/// What a `ByteRange` is over; none if it does not begin with the file, or its second part not after its first.
fn ranges(pairs: [u64; 4]) -> Option<[Range<usize>; 2]> {
    let [start, first, from, second] = pairs.map(usize::try_from);
    let (first, from) = (first.ok()?, from.ok()?);
    let end = from.checked_add(second.ok()?)?;
    (start == Ok(0) && first <= from).then_some([0..first, from..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(byte_range: [u64; 4], before: u64, signed: &[[u64; 4]]) -> Option<Layout> {
        let wire = PreparedFile {
            byte_range,
            before,
            signed: signed.to_vec(),
        };
        Layout::read(&wire).ok()
    }

    #[test]
    fn places_are_in_their_order_and_within_the_file() {
        let right = read([0, 90, 100, 10], 80, &[[0, 20, 30, 50]]).unwrap();
        assert_eq!(
            (right.length, right.before, right.gap.clone()),
            (110, 80, 90..100)
        );
        assert_eq!(right.earlier, [[0..20, 30..80]]);
        assert_eq!(right.signed(), [0..90, 100..110]);
        let repeated = [[0, 20, 30, 50], [0, 20, 31, 49], [0, 20, 30, 50]];
        let merged = read([0, 90, 100, 10], 80, &repeated).unwrap();
        assert_eq!(merged.earlier, [[0..20, 30..80], [0..20, 31..80]]);
        assert!(read([0, 90, 100, 10], 80, &[[0, 20, 30, 50]; 16]).is_some());
        assert!(read([0, 90, 94, 0], 90, &[]).is_some());
        let most = u64::try_from(FILE).unwrap();
        assert!(read([0, 90, 100, most - 100], 0, &[]).is_some());
        for (byte_range, before, signed) in [
            ([1, 90, 100, 10], 80, &[][..]),
            ([0, 100, 90, 10], 80, &[]),
            ([0, 90, 93, 10], 80, &[]), // no room for a digit
            ([0, 90, 100, 10], 91, &[]),
            ([0, 90, 100, most - 99], 0, &[]),
            ([0, 90, 100, u64::MAX], 0, &[]),
            ([0, 0, 0, 0], 0, &[]),
            ([0, 90, 100, 10], 80, &[[0, 20, 30, 51]][..]), // it was signed before it was prepared
            ([0, 90, 100, 10], 80, &[[0, 30, 20, 50]][..]),
            ([0, 90, 100, 10], 80, &[[1, 20, 30, 50]][..]),
            ([0, 90, 100, 10], 80, &[[0, 20, 30, 50]; SIGNERS + 1]),
        ] {
            assert_eq!(
                read(byte_range, before, signed),
                None,
                "{byte_range:?} {before} {signed:?}"
            );
        }
    }
}
