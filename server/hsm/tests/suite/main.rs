//! One suite for every token: SoftHSM2 always, and any other whose profile is named in
//! `KYSO_TEST_HSM_PROFILE` (its token is made and its PIN file written by whoever runs it).

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod attestation;
mod carry;
mod certificates;
mod notes;
mod recovery;
mod remote;
mod sealing;
mod signing;
mod support;
