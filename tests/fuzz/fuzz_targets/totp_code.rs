//! Only six digits are ever a code.

#![no_main]

use kyso_core::Timestamp;
use kysod::auth::totp::Authenticator;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u32, &str)| {
    let (now, code) = input;
    let Ok(authenticator) = Authenticator::new(&[7; 20]) else {
        return;
    };
    let step = authenticator.step_of(code, Timestamp::from_seconds(i64::from(now)));
    let digits = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
    assert!(step.is_none() || digits);
});
