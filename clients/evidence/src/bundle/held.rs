//! The tiles of a bundle, each held against the tile above it as it comes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::subtree::{Subtree, subtrees};
use crate::tiles::{ReadTile, TILE_WIDTH, Tile};
use crate::tree::{Frontier, Hash, root_over};

const WIDTH: u64 = 256;

/// What is wrong with a bundle's tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TileFault {
    /// A tile is needed and did not come.
    #[error("{0} is missing")]
    Missing(Tile),
    /// The tiles are those of a tree that ends before what is asked of it.
    #[error("the tiles are those of a tree of {0} entries only")]
    Outside(u64),
    /// A tile that proves nothing here, or not as wide as it is in this tree.
    #[error("{0} has no place in this bundle")]
    Unneeded(Tile),
    /// The bytes are not the tile's hashes.
    #[error("{0} does not have as many hashes as its name says")]
    Form(Tile),
    /// Its hashes are not those that the tile above it commits to: one of both was changed.
    #[error("the hashes of {tile} do not give the hash that stands for them in {above}")]
    Differs {
        /// The tile.
        tile: Tile,
        /// The tile above it.
        above: Tile,
    },
}

/// Tiles over a range of entries, and beside it up to the roots of some sizes.
///
/// Every hash that is held gets used or compared: those left and right of the range make the roots,
/// those over it must be what lies below them.
#[derive(Debug)]
pub(super) struct Held {
    range: Range<u64>,
    size: u64,
    /// What roots are made of beside the range.
    beside: BTreeSet<Tile>,
    tiles: BTreeMap<(u8, u64), Vec<Hash>>,
    /// The tile of level 0 that goes when the next one comes.
    passing: Option<(u8, u64)>,
}

impl Held {
    /// For the entries of the range, in the trees of these sizes, of which the last is largest.
    pub(super) fn new(range: Range<u64>, sizes: &[u64]) -> Self {
        let size = sizes.last().copied().unwrap_or(range.end);
        let after = sizes.iter().copied().filter(|&size| size > range.end);
        let mut from = range.end;
        let right = after.flat_map(|to| subtrees(std::mem::replace(&mut from, to), to));
        let beside = subtrees(0, range.start).chain(right);
        Self {
            beside: beside.filter_map(|subtree| subtree.tile(size)).collect(),
            range,
            size,
            tiles: BTreeMap::new(),
            passing: None,
        }
    }

    /// Keeps the tile over the entry of that number, so that a path can be made from it.
    pub(super) fn keep(&mut self, sequence: u64) {
        self.beside.extend(self.leaves(sequence));
    }

    /// The tiles that come before the entries: the highest level first, each from left to right.
    pub(super) fn head(&self) -> impl Iterator<Item = Tile> {
        (0..Tile::LEVELS).rev().flat_map(|level| self.row(level))
    }

    fn row(&self, level: u8) -> BTreeSet<Tile> {
        let beside = self.beside.iter().copied();
        let mut row: BTreeSet<Tile> = beside
            .filter(|tile| tile.level() == level && !(level == 0 && self.is_over(*tile)))
            .collect();
        if level > 0 {
            let over = tile_over(level, self.range.start)..=tile_over(level, self.last());
            row.extend(over.filter_map(|index| Tile::of_tree(level, index, self.size)));
        }
        row
    }

    /// The tile of level 0 over the entry of that number.
    pub(super) fn leaves(&self, sequence: u64) -> Option<Tile> {
        Tile::of_tree(0, sequence / WIDTH, self.size)
    }

    /// Takes a tile that came, if it has a place here and is what the tile above it says.
    pub(super) fn hold(&mut self, tile: Tile, hashes: Vec<Hash>) -> Result<(), TileFault> {
        let fits = Tile::of_tree(tile.level(), tile.index(), self.size) == Some(tile);
        if !fits || !(self.is_over(tile) || self.beside.contains(&tile)) {
            return Err(TileFault::Unneeded(tile));
        }
        if hashes.len() != usize::from(tile.width()) {
            return Err(TileFault::Form(tile));
        }
        self.compare(tile, &hashes)?;
        if let Some(gone) = self.passing.take() {
            self.tiles.remove(&gone);
        }
        let place = (tile.level(), tile.index());
        if tile.level() == 0 && !self.beside.contains(&tile) {
            self.passing = Some(place);
        }
        self.tiles.insert(place, hashes);
        Ok(())
    }

    /// A full tile stands for one hash above it; one that is not full lies at the tree's edge.
    fn compare(&self, tile: Tile, hashes: &[Hash]) -> Result<(), TileFault> {
        let above = tile.level() + 1;
        let parent = Tile::of_tree(above, tile.index() / WIDTH, self.size);
        let Some(above) = parent.filter(|_| tile.width() == TILE_WIDTH) else {
            return Ok(());
        };
        let cell = self.cell(above.level(), tile.index());
        let cell = cell.ok_or(TileFault::Missing(above))?;
        if root_over(hashes) == *cell {
            Ok(())
        } else {
            Err(TileFault::Differs { tile, above })
        }
    }

    /// The leaf hash of the entry of that number, if its tile is here.
    pub(super) fn leaf(&self, sequence: u64) -> Option<&Hash> {
        self.cell(0, sequence)
    }

    fn cell(&self, level: u8, node: u64) -> Option<&Hash> {
        let tile = self.tiles.get(&(level, node / WIDTH))?;
        tile.get(usize::try_from(node % WIDTH).ok()?)
    }

    /// The frontier of the entries before the range.
    pub(super) fn start(&self) -> Result<Frontier, TileFault> {
        let mut frontier = Frontier::new();
        self.extend(&mut frontier, self.range.start)?;
        Ok(frontier)
    }

    /// Grows a tree to that size by the hashes of tiles.
    pub(super) fn extend(&self, frontier: &mut Frontier, size: u64) -> Result<(), TileFault> {
        for subtree in subtrees(frontier.size(), size) {
            frontier.append(subtree.height, self.root(subtree)?);
        }
        Ok(())
    }

    fn root(&self, subtree: Subtree) -> Result<Hash, TileFault> {
        let tile = subtree.tile(self.size);
        let tile = tile.ok_or(TileFault::Outside(self.size))?;
        let held = self.tiles.get(&(tile.level(), tile.index()));
        let hashes = held.and_then(|hashes| hashes.get(subtree.cells()));
        hashes.map(root_over).ok_or(TileFault::Missing(tile))
    }

    fn is_over(&self, tile: Tile) -> bool {
        let level = tile.level();
        let over = tile_over(level, self.range.start)..=tile_over(level, self.last());
        over.contains(&tile.index())
    }

    const fn last(&self) -> u64 {
        self.range.end.saturating_sub(1)
    }
}

/// The number of the tile of that level that lies over the leaf.
fn tile_over(level: u8, leaf: u64) -> u64 {
    let shift = (u32::from(level) + 1) * TILE_WIDTH.ilog2();
    leaf.checked_shr(shift).unwrap_or(0)
}

impl ReadTile for Held {
    type Error = TileFault;

    fn read_tile(&self, tile: Tile) -> Result<Vec<Hash>, TileFault> {
        let held = self.tiles.get(&(tile.level(), tile.index()));
        held.cloned().ok_or(TileFault::Missing(tile))
    }
}
