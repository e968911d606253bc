//! The grants that the writer knows by heart, and how what was done to them is undone.
//!
//! Memory is the authority on what is left of a grant, so a refused change must not make the
//! writer forget grants: they would be read again from rows that somebody may have changed
//! meanwhile. Each step is noted, and only the steps of what is undone are taken back.

use std::collections::HashMap;
use std::sync::Arc;

use kyso_core::journal::JournalError;
use kyso_core::model::{Sad, SadHash, StampingSession};
use kyso_core::{Refusal, Timestamp};

use super::slots::Slots;
use super::uses::Use;
use crate::error::ApplyError;

/// How much is kept in memory, as [`Grant::weight`] has it: some 10 MB. Past it the grants that have ended go, then those that were
/// not used for longest, until a quarter is free.
const KEPT: usize = 131_072;
/// What a grant weighs beside its uses.
const ALONE: usize = 8;
/// No grant weighs more, however many uses it has: the one at hand has to fit beside others.
const HEAVIEST: usize = KEPT / 8;

/// Id of a grant.
pub(super) type Id = [u8; 16];

/// What a grant says.
#[derive(Debug, Clone)]
pub(super) enum Terms {
    Sad(Arc<Sad>),
    Session(Arc<StampingSession>),
}

impl Terms {
    fn expires_at(&self) -> Timestamp {
        match self {
            Self::Sad(sad) => sad.expires_at,
            Self::Session(session) => session.expires_at,
        }
    }

    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Sad(_) => "sad",
            Self::Session(_) => "stamping_session",
        }
    }
}

#[derive(Debug)]
struct Grant {
    terms: Terms,
    slots: Slots,
    used_at: u64,
}

impl Grant {
    /// What it may come to take up, in some 75 bytes: a hash and its slot.
    fn weight(&self) -> usize {
        ALONE + self.slots.weight().min(HEAVIEST)
    }
}

/// Something found that must not happen; it becomes an entry even though the call is refused.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    pub(crate) kind: &'static str,
    pub(crate) object: Id,
}

/// What was done since the last commit.
#[derive(Debug)]
enum Step {
    Loaded(Id),
    Dropped(Id, Box<Grant>),
    Reserved(Id, Vec<Use>),
    Released(Id, Vec<Use>),
}

/// All grants known by heart.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    by_hash: HashMap<SadHash, Id>,
    by_id: HashMap<Id, Grant>,
    /// Of all in `by_id` together.
    weight: usize,
    steps: Vec<Step>,
    /// Counts up with each use, to tell which grant was used last.
    turn: u64,
    findings: Vec<Finding>,
}

impl Grants {
    /// How many steps there are to return to.
    pub(crate) const fn mark(&self) -> usize {
        self.steps.len()
    }

    /// Takes back every step since this mark.
    pub(crate) fn return_to(&mut self, mark: usize) {
        while self.steps.len() > mark {
            match self.steps.pop() {
                Some(Step::Loaded(id)) => drop(self.remove(&id)),
                Some(Step::Dropped(id, grant)) => self.put(id, *grant),
                Some(Step::Reserved(id, uses)) => self.on_each_use(&id, &uses, Slots::unreserve),
                Some(Step::Released(id, uses)) => self.on_each_use(&id, &uses, Slots::unrelease),
                None => {}
            }
        }
    }

    /// What was done is durable.
    pub(crate) fn keep(&mut self) {
        self.steps.clear();
    }

    /// Forgets this one, since it ended or another server used it.
    pub(crate) fn stale(&mut self, id: &[u8]) {
        let Ok(id) = Id::try_from(id) else { return };
        if let Some(grant) = self.remove(&id) {
            self.steps.push(Step::Dropped(id, Box::new(grant)));
        }
    }

    /// Whether nothing is known that another server's use could make stale.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Something was found wrong.
    pub(super) fn found(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// What was found wrong since the last call.
    pub(crate) fn take_findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    /// The SAD with this hash.
    pub(super) fn sad(&mut self, hash: &SadHash) -> Option<Arc<Sad>> {
        let id = *self.by_hash.get(hash)?;
        match &self.used(&id)?.terms {
            Terms::Sad(sad) => Some(Arc::clone(sad)),
            Terms::Session(_) => None,
        }
    }

    /// The stamping session with this id.
    pub(super) fn session(&mut self, id: &Id) -> Option<Arc<StampingSession>> {
        match &self.used(id)?.terms {
            Terms::Session(session) => Some(Arc::clone(session)),
            Terms::Sad(_) => None,
        }
    }

    /// Takes up a grant that was read and can be trusted.
    pub(super) fn insert(&mut self, id: Id, terms: Terms, slots: Slots, now: Timestamp) {
        self.make_room(now);
        self.turn += 1;
        let used_at = self.turn;
        let grant = Grant {
            terms,
            slots,
            used_at,
        };
        self.put(id, grant);
        self.steps.push(Step::Loaded(id));
    }

    /// The uses of a grant that was read before.
    pub(super) fn slots(&self, id: &Id) -> Result<&Slots, ApplyError> {
        let grant = self.by_id.get(id);
        Ok(grant.map(|grant| &grant.slots).ok_or_else(lost)?)
    }

    /// Reserves uses of a grant that was read before.
    pub(super) fn reserve(
        &mut self,
        id: &Id,
        uses: impl FnOnce(&mut Slots) -> Result<Vec<Use>, Refusal>,
    ) -> Result<Vec<Use>, ApplyError> {
        let grant = self.by_id.get_mut(id).ok_or_else(lost)?;
        let uses = uses(&mut grant.slots)?;
        self.steps.push(Step::Reserved(*id, uses.clone()));
        Ok(uses)
    }

    /// Gives uses back in memory; a grant that is not known by heart is read again anyway.
    pub(super) fn release(&mut self, id: &Id, uses: &[Use]) {
        let Some(grant) = self.by_id.get_mut(id) else {
            return;
        };
        let mut given = uses.to_vec();
        given.retain(|&given| grant.slots.release(given));
        self.steps.push(Step::Released(*id, given));
    }

    fn used(&mut self, id: &Id) -> Option<&Grant> {
        self.turn += 1;
        let grant = self.by_id.get_mut(id)?;
        grant.used_at = self.turn;
        Some(grant)
    }

    fn on_each_use(&mut self, id: &Id, uses: &[Use], undo: fn(&mut Slots, Use)) {
        if let Some(grant) = self.by_id.get_mut(id) {
            for &made in uses {
                undo(&mut grant.slots, made);
            }
        }
    }

    fn put(&mut self, id: Id, grant: Grant) {
        if let Terms::Sad(sad) = &grant.terms {
            self.by_hash.insert(sad.hash, id);
        }
        self.weight += grant.weight();
        if let Some(before) = self.by_id.insert(id, grant) {
            self.weight -= before.weight();
        }
    }

    fn remove(&mut self, id: &Id) -> Option<Grant> {
        let grant = self.by_id.remove(id)?;
        self.weight -= grant.weight();
        if let Terms::Sad(sad) = &grant.terms {
            self.by_hash.remove(&sad.hash);
        }
        Some(grant)
    }

    /// Never lets go of a grant that the call at hand uses: those were used last.
    fn make_room(&mut self, now: Timestamp) {
        let Self { by_hash, by_id, .. } = self;
        if self.weight < KEPT {
            return;
        }
        by_id.retain(|_, grant| grant.terms.expires_at() > now);
        let oldest_kept = oldest_within(KEPT - KEPT / 4, by_id.values());
        by_id.retain(|_, grant| grant.used_at >= oldest_kept);
        by_hash.retain(|_, id| by_id.contains_key(id));
        self.weight = by_id.values().map(Grant::weight).sum();
    }
}

/// When that grant was used with which those that were used since weigh no more than this.
fn oldest_within<'g>(most: usize, grants: impl Iterator<Item = &'g Grant>) -> u64 {
    let mut uses: Vec<(u64, usize)> = grants.map(|one| (one.used_at, one.weight())).collect();
    uses.sort_unstable();
    let mut sum = 0;
    let lighter = uses.iter().rev().take_while(|(_, weight)| {
        sum += weight;
        sum <= most
    });
    lighter.last().map_or(0, |(used_at, _)| *used_at)
}

fn lost() -> JournalError {
    JournalError::Unavailable("a grant is not known by heart".to_owned())
}

#[cfg(test)]
mod tests {
    use kyso_core::id::{CredentialId, SadId};
    use kyso_core::model::SadBinding;
    use kyso_core::{Digest, HashAlgorithm};

    use super::*;

    fn sad(hash: &str) -> Sad {
        Sad {
            id: SadId::random(),
            hash: SadHash::of(hash),
            client: None,
            person: None,
            credential: CredentialId::random(),
            session: None,
            hash_algorithm: None,
            binding: SadBinding::Count(3),
            documents: [0; 32],
            expires_at: Timestamp::from_micros(100),
            made_by: None,
        }
    }

    fn insert(grants: &mut Grants, sad: &Sad) -> Id {
        let id = *sad.id.as_bytes();
        let now = Timestamp::from_micros(0);
        grants.insert(
            id,
            Terms::Sad(Arc::new(sad.clone())),
            Slots::counted(3),
            now,
        );
        id
    }

    #[test]
    fn only_what_was_done_since_is_undone() {
        let (mut grants, old, new) = (Grants::default(), sad("old"), sad("new"));
        let id = insert(&mut grants, &old);
        let first = grants.reserve(&id, |slots| slots.reserve_count(1)).unwrap();
        grants.keep();
        let mark = grants.mark();
        insert(&mut grants, &new);
        grants.reserve(&id, |slots| slots.reserve_count(2)).unwrap();
        grants.release(&id, &first);
        grants.stale(&id);
        assert!(grants.sad(&old.hash).is_none());
        grants.return_to(mark);
        assert!(grants.sad(&old.hash).is_some(), "still known");
        assert!(grants.sad(&new.hash).is_none(), "read again when used");
        assert_eq!(grants.by_hash.len(), 1);
        assert_eq!(grants.slots(&id).unwrap().left(), 2);
        let next = grants.reserve(&id, |slots| slots.reserve_count(2)).unwrap();
        assert!(!next.contains(&first[0]), "used stays used");
        grants.release(&id, &first);
        let again = grants.reserve(&id, |slots| slots.reserve_count(1)).unwrap();
        assert_eq!((again[0].ordinal, again[0].turn), (first[0].ordinal, 1));
    }

    #[test]
    fn a_full_memory_keeps_the_grant_in_use() {
        let (mut grants, in_use) = (Grants::default(), sad("in use"));
        let id = insert(&mut grants, &in_use);
        for number in 1..KEPT / ALONE {
            insert(&mut grants, &sad(&number.to_string()));
        }
        assert_eq!((grants.by_id.len(), grants.weight), (KEPT / ALONE, KEPT));
        assert!(grants.sad(&in_use.hash).is_some());
        insert(&mut grants, &sad("one too many"));
        assert_eq!(grants.by_id.len(), KEPT / ALONE / 4 * 3 + 1);
        assert_eq!(grants.by_hash.len(), grants.by_id.len());
        assert!(grants.slots(&id).is_ok());
    }

    #[test]
    fn a_grant_that_is_bound_to_many_hashes_takes_the_place_of_many() {
        let mut grants = Grants::default();
        let now = Timestamp::from_micros(0);
        let digest = Digest::new(HashAlgorithm::Sha256, &[7; 32]).unwrap();
        for (number, counted) in (0..10_000).zip([false, true].into_iter().cycle()) {
            let sad = sad(&number.to_string());
            let slots = if counted {
                Slots::counted(3_200)
            } else {
                Slots::bound([digest; 200].into())
            };
            grants.insert(*sad.id.as_bytes(), Terms::Sad(Arc::new(sad)), slots, now);
            assert!(grants.by_id.len() <= KEPT / 200);
        }
        grants.insert(
            [1; 16],
            Terms::Sad(Arc::new(sad("vast"))),
            Slots::counted(usize::MAX),
            now,
        );
        assert!(grants.by_id.len() > 1, "others stay");
        let weight: usize = grants.by_id.values().map(Grant::weight).sum();
        assert_eq!(grants.weight, weight);
        while let Some(id) = grants.by_id.keys().next().copied() {
            grants.stale(&id);
        }
        assert_eq!(grants.weight, 0);
    }

    #[test]
    fn what_has_ended_goes_first() {
        let mut grants = Grants::default();
        let (mut later, mut last) = (sad("later"), sad("last"));
        later.expires_at = Timestamp::from_micros(200);
        last.expires_at = Timestamp::from_micros(200);
        let id = insert(&mut grants, &later);
        for number in 1..KEPT / ALONE {
            insert(&mut grants, &sad(&number.to_string()));
        }
        let slots = Slots::counted(3);
        let at = Timestamp::from_micros(100);
        grants.insert(*last.id.as_bytes(), Terms::Sad(Arc::new(last)), slots, at);
        assert_eq!((grants.by_id.len(), grants.weight), (2, 2 * ALONE));
        assert!(grants.slots(&id).is_ok());
    }
}
