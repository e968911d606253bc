//! The perfect subtrees that lie between two leaves, and the tiles that hold their roots.

use std::ops::Range;

use crate::tiles::{TILE_WIDTH, Tile};

/// A perfect subtree: its first leaf, and 2^`height` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subtree {
    pub(super) first: u64,
    pub(super) height: u32,
}

/// The largest perfect subtrees of a log that fill the leaves `from..to`, from left to right.
///
/// Appended to the tree of the leaves before, they make the tree of `to` leaves.
pub(super) fn subtrees(from: u64, to: u64) -> impl Iterator<Item = Subtree> {
    let mut first = from;
    std::iter::from_fn(move || {
        let left = to.checked_sub(first).filter(|&left| left > 0)?;
        let height = first.trailing_zeros().min(left.ilog2());
        let subtree = Subtree { first, height };
        first += 1 << height;
        Some(subtree)
    })
}

impl Subtree {
    /// The tile, in the tree of `size` leaves, whose hashes give this subtree's root.
    pub(super) fn tile(self, size: u64) -> Option<Tile> {
        let level = u8::try_from(self.height / TILE_WIDTH.ilog2()).ok()?;
        Tile::of_tree(level, self.node() / u64::from(TILE_WIDTH), size)
    }

    /// Which of its hashes.
    pub(super) fn cells(self) -> Range<usize> {
        let first = self.node() % u64::from(TILE_WIDTH);
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        first..first.saturating_add(1 << (self.height % TILE_WIDTH.ilog2()))
    }

    /// The first node below it that a tile holds, by its number in the tile's level.
    fn node(self) -> u64 {
        let shift = self.height / TILE_WIDTH.ilog2() * TILE_WIDTH.ilog2();
        self.first >> shift
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn subtrees_lie_side_by_side_and_each_is_in_a_tile(
            from in any::<u64>(),
            more in any::<u64>(),
            beyond in any::<u64>(),
        ) {
            let to = from.saturating_add(more);
            let size = to.saturating_add(beyond);
            let mut at = from;
            for subtree in subtrees(from, to) {
                prop_assert_eq!(subtree.first, at);
                prop_assert!(at.is_multiple_of(1 << subtree.height));
                let tile = subtree.tile(size).unwrap();
                prop_assert!(subtree.cells().end <= usize::from(tile.width()));
                at += 1 << subtree.height;
            }
            prop_assert_eq!(at, to);
        }
    }
}
