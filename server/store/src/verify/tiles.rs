//! The stored tiles of the tree, held against the entries under them.

use std::collections::BTreeMap;

use diesel::prelude::*;
use kyso_evidence::leaf_hash;
use kyso_evidence::tiles::{Grower, GrownTile, TILE_WIDTH, Tile};

use super::{StoredRow, VerifyError};
use crate::connection::Db;
use crate::dialect::on_each;
use crate::tables::{tree_checkpoint, tree_tile};

/// What is wrong with the stored tree. Tiles can be made anew from entries, and a server does so by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileFault {
    /// A tile is not there, or narrower than it was when the checkpoint over it was signed.
    #[error("{0} of the stored tree is missing, or too narrow")]
    Missing(Tile),
    /// A hash is not what the entries under it give.
    #[error(
        "{tile} of the stored tree: its hash number {hash} is not that of entries {first} to {last}"
    )]
    Differs {
        /// The tile.
        tile: Tile,
        /// Which hash, from 0.
        hash: u64,
        /// The first entry under it.
        first: u64,
        /// The last.
        last: u64,
    },
    /// The tree was grown over more entries than there are.
    #[error(
        "tail cut off: the stored tree counts {tree} entries, and the log ends after {entries}"
    )]
    CutTail {
        /// Entries under the tiles.
        tree: u64,
        /// Entries.
        entries: u64,
    },
}

/// The tree as the entries give it, beside the one that is stored.
pub(super) struct Tiles {
    grower: Grower,
    /// Entries under the stored tiles when this began.
    stored: u64,
    /// Entries of the newest checkpoint when this began: the tiles reach so far at least.
    signed: u64,
    /// The tiles at the edge, which later entries make wider.
    edge: BTreeMap<u8, GrownTile>,
}

impl Tiles {
    /// Looks how far the stored tree goes.
    pub(super) fn open(db: &mut Db) -> Result<Self, VerifyError> {
        let signed: Option<i64> = on_each!(db, db => tree_checkpoint::table
            .select(diesel::dsl::max(tree_checkpoint::size))
            .first(db))?;
        let last: Option<(i64, Vec<u8>)> = on_each!(db, db => tree_tile::table
            .filter(tree_tile::level.eq(0))
            .order(tree_tile::number.desc())
            .select((tree_tile::number, tree_tile::hashes))
            .first(db)
            .optional())?;
        let under = |(number, hashes): (i64, Vec<u8>)| {
            let hashes = u64::try_from(hashes.len() / 32).unwrap_or(0);
            unsigned(number)
                .saturating_mul(u64::from(TILE_WIDTH))
                .saturating_add(hashes)
        };
        Ok(Self {
            grower: Grower::new(),
            stored: last.map_or(0, under),
            signed: signed.map_or(0, unsigned),
            edge: BTreeMap::new(),
        })
    }

    /// Grows over these entries, which were checked, and compares the tiles that they fill.
    pub(super) fn take(&mut self, db: &mut Db, rows: &[StoredRow]) -> Result<(), VerifyError> {
        let grown = self
            .grower
            .grow(rows.iter().map(|row| leaf_hash(&row.entry)));
        for one in grown {
            let tile = one.tile();
            if tile.width() == TILE_WIDTH {
                self.edge.remove(&tile.level());
                self.compare(db, &one)?;
            } else {
                self.edge.insert(tile.level(), one);
            }
        }
        Ok(())
    }

    /// Compares what is left at the edge; answers how many entries the stored tree counts.
    pub(super) fn finish(mut self, db: &mut Db) -> Result<u64, VerifyError> {
        let (tree, entries) = (self.stored, self.grower.size());
        if tree > entries {
            return Err(TileFault::CutTail { tree, entries }.into());
        }
        for one in std::mem::take(&mut self.edge).into_values() {
            self.compare(db, &one)?;
        }
        Ok(tree)
    }

    /// A tile need not be there beyond where the tree was; what is there must be right.
    fn compare(&self, db: &mut Db, one: &GrownTile) -> Result<(), VerifyError> {
        let tile = one.tile();
        let reached = self.stored.max(self.signed);
        let Some(needed) = Tile::of_tree(tile.level(), tile.index(), reached) else {
            return Ok(());
        };
        let number = i64::try_from(tile.index()).unwrap_or(i64::MAX);
        let row = tree_tile::table.find((i64::from(tile.level()), number));
        let stored: Option<Vec<u8>> =
            on_each!(db, db => row.select(tree_tile::hashes).first(db).optional())?;
        let stored = stored.unwrap_or_default();
        let hashes = stored.as_chunks::<32>().0;
        let pairs = hashes.iter().zip(one.hashes());
        if let Some(hash) = (0..)
            .zip(pairs)
            .find_map(|(at, (a, b))| (a != b).then_some(at))
        {
            return Err(differs(tile, hash).into());
        }
        if hashes.len() < usize::from(needed.width().min(tile.width())) {
            return Err(TileFault::Missing(needed).into());
        }
        Ok(())
    }
}

fn differs(tile: Tile, hash: u64) -> TileFault {
    let under = 1_u64 << (u32::from(tile.level()) * TILE_WIDTH.ilog2());
    let node = tile
        .index()
        .saturating_mul(u64::from(TILE_WIDTH))
        .saturating_add(hash);
    let first = node.saturating_mul(under);
    let last = first.saturating_add(under - 1);
    TileFault::Differs {
        tile,
        hash,
        first,
        last,
    }
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
