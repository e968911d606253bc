//! Which places of a grant are used, and how often each was given back.

use std::collections::{BTreeMap, BTreeSet};

use kyso_core::Refusal;

use super::uses::{Use, number};

/// The places of one grant, one for each use. What is used for the first time, in order, takes no memory, so that a mandate
/// for a million costs as little as one for ten.
#[derive(Debug, Clone)]
pub(super) struct Places {
    total: usize,
    /// All before this one are used, but for those that were returned.
    met: usize,
    /// Those of them that are free: given back, or passed over.
    returned: BTreeSet<usize>,
    /// How often one was given back, for those that ever were.
    turns: BTreeMap<usize, u32>,
}

impl Places {
    pub(super) const fn new(total: usize) -> Self {
        Self {
            total,
            met: 0,
            returned: BTreeSet::new(),
            turns: BTreeMap::new(),
        }
    }

    pub(super) const fn total(&self) -> usize {
        self.total
    }

    pub(super) fn is_used(&self, index: usize) -> bool {
        index < self.met && !self.returned.contains(&index)
    }

    pub(super) fn left(&self) -> usize {
        // Only those met are ever free, and no more are met than there are.
        self.total - (self.met - self.returned.len())
    }

    pub(super) fn turn(&self, index: usize) -> u32 {
        self.turns.get(&index).copied().unwrap_or(0)
    }

    pub(super) fn set_turn(&mut self, index: usize, turn: u32) {
        if turn == 0 {
            self.turns.remove(&index);
        } else {
            self.turns.insert(index, turn);
        }
    }

    pub(super) fn free(&mut self, index: usize) {
        if index < self.met {
            self.returned.insert(index);
        }
    }

    pub(super) fn reserve(&mut self, count: usize) -> Result<Vec<Use>, Refusal> {
        // Before anything is made of it: a caller may name four thousand million.
        if count > self.left() {
            return Err(Refusal::TooManySignatures);
        }
        Ok((0..count).map(|_| self.take()).collect())
    }

    /// The next that is free; whoever calls knows that there is one.
    fn take(&mut self) -> Use {
        self.claim(self.returned.first().copied().unwrap_or(self.met))
    }

    /// Uses a place that is free.
    pub(super) fn claim(&mut self, index: usize) -> Use {
        self.mark_used(index);
        Use {
            ordinal: number(index),
            turn: i64::from(self.turn(index)),
        }
    }

    /// Those before it that were not met are free from then on.
    pub(super) fn mark_used(&mut self, index: usize) {
        self.returned.extend(self.met..index);
        self.met = self.met.max(index + 1);
        self.returned.remove(&index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_once_takes_no_memory() {
        let mut places = Places::new(1_000_000);
        assert_eq!(places.reserve(1_000_000).unwrap().len(), 1_000_000);
        assert!(places.returned.is_empty() && places.turns.is_empty());
        assert_eq!(places.left(), 0);
    }
}
