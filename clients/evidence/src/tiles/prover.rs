//! Making proofs from stored tiles.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::TILE_WIDTH;
use super::tile::{ReadError, ReadTile, Tile, read};
use crate::tree::{Hash, empty_root, node_hash, root_over};

/// Makes proofs over the tree of one size from its stored tiles.
///
/// A proof reads, of each level, the tile above the leaf and the one at the right edge, each once:
/// six tiles for a million leaves. It believes what it reads; whoever hands a proof out checks it
/// first, which costs microseconds.
#[derive(Debug)]
pub struct Prover<'a, R> {
    tiles: &'a R,
    size: u64,
}

/// Why a proof could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProveError<E> {
    /// The hashes could not be had.
    #[error(transparent)]
    Read(#[from] ReadError<E>),
    /// The tree has no such leaf, or is smaller than the tree that it should continue.
    #[error("a tree of {size} leaves has no proof for {asked}")]
    Outside {
        /// Number of the leaf, or size of the earlier tree.
        asked: u64,
        /// Number of leaves.
        size: u64,
    },
}

impl<'a, R: ReadTile> Prover<'a, R> {
    /// A prover for the tree of `size` leaves.
    pub const fn new(tiles: &'a R, size: u64) -> Self {
        Self { tiles, size }
    }

    /// The root that the stored tiles give, to be compared with a checkpoint before proofs are made.
    ///
    /// # Errors
    ///
    /// [`ProveError::Read`].
    pub fn root(&self) -> Result<Hash, ProveError<R::Error>> {
        self.reading().root(0, self.size)
    }

    /// `PATH` of RFC 6962 §2.1.1 for the leaf of that number, the leaf's sibling first.
    ///
    /// # Errors
    ///
    /// Every [`ProveError`].
    pub fn inclusion(&self, index: u64) -> Result<Vec<Hash>, ProveError<R::Error>> {
        self.within(index, index < self.size)?;
        let mut reading = self.reading();
        let (mut from, mut to) = (0, self.size);
        let mut proof = Vec::new();
        while to - from > 1 {
            let middle = split(from, to);
            if index < middle {
                proof.push(reading.root(middle, to)?);
                to = middle;
            } else {
                proof.push(reading.root(from, middle)?);
                from = middle;
            }
        }
        proof.reverse();
        Ok(proof)
    }

    /// `PROOF` of RFC 6962 §2.1.2 that this tree begins with the tree of `old` leaves.
    ///
    /// # Errors
    ///
    /// Every [`ProveError`].
    pub fn consistency(&self, old: u64) -> Result<Vec<Hash>, ProveError<R::Error>> {
        self.within(old, old <= self.size)?;
        if old == 0 {
            return Ok(Vec::new());
        }
        let mut reading = self.reading();
        let (mut from, mut to) = (0, self.size);
        let mut proof = Vec::new();
        while to != old {
            let middle = split(from, to);
            if old <= middle {
                proof.push(reading.root(middle, to)?);
                to = middle;
            } else {
                proof.push(reading.root(from, middle)?);
                from = middle;
            }
        }
        // From 0 this is the earlier tree itself, whose root the verifier has.
        if from > 0 {
            proof.push(reading.root(from, to)?);
        }
        proof.reverse();
        Ok(proof)
    }

    fn within(&self, asked: u64, holds: bool) -> Result<(), ProveError<R::Error>> {
        let size = self.size;
        if holds {
            Ok(())
        } else {
            Err(ProveError::Outside { asked, size })
        }
    }

    const fn reading(&self) -> Reading<'_, R> {
        Reading {
            prover: self,
            seen: BTreeMap::new(),
        }
    }
}

/// Where RFC 6962 §2.1 splits the leaves `from..to`: after the largest power of two below their
/// number.
const fn split(from: u64, to: u64) -> u64 {
    from + (1 << (to - from - 1).ilog2())
}

/// One proof in the making, with the tiles read for it.
struct Reading<'a, R> {
    prover: &'a Prover<'a, R>,
    seen: BTreeMap<Tile, Vec<Hash>>,
}

impl<R: ReadTile> Reading<'_, R> {
    /// The root over the leaves `from..to`, which begin a subtree at least as large.
    fn root(&mut self, from: u64, to: u64) -> Result<Hash, ProveError<R::Error>> {
        let mut subtrees = Vec::new();
        let mut at = from;
        while at < to {
            let height = (to - at).ilog2();
            subtrees.push(self.perfect(at, height)?);
            at += 1 << height;
        }
        let right_to_left = subtrees.into_iter().rev();
        let root = right_to_left.reduce(|right, left| node_hash(&left, &right));
        Ok(root.unwrap_or_else(empty_root))
    }

    /// The root of the perfect subtree of that height which begins with that leaf.
    fn perfect(&mut self, leaf: u64, height: u32) -> Result<Hash, ProveError<R::Error>> {
        let tile_height = TILE_WIDTH.ilog2();
        let level = height / tile_height;
        let node = leaf >> (level * tile_height);
        let size = self.prover.size;
        let tile = u8::try_from(level)
            .ok()
            .and_then(|level| Tile::of_tree(level, node / u64::from(TILE_WIDTH), size))
            .ok_or(ProveError::Outside { asked: leaf, size })?;
        let first = usize::try_from(node % u64::from(TILE_WIDTH)).unwrap_or(usize::MAX);
        let nodes = self.hashes(tile)?.iter().skip(first);
        let subtree: Vec<Hash> = nodes.take(1 << (height % tile_height)).copied().collect();
        Ok(root_over(&subtree))
    }

    fn hashes(&mut self, tile: Tile) -> Result<&[Hash], ReadError<R::Error>> {
        match self.seen.entry(tile) {
            Entry::Occupied(seen) => Ok(seen.into_mut()),
            Entry::Vacant(new) => Ok(new.insert(read(self.prover.tiles, tile)?)),
        }
    }
}
