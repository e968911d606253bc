//! The first agency, two subscriber managers and a security officer; only on an empty journal.
//!
//! From then on everything that grants power takes two people, so two managers must be there at
//! the beginning. Nobody gets a password: each gets a one-time code and enrols alone.

use kyso_core::actor::Actor;
use kyso_core::id::{RequestId, RoleGrantId};
use kyso_core::journal::CommitError;
use kyso_core::model::{Agency, Person, Role, RoleGrant};
use kyso_core::{Refusal, Timestamp};
use kyso_evidence::Event;

use crate::apply::{Act, grant_role, issue_code, register_agency, register_person, require};
use crate::error::ApplyError;
use crate::journal::JournalHandle;
use crate::secret_box;
use crate::writer::tx::Tx;

/// Who begins.
#[derive(Debug, Clone)]
pub struct Bootstrap {
    /// What the log is begun for, `evaluation` or `production`; it never becomes the other.
    pub environment: &'static str,
    /// The agency at the top.
    pub agency: Agency,
    /// Two different people who manage subscribers.
    pub managers: [Founder; 2],
    /// The one who watches them.
    pub officer: Founder,
    /// Void from this time on: the enrolment codes.
    pub codes_expire_at: Timestamp,
}

/// One of the first people.
#[derive(Clone)]
pub struct Founder {
    /// The person; of the first agency.
    pub person: Person,
    /// SHA-256 of their enrolment code.
    pub code: [u8; 32],
}

impl std::fmt::Debug for Founder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Founder({:?})", self.person.id)
    }
}

impl JournalHandle {
    /// Sets up the first agency, managers and officer, as entry 0 and those after it.
    ///
    /// # Errors
    /// [`CommitError::Refused`] with a conflict on a journal that has an entry.
    pub async fn bootstrap(&self, first: Bootstrap) -> Result<(), CommitError> {
        let request = RequestId::random();
        let done = self.run(move |tx| apply(tx, &first, request)).await;
        done.map_err(|error| match error {
            ApplyError::Refused(refusal) => CommitError::Refused(refusal),
            ApplyError::Journal(error) => CommitError::Journal(error),
        })
    }
}

/// Applies it: entry 0 and those of its agency, people, roles and codes.
///
/// # Errors
/// [`Refusal::Conflict`] on a journal that has an entry.
pub(crate) fn apply(
    tx: &mut Tx<'_>,
    first: &Bootstrap,
    request: RequestId,
) -> Result<(), ApplyError> {
    require(tx.ledger.next()? == 0)?;
    let actor = Actor::system();
    let mut act = Act {
        tx,
        actor: &actor,
        request,
    };
    let draft = act.entry(Event::BootstrapCompleted);
    act.append(draft.fact("environment", first.environment))?;
    secret_box::enter_all(act.tx, request)?;
    register_agency(&mut act, &first.agency)?;
    let [one, other] = &first.managers;
    for (founder, role) in [
        (one, Role::SubscriberManager),
        (other, Role::SubscriberManager),
        (&first.officer, Role::SecurityOfficer),
    ] {
        install(&mut act, first, founder, role)?;
    }
    Ok(())
}

fn install(
    act: &mut Act<'_, '_>,
    first: &Bootstrap,
    founder: &Founder,
    role: Role,
) -> Result<(), ApplyError> {
    if founder.person.agency != first.agency.id {
        return Err(Refusal::Conflict.into());
    }
    let person = founder.person.id;
    register_person(act, &founder.person)?;
    grant_role(
        act,
        &RoleGrant {
            id: RoleGrantId::random(),
            person,
            role,
            agency: None,
        },
    )?;
    issue_code(act, person, founder.code, first.codes_expire_at)
}
