//! Which of several servers grows the tree.

use std::sync::{Arc, Mutex, PoisonError};

use crate::connection::{Access, Connector, Db};

/// The right to grow the tree: one of several servers on a PostgreSQL has it, as long as its connection lasts.
///
/// It only spares the others the work. Two that both believed to have it would store the same tiles, and sign
/// checkpoints that continue each other.
#[derive(Debug, Clone)]
pub struct Lead {
    connector: Connector,
    held: Arc<Mutex<Option<Db>>>,
}

impl Lead {
    pub(crate) fn new(connector: Connector) -> Self {
        Self {
            connector,
            held: Arc::default(),
        }
    }

    /// Whether this server grows the tree now; takes the right if nobody has it. Waits for the database, so not on
    /// an async thread.
    pub fn claim(&self) -> bool {
        if !self.connector.is_shared() {
            return true;
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = held.as_mut().is_some_and(Db::answers);
        if !kept {
            *held = self.connector.open(Access::Read).ok().and_then(leading);
        }
        held.is_some()
    }
}

/// The connection, if the right came with it.
fn leading(mut db: Db) -> Option<Db> {
    db.lead_tree().is_ok_and(|leads| leads).then_some(db)
}
