//! No bytes are a chain for a key that nobody holds.

#![no_main]

use kyso_core::Timestamp;
use kysod::http::management::chain::{Expected, Trust, read, read_der};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, Vec<Vec<u8>>)| {
    let (pem, der) = input;
    let expected = Expected {
        key: b"no key",
        request: None,
        now: Timestamp::from_seconds(0),
        trust: Trust::evaluation(),
    };
    assert!(read(pem, &expected).is_err());
    assert!(read_der(&der, &expected).is_err());
});
