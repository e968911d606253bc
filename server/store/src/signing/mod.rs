//! Signing's own state: SADs and stamping sessions, their uses, intents and outcomes, retries.

mod authorize;
mod grants;
mod idempotency;
mod intent;
mod known;
mod outcome;
mod rows;
mod slots;
pub(crate) mod sweep;

pub(crate) use authorize::{authorize_sad, close_session, extend_sad, open_session};
pub(crate) use idempotency::{look_up, scope};
pub(crate) use intent::{IntentCase, Verdict, record_intent};
pub(crate) use known::Grants;
pub(crate) use outcome::{OutcomeCase, record_outcome};
pub(crate) use rows::{oldest_grant, open_sessions};

use std::sync::Arc;

use slots::Use;

/// An intent without its outcome.
#[derive(Debug, Clone)]
pub(crate) struct OpenIntent {
    /// Sequence of its entry.
    pub(crate) sequence: i64,
    /// What it used; `None` until it is looked up.
    pub(crate) uses: Option<Arc<GrantUse>>,
    /// Whether its result is kept for a retry.
    pub(crate) keyed: bool,
}

/// Uses of a grant, one for each digest, in order.
#[derive(Debug, Clone)]
pub(crate) struct GrantUse {
    /// The SAD or stamping session.
    pub(crate) grant: [u8; 16],
    /// The uses.
    pub(crate) uses: Vec<Use>,
}
