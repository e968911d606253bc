//! Open intents whose entry is not what was written: none can be closed until it is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kyso_core::id::RequestId;

use super::OpenIntent;

/// Those that upkeep found. They are looked at again and again, but never before the others, and
/// the alarm about one is raised once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spoilt(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    looks: HashMap<RequestId, Look>,
    /// Counts up with each look, to tell which intent was not looked at for longest.
    turn: u64,
}

#[derive(Debug)]
struct Look {
    turn: u64,
    /// Whether its alarm is durable.
    told: bool,
}

impl Spoilt {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those first of which nothing bad is known, oldest first; then those that were not looked at
    /// for longest.
    pub(crate) fn last(
        &self,
        open: HashMap<RequestId, OpenIntent>,
    ) -> Vec<(RequestId, OpenIntent)> {
        let known = self.known();
        let turn = |request: &RequestId| known.looks.get(request).map_or(0, |look| look.turn);
        let mut open: Vec<_> = open.into_iter().collect();
        open.sort_by_key(|(request, intent)| (turn(request), intent.sequence));
        open
    }

    /// This one is spoilt; whether its alarm is still to be raised.
    pub(crate) fn found(&self, request: RequestId) -> bool {
        let mut known = self.known();
        known.turn += 1;
        let turn = known.turn;
        let new = Look { turn, told: false };
        let look = known.looks.entry(request).or_insert(new);
        look.turn = turn;
        !look.told
    }

    /// This one was closed.
    pub(crate) fn closed(&self, request: &RequestId) {
        self.known().looks.remove(request);
    }

    /// The alarms that were raised are durable.
    pub(crate) fn told(&self) {
        let mut known = self.known();
        known.looks.values_mut().for_each(|look| look.told = true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(requests: &[RequestId]) -> HashMap<RequestId, OpenIntent> {
        let intent = |sequence| OpenIntent {
            sequence,
            uses: None,
            keyed: false,
        };
        requests.iter().copied().zip((0..).map(intent)).collect()
    }

    #[test]
    fn spoilt_intents_never_keep_the_others_waiting() {
        let requests = [(); 4].map(|()| RequestId::random());
        let [first, second, third, fourth] = requests;
        let spoilt = Spoilt::default();
        let order = || {
            let order = spoilt.last(open(&requests));
            order.into_iter().map(|(request, _)| request)
        };
        assert!(order().eq(requests));
        spoilt.found(first);
        spoilt.found(second);
        assert!(order().eq([third, fourth, first, second]));
        spoilt.found(first);
        assert!(order().eq([third, fourth, second, first]));
        spoilt.closed(&first);
        assert!(order().eq([first, third, fourth, second]));
    }

    #[test]
    fn an_alarm_is_due_until_it_is_durable() {
        let (spoilt, request) = (Spoilt::default(), RequestId::random());
        assert!(spoilt.found(request));
        assert!(spoilt.found(request), "that transaction was undone");
        spoilt.told();
        assert!(!spoilt.found(request));
        spoilt.closed(&request);
        assert!(spoilt.found(request), "it was spoilt once more");
    }
}
