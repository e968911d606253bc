//! The benchmark: raw PKCS#11 first, then signHash over HTTPS on the same machine, in one run.
//!
//! A benchmark, not a test: it measures and prints, and asserts nothing about time.

mod audit;
mod calls;
mod crowd;
mod documents;
mod figures;
mod floor;
mod machine;
mod pages;
mod plan;
mod raw;
mod report;
mod window;
mod written;

pub use audit::AuditCommand;
pub use calls::{Call, CountBound, HashBound, Order};
pub use crowd::Crowd;
pub use documents::{Held, MemoryCommand, Timed, documents};
pub use figures::{Figures, Quantiles};
pub use floor::{Floor, LanesCommand};
pub use machine::{Process, beside, cores, fdatasync_micros, processor};
pub use pages::PagesCommand;
pub use plan::{Bench, Extent, Load, Sad};
pub use raw::Raw;
pub use report::{Part, Report, Row};
pub use window::{Window, measure};
pub use written::{Standing, Written};
