//! The uses that a grant allows: each is free, or used, and may be given back.

use kyso_core::{Digest, Refusal};

/// One use: which of the grant's occurrences, and how often it was given back before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    pub(crate) ordinal: i64,
    pub(crate) turn: i64,
}

/// Uses of one turn, one after another: what one row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) first: Use,
    pub(crate) span: i64,
}

impl Run {
    /// A run of one.
    pub(crate) const fn single(first: Use) -> Self {
        Self { first, span: 1 }
    }

    /// Each use of it.
    pub(crate) fn uses(self) -> impl Iterator<Item = Use> {
        let Use { ordinal, turn } = self.first;
        (0..self.span).map(move |step| Use {
            ordinal: ordinal.saturating_add(step),
            turn,
        })
    }

    fn grows_by(&mut self, next: Use) -> bool {
        let follows = next.turn == self.first.turn
            && self.first.ordinal.checked_add(self.span) == Some(next.ordinal);
        self.span += i64::from(follows);
        follows
    }
}

/// Joins uses that follow one another.
pub(crate) fn runs(uses: &[Use]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for &next in uses {
        if !runs.last_mut().is_some_and(|run| run.grows_by(next)) {
            runs.push(Run::single(next));
        }
    }
    runs
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    turn: u32,
    used: bool,
}

/// All uses of one grant.
#[derive(Debug, Clone)]
pub(crate) struct Slots {
    total: usize,
    /// What each occurrence is for, if the grant is bound to hashes.
    digests: Option<Vec<Digest>>,
    /// Occurrences met so far; those of a count are added as they are needed.
    met: Vec<Slot>,
    /// Occurrences of a count that were given back.
    returned: Vec<usize>,
    /// Where to look next: calls name hashes in the order of the authorization.
    next: usize,
}

impl Slots {
    /// So many uses, of any hash.
    pub(crate) fn counted(total: usize) -> Self {
        Self {
            total,
            digests: None,
            met: Vec::new(),
            returned: Vec::new(),
            next: 0,
        }
    }

    /// One use of each of these occurrences.
    pub(crate) fn bound(digests: Vec<Digest>) -> Self {
        let met = vec![Slot::default(); digests.len()];
        Self {
            total: digests.len(),
            digests: Some(digests),
            met,
            returned: Vec::new(),
            next: 0,
        }
    }

    /// Whether it is bound to a number only.
    pub(crate) const fn is_counted(&self) -> bool {
        self.digests.is_none()
    }

    /// What its uses may come to take up, in hashes: one that is counted takes as much of a hash as a slot has.
    pub(crate) fn weight(&self) -> usize {
        self.digests.as_ref().map_or(self.total / 16, Vec::len)
    }

    /// Uses left.
    pub(crate) fn left(&self) -> usize {
        let used = self.met.iter().filter(|slot| slot.used).count();
        self.total.saturating_sub(used)
    }

    /// Reserves one use for each digest, or none at all.
    pub(crate) fn reserve(&mut self, digests: &[Digest]) -> Result<Vec<Use>, Refusal> {
        self.reserve_each(digests.iter().map(Some))
    }

    /// Reserves so many uses of a count, or none at all.
    pub(crate) fn reserve_count(&mut self, count: usize) -> Result<Vec<Use>, Refusal> {
        self.reserve_each(std::iter::repeat_n(None, count))
    }

    fn reserve_each<'a>(
        &mut self,
        wanted: impl Iterator<Item = Option<&'a Digest>>,
    ) -> Result<Vec<Use>, Refusal> {
        // Before anything is made of it: a caller may name four thousand million.
        if wanted.size_hint().0 > self.most() {
            return Err(self.exhausted());
        }
        let mut uses = Vec::with_capacity(wanted.size_hint().0);
        for digest in wanted {
            let Some(ordinal) = self.free(digest) else {
                for made in uses {
                    self.unreserve(made);
                }
                return Err(self.exhausted());
            };
            if let Some(slot) = self.met.get_mut(ordinal) {
                slot.used = true;
                uses.push(Use {
                    ordinal: number(ordinal),
                    turn: i64::from(slot.turn),
                });
            }
        }
        Ok(uses)
    }

    /// No more than this can be free.
    fn most(&self) -> usize {
        if self.is_counted() {
            (self.total + self.returned.len()).saturating_sub(self.met.len())
        } else {
            self.total
        }
    }

    const fn exhausted(&self) -> Refusal {
        if self.is_counted() {
            Refusal::TooManySignatures
        } else {
            Refusal::HashNotAuthorized
        }
    }

    fn free(&mut self, digest: Option<&Digest>) -> Option<usize> {
        if let Some(digests) = &self.digests {
            let wanted = digest?;
            let fits = |&index: &usize| {
                digests.get(index) == Some(wanted)
                    && self.met.get(index).is_some_and(|slot| !slot.used)
            };
            let found = (self.next..self.total)
                .find(fits)
                .or_else(|| (0..self.next).find(fits))?;
            self.next = found + 1;
            return Some(found);
        }
        if let Some(returned) = self.returned.pop() {
            return Some(returned);
        }
        if self.met.len() >= self.total {
            return None;
        }
        self.met.push(Slot::default());
        Some(self.met.len() - 1)
    }

    /// Takes back a reservation that nobody has seen.
    pub(crate) fn unreserve(&mut self, made: Use) {
        let Ok(index) = usize::try_from(made.ordinal) else {
            return;
        };
        let Some(slot) = self.met.get_mut(index) else {
            return;
        };
        slot.used = false;
        if self.digests.is_none() {
            self.returned.push(index);
        }
    }

    /// Gives a use back: the key certainly was not asked.
    pub(crate) fn release(&mut self, given: Use) -> bool {
        let Some(slot) = usize::try_from(given.ordinal)
            .ok()
            .and_then(|i| self.met.get_mut(i))
        else {
            return false;
        };
        if !slot.used || i64::from(slot.turn) != given.turn {
            return false;
        }
        slot.turn += 1;
        self.unreserve(given);
        true
    }

    /// Takes back that a use was given back.
    pub(crate) fn unrelease(&mut self, given: Use) {
        let Ok(index) = usize::try_from(given.ordinal) else {
            return;
        };
        if let Some(slot) = self.met.get_mut(index) {
            slot.turn = slot.turn.saturating_sub(1);
            slot.used = true;
            self.returned.retain(|&returned| returned != index);
        }
    }

    /// Marks a use that the database holds; false if it cannot be: out of range or out of turn.
    pub(crate) fn used(&mut self, made: Use) -> bool {
        let Ok(index) = usize::try_from(made.ordinal) else {
            return false;
        };
        if index >= self.total {
            return false;
        }
        if self.met.len() <= index {
            let from = self.met.len();
            self.met.resize(index + 1, Slot::default());
            self.returned.extend(from..index);
        }
        let Some(slot) = self.met.get_mut(index) else {
            return false;
        };
        if slot.used || i64::from(slot.turn) != made.turn {
            return false;
        }
        slot.used = true;
        self.returned.retain(|&returned| returned != index);
        true
    }
}

fn number(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use kyso_core::HashAlgorithm;

    use super::*;

    fn digest(byte: u8) -> Digest {
        Digest::new(HashAlgorithm::Sha256, &[byte; 32]).unwrap()
    }

    #[test]
    fn the_same_hash_twice_is_two_uses() {
        let mut slots = Slots::bound(vec![digest(1), digest(1), digest(2)]);
        assert_eq!(slots.reserve(&[digest(1)]).unwrap()[0].ordinal, 0);
        assert_eq!(slots.reserve(&[digest(1)]).unwrap()[0].ordinal, 1);
        assert_eq!(slots.reserve(&[digest(1)]), Err(Refusal::HashNotAuthorized));
        assert_eq!(slots.left(), 1);
    }

    #[test]
    fn a_call_gets_all_or_nothing() {
        let mut slots = Slots::bound(vec![digest(1), digest(2)]);
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
    fn uses_that_follow_one_another_are_one_run() {
        let made = |ordinal, turn| Use { ordinal, turn };
        let uses = [made(3, 0), made(4, 0), made(5, 1), made(6, 1), made(9, 1)];
        let joined = runs(&uses);
        let spans: Vec<i64> = joined.iter().map(|run| run.span).collect();
        assert_eq!(spans, [2, 2, 1]);
        let again: Vec<Use> = joined.into_iter().flat_map(Run::uses).collect();
        assert_eq!(again, uses);
        assert!(runs(&[]).is_empty());
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
}
