//! The uses that a grant allows: each is free, or used, and may be given back.

use std::sync::Arc;

use kyso_core::{Digest, Refusal};

use super::places::Places;
use super::uses::{Use, place};

/// All uses of one grant.
#[derive(Debug, Clone)]
pub(crate) struct Slots {
    places: Places,
    /// What each is for, if the grant is bound to hashes.
    digests: Option<Arc<[Digest]>>,
    /// Where to look next: calls name hashes in the order of the authorization.
    next: usize,
}

impl Slots {
    /// So many uses, of any hash.
    pub(crate) const fn counted(total: usize) -> Self {
        Self {
            places: Places::new(total),
            digests: None,
            next: 0,
        }
    }

    /// One use of each of these occurrences.
    pub(crate) fn bound(digests: Arc<[Digest]>) -> Self {
        Self {
            places: Places::new(digests.len()),
            digests: Some(digests),
            next: 0,
        }
    }

    /// Whether it is bound to a number only.
    pub(crate) const fn is_counted(&self) -> bool {
        self.digests.is_none()
    }

    /// What its uses may come to take up, in hashes: one that is counted takes nothing until it is given back, which is rare, and
    /// then some part of a hash.
    pub(crate) fn weight(&self) -> usize {
        let counted = self.places.total() / 16;
        self.digests
            .as_ref()
            .map_or(counted, |digests| digests.len())
    }

    /// Uses left.
    pub(crate) fn left(&self) -> usize {
        self.places.left()
    }

    /// Reserves one use for each digest, or none at all.
    pub(crate) fn reserve(&mut self, digests: &[Digest]) -> Result<Vec<Use>, Refusal> {
        if self.is_counted() {
            return self.places.reserve(digests.len());
        }
        let mut uses = Vec::with_capacity(digests.len());
        for digest in digests {
            let Some(made) = self.take(digest) else {
                for made in uses {
                    self.unreserve(made);
                }
                return Err(Refusal::HashNotAuthorized);
            };
            uses.push(made);
        }
        Ok(uses)
    }

    fn take(&mut self, wanted: &Digest) -> Option<Use> {
        let digests = self.digests.as_ref()?;
        let fits =
            |index: &usize| digests.get(*index) == Some(wanted) && !self.places.is_used(*index);
        let found = (self.next..digests.len())
            .find(fits)
            .or_else(|| (0..self.next).find(fits))?;
        self.next = found + 1;
        Some(self.places.claim(found))
    }

    /// Reserves so many uses of a count, or none at all.
    pub(crate) fn reserve_count(&mut self, count: usize) -> Result<Vec<Use>, Refusal> {
        if self.is_counted() {
            self.places.reserve(count)
        } else {
            Err(Refusal::HashNotAuthorized)
        }
    }

    /// Takes back a reservation that nobody has seen.
    pub(crate) fn unreserve(&mut self, made: Use) {
        if let Some(index) = place(made) {
            self.places.free(index);
        }
    }

    /// Gives a use back: the key certainly was not asked.
    pub(crate) fn release(&mut self, given: Use) -> bool {
        let used = place(given).filter(|index| self.places.is_used(*index));
        let Some(index) = used else { return false };
        let turn = self.places.turn(index);
        if i64::from(turn) != given.turn {
            return false;
        }
        self.places.set_turn(index, turn + 1);
        self.places.free(index);
        true
    }

    /// Takes back that a use was given back.
    pub(crate) fn unrelease(&mut self, given: Use) {
        let Some(index) = place(given) else { return };
        let turn = self.places.turn(index).saturating_sub(1);
        self.places.set_turn(index, turn);
        self.places.mark_used(index);
    }

    /// Marks a use that the database holds; false if it cannot be: out of range or out of turn.
    pub(crate) fn used(&mut self, made: Use) -> bool {
        let places = &mut self.places;
        let free = |index: &usize| *index < places.total() && !places.is_used(*index);
        let Some(index) = place(made).filter(free) else {
            return false;
        };
        if i64::from(places.turn(index)) != made.turn {
            return false;
        }
        places.mark_used(index);
        true
    }
}

#[cfg(test)]
mod tests {
    use kyso_core::HashAlgorithm;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::uses::number;
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
