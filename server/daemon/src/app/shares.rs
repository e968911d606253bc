//! Places of which each caller has a share, so that nobody takes them all.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Who has how many.
type Taken<K> = Arc<Mutex<HashMap<K, usize>>>;

/// So many places for each caller, and for all together.
#[derive(Debug, Clone)]
pub(super) struct Shares<K> {
    of_one: usize,
    of_all: usize,
    pub(super) taken: Taken<K>,
}

/// A place, which is free again once this is dropped.
#[derive(Debug)]
pub(super) struct Share<K: Eq + Hash> {
    caller: K,
    taken: Taken<K>,
}

impl<K: Copy + Eq + Hash> Shares<K> {
    pub(super) fn new(of_one: usize, of_all: usize) -> Self {
        let taken = Arc::default();
        Self {
            of_one,
            of_all,
            taken,
        }
    }

    /// A place for this caller; `None` while there are too many.
    pub(super) fn admit(&self, caller: K) -> Option<Share<K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = taken.values().sum();
        let own = taken.get(&caller).copied().unwrap_or(0);
        if all >= self.of_all || own >= self.of_one {
            return None;
        }
        taken.insert(caller, own + 1);
        let taken = Arc::clone(&self.taken);
        Some(Share { caller, taken })
    }
}

impl<K: Eq + Hash> Drop for Share<K> {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.caller) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.remove(&self.caller);
            }
        }
    }
}
