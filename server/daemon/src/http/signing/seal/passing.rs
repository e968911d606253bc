//! The digests of a file that passes and is held nowhere: over all of it, over what it was before it was prepared, and over what
//! the seal signs and people have signed of it. Where these places are its sender said before.

use std::ops::Range;

use kyso_core::HashAlgorithm;
use kyso_documents::{DocumentDigest, HashAlgorithm as DocumentHash, RunningDigest};

use super::before::Before;
use super::layout::Layout;
use crate::documents;

/// The file has another length than its `ByteRange` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum OtherLength {
    #[error("the file is longer than byte_range says")]
    Longer,
    #[error("the file is shorter than byte_range says")]
    Shorter,
}

/// The digest of two parts of a file, by each hash that a signature may have: which one a person's has, the log says later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Over([DocumentDigest; 3]);

impl Over {
    /// Of parts that are held.
    pub(super) fn of(parts: [&[u8]; 2]) -> Self {
        Self(DocumentHash::ALL.map(|hash| DocumentDigest::of_parts(hash, &parts)))
    }

    pub(super) fn by(&self, hash: HashAlgorithm) -> Option<&DocumentDigest> {
        let hash = documents::hash(hash);
        self.0.iter().find(|digest| digest.algorithm() == hash)
    }

    /// SHA-256, by which a revision is known.
    pub(super) fn revision(&self) -> Option<[u8; 32]> {
        let digest = self.by(HashAlgorithm::Sha256)?;
        digest.as_bytes().try_into().ok()
    }
}

/// A file while it passes.
#[derive(Debug)]
pub(super) struct Passing {
    layout: Layout,
    /// How much has passed.
    passed: usize,
    whole: Running,
    before: Before,
    signed: Running,
    earlier: Vec<[Running; 3]>,
    gap: Gap,
}

/// A file that has passed.
#[derive(Debug)]
pub(super) struct Passed {
    pub(super) layout: Layout,
    /// SHA-256 of all of it.
    pub(super) whole: [u8; 32],
    /// What was there before it was prepared.
    pub(super) before: Before,
    /// What the seal signs; none if its room is not open.
    pub(super) signed: Option<DocumentDigest>,
    earlier: Vec<Over>,
}

impl Passing {
    /// One that is to be sealed by this hash.
    pub(super) fn new(layout: Layout, hash: HashAlgorithm) -> Self {
        let over = |over: &[Range<usize>; 2]| {
            DocumentHash::ALL.map(|hash| Running::new(over.clone(), hash))
        };
        Self {
            passed: 0,
            whole: Running::new([0..layout.length, 0..0], DocumentHash::Sha256),
            before: Before::new(layout.before),
            signed: Running::new(layout.signed(), documents::hash(hash)),
            earlier: layout.earlier.iter().map(over).collect(),
            gap: Gap::new(layout.gap.clone()),
            layout,
        }
    }

    /// How long the file is to be.
    pub(super) const fn length(&self) -> usize {
        self.layout.length
    }

    /// Takes the next bytes.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> Result<(), OtherLength> {
        let at = self.passed;
        let passed = at.saturating_add(bytes.len());
        if passed > self.layout.length {
            return Err(OtherLength::Longer);
        }
        let earlier = self.earlier.iter_mut().flatten();
        for one in [&mut self.whole, &mut self.signed]
            .into_iter()
            .chain(earlier)
        {
            one.pass(at, bytes);
        }
        self.before.pass(at, bytes);
        self.gap.pass(at, bytes);
        self.passed = passed;
        Ok(())
    }

    /// The digests, once all has passed.
    pub(super) fn end(self) -> Result<Passed, OtherLength> {
        if self.passed < self.layout.length {
            return Err(OtherLength::Shorter);
        }
        let earlier = self.earlier.into_iter();
        Ok(Passed {
            whole: self.whole.sha256(),
            before: self.before,
            signed: self.gap.open.then(|| self.signed.digest.end()),
            earlier: earlier
                .map(|all| Over(all.map(|one| one.digest.end())))
                .collect(),
            layout: self.layout,
        })
    }
}

impl Passed {
    /// The digest of what an earlier signature is over, if it was said where that is.
    pub(super) fn over(&self, parts: &[Range<usize>; 2]) -> Option<&Over> {
        let said = self.layout.earlier.iter().position(|one| one == parts);
        self.earlier.get(said?)
    }
}

/// A digest of two parts of what passes.
#[derive(Debug)]
struct Running {
    parts: [Range<usize>; 2],
    digest: RunningDigest,
}

impl Running {
    fn new(parts: [Range<usize>; 2], hash: DocumentHash) -> Self {
        Self {
            parts,
            digest: RunningDigest::new(hash),
        }
    }

    fn pass(&mut self, at: usize, bytes: &[u8]) {
        for part in &self.parts {
            self.digest.update(within(part, at, bytes));
        }
    }

    /// Of one that is by SHA-256.
    fn sha256(self) -> [u8; 32] {
        let mut digest = [0; 32];
        for (to, from) in digest.iter_mut().zip(self.digest.end().as_bytes()) {
            *to = *from;
        }
        digest
    }
}

/// The room for the digits, all still zero, between the signs for them (ISO 32000-2 §7.3.4.3).
#[derive(Debug)]
struct Gap {
    range: Range<usize>,
    /// As far as it has passed.
    open: bool,
}

impl Gap {
    const fn new(range: Range<usize>) -> Self {
        Self { range, open: true }
    }

    fn pass(&mut self, at: usize, bytes: &[u8]) {
        let part = within(&self.range, at, bytes);
        self.open &= (self.range.start.max(at)..)
            .zip(part)
            .all(|(place, byte)| *byte == self.wanted(place));
    }

    const fn wanted(&self, place: usize) -> u8 {
        if place == self.range.start {
            b'<'
        } else if place.saturating_add(1) == self.range.end {
            b'>'
        } else {
            b'0'
        }
    }
}

/// What lies in a range of a file, of bytes that stand at a place in it.
pub(super) fn within<'b>(range: &Range<usize>, at: usize, bytes: &'b [u8]) -> &'b [u8] {
    let from = range.start.saturating_sub(at).min(bytes.len());
    let to = range.end.saturating_sub(at).min(bytes.len());
    bytes.get(from..to).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"before\r\nupdate<0000>after";

    fn layout() -> Layout {
        Layout {
            length: FILE.len(),
            before: 6,
            gap: 14..20,
            earlier: vec![[0..1, 2..3], [0..2, 4..6]],
        }
    }

    fn passed(file: &[u8], length: usize) -> Result<Passed, OtherLength> {
        let mut passing = Passing::new(layout(), HashAlgorithm::Sha512);
        for piece in file.chunks(length) {
            passing.pass(piece)?;
        }
        passing.end()
    }

    #[test]
    fn digests_are_of_the_places_however_the_bytes_come() {
        for length in 1..=FILE.len() {
            let passed = passed(FILE, length).unwrap();
            assert_eq!(passed.whole, documents::sha256(FILE), "{length}");
            let signed =
                DocumentDigest::of_parts(DocumentHash::Sha512, &[b"before\r\nupdate", b"after"]);
            assert_eq!(passed.signed, Some(signed));
            let person = Over::of([b"be", b"re"]);
            assert_eq!(person.revision(), Some(documents::sha256(b"bere")));
            assert_eq!(passed.over(&[0..2, 4..6]), Some(&person));
            assert_eq!(passed.over(&[0..1, 2..3]), Some(&Over::of([b"b", b"f"])));
            assert_eq!(passed.over(&[0..1, 2..4]), None);
        }
    }

    #[test]
    fn another_length_is_told_of() {
        let longer = [FILE, b"x"].concat();
        for (file, why) in [
            (&longer[..], OtherLength::Longer),
            (&FILE[1..], OtherLength::Shorter),
            (b"", OtherLength::Shorter),
        ] {
            for length in [1, 100] {
                assert_eq!(passed(file, length).unwrap_err(), why, "{length}");
            }
        }
    }

    #[test]
    fn a_room_that_is_not_open_is_signed_by_nobody() {
        for place in 14..20 {
            let mut file = FILE.to_vec();
            file[place] = b'1';
            for length in [1, 4, 100] {
                let passed = passed(&file, length).unwrap();
                assert_eq!(passed.signed, None, "{place} {length}");
            }
        }
    }
}
