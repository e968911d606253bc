//! Which of several servers grows the tree.

use std::sync::{Arc, Mutex, PoisonError};

use crate::connection::{Access, Connector, Db};

/// The right to grow the tree: one of several servers on a PostgreSQL has it, as long as its connection lasts.
///
/// It only spares the others the work: two that both believed to have it would store the same tiles, and sign what continues the
/// same checkpoints.
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
        if held.is_none() {
            *held = self.connector.open(Access::Read).ok();
        }
        // A session that has the right already gets it once more, so this asks whether the connection stands, too.
        let answer = held.as_mut().map(Db::lead_tree);
        if !matches!(answer, Some(Ok(_))) {
            *held = None;
        }
        matches!(answer, Some(Ok(true)))
    }
}
