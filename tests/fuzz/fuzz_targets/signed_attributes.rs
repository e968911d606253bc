//! No bytes bring the reader of signed attributes down, and what it takes is what is signed.

#![no_main]

use kyso_documents::{HashAlgorithm, SigningCertificates, given};
use libfuzzer_sys::fuzz_target;
use time::OffsetDateTime;

fuzz_target!(|bytes: &[u8]| {
    // The certificate comes first: its length in two bytes, itself, and then the attributes.
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else {
        return;
    };
    let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
    let (certificate, set) = rest.split_at(length);
    let now = OffsetDateTime::UNIX_EPOCH;
    for hash in HashAlgorithm::ALL {
        if let Ok(prepared) = given(set, hash, certificate, now) {
            assert_eq!(prepared.signed_attributes(), set);
        }
        let Ok(many) = SigningCertificates::read(&[certificate.to_vec()]) else {
            continue;
        };
        if let Ok(read) = many.given(set, hash) {
            assert_eq!(read.prepared.signed_attributes(), set);
        }
    }
});
