//! Changes of state: authorized by policy, committed by the journal, then seen by everybody.

use std::time::Duration;

use kyso_core::change::TotpUse;
use kyso_core::id::ApprovalId;
use kyso_core::journal::{CommitError, Committed, Journal, JournalError};
use kyso_core::model::{Decision, Sad};
use kyso_core::policy::Authorized;
use kyso_core::request::DocumentFacts;
use kyso_core::{Actor, Change, Draft, Refusal};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use kyso_store::StoreError;

use super::App;
use crate::auth::failures::Failure;
use crate::auth::totp::seconds_to_next;

/// How often a change is authorized anew because policy moved on meanwhile.
///
/// Many, since each costs only a refresh: managers who register people one after another must not
/// turn a leader's signature into a 503.
const EPOCH_RETRIES: usize = 32;

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Policy moved on each time; try again.
    #[error("busy")]
    Busy,
    /// The journal could not write.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The one-time password was used before.
    #[error("the one-time password was used; wait {wait_seconds} s")]
    OtpUsed {
        /// Seconds until the next code is shown.
        wait_seconds: u32,
    },
    /// Refused, and the refusal is an entry.
    #[error("refused: {0}")]
    Refused(Refusal),
}

impl From<StoreError> for ChangeError {
    fn from(error: StoreError) -> Self {
        Self::Journal(JournalError::Unavailable(error.to_string()))
    }
}

impl ChangeError {
    /// How long to wait before trying again, where waiting helps.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy | Self::Journal(_) => Some(Duration::from_secs(2)),
            Self::OtpUsed { wait_seconds } => Some(Duration::from_secs(u64::from(*wait_seconds))),
            Self::Refused(_) => None,
        }
    }
}

/// What a refused change is remembered by: the change itself is used up by then.
struct Trace {
    actor: Actor,
    event: Event,
    totp: Option<TotpUse>,
    credential: Option<String>,
    object: Option<(&'static str, String)>,
}

impl App {
    /// Makes a change, or says why not; a refusal of a known actor is an entry.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn change(&self, actor: Actor, change: Change) -> Result<Committed, ChangeError> {
        let trace = Trace::of(&actor, &change);
        let decided = decided(&change);
        let policy = self.signer.policy();
        let end = self.commit(policy.authorize_change(actor, change), |actor, change| {
            policy.authorize_change(actor, change)
        });
        let end = self.settle(trace, end.await).await;
        for id in decided.into_iter().filter(|_| end.is_ok()) {
            // Nobody may be waiting.
            let _ = self.decided.send(id);
        }
        end
    }

    /// Authorizes signatures: the documents are shown to policy, the SAD keeps only their hash.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn authorize_sad(
        &self,
        actor: Actor,
        sad: Sad,
        documents: &[DocumentFacts],
        totp: Option<TotpUse>,
    ) -> Result<Committed, ChangeError> {
        let policy = self.signer.policy();
        let mut trace = Trace::new(&actor, Event::SadRefused);
        (trace.totp, trace.credential) = (totp, Some(sad.credential.to_string()));
        let first = policy.authorize_sad(actor, sad, documents, totp);
        let end = self.commit(first, |actor, change| match change {
            Change::AuthorizeSad(sad, totp) => policy.authorize_sad(actor, sad, documents, totp),
            other => policy.authorize_change(actor, other),
        });
        self.settle(trace, end.await).await
    }

    async fn commit(
        &self,
        first: Result<Authorized<Change>, Refusal>,
        again: impl Fn(Actor, Change) -> Result<Authorized<Change>, Refusal>,
    ) -> Result<Committed, ChangeError> {
        let mut authorized = first.map_err(ChangeError::Refused)?;
        for _ in 0..EPOCH_RETRIES {
            match self.journal().commit(authorized).await {
                Ok(committed) => return Ok(committed),
                Err(CommitError::EpochMoved(returned)) => {
                    self.signer.refresh().await?;
                    let (actor, change, _) = returned.into_parts();
                    authorized = again(actor, change).map_err(ChangeError::Refused)?;
                }
                Err(CommitError::Refused(refusal)) => return Err(ChangeError::Refused(refusal)),
                Err(CommitError::Journal(error)) => return Err(error.into()),
            }
        }
        Err(ChangeError::Busy)
    }

    /// After a change everybody sees it; after a refusal the log says so.
    ///
    /// What was committed is never answered as a failure: a caller who tries again with a refresh
    /// token that is used up would end its family. A snapshot that cannot be read now is read within
    /// a second, and no older one is authorized by meanwhile: the journal compares epochs.
    async fn settle(
        &self,
        trace: Trace,
        end: Result<Committed, ChangeError>,
    ) -> Result<Committed, ChangeError> {
        let moved = match &end {
            Ok(committed) => committed.epoch != self.snapshot().epoch,
            // A refusal can move it too: a reused refresh token ends its family.
            Err(ChangeError::Refused(_)) => trace.event == Event::TokenRefused,
            Err(_) => false,
        };
        if moved && let Err(error) = self.signer.refresh().await {
            tracing::warn!(%error, "the change stands, but could not be read back yet");
        }
        match end {
            Err(ChangeError::Refused(refusal)) => {
                self.tell(&trace, refusal).await?;
                Err(self.explain(refusal, trace.totp))
            }
            end => end,
        }
    }

    /// Whoever shows a used assertion or an old refresh token may do so for ever, so that is summed;
    /// that the first such showing ended a family is an entry already.
    async fn tell(&self, trace: &Trace, refusal: Refusal) -> Result<(), JournalError> {
        if trace.event == Event::TokenRefused {
            self.failures.count_of(Failure::Token, &trace.actor);
            return Ok(());
        }
        self.note(trace.refused(refusal)).await
    }

    fn explain(&self, refusal: Refusal, totp: Option<TotpUse>) -> ChangeError {
        match (refusal, totp) {
            (Refusal::OtpUsed, Some(totp)) => {
                let wait_seconds = seconds_to_next(totp.step, self.now());
                ChangeError::OtpUsed { wait_seconds }
            }
            _ => ChangeError::Refused(refusal),
        }
    }
}

impl Trace {
    fn new(actor: &Actor, event: Event) -> Self {
        Self {
            actor: actor.clone(),
            event,
            totp: None,
            credential: None,
            object: None,
        }
    }

    fn of(actor: &Actor, change: &Change) -> Self {
        let mut trace = Self::new(actor, event_of(change));
        trace.totp = totp_of(change);
        trace.credential = credential_of(change);
        trace.object = object_of(change);
        trace
    }

    fn refused(&self, refusal: Refusal) -> Draft {
        let request = self.actor.request();
        let draft = Draft::new(self.event, Outcome::Refused, &self.actor, request).because(refusal);
        let mut draft = match &self.object {
            Some((kind, id)) => draft.about(kind, id),
            None => draft,
        };
        draft.entry.credential.clone_from(&self.credential);
        draft
    }
}

/// The requests for approval that a change decides on.
fn decided(change: &Change) -> Vec<ApprovalId> {
    match change {
        Change::DecideApproval(id, _) => vec![*id],
        Change::GiveApprovals(given, _) => given.iter().map(|one| one.approval.id).collect(),
        _ => Vec::new(),
    }
}

fn totp_of(change: &Change) -> Option<TotpUse> {
    match change {
        Change::ChangePassword(_, _, totp)
        | Change::GiveApprovals(_, totp)
        | Change::DecideApproval(_, Decision::Refuse(_, totp) | Decision::Return(_, totp))
        | Change::OpenStampingSession(_, totp) => Some(*totp),
        Change::Propose(proposal) => proposal.totp,
        Change::Approve(_, totp) | Change::AuthorizeSad(_, totp) | Change::LogIn(_, _, totp) => {
            *totp
        }
        _ => None,
    }
}

/// What was to be decided or proved: who reads the refusal must know of which.
fn object_of(change: &Change) -> Option<(&'static str, String)> {
    match change {
        Change::Propose(proposal) => Some(("pending_change", proposal.id.to_string())),
        Change::Approve(id, _) | Change::Reject(id, _) => Some(("pending_change", id.to_string())),
        Change::ChangePassword(id, ..) | Change::LogIn(_, id, _) => {
            Some(("person", id.to_string()))
        }
        Change::CloseStampingSession(id) => Some(("stamping_session", id.to_string())),
        Change::SubmitApproval(approval) => Some(("approval", approval.id.to_string())),
        Change::DecideApproval(id, _) => Some(("approval", id.to_string())),
        Change::DisputeSignature(_, call, _) => Some(("signature", call.to_string())),
        Change::OpenApprovals(ids) => ids.first().map(|id| ("approval", id.to_string())),
        Change::GiveApprovals(given, _) => {
            let first = given.first();
            first.map(|one| ("approval", one.approval.id.to_string()))
        }
        _ => None,
    }
}

fn credential_of(change: &Change) -> Option<String> {
    match change {
        Change::CertifyCredential(id, _)
        | Change::HandOverCredential(id, _)
        | Change::LockCredential(id, _)
        | Change::DisputeSignature(id, ..)
        | Change::RevokeCredential(id, _)
        | Change::ExpireCredential(id) => Some(id.to_string()),
        Change::OpenStampingSession(session, _) => Some(session.credential.to_string()),
        Change::AuthorizeSad(sad, _) | Change::ExtendSad(_, sad) => {
            Some(sad.credential.to_string())
        }
        Change::RequestCredential(request) => Some(request.id.to_string()),
        Change::SubmitApproval(approval) => Some(approval.credential.to_string()),
        Change::GiveApprovals(given, _) => {
            given.first().map(|one| one.approval.credential.to_string())
        }
        _ => None,
    }
}

/// What was asked for; with the outcome "refused" it is the entry of a refusal.
fn event_of(change: &Change) -> Event {
    match change {
        Change::RegisterAgency(_) => Event::AgencyRegistered,
        Change::AddAgencyCode(..) => Event::AgencyAliasAdded,
        Change::EndAgencyCode(..) => Event::AgencyCodeEnded,
        Change::EndAgency(..) => Event::AgencyEnded,
        Change::RenameAgency(..) => Event::AgencyRenamed,
        Change::RegisterPerson(_) => Event::PersonRegistered,
        Change::EndPerson(_) => Event::PersonEnded,
        Change::IssueEnrolmentCode { .. } => Event::FactorCodeIssued,
        Change::EnrolFactors(_) => Event::FactorEnrolled,
        Change::ChangePassword(..) => Event::PasswordChanged,
        Change::Propose(_) => Event::ChangeProposed,
        Change::Approve(..) => Event::ChangeApproved,
        Change::Reject(..) => Event::ChangeRejected,
        Change::RevokeRole(_) => Event::RoleRevoked,
        Change::RegisterClient(_) => Event::ClientRegistered,
        Change::RevokeClientKey(_) => Event::ClientKeyRevoked,
        Change::RevokeClientGrant(_) => Event::ClientGrantRevoked,
        Change::DisableClient(_) => Event::ClientDisabled,
        Change::SetCallback(_) => Event::ClientCallbackSet,
        Change::RemoveCallback(_) => Event::ClientCallbackRemoved,
        Change::RequestCredential(_) => Event::CredentialRequested,
        Change::CertifyCredential(..) => Event::CredentialCertified,
        Change::HandOverCredential(..) => Event::CredentialHandedOver,
        Change::LockCredential(..) => Event::CredentialLocked,
        Change::DisputeSignature(..) => Event::SignatureDisputed,
        Change::RevokeCredential(..) => Event::CredentialRevoked,
        Change::ExpireCredential(_) => Event::CredentialExpired,
        Change::EndAuthority(_) => Event::AuthorityEnded,
        Change::RemovePicture(_) => Event::PictureRemoved,
        Change::OpenStampingSession(..) => Event::SessionOpened,
        Change::CloseStampingSession(_) => Event::SessionClosed,
        Change::AuthorizeSad(..) => Event::SadRefused,
        Change::ExtendSad(..) => Event::SadExtended,
        Change::SubmitApproval(_) => Event::ApprovalSubmitted,
        Change::OpenApprovals(_) => Event::ApprovalOpened,
        Change::GiveApprovals(..) => Event::ApprovalGiven,
        Change::DecideApproval(_, decision) => match decision {
            Decision::Refuse(..) => Event::ApprovalRefused,
            Decision::Return(..) => Event::ApprovalReturned,
            Decision::Withdraw => Event::ApprovalWithdrawn,
            Decision::Expire => Event::ApprovalExpired,
            Decision::Signed => Event::ApprovalSigned,
            Decision::Failed(_) => Event::ApprovalFailed,
        },
        Change::LogIn(..) => Event::LoginFailed,
        Change::IssueToken(_) => Event::TokenRefused,
        Change::RevokeToken(..) | Change::RevokeFamily(_) => Event::TokenRevoked,
        Change::Batch(_) => Event::ImportApplied,
        _ => Event::PolicyChanged,
    }
}
