//! Asks authorities by network whether certificates were revoked: lists (RFC 5280 §5) and responders (RFC 6960).
//!
//! Where to ask stands in certificates, and those come from strangers. So an [`Asker`] goes only to places that its
//! [`Reach`] allows, at public addresses unless one is named, follows nobody elsewhere, waits a few seconds for all of a
//! file together, and takes no more bytes than a list may have. Whatever goes wrong is an [`Outcome`] and never a
//! failure: what nobody answers stays unknown.
//!
//! It reads nothing of what comes: kyso-documents does, in a process of its own where the file is a stranger's, and says
//! of each [`Reply`] until when it may be kept.

mod address;
mod asked;
mod asker;
mod kept;
mod place;

pub use asked::{Asked, Outcome, Reply};
pub use asker::{Asker, ROUNDS, Settings};
pub use kept::LONGEST_LIST;
pub use place::{Host, Hosts, NotAHost, Reach};
