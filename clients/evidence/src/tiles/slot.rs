//! A place in a row of files of up to 256 things each, and the end of its path.

use std::fmt;

use super::TILE_WIDTH;

/// Why text is not the path of a tile or bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a tile or an entry bundle")]
pub struct PathError;

/// The number of a file in its row, from 0, and how many things it holds, 1 to 256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Slot {
    pub(super) index: u64,
    pub(super) width: u16,
}

impl Slot {
    /// `None` for an impossible width, and for things whose numbers would pass 64 bits.
    pub(super) fn new(index: u64, width: u16) -> Option<Self> {
        let fits = (1..=TILE_WIDTH).contains(&width) && index <= u64::MAX / u64::from(TILE_WIDTH);
        fits.then_some(Self { index, width })
    }

    /// The file of that number in a row of `count` things; `None` if the row ends before it.
    pub(super) fn of_row(index: u64, count: u64) -> Option<Self> {
        let before = index.checked_mul(u64::from(TILE_WIDTH))?;
        let width = count.checked_sub(before)?.min(u64::from(TILE_WIDTH));
        Self::new(index, u16::try_from(width).ok()?)
    }

    /// Number of the first thing in it.
    pub(super) fn first(self) -> u64 {
        self.index * u64::from(TILE_WIDTH)
    }

    /// Reads `<N>[.p/<W>]` in its one spelling.
    pub(super) fn parse(path: &str) -> Result<Self, PathError> {
        let (number, width) = match path.split_once(".p/") {
            Some((number, width)) => (number, width.parse().map_err(|_| PathError)?),
            None => (path, TILE_WIDTH),
        };
        let digits = number.replace("/x", "").replace(['x', '/'], "");
        let index = digits.parse().map_err(|_| PathError)?;
        // Whatever was read too generously would be written otherwise.
        Self::new(index, width)
            .filter(|slot| slot.to_string() == path)
            .ok_or(PathError)
    }
}

impl fmt::Display for Slot {
    /// Three digits a folder, all but the last behind an `x`: 1234067 is `x001/x234/067`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_folders(f, self.index / 1_000)?;
        write!(f, "{:03}", self.index % 1_000)?;
        if self.width < TILE_WIDTH {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

fn write_folders(f: &mut fmt::Formatter<'_>, number: u64) -> fmt::Result {
    if number == 0 {
        return Ok(());
    }
    write_folders(f, number / 1_000)?;
    write!(f, "x{:03}/", number % 1_000)
}
