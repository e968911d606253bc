//! Proofs over the tree, checked without it: RFC 9162 §2.1.3.2 and §2.1.4.2.
//!
//! Trees and proofs are those of RFC 6962; its successor only writes the checks out.

use super::{Hash, empty_root, node_hash};

/// The longest proof: a tree of 2^63 leaves has a path of 63 hashes, and C2SP `tlog-witness`
/// (`add-checkpoint`) lets nobody send more.
pub const MAX_PROOF_HASHES: usize = 63;

/// Why a path does not show that a leaf is in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InclusionError {
    /// The tree has no such leaf.
    #[error("a tree of {size} leaves has no leaf {index}")]
    Outside {
        /// Number of the leaf, from 0.
        index: u64,
        /// Number of leaves.
        size: u64,
    },
    /// Such a path has another number of hashes.
    #[error("the inclusion proof has too few or too many hashes")]
    Length,
    /// Leaf and path give another root.
    #[error("the inclusion proof leads to another root")]
    Root,
}

/// Why a proof does not show that a tree grew out of another by appending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsistencyError {
    /// The later tree is smaller than the earlier one.
    #[error("a tree of {old} leaves cannot become one of {new}")]
    Shrunk {
        /// Leaves of the earlier tree.
        old: u64,
        /// Leaves of the later tree.
        new: u64,
    },
    /// Such a proof has another number of hashes.
    #[error("the consistency proof has too few or too many hashes")]
    Length,
    /// The proof gives another root for the earlier tree.
    #[error("the consistency proof leads to another earlier root")]
    OldRoot,
    /// The proof gives another root for the later tree.
    #[error("the consistency proof leads to another later root")]
    NewRoot,
}

/// Checks that `leaf` is number `index` (from 0) of the tree of `size` leaves with that root.
///
/// The path has the leaf's sibling first (RFC 6962 §2.1.1); checked as in RFC 9162 §2.1.3.2.
///
/// # Errors
///
/// Every [`InclusionError`].
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), InclusionError> {
    let outside = InclusionError::Outside { index, size };
    let last = size.checked_sub(1).ok_or(outside)?;
    if index > last {
        return Err(outside);
    }
    let mut climb = Climb { node: index, last };
    let mut hash = *leaf;
    for sibling in proof {
        hash = match climb.step().ok_or(InclusionError::Length)? {
            Side::Left => node_hash(sibling, &hash),
            Side::Right => node_hash(&hash, sibling),
        };
    }
    require(climb.last == 0, InclusionError::Length)?;
    require(hash == *root, InclusionError::Root)
}

/// Checks that the tree of `new` leaves begins with the `old` leaves of the other.
///
/// Proofs of RFC 6962 §2.1.2, checked as in RFC 9162 §2.1.4.2. Where one tree is empty or both are
/// equally large there is nothing to prove, so the proof is empty and the roots decide
/// (C2SP `tlog-witness`, `add-checkpoint`).
///
/// # Errors
///
/// Every [`ConsistencyError`].
pub fn verify_consistency(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ConsistencyError> {
    require(old <= new, ConsistencyError::Shrunk { old, new })?;
    if old == 0 || old == new {
        return verify_trivial(old, old_root, new, new_root, proof);
    }
    let (start, rest) = start_of(old, old_root, proof).ok_or(ConsistencyError::Length)?;
    let (found_old, found_new) = climb_both(old, new, start, rest)?;
    require(found_old == *old_root, ConsistencyError::OldRoot)?;
    require(found_new == *new_root, ConsistencyError::NewRoot)
}

fn verify_trivial(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ConsistencyError> {
    require(proof.is_empty(), ConsistencyError::Length)?;
    require(
        old > 0 || *old_root == empty_root(),
        ConsistencyError::OldRoot,
    )?;
    require(old < new || old_root == new_root, ConsistencyError::NewRoot)
}

/// Where both climbs begin: a perfect earlier tree is a node of the later one, and left out.
fn start_of<'a>(old: u64, old_root: &Hash, proof: &'a [Hash]) -> Option<(Hash, &'a [Hash])> {
    if old.is_power_of_two() {
        (!proof.is_empty()).then_some((*old_root, proof))
    } else {
        proof.split_first().map(|(first, rest)| (*first, rest))
    }
}

/// Follows one proof to the roots of the earlier and of the later tree.
fn climb_both(
    old: u64,
    new: u64,
    start: Hash,
    proof: &[Hash],
) -> Result<(Hash, Hash), ConsistencyError> {
    let mut climb = Climb {
        node: old - 1,
        last: new - 1,
    };
    climb.rise(climb.node.trailing_ones());
    let (mut old_hash, mut new_hash) = (start, start);
    for sibling in proof {
        match climb.step().ok_or(ConsistencyError::Length)? {
            Side::Left => {
                old_hash = node_hash(sibling, &old_hash);
                new_hash = node_hash(sibling, &new_hash);
            }
            Side::Right => new_hash = node_hash(&new_hash, sibling),
        }
    }
    require(climb.last == 0, ConsistencyError::Length)?;
    Ok((old_hash, new_hash))
}

/// On which side of the climbing node a sibling lies.
enum Side {
    Left,
    Right,
}

/// A node on its way to the root: its number on its height, and that of the last node there.
struct Climb {
    node: u64,
    last: u64,
}

impl Climb {
    /// Goes up to the parent by the next sibling; `None` at the root.
    ///
    /// The last node of a height may have no sibling there: it rises until it is a right child.
    fn step(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let side = if self.node % 2 == 1 || self.node == self.last {
            self.rise(self.node.trailing_zeros());
            Side::Left
        } else {
            Side::Right
        };
        self.rise(1);
        Some(side)
    }

    fn rise(&mut self, heights: u32) {
        self.node = self.node.checked_shr(heights).unwrap_or(0);
        self.last = self.last.checked_shr(heights).unwrap_or(0);
    }
}

fn require<E>(holds: bool, error: E) -> Result<(), E> {
    if holds { Ok(()) } else { Err(error) }
}
