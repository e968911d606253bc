//! Appending leaves: which tiles become new or wider.

use super::TILE_WIDTH;
use super::tile::{ReadError, ReadTile, Tile, nodes, read};
use crate::tree::{Hash, root_over};

/// The right edge of a tree, one incomplete tile for each level, from which it grows.
///
/// A leaf costs one hash beyond its own. Nothing is written here: [`grow`](Self::grow) answers
/// what to store. If storing fails, this value is ahead of what is stored; make it anew with
/// [`resume`](Self::resume).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grower {
    size: u64,
    edge: [Vec<Hash>; 8],
}

/// A tile that has become new or wider, to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrownTile {
    tile: Tile,
    hashes: Vec<Hash>,
}

/// Why a tree cannot be continued from its stored tiles.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResumeError<E> {
    /// The hashes could not be had.
    #[error(transparent)]
    Read(#[from] ReadError<E>),
    /// The stored tiles belong to another tree: growing it would fork the log.
    #[error("the stored tiles do not give the expected root")]
    Root,
}

impl Grower {
    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of `size` leaves with that root, from its partial tiles (at most eight are read).
    ///
    /// # Errors
    ///
    /// Every [`ResumeError`].
    pub fn resume<R: ReadTile>(
        size: u64,
        root: &Hash,
        tiles: &R,
    ) -> Result<Self, ResumeError<R::Error>> {
        let mut edge: [Vec<Hash>; 8] = Default::default();
        for (level, row) in (0..Tile::LEVELS).zip(&mut edge) {
            let partial = Tile::of_tree(level, row_end(level, size), size);
            if let Some(tile) = partial {
                *row = read(tiles, tile)?;
            }
        }
        let grower = Self { size, edge };
        if grower.root() == *root {
            Ok(grower)
        } else {
            Err(ResumeError::Root)
        }
    }

    /// Number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree (`MTH` of RFC 6962 §2.1).
    pub fn root(&self) -> Hash {
        let mut below = Vec::new();
        for row in &self.edge {
            let nodes = [row.as_slice(), &below].concat();
            below = nodes
                .first()
                .map(|_| root_over(&nodes))
                .into_iter()
                .collect();
        }
        root_over(&below)
    }

    /// Appends leaf hashes and answers the tiles to be stored: first the full ones in the order in
    /// which they filled up, then the partial ones from level 0 upwards.
    ///
    /// The tile that a full or wider one replaces may be deleted once that is stored.
    pub fn grow(&mut self, leaves: impl IntoIterator<Item = Hash>) -> Vec<GrownTile> {
        let before = self.size;
        let mut grown = Vec::new();
        for leaf in leaves {
            self.push(leaf, &mut grown);
        }
        grown.extend(self.partial(before));
        grown
    }

    fn push(&mut self, leaf: Hash, grown: &mut Vec<GrownTile>) {
        self.size += 1;
        let mut node = leaf;
        for (level, row) in (0..Tile::LEVELS).zip(&mut self.edge) {
            row.push(node);
            if row.len() < usize::from(TILE_WIDTH) {
                return;
            }
            let hashes = std::mem::replace(row, Vec::with_capacity(usize::from(TILE_WIDTH)));
            node = root_over(&hashes);
            let last = row_end(level, self.size).saturating_sub(1);
            let tile = Tile::of_tree(level, last, self.size);
            grown.extend(tile.map(|tile| GrownTile { tile, hashes }));
        }
    }

    /// The incomplete tiles that have hashes which the tree of `before` leaves had not.
    fn partial(&self, before: u64) -> impl Iterator<Item = GrownTile> {
        (0..Tile::LEVELS)
            .zip(&self.edge)
            .filter(move |&(level, _)| nodes(level, before) < nodes(level, self.size))
            .filter_map(|(level, row)| {
                let tile = Tile::of_tree(level, row_end(level, self.size), self.size)?;
                let hashes = row.clone();
                Some(GrownTile { tile, hashes })
            })
    }
}

/// How many tiles of that level are full; also the number of the partial one after them.
fn row_end(level: u8, size: u64) -> u64 {
    nodes(level, size).unwrap_or(0) / u64::from(TILE_WIDTH)
}

impl GrownTile {
    /// Which tile.
    pub const fn tile(&self) -> Tile {
        self.tile
    }

    /// Its hashes.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// The file of this tile: its hashes one after the other.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.concat()
    }
}
