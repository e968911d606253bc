//! No bytes bring the reader of time-stamp answers down, and none are a stamp of an authority that nobody trusts.

#![no_main]

use kyso_documents::tsp::{self, Request};
use kyso_documents::{DocumentDigest, HashAlgorithm};
use libfuzzer_sys::fuzz_target;
use time::OffsetDateTime;

fuzz_target!(|bytes: &[u8]| {
    let _ = tsp::read(bytes);
    if let Ok(token) = tsp::token(bytes) {
        // Whatever it says is what was asked for, so that certificates and signature are looked at.
        let info = tsp::read(token);
        let imprint = info.as_ref().map(|info| info.imprint.clone());
        let nonce = info.and_then(|info| info.nonce).unwrap_or_default();
        let zeros = || DocumentDigest::new(HashAlgorithm::Sha256, vec![0; 32]).ok();
        if let Some(imprint) = imprint.or_else(zeros) {
            let request = Request::new(imprint, nonce, None);
            assert!(request.check(bytes, &[], OffsetDateTime::UNIX_EPOCH).is_err());
        }
    }
});
