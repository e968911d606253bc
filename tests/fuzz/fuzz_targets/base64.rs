//! What decodes is written back as it was read: one text for one value.

#![no_main]

use kyso_api::encoding::{decode_base64, encode_base64};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(bytes) = decode_base64(text) {
        assert_eq!(encode_base64(&bytes), text);
    }
});
