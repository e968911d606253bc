//! Signing's own state: SADs and stamping sessions, their uses, intents and outcomes, retries.

mod authorize;
mod ended;
mod grants;
mod idempotency;
mod intent;
mod known;
mod numbers;
pub(crate) mod orphans;
mod outcome;
mod places;
mod rows;
mod slots;
pub(crate) mod spoilt;
pub(crate) mod sweep;
mod uses;

pub(crate) use authorize::{authorize_sad, close_session, end_session, extend_sad, open_session};
pub use ended::{EndedOf, ended_sessions, session_of_id};
pub(crate) use idempotency::{look_up, scope};
pub(crate) use intent::{IntentCase, Verdict, record_intent};
pub(crate) use known::Grants;
pub(crate) use outcome::{OutcomeCase, record_outcome};
pub(crate) use rows::{oldest_grant, open_sessions};

use std::sync::Arc;

use kyso_core::draft::Draft;
use kyso_core::id::StampingSessionId;
use uses::Use;
use uuid::Uuid;

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
    /// The stamping session that it is or lies within.
    pub(crate) session: Option<StampingSessionId>,
    /// The uses.
    pub(crate) uses: Vec<Use>,
}

impl GrantUse {
    /// Names grant and session in an entry: which of several sessions it is only write 1 knows, and
    /// intent and outcome must say the same.
    fn name_in(&self, draft: &mut Draft) {
        draft.entry.grant = Some(Uuid::from_bytes(self.grant).to_string());
        draft.entry.session = self.session.map(|id| id.to_string());
    }
}
