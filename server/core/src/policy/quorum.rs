//! Two managers of the whole province stay in office: with one, nothing that takes two people could ever be
//! approved again, and there is no way back.

use std::collections::HashSet;

use crate::Timestamp;
use crate::change::{Change, PowerChange};
use crate::id::{AgencyId, PersonId, RoleGrantId};
use crate::model::{Role, RoleGrant};
use crate::refusal::Refusal;
use crate::snapshot::Snapshot;

/// So many must stay: one proposes, another approves.
const FEWEST: usize = 2;

/// Refuses what leaves fewer than two managers of the whole province, now or once every end that is set has
/// come.
///
/// What takes none away passes, however few there are: where somebody else brought that about, the rest of
/// the directory goes on.
pub(super) fn check_managers_stay(
    snapshot: &Snapshot,
    change: &Change,
    now: Timestamp,
) -> Result<(), Refusal> {
    let mut gone = Gone::default();
    gone.with(snapshot, change);
    if gone.is_nothing() {
        return Ok(());
    }
    let stay = [now, Timestamp::NEVER].into_iter().all(|at| {
        let left = gone.managers(snapshot, at);
        left >= FEWEST || left >= Gone::default().managers(snapshot, at)
    });
    if stay { Ok(()) } else { Err(Refusal::Conflict) }
}

/// What a change takes away and gives, as far as it bears on who manages the whole province.
#[derive(Default)]
struct Gone<'a> {
    roles: HashSet<RoleGrantId>,
    people: HashSet<PersonId>,
    agencies: Vec<(AgencyId, Timestamp)>,
    granted: Vec<&'a RoleGrant>,
}

impl<'a> Gone<'a> {
    fn with(&mut self, snapshot: &'a Snapshot, change: &'a Change) {
        match change {
            Change::Batch(changes) => changes.iter().for_each(|one| self.with(snapshot, one)),
            Change::RevokeRole(id) => _ = self.roles.insert(*id),
            Change::EndPerson(id) => _ = self.people.insert(*id),
            Change::EndAgency(id, at) => self.agencies.push((*id, *at)),
            Change::Propose(proposal) => self.with_power(&proposal.change),
            Change::Approve(id, _) => {
                if let Some(pending) = snapshot.pending.get(id) {
                    self.with_power(&pending.change);
                }
            }
            _ => {}
        }
    }

    fn with_power(&mut self, change: &'a PowerChange) {
        match change {
            PowerChange::Several(changes) => changes.iter().for_each(|one| self.with_power(one)),
            PowerChange::RevokeRole(id) => _ = self.roles.insert(*id),
            PowerChange::GrantRole(grant) => self.granted.push(grant),
            _ => {}
        }
    }

    /// Whether nothing is taken away.
    fn is_nothing(&self) -> bool {
        self.roles.is_empty() && self.people.is_empty() && self.agencies.is_empty()
    }

    /// How many people manage the whole province at that time, after the change.
    fn managers(&self, snapshot: &Snapshot, at: Timestamp) -> usize {
        let held = snapshot.people.roles.iter();
        let held = held.filter(|grant| !self.roles.contains(&grant.id));
        let of_all =
            |grant: &&RoleGrant| grant.role == Role::SubscriberManager && grant.agency.is_none();
        let holders = held.chain(self.granted.iter().copied()).filter(of_all);
        let holders: HashSet<PersonId> = holders.map(|grant| grant.person).collect();
        let serve = |person: &&PersonId| self.serves(snapshot, **person, at);
        holders.iter().filter(serve).count()
    }

    /// Whether a person is in office: they, their agency and all those above it.
    fn serves(&self, snapshot: &Snapshot, id: PersonId, at: Timestamp) -> bool {
        let person = snapshot.person(id, at);
        let Some(person) = person.filter(|_| !self.people.contains(&id)) else {
            return false;
        };
        let there = |id: AgencyId| {
            let agency = snapshot.agencies.get(&id);
            let begun = agency.is_some_and(|agency| agency.valid_from <= at);
            let mut ends = self.agencies.iter();
            begun
                && !snapshot.has_ended(id, at)
                && !ends.any(|(ended, end)| *ended == id && *end <= at)
        };
        snapshot.lineage(person.agency, at).all(there)
    }
}
