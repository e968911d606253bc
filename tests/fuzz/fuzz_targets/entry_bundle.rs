//! A bundle of as many entries as the first byte says is read whole or refused, and so are paths.

#![no_main]

use kyso_evidence::tiles::{Bundle, Tile};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(path) = std::str::from_utf8(bytes) {
        let tile = path.parse::<Tile>().map(|tile| tile.to_string());
        let bundle = path.parse::<Bundle>().map(|bundle| bundle.to_string());
        for read in [tile, bundle].into_iter().flatten() {
            assert_eq!(read, path);
        }
    }
    let Some((width, file)) = bytes.split_first() else {
        return;
    };
    for bundle in Bundle::covering(0..u64::from(*width)) {
        let entries: Result<Vec<_>, _> = bundle.decode(file).collect();
        if let Ok(entries) = entries {
            assert_eq!(bundle.encode(entries).as_deref(), Ok(file));
        }
    }
});
