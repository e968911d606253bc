//! A stamping session as a mandate: for whom it counts, and how long.

use super::until::Until;
use crate::Timestamp;
use crate::actor::Actor;
use crate::id::StampingSessionId;
use crate::model::{Credential, Role, StampingSession};
use crate::refusal::Refusal;
use crate::request::DocumentFacts;
use crate::snapshot::Snapshot;

/// A stamping session that a call may draw from, itself or by a SAD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mandate {
    /// The session.
    pub session: StampingSessionId,
    /// It ends with the office of the clerk who opened it.
    pub until: Until,
}

/// The session is this client's, for this seal, and open at `now`.
pub(super) fn check_session(
    session: &StampingSession,
    actor: &Actor,
    credential: &Credential,
    now: Timestamp,
) -> Result<(), Refusal> {
    if !is_for(session, actor, credential) {
        return Err(Refusal::SessionRequired);
    }
    if session.closed_at.is_some() || now >= session.expires_at || now < session.opened_at {
        return Err(Refusal::SessionClosed);
    }
    Ok(())
}

fn is_for(session: &StampingSession, actor: &Actor, credential: &Credential) -> bool {
    actor.client() == Some(session.client) && session.credential == credential.id
}

/// Every document's purpose is one that the clerk named.
pub(crate) fn check_purposes(
    session: &StampingSession,
    documents: &[DocumentFacts],
) -> Result<(), Refusal> {
    let named = |document: &DocumentFacts| {
        document
            .purpose
            .as_ref()
            .is_some_and(|purpose| session.purposes.contains(purpose))
    };
    if documents.iter().all(named) {
        Ok(())
    } else {
        Err(Refusal::PurposeNotAllowed)
    }
}

impl Snapshot {
    /// The session as a mandate, while the clerk who gave it is in office.
    pub(super) fn mandate(
        &self,
        session: &StampingSession,
        credential: &Credential,
        now: Timestamp,
    ) -> Option<Mandate> {
        let (clerk, agency) = (session.opened_by, Some(credential.agency));
        let office = self.holds_until(clerk, Role::RecordsClerk, agency, now)?;
        Some(Mandate {
            session: session.id,
            until: Until::new(office, Refusal::SessionClosed),
        })
    }

    /// What is open of this client for this seal, and nothing else: every stamp asks.
    fn sessions_of(
        &self,
        actor: &Actor,
        credential: &Credential,
    ) -> impl Iterator<Item = &StampingSession> {
        let (client, seal) = (actor.client(), credential.id);
        let of = move |client| self.sessions.of(client, seal);
        client.into_iter().flat_map(of)
    }

    /// Every mandate of this client for this seal: which of them a SAD lies within, and whether that
    /// one is open at that very time, only the journal knows.
    pub(super) fn mandates(
        &self,
        actor: &Actor,
        credential: &Credential,
        now: Timestamp,
    ) -> Vec<Mandate> {
        self.sessions_of(actor, credential)
            .filter_map(|session| self.mandate(session, credential, now))
            .collect()
    }

    /// The open sessions that let this client stamp these documents with this seal at `now`, of
    /// clerks who are still clerks; the one that ends first comes first, since what is left of it
    /// is lost first. How much each has left only the journal knows.
    ///
    /// # Errors
    /// [`Refusal::SessionRequired`] if none is open, [`Refusal::PurposeNotAllowed`] if none is for
    /// the purposes of all these documents.
    pub fn sessions_for(
        &self,
        actor: &Actor,
        credential: &Credential,
        documents: &[DocumentFacts],
        now: Timestamp,
    ) -> Result<Vec<&StampingSession>, Refusal> {
        let open = self.sessions_of(actor, credential).filter(|session| {
            check_session(session, actor, credential, now).is_ok()
                && self.mandate(session, credential, now).is_some()
        });
        let mut open: Vec<_> = open.collect();
        if open.is_empty() {
            return Err(Refusal::SessionRequired);
        }
        open.retain(|session| check_purposes(session, documents).is_ok());
        open.sort_by_key(|session| (session.expires_at, session.opened_at));
        if open.is_empty() {
            Err(Refusal::PurposeNotAllowed)
        } else {
            Ok(open)
        }
    }

    /// Whether a session is older than the factor that its clerk has now, or than each office they
    /// held over its seal then: a reset or the end of an office closed it, whether it was found or not.
    pub fn is_outlived(&self, session: &StampingSession) -> bool {
        let Some(credential) = self.credentials.get(&session.credential) else {
            return false; // then it stamps nothing, and nothing says whose office it needs
        };
        let older = |since: Option<i64>| match (since, session.made_by) {
            (Some(since), Some(made_by)) => since < made_by,
            _ => false,
        };
        let (clerk, agency) = (session.opened_by, Some(credential.agency));
        let mut offices = self.roles_over(clerk, Role::RecordsClerk, agency, session.opened_at);
        let in_office = offices.any(|grant| older(self.people.since.role(grant.id)));
        !in_office || !older(self.people.since.factor(clerk))
    }
}
