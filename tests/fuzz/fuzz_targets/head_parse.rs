//! A head or frontier that parses has exactly the bytes it was parsed from.

#![no_main]

use kyso_evidence::{Frontier, Head};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(head) = Head::parse(bytes) {
        assert_eq!(head.to_bytes().as_deref(), Ok(bytes));
    }
    if let Ok(frontier) = Frontier::from_bytes(bytes) {
        assert_eq!(frontier.to_bytes(), bytes);
    }
});
