//! What stretches of the log hold, so that a search and a count over all of it stay quick.
//!
//! An index on each column that an officer may search by would be written with every entry, on the
//! way of every signature. Instead one row, made afterwards, says of each [`SPAN`] entries what can be
//! found in them, as PostgreSQL's BRIN and the skipping indexes of log stores do. It is sealed: whoever
//! could change it unseen could hide entries from a search. Where it is missing or spoilt, the entries
//! themselves are read.

mod block;
mod build;
mod figures;
mod search;
mod term;

pub(crate) use build::misleading;
pub(crate) use figures::used_credentials;
pub use figures::{OfHour, signatures_by_hour};
pub(crate) use search::{Found, find};

/// Entries of a block.
pub(crate) const SPAN: i64 = 1_024;

/// Blocks read at once.
const STRETCH: i64 = 64;
