//! People, systems, credentials and tokens, on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what every test here calls is no test itself"
)]

mod by_date;
mod clerk;
mod credentials;
mod erasing;
mod factors;
mod outlived;
mod people;
mod pictures;
mod reading;
mod reorganising;
mod restoring;
mod stale;
mod tampering;
mod tokens;
mod town;
