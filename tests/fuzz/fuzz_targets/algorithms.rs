//! Object identifiers and RSASSA-PSS-params; a salt that is taken is the one that was asked for.

#![no_main]

use kyso_api::csc::Version;
use kysod::http::csc::algorithm::{Wanted, digests, hash_of_length, scheme};
use kysod::http::csc::pss::PssParams;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, Option<&str>, Option<&[u8]>, Vec<Vec<u8>>)| {
    let (sign_algorithm, hash_algorithm, params, hashes) = input;
    let wanted = Wanted {
        sign_algorithm,
        params,
        hash_algorithm,
        version: Version::V1,
    };
    if let Ok(scheme) = scheme(wanted) {
        let right = hashes
            .iter()
            .all(|hash| hash.len() == scheme.hash().digest_length());
        assert_eq!(digests(scheme.hash(), &hashes).is_ok(), right);
    }
    let _ = hash_of_length(&hashes);
    let _ = PssParams::from_der(params.unwrap_or_default());
});
