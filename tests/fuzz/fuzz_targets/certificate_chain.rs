//! No bytes are a chain for a key that nobody holds.

#![no_main]

use kyso_core::{KeyAlgorithm, KeyRef, Timestamp};
use kysod::http::management::chain::{Expected, Trust, read, read_der};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, Vec<Vec<u8>>)| {
    let (pem, der) = input;
    let nobodys = KeyRef {
        cka_id: [0; 16],
        algorithm: KeyAlgorithm::P256,
        spki: Default::default(),
    };
    let expected = Expected {
        key: &nobodys,
        request: None,
        now: Timestamp::from_seconds(0),
        trust: Trust::evaluation(),
    };
    assert!(read(pem, &expected).is_err());
    assert!(read_der(&der, &expected).is_err());
});
