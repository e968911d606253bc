//! Tiles: the same files as others make, whatever the batches.

use kyso_evidence::Frontier;
use kyso_evidence::tiles::{Grower, Prover, ResumeError, Tile};
use kyso_evidence::tree::empty_root;
use proptest::prelude::*;
use tlog_tiles::{Hash as TlogHash, HashReader, TileHashReader, TileReader, tlog};

use crate::{Stored, leaf};

/// Their name of the same tile.
fn theirs(tile: Tile) -> tlog_tiles::Tile {
    let width = u32::from(tile.width());
    tlog_tiles::Tile::new(8, tile.level(), tile.index(), width, false)
}

impl TileReader for Stored {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog::Error> {
        let read = |tile: &tlog_tiles::Tile| {
            let hashes = self.tiles.get(&(tile.level(), tile.level_index()));
            let bytes = hashes.ok_or(tlog::Error::InvalidTile)?.concat();
            Ok(bytes[..usize::try_from(tile.width()).unwrap() * 32].to_vec())
        };
        tiles.iter().map(read).collect()
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

#[test]
fn the_specifications_example_has_these_tiles() {
    let (stored, _) = Stored::grown(70_000, 999);
    let widths = |level| {
        let tiles = stored
            .tiles
            .iter()
            .filter(move |(place, _)| place.0 == level);
        tiles.map(|(_, hashes)| hashes.len()).collect::<Vec<_>>()
    };
    assert_eq!(widths(0), [vec![256; 273], vec![112]].concat());
    assert_eq!(widths(1), [256, 17]);
    assert_eq!(widths(2), [1]);
    assert_eq!(stored.tiles.len(), 277);
    assert_eq!(
        Tile::of_tree(0, 273, 70_000).map(|tile| tile.width()),
        Some(112)
    );
    assert_eq!(Tile::of_tree(0, 274, 70_000), None);
    assert_eq!(Tile::of_tree(1, 1, 256), None);
    assert_eq!(Tile::of_tree(8, 0, u64::MAX), None);
}

#[test]
fn a_full_tile_makes_a_node_above_it_and_no_empty_tile_beside_it() {
    let grown = Grower::new().grow((0..256).map(leaf));
    let paths: Vec<_> = grown.iter().map(|grown| grown.tile().to_string()).collect();
    assert_eq!(paths, ["tile/0/000", "tile/1/000.p/1"]);
    assert_eq!(Grower::new().grow([]), []);
}

#[test]
fn paths_have_one_spelling() {
    for path in [
        "tile/0/000",
        "tile/0/999",
        "tile/0/x001/000",
        "tile/3/x001/x234/067",
        "tile/7/000.p/255",
        "tile/1/x001/234.p/1",
    ] {
        assert_eq!(path.parse::<Tile>().unwrap().to_string(), path);
    }
    for path in [
        "",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/001/000",
        "tile/0/x000/000",
        "tile/0/x001/x000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p",
        "tile/0/000.p/+1",
        "tile/00/000",
        "tile/+0/000",
        "tile/8/000",
        "tile/63/000",
        "tile/-1/000",
        "tile/entries/000",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/x1/000",
        "tile/0/00x",
        "tile/7/001",
        "tile/0/x072/x057/x594/x037/x927/936",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/0/x001/234.p/1.p/1",
        "tile/0/٠٠٠",
    ] {
        assert!(path.parse::<Tile>().is_err(), "{path}");
    }
}

#[test]
fn a_file_of_another_length_is_no_tile() {
    let tile = Tile::of_tree(0, 0, 3).unwrap();
    for length in (0..200).filter(|length| *length != 96) {
        let error = tile.parse(&vec![0; length]).unwrap_err();
        assert_eq!((error.expected, error.found), (96, length));
    }
}

#[test]
fn a_tree_is_not_continued_from_foreign_tiles() {
    let (mut stored, mut grower) = Stored::grown(70_000, 70_000);
    let root = grower.root();
    assert_eq!(Grower::resume(70_000, &root, &stored).unwrap(), grower);
    assert_eq!(
        Grower::resume(0, &empty_root(), &stored).unwrap(),
        Grower::new()
    );
    let foreign = Grower::resume(70_000, &leaf(0), &stored);
    assert_eq!(foreign, Err(ResumeError::Root));
    stored.tiles.get_mut(&(1, 1)).unwrap()[3][0] ^= 1;
    assert_eq!(
        Grower::resume(70_000, &root, &stored),
        Err(ResumeError::Root)
    );
    stored.tiles.remove(&(2, 0));
    assert!(matches!(
        Grower::resume(70_000, &root, &stored),
        Err(ResumeError::Read(_))
    ));
    grower.grow([leaf(0)]);
    assert_eq!(grower.size(), 70_001);
}

#[test]
fn a_wider_tile_stands_in_for_a_partial_one_that_was_deleted() {
    let (stored, _) = Stored::grown(70_000, 70_000);
    let (_, before) = Stored::grown(66_000, 66_000);
    assert_eq!(
        Grower::resume(66_000, &before.root(), &stored).unwrap(),
        before
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_batch_makes_the_tiles_that_others_make(before in 0_u64..1_500, more in 0_u64..1_500) {
        let (mut stored, mut grower) = Stored::grown(before, 400);
        prop_assert_eq!(&grower, &Grower::resume(before, &grower.root(), &stored).unwrap());
        let size = before + more;
        let grown = grower.grow((before..size).map(leaf));
        let mut names: Vec<_> = grown.iter().map(|grown| theirs(grown.tile()).path()).collect();
        let listed = tlog_tiles::Tile::new_tiles(8, before, size);
        let mut listed: Vec<_> = listed.iter().map(tlog_tiles::Tile::path).collect();
        names.sort();
        listed.sort();
        prop_assert_eq!(names, listed);
        for grown in &grown {
            let place = (grown.tile().level(), grown.tile().index());
            stored.tiles.insert(place, grown.hashes().to_vec());
        }
        let (whole, _) = Stored::grown(size, size.max(1));
        prop_assert_eq!(stored.tiles, whole.tiles);
    }

    #[test]
    fn others_read_our_tiles_and_prove_from_them(size in 1_u64..3_000, index in 0_u64..3_000) {
        prop_assume!(index < size);
        let (stored, grower) = Stored::grown(size, 1_000);
        let mut frontier = Frontier::new();
        (0..size).for_each(|number| frontier.push(leaf(number)));
        prop_assert_eq!(grower.root(), frontier.root());
        let root = TlogHash(grower.root());
        let reader = TileHashReader::new(size, root, &stored);
        let stored_leaf = tlog::stored_hash_index(0, index);
        prop_assert_eq!(reader.read_hashes(&[stored_leaf]).unwrap(), [TlogHash(leaf(index))]);
        prop_assert_eq!(tlog::tree_hash(size, &reader).unwrap(), root);
        let proof = tlog::prove_record(size, index, &reader).unwrap();
        let ours = Prover::new(&stored, size).inclusion(index).unwrap();
        prop_assert_eq!(proof.iter().map(|hash| hash.0).collect::<Vec<_>>(), ours);
    }

    #[test]
    fn paths_are_theirs_without_the_height(level in 0_u8..8, index in 0_u64..1 << 40, size: u64) {
        if let Some(tile) = Tile::of_tree(level, index >> (5 * level), size) {
            prop_assert_eq!(tile.to_string().replacen("tile/", "tile/8/", 1), theirs(tile).path());
            prop_assert_eq!(tile.to_string().parse(), Ok(tile));
        }
    }

    #[test]
    fn any_path_is_read_or_refused(
        path in "tile/[0-8]/(x[0-9]{3}/){0,6}[0-9]{3}(\\.p/[1-9][0-9]{0,2})?",
    ) {
        let theirs = tlog_tiles::Tile::from_path(&path.replacen("tile/", "tile/8/", 1));
        match path.parse::<Tile>() {
            Ok(tile) => {
                prop_assert_eq!(tile.to_string(), path);
                prop_assert!(theirs.is_ok());
            }
            Err(_) => prop_assert!(!theirs.is_ok_and(in_64_bits)),
        }
    }
}

/// Whether a tree of fewer than 2^64 leaves can have that tile; they also read others.
fn in_64_bits(tile: tlog_tiles::Tile) -> bool {
    let end = u128::from(tile.level_index()) * 256 + u128::from(tile.width());
    let leaves = end.checked_mul(1 << (8 * u32::from(tile.level())));
    leaves.is_some_and(|leaves| leaves <= u128::from(u64::MAX))
}
