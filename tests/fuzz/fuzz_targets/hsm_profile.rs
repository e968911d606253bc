//! No text brings the reader of HSM profiles down, PIN sources among them.

#![no_main]

use kyso_hsm_config::Profile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Profile::parse(text);
});
