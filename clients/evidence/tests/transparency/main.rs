//! The transparency log's parts, beside what others made of the same specifications: `ct-merkle`
//! and Cloudflare's `tlog_tiles`.

#![expect(
    clippy::unwrap_used,
    reason = "the makers of test data may panic as tests may"
)]

mod bundles;
mod proofs;
mod tiles;

use std::cell::Cell;
use std::collections::BTreeMap;

use kyso_evidence::tiles::{Grower, ReadTile, Tile};
use kyso_evidence::{Hash, leaf_hash};

fn entry(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

fn leaf(number: u64) -> Hash {
    leaf_hash(&entry(number))
}

/// Tiles in memory, with full ones in place of the partial ones that they replaced.
#[derive(Default)]
struct Stored {
    tiles: BTreeMap<(u8, u64), Vec<Hash>>,
    reads: Cell<usize>,
}

impl Stored {
    /// A tree of so many leaves, appended in batches of so many.
    fn grown(size: u64, batch: u64) -> (Self, Grower) {
        let mut stored = Self::default();
        let mut grower = Grower::new();
        while grower.size() < size {
            let from = grower.size();
            stored.grow(&mut grower, from..size.min(from + batch));
        }
        (stored, grower)
    }

    fn grow(&mut self, grower: &mut Grower, leaves: std::ops::Range<u64>) {
        for grown in grower.grow(leaves.map(leaf)) {
            let tile = grown.tile();
            assert_eq!(tile.parse(&grown.to_bytes()).unwrap(), grown.hashes());
            let place = (tile.level(), tile.index());
            self.tiles.insert(place, grown.hashes().to_vec());
        }
    }
}

impl ReadTile for Stored {
    type Error = Tile;

    fn read_tile(&self, tile: Tile) -> Result<Vec<Hash>, Tile> {
        self.reads.set(self.reads.get() + 1);
        let place = (tile.level(), tile.index());
        self.tiles.get(&place).cloned().ok_or(tile)
    }
}
