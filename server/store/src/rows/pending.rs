//! Changes that wait for a second person.

use diesel::prelude::*;
use kyso_core::Timestamp;
use kyso_core::change::{PowerChange, Proposal};
use kyso_core::id::{PendingChangeId, PersonId};
use kyso_core::model::PendingChange;

use super::sealed;
use crate::schema::pending_change;
use crate::seal::Field;

/// The state of a change that nobody has decided yet.
pub(crate) const PENDING: &str = "pending";

/// A proposed change.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = pending_change, treat_none_as_null = true)]
pub(crate) struct PendingRow {
    pub(crate) id: Vec<u8>,
    pub(crate) kind: String,
    pub(crate) payload: String,
    pub(crate) proposed_by: Vec<u8>,
    pub(crate) expires_at: i64,
    pub(crate) state: String,
    pub(crate) decided_by: Option<Vec<u8>>,
    pub(crate) made_by: i64,
    pub(crate) seal: Vec<u8>,
}

sealed!(PendingRow in pending_change, key id, domain Pending,
events [ChangeProposed, ChangeApproved, ChangeRejected], |row| [
    Field::Bytes(&row.id),
    Field::Text(&row.kind),
    Field::Text(&row.payload),
    Field::Bytes(&row.proposed_by),
    Field::Int(row.expires_at),
    Field::Text(&row.state),
    Field::bytes(row.decided_by.as_deref()),
]);

impl PendingRow {
    /// The row of a new proposal; `None` if it cannot be written as JSON.
    pub(crate) fn new(proposal: &Proposal, by: PersonId) -> Option<Self> {
        Some(Self {
            id: proposal.id.as_bytes().to_vec(),
            kind: proposal.change.name().to_owned(),
            payload: serde_json::to_string(&proposal.change).ok()?,
            proposed_by: by.as_bytes().to_vec(),
            expires_at: proposal.expires_at.as_micros(),
            state: PENDING.to_owned(),
            decided_by: None,
            made_by: 0,
            seal: Vec::new(),
        })
    }

    /// What would be done.
    pub(crate) fn change(&self) -> Option<PowerChange> {
        serde_json::from_str(&self.payload).ok()
    }

    pub(crate) fn model(&self) -> Option<PendingChange> {
        Some(PendingChange {
            id: PendingChangeId::try_from(self.id.as_slice()).ok()?,
            change: self.change()?,
            proposed_by: PersonId::try_from(self.proposed_by.as_slice()).ok()?,
            expires_at: Timestamp::from_micros(self.expires_at),
        })
    }
}
