//! Changes that one person proposed and another has yet to approve.

use crate::Timestamp;
use crate::change::PowerChange;
use crate::id::{PendingChangeId, PersonId};

/// A proposed change; applied only when somebody else approves it.
#[derive(Debug, Clone)]
pub struct PendingChange {
    /// Its id.
    pub id: PendingChangeId,
    /// What would be done.
    pub change: PowerChange,
    /// Who proposed it; never who approves it.
    pub proposed_by: PersonId,
    /// Void from this time on.
    pub expires_at: Timestamp,
}
