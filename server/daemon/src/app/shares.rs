//! Places of which each caller has a share, so that nobody takes them all.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Who has how many.
#[derive(Debug)]
pub(super) struct Taken<K> {
    all: usize,
    by: HashMap<K, usize>,
}

impl<K> Default for Taken<K> {
    fn default() -> Self {
        Self {
            all: 0,
            by: HashMap::new(),
        }
    }
}

/// So many places for each caller, and for all together.
#[derive(Debug, Clone)]
pub(super) struct Shares<K> {
    of_one: usize,
    of_all: usize,
    taken: Arc<Mutex<Taken<K>>>,
}

/// Places, which are free again once this is dropped.
#[derive(Debug)]
pub(super) struct Share<K: Eq + Hash> {
    caller: K,
    places: usize,
    taken: Arc<Mutex<Taken<K>>>,
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
        self.admit_with(caller, 1)
    }

    /// So many places for this caller at once, or none.
    pub(super) fn admit_with(&self, caller: K, places: usize) -> Option<Share<K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.by.get(&caller).copied().unwrap_or(0);
        if taken.all + places > self.of_all || own + places > self.of_one {
            return None;
        }
        taken.all += places;
        taken.by.insert(caller, own + places);
        let taken = Arc::clone(&self.taken);
        Some(Share {
            caller,
            places,
            taken,
        })
    }

    #[cfg(test)]
    pub(super) fn are_free(&self) -> bool {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all == 0 && taken.by.is_empty()
    }
}

impl<K: Eq + Hash> Drop for Share<K> {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= self.places;
        if let Some(own) = taken.by.get_mut(&self.caller) {
            *own -= self.places;
            if *own == 0 {
                taken.by.remove(&self.caller);
            }
        }
    }
}
