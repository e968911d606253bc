//! Which tile, and where its hashes come from.

use std::fmt;
use std::str::FromStr;

use super::TILE_WIDTH;
use super::slot::{PathError, Slot};
use crate::tree::Hash;

/// A tile of 64-bit trees: level 0 to 7, number in the level, and how many hashes it holds.
///
/// Displays as its path, `tile/<L>/<N>[.p/<W>]`, and is read from that one spelling. The
/// specification has levels up to 63, but no tree of fewer than 2^64 leaves reaches level 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    level: u8,
    slot: Slot,
}

/// Why bytes are not the hashes of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{tile} has {expected} bytes, not {found}")]
pub struct TileError {
    /// The tile.
    pub tile: Tile,
    /// Its hashes times 32.
    pub expected: usize,
    /// What was given.
    pub found: usize,
}

impl Tile {
    /// How many levels there are.
    pub const LEVELS: u8 = 8;

    /// The tile of that level and number in a tree of `size` leaves, as wide as it is there.
    ///
    /// `None` if that tree has no such tile.
    pub fn of_tree(level: u8, index: u64, size: u64) -> Option<Self> {
        let slot = Slot::of_row(index, nodes(level, size)?)?;
        Some(Self { level, slot })
    }

    /// Level, from 0.
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// Number in the level, from 0.
    pub const fn index(&self) -> u64 {
        self.slot.index
    }

    /// How many hashes, 1 to 256; fewer than 256 make a partial tile.
    pub const fn width(&self) -> u16 {
        self.slot.width
    }

    /// Reads the file of this tile.
    ///
    /// # Errors
    ///
    /// [`TileError`] for any other length than the tile's.
    pub fn parse(&self, bytes: &[u8]) -> Result<Vec<Hash>, TileError> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        if rest.is_empty() && hashes.len() == usize::from(self.width()) {
            return Ok(hashes.to_vec());
        }
        Err(TileError {
            tile: *self,
            expected: usize::from(self.width()) * 32,
            found: bytes.len(),
        })
    }
}

/// How many nodes of that level are complete in a tree of `size` leaves.
pub(super) fn nodes(level: u8, size: u64) -> Option<u64> {
    size.checked_shr(u32::from(level) * TILE_WIDTH.ilog2())
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/{}", self.level, self.slot)
    }
}

impl FromStr for Tile {
    type Err = PathError;

    fn from_str(path: &str) -> Result<Self, PathError> {
        let rest = path.strip_prefix("tile/").ok_or(PathError)?;
        let (level, slot) = rest.split_once('/').ok_or(PathError)?;
        let slot = Slot::parse(slot)?;
        let end = slot.first().checked_add(u64::from(slot.width));
        let level = (0..Self::LEVELS)
            .find(|number| number.to_string() == level)
            .filter(|&level| nodes(level, u64::MAX) >= end && end.is_some());
        let level = level.ok_or(PathError)?;
        Ok(Self { level, slot })
    }
}

/// Reads stored tiles: from files, rows or a bundle; the crate itself does no input.
pub trait ReadTile {
    /// Why a tile could not be read.
    type Error;

    /// The tile's hashes. Further ones are ignored, so a full tile may stand in for a partial one
    /// that was deleted, as the specification allows.
    ///
    /// # Errors
    ///
    /// Whatever keeps the tile from being read.
    fn read_tile(&self, tile: Tile) -> Result<Vec<Hash>, Self::Error>;
}

/// Why stored hashes could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError<E> {
    /// The reader failed.
    #[error("a tile could not be read")]
    Reader(#[source] E),
    /// Fewer hashes came than the tile has in a tree of this size.
    #[error("{0} came with too few hashes")]
    Narrow(Tile),
}

/// Exactly the tile's hashes.
pub(crate) fn read<R: ReadTile>(tiles: &R, tile: Tile) -> Result<Vec<Hash>, ReadError<R::Error>> {
    let mut hashes = tiles.read_tile(tile).map_err(ReadError::Reader)?;
    let width = usize::from(tile.width());
    if hashes.len() < width {
        return Err(ReadError::Narrow(tile));
    }
    hashes.truncate(width);
    Ok(hashes)
}
