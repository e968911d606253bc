//! Documents signed and checked, by ourselves and by the programs of others.

#![cfg(feature = "verify")]
#![expect(
    clippy::unwrap_used,
    reason = "the makers of test data may panic as tests may"
)]

mod cades;
mod given;
mod openssl;
mod pdf;
mod pki;
mod seeds;
mod timestamp;
mod tsp;
mod validation;
