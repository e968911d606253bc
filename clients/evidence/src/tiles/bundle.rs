//! Entry bundles: the entries themselves, in files of up to 256.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::TILE_WIDTH;
use super::slot::{PathError, Slot};

/// Which entry bundle, and how many entries it holds.
///
/// Displays as its path, `tile/entries/<N>[.p/<W>]`, and is read from that one spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bundle(Slot);

/// Why entries make no bundle, or bytes are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// An entry does not fit its 16-bit length. Kyso's do:
    /// [`MAX_ENTRY_BYTES`](crate::MAX_ENTRY_BYTES).
    #[error("an entry of {0} bytes does not fit a bundle")]
    TooLong(usize),
    /// Too few or too many entries for this bundle.
    #[error("{0} has another number of entries")]
    Count(Bundle),
    /// The bytes end within an entry.
    #[error("{0} ends within an entry")]
    CutOff(Bundle),
}

impl Bundle {
    /// The bundles that hold these entries in a tree that ends with them, in order; the last one
    /// may be partial, and the first may begin before the range.
    ///
    /// From the old size to the new one these are the bundles that an append makes new or wider.
    pub fn covering(entries: Range<u64>) -> impl Iterator<Item = Self> {
        let width = u64::from(TILE_WIDTH);
        let end = if entries.is_empty() { 0 } else { entries.end };
        let indices = entries.start / width..end.div_ceil(width);
        indices.filter_map(move |index| Slot::of_row(index, end).map(Self))
    }

    /// Numbers of its entries.
    pub fn entries(&self) -> Range<u64> {
        self.0.first()..self.0.first() + u64::from(self.0.width)
    }

    /// The file of this bundle: each entry behind its length, 16 bits big-endian.
    ///
    /// # Errors
    ///
    /// [`BundleError::TooLong`]; [`BundleError::Count`] if there are not as many entries as the
    /// bundle holds.
    pub fn encode<'a>(
        &self,
        entries: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Vec<u8>, BundleError> {
        let mut bytes = Vec::new();
        let mut count = 0;
        for entry in entries {
            let length = u16::try_from(entry.len());
            let length = length.map_err(|_| BundleError::TooLong(entry.len()))?;
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(entry);
            count += 1;
        }
        if count == usize::from(self.0.width) {
            Ok(bytes)
        } else {
            Err(BundleError::Count(*self))
        }
    }

    /// Reads the file of this bundle, entry by entry and without copying.
    pub const fn decode<'a>(&self, bytes: &'a [u8]) -> Entries<'a> {
        Entries {
            bundle: *self,
            left: self.0.width,
            bytes,
        }
    }
}

impl fmt::Display for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/entries/{}", self.0)
    }
}

impl FromStr for Bundle {
    type Err = PathError;

    fn from_str(path: &str) -> Result<Self, PathError> {
        let slot = path.strip_prefix("tile/entries/").ok_or(PathError)?;
        let slot = Slot::parse(slot)?;
        let end = slot.first().checked_add(u64::from(slot.width));
        end.map(|_| Self(slot)).ok_or(PathError)
    }
}

/// The entries of a bundle; after an error nothing more comes.
///
/// Only one that runs to its end without an error has shown that the bundle is whole.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    bundle: Bundle,
    left: u16,
    bytes: &'a [u8],
}

impl<'a> Entries<'a> {
    fn split(&mut self) -> Result<&'a [u8], BundleError> {
        if self.left == 0 || self.bytes.is_empty() {
            return Err(BundleError::Count(self.bundle));
        }
        let (length, rest) = self
            .bytes
            .split_first_chunk()
            .ok_or(BundleError::CutOff(self.bundle))?;
        let (entry, rest) = rest
            .split_at_checked(usize::from(u16::from_be_bytes(*length)))
            .ok_or(BundleError::CutOff(self.bundle))?;
        self.left -= 1;
        self.bytes = rest;
        Ok(entry)
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<&'a [u8], BundleError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 && self.bytes.is_empty() {
            return None;
        }
        let entry = self.split();
        if entry.is_err() {
            (self.left, self.bytes) = (0, &[]);
        }
        Some(entry)
    }
}
