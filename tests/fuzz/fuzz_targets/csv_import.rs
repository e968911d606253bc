//! No bytes bring the reader of imports down, and no cell holds U+0000.

#![no_main]

use kysod::http::management::imports::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for (_, row) in parse(bytes).unwrap_or_default() {
        assert!(
            row.iter()
                .all(|(name, cell)| !name.contains('\0') && !cell.contains('\0'))
        );
    }
});
