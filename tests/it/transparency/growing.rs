//! Checkpoints of a log that grows, and of one that does not.

use std::collections::BTreeMap;

use ct_merkle::RootHash;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use kyso_evidence::bundle::{self, Watch};
use kyso_evidence::checkpoint::Checkpoint;
use sha2_of_ct_merkle::Sha256;

use super::export::{export, trust};
use super::{call_of, checkpoint, checkpoint_of, logged, policy};
use crate::stamping::Bench;
use crate::world::{World, on_both, on_own, until};

/// The entries of a bundle, as another implementation of the tree takes them.
#[derive(Default)]
struct Theirs(MemoryBackedTree<Sha256, Vec<u8>>);

impl Watch for Theirs {
    fn entry(&mut self, _: u64, entry: &[u8]) {
        self.0.push(entry.to_vec());
    }
}

fn root(checkpoint: &Checkpoint) -> RootHash<Sha256> {
    RootHash::new((*checkpoint.root()).into(), checkpoint.size())
}

/// By RFC 6962 §2.1.2, with tree, proof and check by another implementation, over the entries that the server exports.
pub(super) fn assert_continues(world: &World, first: &Checkpoint, later: &Checkpoint) {
    assert_eq!(first.origin(), later.origin());
    assert!(first.size() < later.size());
    let bundle = export(world, &format!("?to={}", later.size())).body;
    let mut theirs = Theirs::default();
    bundle::verify(&*bundle, &trust(world.http()), &mut theirs).unwrap();
    let more = usize::try_from(later.size() - first.size()).unwrap();
    let proof = theirs.0.prove_consistency(more);
    let end = root(later).verify_consistency(&root(first), &proof);
    assert!(end.is_ok(), "{end:?}");
    assert_eq!(theirs.0.root(), root(later), "by the entries themselves");
}

#[test]
fn checkpoints_grow_and_continue_each_other() {
    let test = "it::transparency::growing::checkpoints_grow_and_continue_each_other";
    on_both(test, |world| {
        let (http, bench) = (world.http(), Bench::new(world));
        let first = checkpoint_of(http, 1);
        assert!(policy(http, 0).judge(&first).is_ok());
        bench.open(1);
        let call = call_of(&bench.stamp("thêm một"));
        let later = logged(http, &bench.token, &call, "").checkpoint;
        assert_continues(world, first.unverified(), later.checkpoint());
    });
}

/// How often a checkpoint is looked at: for some seconds, in which a server has several rounds.
const LOOKS: usize = 40;

/// An ECDSA signature is another one each time, so one that was made anew shows.
#[test]
fn no_checkpoint_is_signed_while_the_log_does_not_grow() {
    let test = "it::transparency::growing::no_checkpoint_is_signed_while_the_log_does_not_grow";
    on_own(test, |world| {
        checkpoint_of(world.http(), 1);
        let (mut seen, mut looks) = (BTreeMap::new(), 0);
        until(|| {
            let found = checkpoint(world.http()).unwrap();
            let (size, note) = (found.unverified().size(), found.to_string());
            let first = seen.entry(size).or_insert_with(|| note.clone());
            assert_eq!(*first, note, "a second one of the same entries");
            looks += 1;
            looks == LOOKS
        });
    });
}
