//! A bounded queue that no source can fill alone.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kyso_store::network_of;

/// Places to wait. Whoever holds some gets one more only while more are free than it holds: a source
/// that takes all it can leaves half of them, two leave a third, and whoever holds none gets the last.
#[derive(Debug)]
pub(super) struct Turns(Mutex<Held>);

#[derive(Debug)]
struct Held {
    free: usize,
    /// By network; one that holds none is not in it. A call without an address is the machine's own.
    by_source: HashMap<Option<IpAddr>, usize>,
}

/// A place in the queue, given back when it is dropped. It is taken before anything else of a call
/// is done: an attempt must not be counted, nor a one-time password used up, for a call that is
/// turned away.
#[derive(Debug)]
pub struct Turn {
    turns: Arc<Turns>,
    source: Option<IpAddr>,
}

impl Turns {
    /// A queue of so many places.
    pub(super) fn new(places: usize) -> Self {
        Self(Mutex::new(Held {
            free: places,
            by_source: HashMap::new(),
        }))
    }

    /// A place for a call from this address; none if too few are left.
    pub(super) fn take(self: &Arc<Self>, source: Option<IpAddr>) -> Option<Turn> {
        let source = source.map(network_of);
        self.held().take(source).then(|| Turn {
            turns: Arc::clone(self),
            source,
        })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn take(&mut self, source: Option<IpAddr>) -> bool {
        let held = self.by_source.get(&source).copied().unwrap_or(0);
        let may = held < self.free;
        if may {
            self.free -= 1;
            self.by_source.insert(source, held + 1);
        }
        may
    }

    fn give_back(&mut self, source: Option<IpAddr>) {
        self.free += 1;
        if let Some(held) = self.by_source.get_mut(&source) {
            *held -= 1;
            if *held == 0 {
                self.by_source.remove(&source);
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.held().give_back(self.source);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(turns: &Arc<Turns>, address: &str) -> Option<Turn> {
        turns.take(Some(address.parse().unwrap()))
    }

    /// As many as a source gets when it asks and asks.
    fn all(turns: &Arc<Turns>, address: &str) -> Vec<Turn> {
        std::iter::from_fn(|| take(turns, address)).collect()
    }

    #[test]
    fn one_source_cannot_take_what_another_needs() {
        let turns = Arc::new(Turns::new(34));
        let flood = all(&turns, "198.51.100.1");
        assert_eq!(flood.len(), 17);
        assert!(take(&turns, "198.51.100.1").is_none());
        let others: Vec<_> = (2..=6)
            .map(|last| take(&turns, &format!("198.51.100.{last}")))
            .collect();
        assert!(others.iter().all(Option::is_some), "{others:?}");
    }

    #[test]
    fn floods_give_way_to_each_other() {
        let turns = Arc::new(Turns::new(34));
        let mut first = all(&turns, "198.51.100.1");
        let mut second = all(&turns, "198.51.100.2");
        // Each time that one of the first is done, both ask again.
        for _ in 0..17 {
            first.pop();
            second.extend(all(&turns, "198.51.100.2"));
            first.extend(all(&turns, "198.51.100.1"));
        }
        assert!(first.len().abs_diff(second.len()) <= 1, "{turns:?}");
        assert_eq!(34 - first.len() - second.len(), 11);
    }

    #[test]
    fn a_source_is_a_network() {
        for (one, same) in [
            ("2001:db8::1", "2001:db8::2:3"),
            ("198.51.100.1", "::ffff:198.51.100.1"),
        ] {
            let turns = Arc::new(Turns::new(4));
            let held = all(&turns, one);
            assert!(take(&turns, same).is_none(), "{same} after {held:?}");
            assert!(turns.take(None).is_some());
        }
    }

    #[test]
    fn what_is_given_back_is_there_again_and_leaves_no_trace() {
        let turns = Arc::new(Turns::new(1));
        for _ in 0..3 {
            let turn = turns.take(None).unwrap();
            assert!(take(&turns, "198.51.100.1").is_none());
            drop(turn);
        }
        let held = turns.held();
        assert_eq!((held.free, held.by_source.len()), (1, 0));
    }
}
