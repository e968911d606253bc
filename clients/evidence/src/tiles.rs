//! The tree as files: C2SP `tlog-tiles`, sections "Merkle Tree" and "Log entries".
//!
//! A tile holds up to 256 hashes that lie side by side. Those of level 0 are leaf hashes; a hash of
//! a higher level is the root over a full tile of the level below. Full tiles never change, so
//! they can be copied, cached and kept for ever, and any proof can be made from a few of them.

mod bundle;
mod grower;
mod prover;
mod slot;
mod tile;

pub use bundle::{Bundle, BundleError, Entries};
pub use grower::{Grower, GrownTile, ResumeError};
pub use prover::{ProveError, Prover};
pub use slot::PathError;
pub(crate) use tile::read;
pub use tile::{ReadError, ReadTile, Tile, TileError};

/// Hashes of a full tile and entries of a full bundle.
pub const TILE_WIDTH: u16 = 256;
