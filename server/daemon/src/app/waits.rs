//! How many calls may wait for signers at once: each asks the database again and again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use kyso_core::id::ClientId;

/// Of one system: a province's leaders who all have something to decide.
const OF_ONE: usize = 250;
/// Of all systems.
const OF_ALL: usize = 500;

/// The calls that wait, by system.
#[derive(Debug, Clone, Default)]
pub struct Waits(Arc<Mutex<HashMap<ClientId, usize>>>);

/// A call that may wait; its place is free again once this is dropped.
#[derive(Debug)]
pub struct Waiting {
    waits: Waits,
    client: ClientId,
}

impl Waits {
    /// A place for a call of this system; `None` while there are too many.
    pub fn admit(&self, client: ClientId) -> Option<Waiting> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = waiting.values().sum();
        let own = waiting.get(&client).copied().unwrap_or(0);
        if all >= OF_ALL || own >= OF_ONE {
            return None;
        }
        waiting.insert(client, own + 1);
        let waits = self.clone();
        Some(Waiting { waits, client })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waiting = self.waits.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = waiting.get_mut(&self.client) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                waiting.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_and_all_together_have_their_bound() {
        let waits = Waits::default();
        let clients = [(); 3].map(|()| ClientId::random());
        let take = |client: ClientId| -> Vec<Waiting> {
            (0..=OF_ONE).filter_map(|_| waits.admit(client)).collect()
        };
        let [one, other, third] = clients.map(take);
        assert_eq!([one.len(), other.len(), third.len()], [OF_ONE, OF_ONE, 0]);
        drop(one);
        assert_eq!(take(clients[2]).len(), OF_ONE);
        assert!(waits.admit(clients[1]).is_none());
    }
}
