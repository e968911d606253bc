//! No bytes bring the verifier down, and none are valid without an anchor.

#![no_main]

use kyso_documents::{DocumentDigest, HashAlgorithm, verify};
use libfuzzer_sys::fuzz_target;
use time::OffsetDateTime;

fuzz_target!(|bytes: &[u8]| {
    for hash in HashAlgorithm::ALL {
        let Ok(document) = DocumentDigest::new(hash, vec![0; hash.length()]) else {
            continue;
        };
        let report = verify(bytes, &document, &[], OffsetDateTime::UNIX_EPOCH);
        assert!(!report.is_ok_and(|report| report.is_valid()));
        // The other reader of certificates.
        let _ = kyso_documents::prepare(&document, bytes, OffsetDateTime::UNIX_EPOCH);
    }
});
