//! A verifier key that parses has exactly the text it was parsed from, and is of one type only.

#![no_main]

use kyso_evidence::key::{LogKey, WitnessKey};
use kyso_evidence::note::KeyName;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let log = text.parse::<LogKey>().map(|key| key.to_string());
        let witness = text.parse::<WitnessKey>().map(|key| key.to_string());
        assert!(log.is_err() || witness.is_err());
        for read in [log, witness].into_iter().flatten() {
            assert_eq!(read, text);
        }
    }
    let name: KeyName = "fuzz".parse().expect("a name");
    if let Ok(key) = LogKey::ecdsa(name, bytes) {
        assert_eq!(key.to_string().parse::<LogKey>(), Ok(key));
    }
});
