//! Who may change what.

use std::time::Duration;

use super::agency::{
    agency_of, check_given_from_above, check_over_it_then, joins_ended, reaches_back,
};
use super::authority::check_authority;
use super::mandate::check_session;
use super::power::{check_power, check_reach, check_use, needs_two};
use super::quorum::check_managers_stay;
use super::signing::{check_documents, check_owner, owns, usable, visible};
use super::{Authorized, Policy, alive, person_of};
use crate::Timestamp;
use crate::actor::{Actor, Subject};
use crate::change::{Change, TotpUse};
use crate::id::PersonId;
use crate::instant::Clock;
use crate::model::{CredentialKind, Owner, Role, Sad, SadBinding, StampingSession};
use crate::refusal::Refusal;
use crate::request::DocumentFacts;
use crate::snapshot::Snapshot;

/// What a change asks of whoever makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// One of these roles, for the agency concerned.
    AnyOf(&'static [Role]),
    /// Rules of its own, in [`Policy::authorize_change`].
    OwnRules,
    /// The server itself.
    System,
}

/// How old a one-time password may be for an act that grants power.
const FRESH: Duration = Duration::from_mins(5);

const MANAGER: &[Role] = &[Role::SubscriberManager];
const MANAGER_OR_OFFICER: &[Role] = &[Role::SecurityOfficer, Role::SubscriberManager];
const SESSION_CLOSERS: &[Role] = &[
    Role::RecordsClerk,
    Role::SecurityOfficer,
    Role::SubscriberManager,
];

/// The permission table, one row a change; its golden copy is a test.
pub const fn need(change: &Change) -> Need {
    match change {
        Change::RegisterAgency(_)
        | Change::AddAgencyCode(..)
        | Change::EndAgencyCode(..)
        | Change::EndAgency(..)
        | Change::RenameAgency(..)
        | Change::RegisterPerson(_)
        | Change::EndPerson(_)
        | Change::IssueEnrolmentCode { .. }
        | Change::RegisterClient(_)
        | Change::SetCallback(_)
        | Change::RequestCredential(_)
        | Change::CertifyCredential(..)
        | Change::HandOverCredential(..)
        | Change::RevokeCredential(..)
        | Change::EndAuthority(_)
        | Change::RemovePicture(_)
        | Change::Batch(_) => Need::AnyOf(MANAGER),
        Change::LockCredential(..)
        | Change::RevokeRole(_)
        | Change::RevokeClientKey(_)
        | Change::RevokeClientGrant(_)
        | Change::RemoveCallback(_)
        | Change::DisableClient(_) => Need::AnyOf(MANAGER_OR_OFFICER),
        Change::CloseStampingSession(_) => Need::AnyOf(SESSION_CLOSERS),
        Change::ExpireCredential(_) => Need::System,
        Change::EnrolFactors(_)
        | Change::ChangePassword(..)
        | Change::Propose(_)
        | Change::Approve(..)
        | Change::Reject(..)
        | Change::DisputeSignature(..)
        | Change::OpenStampingSession(..)
        | Change::AuthorizeSad(..)
        | Change::ExtendSad(..)
        | Change::SubmitApproval(_)
        | Change::OpenApprovals(_)
        | Change::GiveApprovals(..)
        | Change::DecideApproval(..)
        | Change::LogIn(..)
        | Change::IssueToken(_)
        | Change::RevokeToken(..)
        | Change::RevokeFamily(_) => Need::OwnRules,
    }
}

impl<C: Clock> Policy<C> {
    /// Authorizes a change of state.
    ///
    /// # Errors
    /// The [`Refusal`] that applies.
    pub fn authorize_change(
        &self,
        actor: Actor,
        change: Change,
    ) -> Result<Authorized<Change>, Refusal> {
        let snapshot = self.snapshot();
        alive(self, &snapshot, &actor)?;
        match need(&change) {
            // Attestation, the sweeper and a bootstrap act as the server itself.
            Need::System | Need::AnyOf(_) if actor.subject() == Subject::System => {}
            Need::System => return Err(Refusal::Forbidden),
            Need::AnyOf(roles) => {
                check_roles(&snapshot, &actor, roles, &change, self.clock().now())?;
            }
            Need::OwnRules => self.check_own_rules(&snapshot, &actor, &change)?,
        }
        check_managers_stay(&snapshot, &change, self.clock().now())?;
        Ok(Authorized {
            actor,
            what: change,
            epoch: snapshot.epoch,
        })
    }

    /// Authorizes a SAD: the documents are checked here because the SAD keeps only their hash.
    ///
    /// # Errors
    /// The [`Refusal`] that applies.
    pub fn authorize_sad(
        &self,
        actor: Actor,
        sad: Sad,
        documents: &[DocumentFacts],
        totp: Option<TotpUse>,
    ) -> Result<Authorized<Change>, Refusal> {
        let snapshot = self.snapshot();
        let now = self.clock().now();
        let credential = visible(&snapshot, &actor, sad.credential, now)?;
        let hashes = match &sad.binding {
            SadBinding::Hashes(hashes) => hashes.len(),
            SadBinding::Count(_) => documents.len(),
        };
        if matches!(sad.binding, SadBinding::Hashes(_)) {
            check_documents(&snapshot, &actor, &credential, documents, hashes, now)?;
            check_authority(&snapshot, &credential, documents, now)?;
        }
        self.authorize_change(actor, Change::AuthorizeSad(sad, totp))
    }

    fn check_own_rules(
        &self,
        snapshot: &Snapshot,
        actor: &Actor,
        change: &Change,
    ) -> Result<(), Refusal> {
        match change {
            // A code or a secret proved the first two; presenting a token is enough to end it.
            Change::EnrolFactors(_)
            | Change::IssueToken(_)
            | Change::RevokeToken(..)
            | Change::RevokeFamily(_) => Ok(()),
            Change::LogIn(_, person, totp) => self.check_log_in(snapshot, *person, *totp),
            Change::ChangePassword(person, _, totp) => own(actor, *person, totp.person),
            Change::Propose(proposal) => {
                let person = self.fresh(actor, proposal.totp)?;
                let now = self.clock().now();
                check_power(snapshot, person, &proposal.change, now)?;
                check_use(snapshot, &proposal.change, now)
            }
            Change::Approve(id, totp) => {
                let pending = snapshot.pending.get(id).ok_or(Refusal::UnknownObject)?;
                let person = self.fresh(actor, *totp)?;
                if pending.proposed_by == person {
                    return Err(Refusal::SamePerson);
                }
                // Two people in office decide, both of them now: not one and a dismissed one.
                let now = self.clock().now();
                let proposer = snapshot.person(pending.proposed_by, now);
                proposer.ok_or(Refusal::Forbidden)?;
                check_power(snapshot, pending.proposed_by, &pending.change, now)?;
                check_power(snapshot, person, &pending.change, now)
            }
            Change::Reject(id, _) => {
                let pending = snapshot.pending.get(id).ok_or(Refusal::UnknownObject)?;
                check_power(
                    snapshot,
                    person_of(actor)?,
                    &pending.change,
                    self.clock().now(),
                )
            }
            // To lock is the safe side, so a log-in is enough: with a stolen one somebody can stop the
            // owner's key, which two people start again, and can sign nothing.
            Change::DisputeSignature(id, ..) => owns(snapshot, actor, *id),
            Change::OpenStampingSession(session, totp) => {
                self.check_opening(snapshot, actor, session, *totp)
            }
            Change::AuthorizeSad(sad, totp) => self.check_sad(snapshot, actor, sad, *totp),
            Change::ExtendSad(_, sad) => self.check_extension(snapshot, actor, sad),
            Change::SubmitApproval(approval) => self.check_submission(snapshot, actor, approval),
            Change::OpenApprovals(_) => self.signer(snapshot, actor).map(|_| ()),
            Change::GiveApprovals(given, totp) => {
                self.check_approvals(snapshot, actor, given, *totp)
            }
            Change::DecideApproval(_, decision) => self.check_decision(snapshot, actor, decision),
            _ => Err(Refusal::Forbidden),
        }
    }

    /// The person, if they proved a one-time password with this act or not long before it.
    fn fresh(&self, actor: &Actor, totp: Option<TotpUse>) -> Result<PersonId, Refusal> {
        let person = person_of(actor)?;
        let now = self.clock().now();
        let by_log_in = actor.otp_at().is_some_and(|at| now.since(at) <= FRESH);
        match totp {
            Some(totp) => own(actor, person, totp.person).map(|()| person),
            None if by_log_in => Ok(person),
            None => Err(Refusal::FactorRequired),
        }
    }

    fn check_log_in(
        &self,
        snapshot: &Snapshot,
        person: PersonId,
        totp: Option<TotpUse>,
    ) -> Result<(), Refusal> {
        snapshot
            .person(person, self.clock().now())
            .ok_or(Refusal::UnknownObject)?;
        match totp {
            Some(totp) if totp.person == person => Ok(()),
            None if !snapshot.needs_totp(person) => Ok(()),
            _ => Err(Refusal::FactorRequired),
        }
    }

    fn check_opening(
        &self,
        snapshot: &Snapshot,
        actor: &Actor,
        session: &StampingSession,
        totp: TotpUse,
    ) -> Result<(), Refusal> {
        let clerk = person_of(actor)?;
        own(actor, session.opened_by, totp.person)?;
        let credential = snapshot
            .credentials
            .get(&session.credential)
            .ok_or(Refusal::UnknownCredential)?;
        let (agency, now) = (Some(credential.agency), self.clock().now());
        if !snapshot.holds_at(clerk, Role::RecordsClerk, agency, now) {
            return Err(Refusal::UnknownCredential);
        }
        let seal = credential.kind == CredentialKind::Seal;
        let granted = snapshot
            .grant_for(session.client, credential, now)
            .is_some();
        let within = (1..=self.terms().session_limit).contains(&session.limit)
            && session.expires_at > session.opened_at
            && session.expires_at.since(session.opened_at) <= self.terms().session_span
            && !session.purposes.is_empty();
        if seal && granted && within {
            check_owner(snapshot, credential, now)?;
            usable(credential, now)
        } else {
            Err(Refusal::Conflict)
        }
    }

    pub(super) fn check_sad(
        &self,
        snapshot: &Snapshot,
        actor: &Actor,
        sad: &Sad,
        totp: Option<TotpUse>,
    ) -> Result<(), Refusal> {
        let now = self.clock().now();
        let credential = visible(snapshot, actor, sad.credential, now)?;
        usable(&credential, now)?;
        check_owner(snapshot, &credential, now)?;
        let count = match &sad.binding {
            SadBinding::Count(count) => *count,
            SadBinding::Hashes(hashes) => u32::try_from(hashes.len()).unwrap_or(u32::MAX),
        };
        if count == 0 {
            return Err(Refusal::HashesRequired);
        }
        match (credential.owner, sad.session) {
            (Owner::Person(owner), None) => {
                if matches!(sad.binding, SadBinding::Count(_)) {
                    return Err(Refusal::HashesRequired);
                }
                if count > credential.multisign.min(self.terms().batch_limit) {
                    return Err(Refusal::TooManySignatures);
                }
                check_owner_factor(snapshot, actor, owner, sad, totp, now)
            }
            (Owner::Agency(_), Some(id)) => {
                let session = snapshot.sessions.find(id).ok_or(Refusal::SessionClosed)?;
                check_session(session, actor, &credential, now)?;
                self.check_unread(&credential, &[])?;
                if count > session.limit {
                    return Err(Refusal::TooManySignatures);
                }
                let named = matches!(sad.binding, SadBinding::Hashes(_));
                if named && count > credential.multisign.min(self.terms().batch_limit) {
                    return Err(Refusal::TooManySignatures);
                }
                // A mandate ends with the office of whoever gave it.
                let mandate = snapshot.mandate(session, &credential, now);
                mandate.map(|_| ()).ok_or(Refusal::SessionClosed)
            }
            _ => Err(Refusal::SessionRequired),
        }
    }

    fn check_extension(
        &self,
        snapshot: &Snapshot,
        actor: &Actor,
        sad: &Sad,
    ) -> Result<(), Refusal> {
        let now = self.clock().now();
        let credential = visible(snapshot, actor, sad.credential, now)?;
        usable(&credential, now)?;
        if credential.extensible {
            Ok(())
        } else {
            Err(Refusal::Forbidden)
        }
    }
}

/// A person's OTP counts only with their own token, or from a client granted `explicit` here.
fn check_owner_factor(
    snapshot: &Snapshot,
    actor: &Actor,
    owner: PersonId,
    sad: &Sad,
    totp: Option<TotpUse>,
    now: Timestamp,
) -> Result<(), Refusal> {
    if totp.is_none_or(|totp| totp.person != owner) || sad.person != Some(owner) {
        return Err(Refusal::FactorRequired);
    }
    let explicit = |client| {
        let credential = snapshot.credentials.get(&sad.credential)?;
        snapshot
            .grant_for(client, credential, now)
            .map(|grant| grant.explicit)
    };
    match actor.subject() {
        Subject::Person(person) if person == owner => Ok(()),
        Subject::Client(client) if explicit(client) == Some(true) => Ok(()),
        _ => Err(Refusal::UnknownCredential),
    }
}

fn own(actor: &Actor, person: PersonId, factor_of: PersonId) -> Result<(), Refusal> {
    if actor.person() == Some(person) && factor_of == person {
        Ok(())
    } else {
        Err(Refusal::FactorRequired)
    }
}

/// Holds the actor's roles against the agency that the change is about.
fn check_roles(
    snapshot: &Snapshot,
    actor: &Actor,
    roles: &[Role],
    change: &Change,
    now: Timestamp,
) -> Result<(), Refusal> {
    let person = person_of(actor)?;
    if needs_two(snapshot, change) {
        return Err(Refusal::SecondPersonRequired);
    }
    let agency = agency_of(snapshot, change)?;
    if let Change::EndPerson(subject)
    | Change::IssueEnrolmentCode {
        person: subject, ..
    } = change
    {
        check_reach(snapshot, person, *subject, now)?;
    }
    if joins_ended(snapshot, change, now) || reaches_back(change, now) {
        return Err(Refusal::Conflict);
    }
    if roles
        .iter()
        .any(|role| snapshot.holds_at(person, *role, agency, now))
    {
        check_over_it_then(snapshot, person, change, now)?;
        check_given_from_above(snapshot, person, change, now)
    } else {
        Err(Refusal::Forbidden)
    }
}
