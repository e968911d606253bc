//! Inclusion and consistency proofs: ours there, theirs here, and no changed one anywhere.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use kyso_evidence::tiles::{ProveError, Prover, ReadError, Tile};
use kyso_evidence::tree::{ConsistencyError, InclusionError, empty_root};
use kyso_evidence::{Frontier, Hash, verify_consistency, verify_inclusion};
use proptest::prelude::*;
use sha2_of_ct_merkle::Sha256;
use tlog_tiles::tlog;

use crate::{Stored, entry, leaf};

/// The tree of another implementation, and the roots of all its sizes.
fn theirs(size: u64) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    (0..size).for_each(|number| tree.push(entry(number)));
    tree
}

fn root(size: u64) -> Hash {
    let mut frontier = Frontier::new();
    (0..size).for_each(|number| frontier.push(leaf(number)));
    frontier.root()
}

fn hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.as_chunks::<32>().0.to_vec()
}

fn tlog_hashes(proof: &[Hash]) -> Vec<tlog::Hash> {
    proof.iter().copied().map(tlog::Hash).collect()
}

/// A proof with one thing changed in each way there is.
fn spoilt(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut spoilt = vec![[proof, &[Hash::default()]].concat()];
    for at in 0..proof.len() {
        let mut flipped = proof.to_vec();
        flipped[at][at % 32] ^= 1;
        let mut shorter = proof.to_vec();
        shorter.remove(at);
        spoilt.extend([flipped, shorter]);
    }
    spoilt
}

#[test]
fn every_leaf_of_every_small_tree_is_proved_as_others_prove_it() {
    for size in 1..70 {
        let (stored, grower) = Stored::grown(size, 7);
        let tree = theirs(size);
        for index in 0..size {
            let proof = Prover::new(&stored, size).inclusion(index).unwrap();
            let at = usize::try_from(index).unwrap();
            assert_eq!(proof, hashes(tree.prove_inclusion(at).as_bytes()));
            let verify =
                |proof: &[Hash]| verify_inclusion(&leaf(index), index, size, proof, &grower.root());
            assert_eq!(verify(&proof), Ok(()), "{index} of {size}");
            for bad in spoilt(&proof) {
                assert!(verify(&bad).is_err(), "{index} of {size}: {bad:?}");
            }
        }
    }
}

#[test]
fn every_pair_of_small_trees_is_consistent_as_others_prove_it() {
    for new in 1..50 {
        let (stored, grower) = Stored::grown(new, 50);
        let tree = theirs(new);
        for old in 1..=new {
            let proof = Prover::new(&stored, new).consistency(old).unwrap();
            let more = usize::try_from(new - old).unwrap();
            if more > 0 {
                assert_eq!(proof, hashes(tree.prove_consistency(more).as_bytes()));
            }
            let verify =
                |proof: &[Hash]| verify_consistency(old, &root(old), new, &grower.root(), proof);
            assert_eq!(verify(&proof), Ok(()), "{old} to {new}");
            for bad in spoilt(&proof) {
                assert!(verify(&bad).is_err(), "{old} to {new}: {bad:?}");
            }
        }
    }
}

#[test]
fn what_needs_no_proof_takes_none() {
    let (empty, one, other) = (empty_root(), leaf(1), leaf(2));
    assert_eq!(verify_consistency(0, &empty, 5, &one, &[]), Ok(()));
    assert_eq!(verify_consistency(0, &empty, 0, &empty, &[]), Ok(()));
    assert_eq!(verify_consistency(5, &one, 5, &one, &[]), Ok(()));
    let table = [
        (0, one, 5, other, vec![], ConsistencyError::OldRoot),
        (0, one, 0, one, vec![], ConsistencyError::OldRoot),
        (0, empty, 0, one, vec![], ConsistencyError::NewRoot),
        (0, empty, 5, one, vec![one], ConsistencyError::Length),
        (5, one, 5, other, vec![], ConsistencyError::NewRoot),
        (5, one, 5, one, vec![one], ConsistencyError::Length),
        (4, one, 5, other, vec![], ConsistencyError::Length),
        (3, one, 5, other, vec![], ConsistencyError::Length),
    ];
    for (old, old_root, new, new_root, proof, error) in table {
        let found = verify_consistency(old, &old_root, new, &new_root, &proof);
        assert_eq!(found, Err(error), "{old} to {new}");
    }
    let shrunk = ConsistencyError::Shrunk { old: 6, new: 5 };
    assert_eq!(verify_consistency(6, &one, 5, &one, &[]), Err(shrunk));
}

#[test]
fn a_smaller_trees_root_does_not_pass_for_that_of_a_larger_one() {
    let (stored, grower) = Stored::grown(4, 4);
    let (prover, root_of_4) = (Prover::new(&stored, 4), grower.root());
    let path = prover.inclusion(0).unwrap();
    let found = verify_inclusion(&leaf(0), 0, 8, &path, &root_of_4);
    assert_eq!(found, Err(InclusionError::Length));
    let proof = prover.consistency(2).unwrap();
    let found = verify_consistency(2, &root(2), 8, &root_of_4, &proof);
    assert_eq!(found, Err(ConsistencyError::Length));
}

#[test]
fn there_is_no_proof_for_what_is_outside() {
    let (stored, _) = Stored::grown(5, 5);
    let prover = Prover::new(&stored, 5);
    for (asked, proof) in [(5, prover.inclusion(5)), (6, prover.consistency(6))] {
        assert_eq!(proof, Err(ProveError::Outside { asked, size: 5 }));
    }
    for (index, size) in [(5, 5), (0, 0), (u64::MAX, u64::MAX)] {
        let outside = InclusionError::Outside { index, size };
        let found = verify_inclusion(&leaf(0), index, size, &[], &leaf(0));
        assert_eq!(found, Err(outside));
    }
}

#[test]
fn missing_and_narrow_tiles_are_named() {
    let (mut stored, _) = Stored::grown(300, 300);
    let tile = Tile::of_tree(0, 1, 300).unwrap();
    stored.tiles.insert((0, 1), vec![leaf(256)]);
    let narrow = ProveError::Read(ReadError::Narrow(tile));
    assert_eq!(Prover::new(&stored, 300).inclusion(299), Err(narrow));
    stored.tiles.remove(&(0, 1));
    let missing = ProveError::Read(ReadError::Reader(tile));
    assert_eq!(Prover::new(&stored, 300).inclusion(299), Err(missing));
}

#[test]
fn a_proof_reads_two_tiles_of_each_level() {
    let size = 200_001;
    let (stored, grower) = Stored::grown(size, size);
    let prover = Prover::new(&stored, size);
    assert_eq!(prover.root().unwrap(), grower.root());
    for index in [0, 255, 256, 65_535, 65_536, 131_072, 199_999, 200_000] {
        stored.reads.set(0);
        let proof = prover.inclusion(index).unwrap();
        assert!(stored.reads.get() <= 6, "{index}: {}", stored.reads.get());
        verify_inclusion(&leaf(index), index, size, &proof, &grower.root()).unwrap();
        stored.reads.set(0);
        prover.consistency(index).unwrap();
        assert!(stored.reads.get() <= 6, "{index}: {}", stored.reads.get());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn proofs_verify_in_both_other_implementations(
        size in 1_u64..2_000,
        old in any::<prop::sample::Index>(),
        index in any::<prop::sample::Index>(),
    ) {
        let bound = usize::try_from(size).unwrap();
        let index = u64::try_from(index.index(bound)).unwrap();
        let old = u64::try_from(old.index(bound)).unwrap() + 1;
        let (stored, grower) = Stored::grown(size, 300);
        let prover = Prover::new(&stored, size);
        let (now, before) = (grower.root(), root(old));

        let proof = prover.inclusion(index).unwrap();
        let their_root = RootHash::<Sha256>::new(now.into(), size);
        let theirs = InclusionProof::try_from_bytes(proof.concat()).unwrap();
        prop_assert!(their_root.verify_inclusion(&entry(index), index, &theirs).is_ok());
        let (tlog_root, tlog_leaf) = (tlog::Hash(now), tlog::Hash(leaf(index)));
        let tlog_proof = tlog_hashes(&proof);
        tlog::check_record(&tlog_proof, size, tlog_root, index, tlog_leaf).unwrap();

        let proof = prover.consistency(old).unwrap();
        tlog::check_tree(&tlog_hashes(&proof), size, tlog_root, old, tlog::Hash(before)).unwrap();
        if old < size {
            let theirs = ConsistencyProof::try_from_bytes(proof.concat()).unwrap();
            let old_root = RootHash::<Sha256>::new(before.into(), old);
            prop_assert!(their_root.verify_consistency(&old_root, &theirs).is_ok());
        }
    }

    #[test]
    fn a_proof_holds_for_no_other_place_or_root(
        size in 2_u64..500, index in 0_u64..500, other in 0_u64..500, byte in 0_usize..32, flip in 1_u8..,
    ) {
        prop_assume!(index < size && other != index);
        let (stored, grower) = Stored::grown(size, 500);
        let proof = Prover::new(&stored, size).inclusion(index).unwrap();
        let (leaf, root) = (leaf(index), grower.root());
        prop_assert!(verify_inclusion(&leaf, other, size, &proof, &root).is_err());
        let (mut changed_leaf, mut changed_root) = (leaf, root);
        changed_leaf[byte] ^= flip;
        changed_root[byte] ^= flip;
        prop_assert!(verify_inclusion(&changed_leaf, index, size, &proof, &root).is_err());
        prop_assert!(verify_inclusion(&leaf, index, size, &proof, &changed_root).is_err());
    }

    #[test]
    fn any_hashes_are_taken_or_refused(
        index: u64, size: u64, old: u64, proof in prop::collection::vec(any::<Hash>(), 0..70),
    ) {
        let one = leaf(1);
        prop_assert!(verify_inclusion(&one, index, size, &proof, &one).is_err() || size == 1);
        prop_assert!(verify_consistency(old, &one, size, &leaf(2), &proof).is_err());
    }
}
