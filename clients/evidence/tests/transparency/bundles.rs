//! Entry bundles: the files of the entries.

use kyso_evidence::MAX_ENTRY_BYTES;
use kyso_evidence::tiles::{Bundle, BundleError};
use proptest::prelude::*;

fn bundle(width: u16) -> Bundle {
    Bundle::covering(0..u64::from(width)).next().unwrap()
}

fn decode(bundle: Bundle, bytes: &[u8]) -> Result<Vec<Vec<u8>>, BundleError> {
    let entries = bundle.decode(bytes);
    entries.map(|entry| entry.map(<[u8]>::to_vec)).collect()
}

#[test]
fn a_bundle_has_length_and_entry_in_turn() {
    let bytes = bundle(2).encode([b"ab".as_slice(), b""]).unwrap();
    assert_eq!(bytes, b"\x00\x02ab\x00\x00");
    assert_eq!(decode(bundle(2), &bytes), Ok(vec![b"ab".to_vec(), vec![]]));
}

#[test]
fn the_largest_entry_fits_and_nothing_larger() {
    let largest = vec![1; MAX_ENTRY_BYTES];
    let bytes = bundle(1).encode([largest.as_slice()]).unwrap();
    assert_eq!(decode(bundle(1), &bytes), Ok(vec![largest.clone()]));
    let larger = [largest, vec![1]].concat();
    let refused = bundle(1).encode([larger.as_slice()]);
    assert_eq!(refused, Err(BundleError::TooLong(MAX_ENTRY_BYTES + 1)));
}

#[test]
fn a_bundle_with_other_entries_than_its_own_is_refused() {
    let two = bundle(2).encode([b"ab".as_slice(), b"cd"]).unwrap();
    for width in [1, 3] {
        let other = bundle(width);
        assert_eq!(decode(other, &two), Err(BundleError::Count(other)));
        let encoded = other.encode([b"ab".as_slice(), b"cd"]);
        assert_eq!(encoded, Err(BundleError::Count(other)));
    }
    for length in [1, 2, 3, 5, 6, 7] {
        let error = BundleError::CutOff(bundle(2));
        assert_eq!(decode(bundle(2), &two[..length]), Err(error), "{length}");
    }
    assert_eq!(
        decode(bundle(2), &two[..4]),
        Err(BundleError::Count(bundle(2)))
    );
    let after = bundle(2)
        .decode(&two[..7])
        .skip_while(Result::is_ok)
        .skip(1);
    assert_eq!(after.count(), 0);
}

#[test]
fn an_append_widens_the_last_bundle_and_adds_others() {
    let paths = |range| {
        Bundle::covering(range)
            .map(|b| b.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        paths(250..300),
        ["tile/entries/000", "tile/entries/001.p/44"]
    );
    assert_eq!(paths(256..512), ["tile/entries/001"]);
    assert_eq!(paths(260..261), ["tile/entries/001.p/5"]);
    assert_eq!(paths(256_000..256_001), ["tile/entries/x001/000.p/1"]);
    assert_eq!(paths(300..300), Vec::<String>::new());
    for path in ["tile/entries/x001/234.p/9", "tile/entries/000"] {
        assert_eq!(path.parse::<Bundle>().unwrap().to_string(), path);
    }
    for path in [
        "tile/0/000",
        "tile/entries/0",
        "tile/entries/000.p/256",
        "entries/000",
    ] {
        assert!(path.parse::<Bundle>().is_err(), "{path}");
    }
    let bundle: Bundle = "tile/entries/001.p/44".parse().unwrap();
    assert_eq!(bundle.entries(), 256..300);
}

proptest! {
    #[test]
    fn entries_come_back(entries in prop::collection::vec(any::<Vec<u8>>(), 1..40)) {
        let bundle = bundle(u16::try_from(entries.len()).unwrap());
        let bytes = bundle.encode(entries.iter().map(Vec::as_slice)).unwrap();
        prop_assert_eq!(decode(bundle, &bytes).unwrap(), entries);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, width in 1_u16..257) {
        if let Ok(entries) = decode(bundle(width), &bytes) {
            let again = bundle(width).encode(entries.iter().map(Vec::as_slice));
            prop_assert_eq!(again.unwrap(), bytes);
        }
    }
}
