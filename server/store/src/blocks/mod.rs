//! What stretches of the log hold, so that a search and a count over all of it stay quick.
//!
//! An index on each column that an officer may search by would be written with every entry, on the
//! way of every signature. Instead one row, made afterwards, says of each [`SPAN`] entries what can be
//! found in them, as PostgreSQL's BRIN and the skipping indexes of log stores do. It is sealed: whoever
//! could change it unseen could hide entries from a search. Where it is missing or spoilt, the entries
//! themselves are read.
//!
//! What is in few entries would still cost a look at each of those rows. So of each [`STRETCH`] of them further rows,
//! sealed and made from them in turn, say in which ones a thing is.

mod ahead;
mod block;
mod build;
mod check;
mod figures;
mod gather;
mod grown;
mod search;
mod stretch;
mod term;

pub use check::Misleading;
pub(crate) use check::Summaries;
pub(crate) use figures::used_credentials;
pub use figures::{OfHour, signatures_by_hour};
pub(crate) use search::{Found, find};

/// Entries of a block.
pub(crate) const SPAN: i64 = 1_024;

/// Blocks of a stretch: read at once, and told of together, each by one of as many bits.
const STRETCH: i64 = 64;

/// The youngest stretch is told of anew whenever it has so many blocks more. Until then the rows of those few are read for a search;
/// each telling writes all rows of the stretch.
const STEP: i64 = 8;
