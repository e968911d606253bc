//! Whether entries are those of a tree that is known from elsewhere than the database.

use kyso_evidence::checkpoint::Checkpoint;
use kyso_evidence::tiles::{ProveError, Prover, ReadError};
use kyso_evidence::tree::{Frontier, Hash, verify_inclusion};

use super::SPAN;
use crate::connection::Db;
use crate::error::StoreError;
use crate::tree::Tiles;

/// Whether the leaves of a whole block, from this entry on, are those of the tree.
///
/// The first leaf's path to the root begins with the roots of the leaves after it: one, two, four and so on. If they are those of
/// these leaves, the path vouches for all of them.
///
/// # Errors
/// If the database fails. Tiles that are missing or spoilt vouch for nothing.
pub(super) fn are_grown(
    db: &mut Db,
    tree: &Checkpoint,
    first: i64,
    leaves: &[Hash],
) -> Result<bool, StoreError> {
    let index = u64::try_from(first).unwrap_or(u64::MAX);
    let path = match Prover::new(&Tiles::of(db), tree.size()).inclusion(index) {
        Err(ProveError::Read(ReadError::Reader(error))) => return Err(error),
        path => path.unwrap_or_default(),
    };
    let Some((leaf, rest)) = leaves.split_first() else {
        return Ok(false);
    };
    let rooted = verify_inclusion(leaf, index, tree.size(), &path, tree.root()).is_ok();
    let roots = siblings(rest);
    Ok(rooted && path.get(..roots.len()) == Some(roots.as_slice()))
}

/// The roots of the next leaf, the two after it, the four after those and so on.
fn siblings(leaves: &[Hash]) -> Vec<Hash> {
    let widths = (0..SPAN.ilog2()).map(|level| 1 << level);
    let parts = widths.map(|width: usize| leaves.get(width - 1..2 * width - 1));
    parts.map(|part| root(part.unwrap_or_default())).collect()
}

fn root(leaves: &[Hash]) -> Hash {
    let mut tree = Frontier::new();
    for leaf in leaves {
        tree.push(*leaf);
    }
    tree.root()
}
