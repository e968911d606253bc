//! Bundles: written, verified, and forged in every way that we could think of.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the makers of test data may panic as tests may"
)]

mod forged;
mod forgeries;
#[expect(dead_code, reason = "an example needs more of it")]
mod log;
mod pack;
mod round;
mod writing;

use kyso_evidence::bundle::{Fault, Report, Trust, VerifyError, verify};

fn verified(bundle: &[u8], trust: &Trust) -> Result<Report, Fault> {
    verify(bundle, trust, &mut ()).map_err(|error| match error {
        VerifyError::Fault(fault) => fault,
        VerifyError::Read(error) => panic!("{error}"),
    })
}
