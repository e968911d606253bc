//! No text brings the reader of configurations down.

#![no_main]

use kysod::config::Config;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Config::parse(text);
});
