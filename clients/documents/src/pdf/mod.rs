//! Signatures inside PDFs: PAdES-B-B and B-T (EN 319 142-1), in two steps.
//!
//! [`prepare`] appends a field with an empty signature to the file and hashes the rest; the CMS
//! that is made over [`Prepared::attributes`] goes into the empty place. What was there stays as
//! it is, byte for byte, and an object that must change is written with its own old text.

mod anchor;
#[cfg(feature = "verify")]
mod drawing;
mod field;
mod form;
mod guard;
mod history;
mod limits;
mod load;
mod lock;
mod packed;
mod page;
mod reader;
mod refusal;
mod request;
mod reserve;
mod sections;
mod sheet;
mod sign;
mod signature;
mod signatures;
mod stamping;
#[cfg(feature = "verify")]
mod store;
mod strings;
mod text;
mod update;
#[cfg(feature = "verify")]
mod whole;

pub use anchor::NoAnchor;
#[cfg(feature = "verify")]
pub(crate) use drawing::Shown;
pub use history::{Alteration, Change, Later, Unexplained};
pub use limits::Limits;
pub use page::Place;
pub(crate) use page::decimal;
pub use reader::Pdf;
#[cfg(feature = "verify")]
pub(crate) use refusal::reasons;
pub use refusal::{Refusal, Warning};
pub use request::{Appearance, DEFAULT_ROOM, Lock, Piece, Request, Target, Template};
pub use reserve::{Reserved, TextField};
pub use sheet::Sheet;
pub use sign::{Misfit, Prepared, prepare};
pub use signatures::{Coverage, Embedded};
#[cfg(feature = "verify")]
pub use signatures::{Verified, verify};
pub use stamping::{NotStamped, stamp};
#[cfg(feature = "verify")]
pub(crate) use store::SecurityStore;
#[cfg(feature = "verify")]
pub use whole::{Ambiguous, NotWhole, Whole};
