//! The hash tree of RFC 6962 §2.1, kept as its frontier, and proofs over it.

mod proof;

pub use proof::{
    ConsistencyError, InclusionError, MAX_PROOF_HASHES, verify_consistency, verify_inclusion,
};

use sha2::{Digest as _, Sha256};

/// A SHA-256 value.
pub type Hash = [u8; 32];

/// The hash of an entry's bytes as a leaf: SHA-256(0x00 ‖ entry).
///
/// The prefix keeps a leaf from ever passing for an inner node (RFC 6962 §2.1).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0])
        .chain_update(entry)
        .finalize()
        .into()
}

/// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// The root of the tree without leaves: SHA-256 of nothing (RFC 6962 §2.1).
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The root over perfect subtrees of one height, of which the last may be smaller than the others.
///
/// With leaves it is `MTH` of RFC 6962 §2.1 word for word. It holds for nodes of any one height,
/// since the split falls between the same leaves, and for a smaller last one likewise.
pub(crate) fn root_over(nodes: &[Hash]) -> Hash {
    match nodes {
        [] => empty_root(),
        [node] => *node,
        _ => {
            let (left, right) = nodes.split_at(nodes.len().next_power_of_two() / 2);
            node_hash(&root_over(left), &root_over(right))
        }
    }
}

/// Why bytes are not a frontier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// Too short for the size, or not a whole number of hashes.
    #[error("the frontier's bytes have an impossible length")]
    Length,
    /// A tree of this size has another number of perfect subtrees.
    #[error("a frontier of size {size} needs {expected} hashes, not {found}")]
    Count {
        /// Number of leaves.
        size: u64,
        /// The number of one bits of `size`.
        expected: u32,
        /// Hashes given.
        found: usize,
    },
}

/// The roots of the perfect subtrees that make up a tree of `size` leaves, largest first.
///
/// All that is needed to append and to know the root: at most 64 hashes for any log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// The frontier of the empty tree.
    pub const fn new() -> Self {
        Self {
            size: 0,
            roots: Vec::new(),
        }
    }

    /// A frontier from its parts, as a head file or a database row keeps them.
    ///
    /// # Errors
    ///
    /// [`FrontierError::Count`] if the number of hashes does not fit the size.
    pub fn from_parts(size: u64, roots: Vec<Hash>) -> Result<Self, FrontierError> {
        let expected = size.count_ones();
        if u32::try_from(roots.len()) == Ok(expected) {
            Ok(Self { size, roots })
        } else {
            Err(FrontierError::Count {
                size,
                expected,
                found: roots.len(),
            })
        }
    }

    /// Appends a leaf hash.
    pub fn push(&mut self, leaf: Hash) {
        self.append(0, leaf);
    }

    /// Appends a perfect subtree of 2^`height` leaves; the tree must end where such a one begins.
    ///
    /// Each trailing one bit of the size, in such subtrees, is one that the new one completes.
    pub(crate) fn append(&mut self, height: u32, subtree: Hash) {
        let mut node = subtree;
        for _ in 0..(self.size >> height).trailing_ones() {
            if let Some(left) = self.roots.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.roots.push(node);
        self.size += 1 << height;
    }

    /// Number of leaves; also the sequence number of the next entry.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The subtree roots, largest subtree first.
    pub fn roots(&self) -> &[Hash] {
        &self.roots
    }

    /// The root of the tree (`MTH` of RFC 6962 §2.1); SHA-256 of nothing when it is empty.
    pub fn root(&self) -> Hash {
        let folded = self
            .roots
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right));
        folded.unwrap_or_else(empty_root)
    }

    /// The size as eight bytes, big-endian, then the hashes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let size = self.size.to_be_bytes();
        size.iter()
            .chain(self.roots.iter().flatten())
            .copied()
            .collect()
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    ///
    /// [`FrontierError`] if the length fits no tree or not the size.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrontierError> {
        let (size, rest) = bytes
            .split_first_chunk::<8>()
            .ok_or(FrontierError::Length)?;
        let chunks = rest.chunks_exact(32);
        if !chunks.remainder().is_empty() {
            return Err(FrontierError::Length);
        }
        let roots: Result<Vec<Hash>, _> = chunks.map(Hash::try_from).collect();
        Self::from_parts(
            u64::from_be_bytes(*size),
            roots.map_err(|_| FrontierError::Length)?,
        )
    }
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;

    use super::*;

    /// The definition of RFC 6962 §2.1, written out recursively.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [leaf] => *leaf,
            _ => {
                let split = leaves.len().next_power_of_two() / 2;
                let (left, right) = leaves.split_at(split);
                node_hash(&by_definition(left), &by_definition(right))
            }
        }
    }

    fn entry(number: u32) -> Vec<u8> {
        number.to_be_bytes().to_vec()
    }

    #[test]
    fn roots_agree_with_another_implementation_at_every_size() {
        let mut frontier = Frontier::new();
        let mut other = MemoryBackedTree::<sha2_of_ct_merkle::Sha256, Vec<u8>>::new();
        let mut leaves = Vec::new();
        for number in 0..600 {
            assert_eq!(frontier.root(), by_definition(&leaves), "size {number}");
            if number > 0 {
                assert_eq!(
                    frontier.root().as_slice(),
                    other.root().as_bytes().as_slice()
                );
            }
            let leaf = leaf_hash(&entry(number));
            frontier.push(leaf);
            leaves.push(leaf);
            other.push(entry(number));
        }
    }

    #[test]
    fn the_empty_tree_is_the_hash_of_nothing() {
        let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex::encode(Frontier::new().root()), expected);
    }

    #[test]
    fn bad_bytes_are_refused() {
        let good = {
            let mut frontier = Frontier::new();
            (0..3).for_each(|n| frontier.push(leaf_hash(&entry(n))));
            frontier.to_bytes()
        };
        assert!(Frontier::from_bytes(&good).is_ok());
        for length in (0..good.len()).filter(|n| *n != good.len()) {
            assert!(
                Frontier::from_bytes(&good[..length]).is_err(),
                "cut to {length}"
            );
        }
        let longer = [good.as_slice(), &[0; 32]].concat();
        let expected = FrontierError::Count {
            size: 3,
            expected: 2,
            found: 3,
        };
        assert_eq!(Frontier::from_bytes(&longer), Err(expected));
    }

    proptest! {
        #[test]
        fn bytes_lead_back_and_growth_goes_on(size in 0_u32..300, more in 0_u32..40) {
            let mut whole = Frontier::new();
            (0..size).for_each(|n| whole.push(leaf_hash(&entry(n))));
            let mut restored = Frontier::from_bytes(&whole.to_bytes()).unwrap();
            prop_assert_eq!(&restored, &whole);
            for n in size..size + more {
                whole.push(leaf_hash(&entry(n)));
                restored.push(leaf_hash(&entry(n)));
            }
            prop_assert_eq!(restored.root(), whole.root());
            prop_assert_eq!(restored.size(), u64::from(size + more));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            if let Ok(frontier) = Frontier::from_bytes(&bytes) {
                prop_assert_eq!(frontier.to_bytes(), bytes);
            }
        }
    }
}
