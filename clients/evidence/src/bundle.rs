//! Bundles: entries of a log in one signed file, with all that proves them.
//!
//! A bundle is a tar file that anybody can open. It holds a page that verifies it in a browser, the
//! statement of what is exported, keys, checkpoints with cosignatures, tiles, entries, disclosed
//! values, lists of all parts, and a manifest that the export key signs. `docs/evidence.md` is the
//! specification, for whoever writes another verifier.
//!
//! A [`Writer`] takes entries one by one and tiles from wherever they are stored; it needs memory
//! for 256 entries. [`verify`] reads front to back and needs no more.

mod archive;
mod beside;
mod chunk;
mod disclosed;
mod export;
mod fault;
mod held;
mod judging;
mod keys;
mod list;
mod name;
mod page;
mod parts;
mod reading;
mod report;
mod statement;
mod subtree;
mod verifier;
mod vietnamese;
mod writer;

pub use beside::{Beside, BesideError, Judged};
pub use disclosed::Disclosed;
pub use export::{Export, ExportError};
pub use fault::{BesideFault, Fault, VerifyError};
pub use held::TileFault;
pub use keys::{ExportKey, Keys};
pub use page::page;
pub use report::{KeySource, Progress, Report, Watch};
pub use statement::{Exporter, ExporterError, MAX_EXPORTER_BYTES, Statement};
pub use verifier::{Trust, receipt, verify};
pub use writer::{SignError, Unsigned, WriteError, Writer};
