//! The exporter changes an entry and as much of the tree above it as there is.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kyso_evidence::leaf_hash;

use super::{Forgery, changed, forgery};
use crate::log::{Log, entry};
use crate::pack::Pack;

/// Name, word of the fault, what it names, and what was done.
type Row = (&'static str, &'static str, &'static str, fn(&mut Pack));

const TREES: [Row; 6] = [
    (
        "entry-and-leaf-rewritten",
        "tile_wrong",
        "tile/0/001",
        rewrite,
    ),
    ("entry-and-tiles-rewritten", "root_differs", "700", |p| {
        rewrite(p);
        p.climb(0, 1);
    }),
    ("leaf-tile-missing", "tile_missing", "tile/0/001", |p| {
        p.remove("tile/0/001");
    }),
    ("edge-tile-missing", "tile_missing", "tile/1/000", |p| {
        p.remove("tile/1/000.p/2");
    }),
    ("tile-of-others-changed", "tile_wrong", "tile/0/000", |p| {
        p.part("tile/0/000")[0] ^= 1;
    }),
    ("tile-added", "tile_wrong", "tile/2/000", |p| {
        let first = p.0.iter().position(|(name, _)| name.starts_with("tile/"));
        p.0.insert(first.unwrap(), ("tile/2/000.p/1".into(), vec![0; 32]));
    }),
];

/// Another entry 300, which no later one names, with its leaf.
fn rewrite(pack: &mut Pack) {
    let mut entries = pack.entries("entries/256");
    entries[44] = entry(300, "other", None).to_bytes().unwrap();
    pack.put_entries("entries/256", &entries);
    pack.refit("entries/256");
}

pub(super) fn all(log: &Log, pack: &Pack) -> Vec<Forgery> {
    let [true_root, other_root] = [700, 699].map(|size| BASE64_STANDARD.encode(log.root(size)));
    let other_tree = changed(pack, |pack| pack.replace("export", &true_root, &other_root));
    TREES
        .into_iter()
        .map(|(name, word, names, change)| {
            forgery(name, word, names, changed(pack, change).sealed())
        })
        .chain([
            forgery(
                "statement-of-another-tree",
                "part_malformed",
                "export",
                other_tree.sealed(),
            ),
            forgery("tile-not-needed", "tile_wrong", "tile/0/003", not_needed()),
        ])
        .collect()
}

/// With a true tile of the log over other entries, which proves nothing here.
fn not_needed() -> Vec<u8> {
    let log = Log::new(1500);
    let mut pack = Pack::open(&log.bundle(0..300, &[1500]));
    let leaves = log.entries[768..1024].iter();
    let hashes = leaves.flat_map(|entry| leaf_hash(entry)).collect();
    let first = pack
        .0
        .iter()
        .position(|(name, _)| name.starts_with("tile/0/"));
    pack.0.insert(first.unwrap(), ("tile/0/003".into(), hashes));
    pack.sealed()
}
