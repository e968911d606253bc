//! Changes of state: each in the writer's transaction, with its entries and its sealed rows.
//!
//! Policy has said who may; what is checked here is what only the tables know: that a name is
//! free, that a state can follow, that a code was not used.

mod agency;
mod approval;
mod client;
mod credential;
mod dispute;
mod erase;
mod factor;
mod pending;
mod person;
mod picture;
mod token;

use kyso_core::actor::Actor;
use kyso_core::change::Change;
use kyso_core::id::{PersonId, RequestId};
use kyso_core::{Draft, Refusal};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;

use crate::error::ApplyError;
use crate::writer::tx::Tx;

pub(crate) use agency::register as register_agency;
pub(crate) use factor::issue_code;
pub(crate) use person::{grant_role, register as register_person};
pub(crate) use token::LONGEST_ACCESS;

/// Applies a change. `Ok(Some(_))` is a refusal that leaves a trace: what was written stays.
///
/// # Errors
/// [`ApplyError::Refused`] if the change does not fit what is there; the caller undoes what was
/// written, so nothing half-done stays.
pub(crate) fn apply(
    tx: &mut Tx<'_>,
    actor: &Actor,
    change: &Change,
    request: RequestId,
) -> Result<Option<Refusal>, ApplyError> {
    let mut act = Act { tx, actor, request };
    match change {
        Change::IssueToken(issue) => return token::issue(&mut act, issue),
        Change::Batch(changes) => batch(&mut act, changes)?,
        change => one(&mut act, change)?,
    }
    Ok(None)
}

/// What every change needs at hand.
pub(crate) struct Act<'t, 'a> {
    pub(crate) tx: &'t mut Tx<'a>,
    pub(crate) actor: &'t Actor,
    pub(crate) request: RequestId,
}

impl Act<'_, '_> {
    /// An entry about what the actor did.
    pub(crate) fn entry(&self, event: Event) -> Draft {
        Draft::new(event, Outcome::Ok, self.actor, self.request)
    }

    /// Appends it; gives its sequence, the `made_by` of the rows it makes.
    pub(crate) fn append(&mut self, draft: Draft) -> Result<i64, ApplyError> {
        Ok(self.tx.append(draft)?.sequence)
    }

    /// The acting person.
    fn person(&self) -> Result<PersonId, ApplyError> {
        self.actor.person().ok_or(Refusal::Forbidden.into())
    }
}

fn one(act: &mut Act<'_, '_>, change: &Change) -> Result<(), ApplyError> {
    match change {
        Change::RegisterAgency(agency) => agency::register(act, agency),
        Change::AddAgencyCode(id, code) => agency::add_code(act, *id, code),
        Change::EndAgencyCode(id, format, code) => agency::end_code(act, *id, *format, code),
        Change::EndAgency(id, at) => agency::end(act, *id, *at),
        Change::RenameAgency(id, name, at) => agency::rename(act, *id, name, *at),
        Change::RegisterPerson(person) => person::register(act, person),
        Change::EndPerson(id) => person::end(act, *id),
        Change::RevokeRole(id) => person::revoke_role(act, *id),
        Change::EndAuthority(id) => person::end_authority(act, *id),
        Change::RemovePicture(owner) => picture::remove(act, *owner),
        Change::IssueEnrolmentCode {
            person,
            code,
            expires_at,
        } => factor::issue_code(act, *person, *code, *expires_at),
        Change::EnrolFactors(enrolment) => factor::enrol(act, enrolment),
        Change::ChangePassword(person, phc, totp) => {
            factor::change_password(act, *person, phc, *totp)
        }
        Change::LogIn(family, person, totp) => token::log_in(act, *family, *person, *totp),
        Change::RevokeToken(jti, until) => token::revoke(act, *jti, *until),
        Change::RevokeFamily(family) => token::revoke_family(act, *family),
        Change::Propose(proposal) => pending::propose(act, proposal),
        Change::Approve(id, totp) => pending::approve(act, *id, *totp),
        Change::Reject(id, reason) => pending::reject(act, *id, reason),
        change => about_systems(act, change),
    }
}

fn about_systems(act: &mut Act<'_, '_>, change: &Change) -> Result<(), ApplyError> {
    match change {
        Change::RegisterClient(client) => client::register(act, client),
        Change::DisableClient(id) => client::disable(act, *id),
        Change::SetCallback(callback) => client::set_callback(act, callback),
        Change::RemoveCallback(id) => client::remove_callback(act, *id),
        Change::RevokeClientKey(id) => client::revoke_key(act, *id),
        Change::RevokeClientGrant(id) => client::revoke_grant(act, *id),
        Change::RequestCredential(request) => credential::request(act, request),
        Change::CertifyCredential(id, certificate) => credential::certify(act, *id, certificate),
        Change::HandOverCredential(id, basis) => credential::hand_over(act, *id, basis),
        Change::LockCredential(id, reason) => credential::lock(act, *id, reason),
        Change::DisputeSignature(id, call, reason) => {
            dispute::dispute(act, *id, *call, reason.as_deref())
        }
        Change::RevokeCredential(id, reason) => credential::revoke(act, *id, Some(reason)),
        Change::ExpireCredential(id) => credential::expire(act, *id),
        Change::OpenStampingSession(session, totp) => {
            crate::signing::open_session(act.tx, act.actor, session, *totp, act.request)
        }
        Change::CloseStampingSession(id) => {
            crate::signing::close_session(act.tx, act.actor, *id, act.request)
        }
        Change::AuthorizeSad(sad, totp) => {
            crate::signing::authorize_sad(act.tx, act.actor, sad, *totp, act.request)
        }
        Change::SubmitApproval(submitted) => approval::submit(act, submitted),
        Change::OpenApprovals(ids) => ids.iter().try_for_each(|id| approval::show(act, *id)),
        Change::GiveApprovals(given, totp) => approval::give(act, given, *totp),
        Change::DecideApproval(id, decision) => approval::decide(act, *id, decision),
        Change::ExtendSad(old, sad) => {
            crate::signing::extend_sad(act.tx, act.actor, old, sad, act.request)
        }
        // A change that is not known here must not pass for one that was done.
        _ => Err(Refusal::Forbidden.into()),
    }
}

/// An import: all or nothing, an entry for each change and one for the whole.
fn batch(act: &mut Act<'_, '_>, changes: &[Change]) -> Result<(), ApplyError> {
    if !changes.iter().all(may_be_imported) {
        return Err(Refusal::Forbidden.into());
    }
    let mut draft = act.entry(Event::ImportApplied);
    draft.entry.count = u64::try_from(changes.len()).ok();
    for change in changes {
        one(act, change)?;
    }
    act.append(draft)?;
    Ok(())
}

/// A file registers and ends; it never proves a person's presence, so nothing that needs an OTP
/// or a second person can hide in it.
const fn may_be_imported(change: &Change) -> bool {
    matches!(
        change,
        Change::RegisterAgency(_)
            | Change::AddAgencyCode(..)
            | Change::EndAgency(..)
            | Change::RegisterPerson(_)
            | Change::EndPerson(_)
            | Change::IssueEnrolmentCode { .. }
            | Change::RegisterClient(_)
            | Change::RequestCredential(_)
            | Change::CertifyCredential(..)
            | Change::HandOverCredential(..)
    )
}

/// A row that must be there.
pub(crate) fn known<T>(row: Option<T>) -> Result<T, ApplyError> {
    row.ok_or(Refusal::UnknownObject.into())
}

/// Refuses a change that does not fit what is there.
pub(crate) fn require(fits: bool) -> Result<(), ApplyError> {
    if fits {
        Ok(())
    } else {
        Err(Refusal::Conflict.into())
    }
}
