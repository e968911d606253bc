//! Receipts, bundles and witnesses, from end to end: logs that the tests make, witnesses that run as another
//! authority would run them, on ports that the system chooses, and receipts that `kyso` verifies.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bundles;
mod keeping;
mod log;
mod program;
mod receipts;
mod serving;
