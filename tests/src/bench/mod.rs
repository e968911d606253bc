//! The benchmark: raw PKCS#11 first, then signHash over HTTPS on the same machine, in one run.
//!
//! A benchmark, not a test: it measures and prints, and asserts nothing about time.

mod calls;
mod figures;
mod machine;
mod plan;
mod window;

pub use calls::SignHash;
pub use figures::{Figures, Quantiles};
pub use machine::{Process, fdatasync_micros};
pub use plan::{Bench, Extent, Load};
pub use window::{Call, Window, measure};
