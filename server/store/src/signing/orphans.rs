//! Calls that nobody will close: their outcome could not be written, or their caller went away.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kyso_core::id::RequestId;

/// Rounds of upkeep in which a call is looked for before it counts as one that left no intent.
/// Three rounds are one lease.
const ROUNDS: u8 = 6;

/// Such calls of this run, for upkeep to close.
///
/// A call comes here as soon as its caller gives up, and its intent may become known after that:
/// one that is not found is looked for again. One that was closed is looked for again too, since
/// that transaction may be undone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Orphans(Arc<Mutex<HashMap<RequestId, u8>>>);

impl Orphans {
    fn calls(&self) -> MutexGuard<'_, HashMap<RequestId, u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a call.
    pub(crate) fn add(&self, request: RequestId) {
        self.calls().insert(request, 0);
    }

    /// All of them.
    pub(crate) fn waiting(&self) -> Vec<RequestId> {
        self.calls().keys().copied().collect()
    }

    /// Upkeep looked for this call, and found its intent open or not.
    pub(crate) fn looked_for(&self, request: &RequestId, found: bool) {
        let mut calls = self.calls();
        let Some(rounds) = calls.get_mut(request) else {
            return;
        };
        *rounds = if found { 0 } else { *rounds + 1 };
        if *rounds >= ROUNDS {
            calls.remove(request);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_looked_for_some_rounds_beyond_the_last_in_which_it_was_open() {
        let (orphans, request) = (Orphans::default(), RequestId::random());
        orphans.add(request);
        let not_found = |times| (0..times).for_each(|_| orphans.looked_for(&request, false));
        not_found(ROUNDS - 1);
        assert_eq!(orphans.waiting(), [request]);
        orphans.looked_for(&request, true);
        not_found(ROUNDS - 1);
        assert_eq!(orphans.waiting(), [request]);
        not_found(1);
        assert_eq!(orphans.waiting(), []);
    }
}
