//! The log proves itself: its tree is grown beside the journal, an HSM key signs checkpoints of it, others cosign.
//!
//! What was signed last is remembered in a file outside the database, before the checkpoint leaves. A
//! database that was set back or rewritten does not continue it, so it gets no checkpoint, and nothing is signed
//! any more (C2SP `tlog-checkpoint`; RFC 6962 §2.1.2).

mod cosigning;
mod export;
mod following;
mod memory;
mod published;
mod receipt;
mod sequencer;
mod signer;
mod witnesses;

pub(crate) use export::{Order, Piece, export, under};
pub(crate) use receipt::{NoReceipt, receipt};
pub(crate) use sequencer::run;
pub use signer::LogSigner;
pub(crate) use signer::open;
