//! What policy decides over: everything that grants power, in memory, as of one policy epoch.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::Timestamp;
use crate::id::{
    AgencyId, ClientId, CredentialId, PendingChangeId, PersonId, RoleGrantId, TokenFamilyId,
};
use crate::model::{
    Agency, AuthorityRecord, Callback, Client, ClientGrant, ClientKey, Credential, Factors,
    GrantTarget, Owner, PendingChange, Person, Picture, Role, RoleGrant,
};
use crate::sessions::Sessions;

/// Agencies by id.
pub type Agencies = HashMap<AgencyId, Agency>;

/// People, their factors, roles and authority.
#[derive(Debug, Default)]
pub struct People {
    /// By id.
    pub by_id: HashMap<PersonId, Person>,
    /// By log-in name.
    pub by_login: HashMap<String, PersonId>,
    /// Factors of those who have any.
    pub factors: HashMap<PersonId, Factors>,
    /// Roles in force.
    pub roles: Vec<RoleGrant>,
    /// Records of authority not yet ended.
    pub authorities: Vec<AuthorityRecord>,
    /// Records that were ended, valid until then: what was signed under one before stays signed.
    pub past_authorities: Vec<AuthorityRecord>,
    /// What signatures show, where two people decided so.
    pub pictures: HashMap<Owner, Picture>,
    /// Which entries made them.
    pub since: Since,
}

/// Sequences of the entries that made what people prove themselves by and hold: what is older was
/// given by something else, which has ended, and ended with it.
#[derive(Debug, Default)]
pub struct Since {
    /// Of the one-time-password factors in force.
    pub factors: HashMap<PersonId, i64>,
    /// Of the roles in force.
    pub roles: HashMap<RoleGrantId, i64>,
}

impl Since {
    /// The entry that enrolled this person's factor, if they have one.
    pub fn factor(&self, person: PersonId) -> Option<i64> {
        self.factors.get(&person).copied()
    }

    /// The entry that gave this role.
    pub fn role(&self, grant: RoleGrantId) -> Option<i64> {
        self.roles.get(&grant).copied()
    }
}

/// Systems, their keys and grants.
#[derive(Debug, Default)]
pub struct Clients {
    /// By id.
    pub by_id: HashMap<ClientId, Client>,
    /// By OAuth `client_id`.
    pub by_name: HashMap<String, ClientId>,
    /// Keys in force.
    pub keys: Vec<ClientKey>,
    /// Grants in force, by client.
    pub grants: HashMap<ClientId, Vec<ClientGrant>>,
    /// Where they are called back, by client.
    pub callbacks: HashMap<ClientId, Callback>,
}

/// What a client may do with one credential that it may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leave {
    /// Pass on its owner's one-time password.
    pub explicit: bool,
    /// Have a hash signed without `documents[]`.
    pub raw_hash: bool,
    /// Until when, by date: that of the grant which lasts longest.
    pub until: Timestamp,
}

/// Tokens that must not be honoured although they have not ended.
#[derive(Debug, Default)]
pub struct RevokedTokens {
    /// Access tokens by `jti`.
    pub tokens: HashSet<[u8; 16]>,
    /// Whole families.
    pub families: HashSet<TokenFamilyId>,
}

/// Everything that grants power, as of one policy epoch.
///
/// Parts are shared between snapshots: a change reloads only what it touched. A row whose seal
/// or entry does not hold is not in here, so it grants nothing.
#[derive(Debug, Default, Clone)]
pub struct Snapshot {
    /// The policy epoch that it shows; write 1 refuses any other.
    pub epoch: i64,
    /// Agencies.
    pub agencies: Arc<Agencies>,
    /// People.
    pub people: Arc<People>,
    /// Systems.
    pub clients: Arc<Clients>,
    /// Credentials.
    pub credentials: Arc<HashMap<CredentialId, Arc<Credential>>>,
    /// Stamping sessions that are neither closed nor over.
    pub sessions: Arc<Sessions>,
    /// Changes that wait for a second person.
    pub pending: Arc<HashMap<PendingChangeId, PendingChange>>,
    /// Revoked tokens.
    pub revoked: Arc<RevokedTokens>,
}

impl Snapshot {
    /// Whether this person holds this role for this agency at `now`.
    ///
    /// A role for an agency covers those under it, and ends and begins with it; a role without
    /// agency covers all.
    pub fn holds_at(
        &self,
        person: PersonId,
        role: Role,
        agency: Option<AgencyId>,
        now: Timestamp,
    ) -> bool {
        self.holds_until(person, role, agency, now).is_some()
    }

    /// The same, and how long by date.
    pub(crate) fn holds_until(
        &self,
        person: PersonId,
        role: Role,
        agency: Option<AgencyId>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let grants = self.roles_over(person, role, agency, now);
        let until = |grant: &RoleGrant| {
            let reach = agency.zip(grant.agency);
            let stays = reach.map_or(Timestamp::NEVER, |(id, top)| self.under_until(id, top, now));
            self.in_force(grant, now).map(|end| end.min(stays))
        };
        latest(grants.filter_map(until))
    }

    /// The grants of this role that reach this agency, as the tree stands at that time, whatever else has dates.
    pub(crate) fn roles_over(
        &self,
        person: PersonId,
        role: Role,
        agency: Option<AgencyId>,
        time: Timestamp,
    ) -> impl Iterator<Item = &RoleGrant> {
        let reaches = move |top| agency.is_some_and(|a| self.is_under(a, top, time));
        self.grants(person, role)
            .filter(move |grant| grant.agency.is_none_or(reaches))
    }

    fn grants(&self, person: PersonId, role: Role) -> impl Iterator<Item = &RoleGrant> {
        let grants = self.people.roles.iter();
        grants.filter(move |grant| grant.person == person && grant.role == role)
    }

    /// Whether this person holds this role at `now` over where this agency stands at that other time.
    pub(crate) fn holds_over(
        &self,
        person: PersonId,
        role: Role,
        agency: Option<AgencyId>,
        (now, stands_at): (Timestamp, Timestamp),
    ) -> bool {
        let mut grants = self.roles_over(person, role, agency, stands_at);
        grants.any(|grant| self.in_force(grant, now).is_some())
    }

    /// How long a role counts that counts at `now`, by the dates of the agency it was given for.
    fn in_force(&self, grant: &RoleGrant, now: Timestamp) -> Option<Timestamp> {
        let agency = grant.agency;
        agency.map_or(Some(Timestamp::NEVER), |id| self.being_until(id, now))
    }

    /// How long this agency is there by date, if it is there at `now`: begun and not ended.
    pub(crate) fn being_until(&self, id: AgencyId, now: Timestamp) -> Option<Timestamp> {
        let agency = self.agencies.get(&id)?;
        let end = agency.valid_until.unwrap_or(Timestamp::NEVER);
        (agency.valid_from <= now && now < end).then_some(end)
    }

    /// Whether this agency is over at `now`; one that begins later is not.
    pub fn has_ended(&self, id: AgencyId, now: Timestamp) -> bool {
        let agency = self.agencies.get(&id);
        agency.is_some_and(|agency| agency.valid_until.is_some_and(|end| end <= now))
    }

    /// Whether this person holds this role for any agency, be it over or not.
    pub fn holds_anywhere(&self, person: PersonId, role: Role) -> bool {
        self.grants(person, role).next().is_some()
    }

    /// The same at `now`, when a role given for an agency counts only while that is there.
    pub fn holds_anywhere_at(&self, person: PersonId, role: Role, now: Timestamp) -> bool {
        self.holds_anywhere_until(person, role, now).is_some()
    }

    /// The same, and how long by date.
    pub(crate) fn holds_anywhere_until(
        &self,
        person: PersonId,
        role: Role,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let grants = self.grants(person, role);
        latest(grants.filter_map(|grant| self.in_force(grant, now)))
    }

    /// Whether a person holds anything that could be misused by enrolling in their place.
    pub fn holds_power(&self, person: PersonId) -> bool {
        let own = Owner::Person(person);
        self.people.roles.iter().any(|grant| grant.person == person)
            || self
                .credentials
                .values()
                .any(|credential| credential.owner == own)
    }

    /// The roles of a person.
    pub fn roles_of(&self, person: PersonId) -> Vec<Role> {
        let mut roles: Vec<Role> = self
            .people
            .roles
            .iter()
            .filter(|grant| grant.person == person)
            .map(|grant| grant.role)
            .collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    /// Whether `agency` is `top` or somewhere under it at that time.
    pub fn is_under(&self, agency: AgencyId, top: AgencyId, time: Timestamp) -> bool {
        self.lineage(agency, time).any(|here| here == top)
    }

    /// Whether `agency` is `top`, or lies under it, at any time from this one on, as is planned.
    fn comes_under(&self, agency: AgencyId, top: AgencyId, from: Timestamp) -> bool {
        let mut moves = self.moves();
        let mut times = moves.split_off(&from);
        times.insert(from);
        times.iter().any(|time| self.is_under(agency, top, *time))
    }

    /// Whether an agency may stand under that one from this time on: all from there upwards are there and have no end, and
    /// none of them comes to be the agency itself, as far as is planned.
    pub fn may_stand_under(&self, id: AgencyId, parent: AgencyId, from: Timestamp) -> bool {
        let stays = |id| {
            let agency = self.agencies.get(&id);
            agency.is_some_and(|one| one.valid_from <= from && one.valid_until.is_none())
        };
        self.lineage(parent, from).all(stays) && !self.comes_under(parent, id, from)
    }

    /// When agencies were or are to be moved.
    pub fn moves(&self) -> BTreeSet<Timestamp> {
        let all = self.agencies.values();
        all.flat_map(|one| one.parent.later().keys().copied())
            .collect()
    }

    /// The agency above this one at that time.
    pub fn above(&self, agency: AgencyId, time: Timestamp) -> Option<AgencyId> {
        let agency = self.agencies.get(&agency)?;
        *agency.parent.at(time)
    }

    /// This agency, the one above it, and so on, as the tree stands at that time.
    pub fn lineage(&self, agency: AgencyId, time: Timestamp) -> impl Iterator<Item = AgencyId> {
        let above = move |id: &AgencyId| self.above(*id, time);
        // Bounded by the number of agencies, so a ring that somebody wrote cannot hang a request.
        std::iter::successors(Some(agency), above).take(self.agencies.len() + 1)
    }

    /// Until when this agency is under that one, which it is at `now`, and everything between stays where it is.
    fn under_until(&self, agency: AgencyId, top: AgencyId, now: Timestamp) -> Timestamp {
        let below = self.lineage(agency, now).take_while(|id| *id != top);
        let changes = below.filter_map(|id| self.agencies.get(&id)?.parent.next_change(now));
        changes.min().unwrap_or(Timestamp::NEVER)
    }

    /// What this agency is called at that time; `None` if there is none.
    pub fn name_of(&self, agency: AgencyId, time: Timestamp) -> Option<&str> {
        let agency = self.agencies.get(&agency)?;
        Some(agency.name.at(time))
    }

    /// The person with this id, if in service at `now`.
    pub fn person(&self, id: PersonId, now: Timestamp) -> Option<&Person> {
        self.people
            .by_id
            .get(&id)
            .filter(|person| person.ended_at.is_none_or(|end| now < end))
    }

    /// The client with this id, if not disabled at `now`.
    pub fn client(&self, id: ClientId, now: Timestamp) -> Option<&Client> {
        self.clients
            .by_id
            .get(&id)
            .filter(|client| client.disabled_at.is_none_or(|end| now < end))
    }

    /// What a client may do with a credential, by all its grants together; `None` is nothing.
    ///
    /// A grant for an agency lets it be used and no more, whatever its row says: the two liberties
    /// come from grants that name the credential. It counts as long as that agency is there.
    pub fn grant_for(
        &self,
        client: ClientId,
        credential: &Credential,
        now: Timestamp,
    ) -> Option<Leave> {
        let grants = self.clients.grants.get(&client)?;
        let each = grants.iter().filter_map(|grant| match grant.target {
            GrantTarget::Credential(id) => (id == credential.id).then_some(Leave {
                explicit: grant.explicit,
                raw_hash: grant.raw_hash,
                until: Timestamp::NEVER,
            }),
            GrantTarget::Agency(agency) => {
                let until = self.being_until(agency, now)?;
                self.is_under(credential.agency, agency, now)
                    .then(|| Leave {
                        explicit: false,
                        raw_hash: false,
                        until: until.min(self.under_until(credential.agency, agency, now)),
                    })
            }
        });
        each.reduce(|all, leave| Leave {
            explicit: all.explicit || leave.explicit,
            raw_hash: all.raw_hash || leave.raw_hash,
            until: all.until.max(leave.until),
        })
    }

    /// Whether the credential is this person's own.
    pub fn owns(person: PersonId, credential: &Credential) -> bool {
        credential.owner == Owner::Person(person)
    }
}

/// The latest of some ends; what never ends need not be looked past.
fn latest(ends: impl Iterator<Item = Timestamp>) -> Option<Timestamp> {
    let mut latest = None;
    for end in ends {
        if end == Timestamp::NEVER {
            return Some(end);
        }
        latest = latest.max(Some(end));
    }
    latest
}
