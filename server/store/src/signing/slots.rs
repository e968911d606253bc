//! The uses that a grant allows: each is free, or used, and may be given back.

use std::sync::Arc;

use kyso_core::{Digest, Refusal};

use super::counted::Counted;
use super::uses::{Use, number, place};

/// All uses of one grant.
#[derive(Debug, Clone)]
pub(crate) enum Slots {
    /// Of any hash.
    Counted(Counted),
    /// Each of its own hash.
    Bound(Bound),
}

/// One use for each of these occurrences of a hash.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    digests: Arc<[Digest]>,
    slots: Vec<Slot>,
    /// Where to look next: calls name hashes in the order of the authorization.
    next: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    turn: u32,
    used: bool,
}

impl Slots {
    /// So many uses, of any hash.
    pub(crate) const fn counted(total: usize) -> Self {
        Self::Counted(Counted::new(total))
    }

    /// One use of each of these occurrences.
    pub(crate) fn bound(digests: Arc<[Digest]>) -> Self {
        Self::Bound(Bound {
            slots: vec![Slot::default(); digests.len()],
            digests,
            next: 0,
        })
    }

    /// Whether it is bound to a number only.
    pub(crate) const fn is_counted(&self) -> bool {
        matches!(self, Self::Counted(_))
    }

    /// What its uses may come to take up, in hashes: one that is counted takes nothing until it is given back, which is rare, and
    /// then some part of a hash.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Counted(counted) => counted.total() / 16,
            Self::Bound(bound) => bound.digests.len(),
        }
    }

    /// Uses left.
    pub(crate) fn left(&self) -> usize {
        match self {
            Self::Counted(counted) => counted.left(),
            Self::Bound(bound) => bound.slots.iter().filter(|slot| !slot.used).count(),
        }
    }

    /// Reserves one use for each digest, or none at all.
    pub(crate) fn reserve(&mut self, digests: &[Digest]) -> Result<Vec<Use>, Refusal> {
        match self {
            Self::Counted(counted) => counted.reserve(digests.len()),
            Self::Bound(bound) => bound.reserve(digests),
        }
    }

    /// Reserves so many uses of a count, or none at all.
    pub(crate) fn reserve_count(&mut self, count: usize) -> Result<Vec<Use>, Refusal> {
        match self {
            Self::Counted(counted) => counted.reserve(count),
            Self::Bound(_) => Err(Refusal::HashNotAuthorized),
        }
    }

    /// Takes back a reservation that nobody has seen.
    pub(crate) fn unreserve(&mut self, made: Use) {
        let Some(index) = place(made) else { return };
        match self {
            Self::Counted(counted) => counted.free(index),
            Self::Bound(bound) => bound.free(index),
        }
    }

    /// Gives a use back: the key certainly was not asked.
    pub(crate) fn release(&mut self, given: Use) -> bool {
        let Some(index) = place(given).filter(|index| self.is_used(*index)) else {
            return false;
        };
        let turn = self.turn(index);
        if i64::from(turn) != given.turn {
            return false;
        }
        self.set_turn(index, turn + 1);
        self.unreserve(given);
        true
    }

    /// Takes back that a use was given back.
    pub(crate) fn unrelease(&mut self, given: Use) {
        let Some(index) = place(given) else { return };
        self.set_turn(index, self.turn(index).saturating_sub(1));
        self.mark_used(index);
    }

    /// Marks a use that the database holds; false if it cannot be: out of range or out of turn.
    pub(crate) fn used(&mut self, made: Use) -> bool {
        let possible = place(made).filter(|index| *index < self.total() && !self.is_used(*index));
        let Some(index) = possible else { return false };
        if i64::from(self.turn(index)) != made.turn {
            return false;
        }
        self.mark_used(index);
        true
    }

    fn total(&self) -> usize {
        match self {
            Self::Counted(counted) => counted.total(),
            Self::Bound(bound) => bound.digests.len(),
        }
    }

    fn is_used(&self, index: usize) -> bool {
        match self {
            Self::Counted(counted) => counted.is_used(index),
            Self::Bound(bound) => bound.slots.get(index).is_some_and(|slot| slot.used),
        }
    }

    fn mark_used(&mut self, index: usize) {
        match self {
            Self::Counted(counted) => counted.mark_used(index),
            Self::Bound(bound) => {
                if let Some(slot) = bound.slots.get_mut(index) {
                    slot.used = true;
                }
            }
        }
    }

    fn turn(&self, index: usize) -> u32 {
        match self {
            Self::Counted(counted) => counted.turn(index),
            Self::Bound(bound) => bound.slots.get(index).map_or(0, |slot| slot.turn),
        }
    }

    fn set_turn(&mut self, index: usize, turn: u32) {
        match self {
            Self::Counted(counted) => counted.set_turn(index, turn),
            Self::Bound(bound) => {
                if let Some(slot) = bound.slots.get_mut(index) {
                    slot.turn = turn;
                }
            }
        }
    }
}

impl Bound {
    fn free(&mut self, index: usize) {
        if let Some(slot) = self.slots.get_mut(index) {
            slot.used = false;
        }
    }

    fn reserve(&mut self, digests: &[Digest]) -> Result<Vec<Use>, Refusal> {
        let mut uses = Vec::with_capacity(digests.len());
        for digest in digests {
            let Some(made) = self.take(digest) else {
                uses.into_iter()
                    .filter_map(place)
                    .for_each(|made| self.free(made));
                return Err(Refusal::HashNotAuthorized);
            };
            uses.push(made);
        }
        Ok(uses)
    }

    fn take(&mut self, wanted: &Digest) -> Option<Use> {
        let fits = |index: &usize| {
            self.digests.get(*index) == Some(wanted)
                && self.slots.get(*index).is_some_and(|slot| !slot.used)
        };
        let found = (self.next..self.digests.len())
            .find(fits)
            .or_else(|| (0..self.next).find(fits))?;
        self.next = found + 1;
        let slot = self.slots.get_mut(found)?;
        slot.used = true;
        Some(Use {
            ordinal: number(found),
            turn: i64::from(slot.turn),
        })
    }
}

#[cfg(test)]
mod tests {
    use kyso_core::HashAlgorithm;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn digest(byte: u8) -> Digest {
        Digest::new(HashAlgorithm::Sha256, &[byte; 32]).unwrap()
    }

    #[test]
    fn the_same_hash_twice_is_two_uses() {
        let mut slots = Slots::bound([digest(1), digest(1), digest(2)].into());
        assert_eq!(slots.reserve(&[digest(1)]).unwrap()[0].ordinal, 0);
        assert_eq!(slots.reserve(&[digest(1)]).unwrap()[0].ordinal, 1);
        assert_eq!(slots.reserve(&[digest(1)]), Err(Refusal::HashNotAuthorized));
        assert_eq!(slots.left(), 1);
    }

    #[test]
    fn a_call_gets_all_or_nothing() {
        let mut slots = Slots::bound([digest(1), digest(2)].into());
        assert_eq!(
            slots.reserve(&[digest(1), digest(3)]),
            Err(Refusal::HashNotAuthorized)
        );
        assert_eq!(slots.left(), 2);
        let mut counted = Slots::counted(3);
        for count in [4, 4_294_967_295, usize::MAX] {
            let refused = counted.reserve_count(count);
            assert_eq!(refused, Err(Refusal::TooManySignatures), "{count}");
        }
        assert_eq!(counted.reserve_count(3).unwrap().len(), 3);
    }

    #[test]
    fn what_was_given_back_is_used_in_its_next_turn() {
        let mut slots = Slots::counted(1);
        let first = slots.reserve_count(1).unwrap()[0];
        assert!(slots.release(first));
        assert!(!slots.release(first), "only once");
        let again = slots.reserve_count(1).unwrap()[0];
        assert_eq!(
            again,
            Use {
                ordinal: 0,
                turn: 1
            }
        );
        assert_eq!(slots.reserve_count(1), Err(Refusal::TooManySignatures));
    }

    #[test]
    fn rows_that_cannot_be_are_noticed() {
        let mut slots = Slots::counted(2);
        assert!(slots.used(Use {
            ordinal: 1,
            turn: 0
        }));
        assert!(
            !slots.used(Use {
                ordinal: 1,
                turn: 0
            }),
            "twice"
        );
        assert!(
            !slots.used(Use {
                ordinal: 2,
                turn: 0
            }),
            "beyond the total"
        );
        assert!(
            !slots.used(Use {
                ordinal: 0,
                turn: 3
            }),
            "out of turn"
        );
        assert_eq!(slots.reserve_count(1).unwrap()[0].ordinal, 0);
        assert_eq!(slots.left(), 0);
    }

    /// One way or the other, eight uses of one hash.
    fn eight(counted: bool) -> Slots {
        if counted {
            Slots::counted(8)
        } else {
            Slots::bound([digest(1); 8].into())
        }
    }

    /// What can be taken back, the last first.
    enum Done {
        Reserved(Vec<Use>),
        Released(Use),
    }

    proptest! {
        /// Against the plain way: a list of all uses, each used or not, in its turn.
        #[test]
        fn slots_know_what_a_list_of_all_uses_would(
            counted: bool,
            steps in vec((0..4_u8, 0..10_usize, 0..3_i64), 0..80)
        ) {
            let mut slots = eight(counted);
            let mut plain = [(false, 0); 8];
            let mut done = Vec::new();
            for (step, index, turn) in steps {
                let (made, before) = (Use { ordinal: number(index), turn }, plain);
                let found = plain.get(index).copied();
                match step {
                    0 => {
                        let uses = slots.reserve(&vec![digest(1); index]);
                        prop_assert_eq!(uses.is_ok(), index <= free(&plain));
                        let uses = uses.unwrap_or_default();
                        for made in &uses {
                            let slot = &mut plain[place(*made).unwrap()];
                            prop_assert_eq!(*slot, (false, made.turn));
                            slot.0 = true;
                        }
                        done.push((Done::Reserved(uses), before));
                    }
                    1 => {
                        prop_assert_eq!(slots.release(made), found == Some((true, turn)));
                        if found == Some((true, turn)) {
                            plain[index] = (false, turn + 1);
                            done.push((Done::Released(made), before));
                        }
                    }
                    2 => {
                        prop_assert_eq!(slots.used(made), found == Some((false, turn)));
                        if found == Some((false, turn)) {
                            plain[index].0 = true;
                            done.clear(); // what was read is never taken back
                        }
                    }
                    _ => if let Some((last, before)) = done.pop() {
                        match last {
                            Done::Reserved(uses) => uses.into_iter().for_each(|made| slots.unreserve(made)),
                            Done::Released(made) => slots.unrelease(made),
                        }
                        plain = before;
                    },
                }
                prop_assert_eq!(slots.left(), free(&plain));
            }
        }
    }

    fn free(plain: &[(bool, i64)]) -> usize {
        plain.iter().filter(|slot| !slot.0).count()
    }
}
