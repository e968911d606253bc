//! Who may do what: pure functions over a snapshot, no input or output.
//!
//! A check says literally what is done; this module says who may. The result of a yes is an
//! [`Authorized`] value that only this crate can make and that is used up by being recorded.

mod agency;
mod approval;
mod authority;
mod change;
mod mandate;
mod page;
mod power;
mod quorum;
mod sealing;
mod signing;
#[cfg(test)]
mod tests;
mod until;

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::Timestamp;
use crate::actor::{Actor, Proof};
use crate::id::PersonId;
use crate::instant::Clock;
use crate::model::{Credential, Role};
use crate::refusal::Refusal;
use crate::request::SignRequest;
use crate::snapshot::Snapshot;

pub use agency::{JUST_NOW, agency_of_power};
pub use approval::{APPROVAL_WINDOW, DOCUMENTS_TOGETHER, approved_together, check_standing};
pub use change::{Need, need};
pub use mandate::Mandate;
pub use page::{fits_a_page, room_for_pictures};
pub use power::needs_two;
pub use until::Until;

/// This actor may do exactly this, under the policy of this epoch.
///
/// Not `Clone`, and made only here: what was not authorized cannot be recorded, and one
/// authorization records once.
///
/// ```compile_fail
/// use kyso_core::policy::Authorized;
/// fn twice<T>(authorized: Authorized<T>) -> (Authorized<T>, Authorized<T>) {
///     (authorized.clone(), authorized)
/// }
/// ```
///
/// ```
/// use kyso_core::policy::Authorized;
/// fn once<T>(authorized: Authorized<T>) -> Authorized<T> {
///     authorized
/// }
/// ```
#[must_use = "an authorization that is not recorded does nothing"]
#[derive(Debug)]
pub struct Authorized<T> {
    pub(crate) actor: Actor,
    pub(crate) what: T,
    pub(crate) epoch: i64,
}

impl<T> Authorized<T> {
    /// Who may.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// What they may do.
    pub const fn what(&self) -> &T {
        &self.what
    }

    /// The policy epoch that said so; write 1 refuses any other.
    pub const fn epoch(&self) -> i64 {
        self.epoch
    }

    /// Takes it apart, when the journal applies it.
    pub fn into_parts(self) -> (Actor, T, i64) {
        (self.actor, self.what, self.epoch)
    }
}

/// A request to sign, with the credential that it was authorized for.
#[derive(Debug)]
pub struct Signing {
    /// The request.
    pub request: SignRequest,
    /// Its credential, as of the epoch.
    pub credential: Arc<Credential>,
    /// The stamping sessions it may draw from: directly, the first one that has enough left; by a
    /// SAD, the one that it was drawn from.
    pub sessions: Vec<Mandate>,
    /// Sequence of the entry by which the credential's owner enrolled the factor in force: a SAD
    /// that is older was given by another. `None` for a seal, and for an owner without a factor.
    pub proved_since: Option<i64>,
    /// How long all that it relies on holds by date.
    pub until: Until,
}

/// A call that policy refused, handed back so that the refusal can be entered.
#[derive(Debug)]
pub struct Refused {
    /// Who asked.
    pub actor: Actor,
    /// For what.
    pub request: SignRequest,
    /// Why not.
    pub refusal: Refusal,
}

/// Limits and terms that the deployment sets.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The most signatures a stamping session may allow.
    pub session_limit: u32,
    /// The longest a stamping session may last.
    pub session_span: std::time::Duration,
    /// The most digests in one call, over all credentials; keeps an entry under 64 KiB.
    pub batch_limit: u32,
    /// The longest that a request for approval stays open.
    pub approval_span: std::time::Duration,
    /// Whether any seal may sign a digest alone, on the word of the system that asks.
    pub asserted_seals: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            session_limit: 500,
            session_span: std::time::Duration::from_hours(8),
            batch_limit: 200,
            approval_span: std::time::Duration::from_hours(30 * 24),
            asserted_seals: false,
        }
    }
}

/// How long a request for approval stays open when the system does not say.
const USUAL_APPROVAL_SPAN: std::time::Duration = std::time::Duration::from_hours(7 * 24);

impl Terms {
    /// How long a request for approval stays open when the system does not say: a week, or as long as any
    /// may where that is less.
    pub fn usual_approval_span(&self) -> std::time::Duration {
        USUAL_APPROVAL_SPAN.min(self.approval_span)
    }
}

/// The policy in force: a snapshot that is swapped whole, and the clock that dates are held against.
#[derive(Debug)]
pub struct Policy<C> {
    snapshot: ArcSwap<Snapshot>,
    clock: C,
    terms: Terms,
}

impl<C: Clock> Policy<C> {
    /// Begins with an empty snapshot, which allows nothing.
    pub fn new(clock: C, terms: Terms) -> Self {
        Self {
            snapshot: ArcSwap::from_pointee(Snapshot::default()),
            clock,
            terms,
        }
    }

    /// Puts a newer snapshot in force; an older one is ignored, so two loaders cannot go back.
    pub fn install(&self, snapshot: Snapshot) {
        let snapshot = Arc::new(snapshot);
        self.snapshot.rcu(|current| {
            if snapshot.epoch >= current.epoch {
                Arc::clone(&snapshot)
            } else {
                Arc::clone(current)
            }
        });
    }

    /// The snapshot in force.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// The clock.
    pub const fn clock(&self) -> &C {
        &self.clock
    }

    /// The deployment's terms.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }
}

/// Refuses an actor whose proof does not count any more.
fn alive<C: Clock>(policy: &Policy<C>, now: &Snapshot, actor: &Actor) -> Result<(), Refusal> {
    if now.honours(actor, policy.clock.now()) {
        Ok(())
    } else {
        Err(Refusal::TokenInvalid)
    }
}

impl Snapshot {
    /// Whether what this actor proved still counts: their token was not revoked, the person or
    /// system is there, the system's key or the person's password is the one in force, and the proof
    /// is enough for the roles held.
    pub fn honours(&self, actor: &Actor, now: Timestamp) -> bool {
        let token = actor.token().is_none_or(|token| {
            !self.revoked.tokens.contains(&token.jti)
                && !self.revoked.families.contains(&token.family)
                && now < token.expires_at
        });
        let client = actor
            .client()
            .is_none_or(|client| self.client(client, now).is_some());
        let person = actor
            .person()
            .is_none_or(|person| self.person(person, now).is_some());
        let proof = self.has_key_of(actor) && self.has_password_of(actor);
        token && client && person && proof && self.proved_enough(actor)
    }

    fn has_key_of(&self, actor: &Actor) -> bool {
        actor.client_key().is_none_or(|id| {
            let mut keys = self.clients.keys.iter();
            keys.any(|key| key.id == id && Some(key.client) == actor.client())
        })
    }

    /// A changed or reset password ends what was got with the one before.
    fn has_password_of(&self, actor: &Actor) -> bool {
        let (Some(set_by), Some(person)) = (actor.password(), actor.person()) else {
            return true;
        };
        let factors = self.people.factors.get(&person);
        let password = factors.and_then(|factors| factors.password.as_ref());
        password.is_some_and(|(_, now_set_by)| *now_set_by == set_by)
    }

    /// A log-in by password alone was for a signer; it must not grow with a role that came later.
    fn proved_enough(&self, actor: &Actor) -> bool {
        match (actor.proof(), actor.person()) {
            (Proof::Password, Some(person)) => !self.needs_totp(person),
            _ => true,
        }
    }

    /// Whether this person holds a role that wants the one-time password at log-in.
    pub fn needs_totp(&self, person: PersonId) -> bool {
        let mut roles = self.roles_of(person).into_iter();
        roles.any(Role::needs_totp_to_log_in)
    }
}

/// The person behind an act that only people may do.
fn person_of(actor: &Actor) -> Result<PersonId, Refusal> {
    actor.person().ok_or(Refusal::Forbidden)
}
