//! The Merkle tree over the log (RFC 6962), kept as tiles beside it, and its signed checkpoints.
//!
//! Tiles are made from entries afterwards, in few rows, so that no signature waits for them. They
//! are believed nowhere: whoever reads them compares a root. The journal's own frontier says which root the
//! entries must give; the daemon has an HSM sign it, and remembers outside the database what it signed.

mod checkpoint;
mod entry;
mod grow;
mod lead;
mod tiles;

pub use checkpoint::{StoredCheckpoint, covering, newest};
pub use entry::{Half, entry, half_of};
pub use grow::{GrowError, leaves};
pub use lead::Lead;
pub use tiles::Tiles;
