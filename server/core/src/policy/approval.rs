//! Who may put documents before a signer, and who may decide on them.
//!
//! What stands in the tables (whose request it is, whether it is still open) the journal checks; here
//! is what memory can tell, at submission and again at approval.

use std::time::Duration;

use super::authority::check_authority;
use super::page::fits_its_page;
use super::signing::{check_documents, check_owner, check_scheme, usable, visible};
use super::{Policy, person_of};
use crate::Timestamp;
use crate::actor::{Actor, Subject};
use crate::change::{Given, TotpUse};
use crate::id::PersonId;
use crate::instant::Clock;
use crate::model::{
    Approval, ApprovalState, ApprovalWay, Credential, Decision, Owner, Role, SadBinding,
};
use crate::refusal::Refusal;
use crate::request::documents_hash;
use crate::snapshot::Snapshot;

/// How long after it was shown a request may be approved; then it has to be shown again. Long enough to read
/// and to wait for a one-time password, and beginning only when the signer opens it.
pub const APPROVAL_WINDOW: Duration = Duration::from_mins(15);

/// Most requests approved by one one-time password; each makes an entry and a SAD.
const MOST_AT_ONCE: usize = 50;

/// Most documents of several requests that are approved together: more than that nobody reads on one page.
pub const DOCUMENTS_TOGETHER: usize = 50;

/// Whether one one-time password may approve these requests, of so many documents each. A request alone
/// always may: it cannot be made smaller here, and its own number is bounded when it is submitted.
pub fn approved_together(documents: impl IntoIterator<Item = usize>) -> bool {
    let (requests, all) = documents
        .into_iter()
        .fold((0, 0_usize), |(requests, all), of_one| {
            (requests + 1, all.saturating_add(of_one))
        });
    let few = requests <= MOST_AT_ONCE && all <= DOCUMENTS_TOGETHER;
    requests == 1 || (requests > 0 && few)
}

impl<C: Clock> Policy<C> {
    /// A system may ask whom its grants let it, for what that person may sign now.
    pub(super) fn check_submission(
        &self,
        snapshot: &Snapshot,
        actor: &Actor,
        approval: &Approval,
    ) -> Result<(), Refusal> {
        let now = self.clock().now();
        let Subject::Client(client) = actor.subject() else {
            return Err(Refusal::Forbidden);
        };
        let span = approval.open_until.since(approval.submitted_at);
        let credential = visible(snapshot, actor, approval.credential, now)?;
        let theirs =
            approval.client == client && credential.owner == Owner::Person(approval.person);
        if !theirs {
            return Err(Refusal::UnknownCredential);
        }
        if approval.open_until <= now || span > self.terms().approval_span {
            return Err(Refusal::Conflict);
        }
        if !fits_its_page(snapshot, approval) {
            return Err(Refusal::TooManySignatures);
        }
        self.check_signable(snapshot, actor, approval, &credential)
    }

    /// What the signer could sign now, were it asked directly.
    fn check_signable(
        &self,
        snapshot: &Snapshot,
        actor: &Actor,
        approval: &Approval,
        credential: &Credential,
    ) -> Result<(), Refusal> {
        let (now, facts) = (self.clock().now(), approval.facts());
        usable(credential, now)?;
        check_owner(snapshot, credential, now)?;
        let count = u32::try_from(facts.len()).unwrap_or(u32::MAX);
        if count == 0 {
            return Err(Refusal::EmptyHashes);
        }
        if count > credential.multisign.min(self.terms().batch_limit) {
            return Err(Refusal::TooManySignatures);
        }
        if let Some(scheme) = approval.scheme {
            check_scheme(credential, scheme)?;
            let fits = |digest: &crate::Digest| digest.algorithm() == scheme.hash();
            if !approval.digests().iter().all(fits) {
                return Err(Refusal::DigestMismatch);
            }
        }
        check_documents(snapshot, actor, credential, &facts, facts.len(), now)?;
        check_authority(snapshot, credential, &facts, now).map(|_| ())
    }

    /// The caller as a signer on a page of ours: a token in a system's hands is not enough, since that
    /// system could show them something else.
    pub(super) fn signer(&self, snapshot: &Snapshot, actor: &Actor) -> Result<PersonId, Refusal> {
        let (person, now) = (person_of(actor)?, self.clock().now());
        if actor.client().is_none() && snapshot.holds_anywhere_at(person, Role::Signer, now) {
            Ok(person)
        } else {
            Err(Refusal::Forbidden)
        }
    }

    /// The signer, with a one-time password of their own: whoever has only stolen a password decides nothing.
    fn proved_signer(
        &self,
        snapshot: &Snapshot,
        actor: &Actor,
        totp: TotpUse,
    ) -> Result<PersonId, Refusal> {
        let person = self.signer(snapshot, actor)?;
        if totp.person == person {
            Ok(person)
        } else {
            Err(Refusal::FactorRequired)
        }
    }

    /// Everything is checked again: office, credential, authority and the system's grant may have ended
    /// since the documents were submitted.
    pub(super) fn check_approvals(
        &self,
        snapshot: &Snapshot,
        actor: &Actor,
        given: &[Given],
        totp: TotpUse,
    ) -> Result<(), Refusal> {
        let (person, now) = (
            self.proved_signer(snapshot, actor, totp)?,
            self.clock().now(),
        );
        if !approved_together(given.iter().map(|one| one.approval.documents.len())) {
            return Err(Refusal::TooManySignatures);
        }
        given.iter().try_for_each(|one| {
            if one.approval.person != person {
                return Err(Refusal::UnknownObject);
            }
            check_standing(&one.approval, now)?;
            if one.approval.shown() != one.shown || !is_bound(one) {
                return Err(Refusal::ApprovalStale);
            }
            check_grant(snapshot, &one.approval, now)?;
            let credential = visible(snapshot, actor, one.approval.credential, now)?;
            self.check_signable(snapshot, actor, &one.approval, &credential)?;
            self.check_sad(snapshot, actor, &one.sad, Some(totp))
        })
    }

    /// The system takes back, the signer refuses and returns, the server says how it ended.
    pub(super) fn check_decision(
        &self,
        snapshot: &Snapshot,
        actor: &Actor,
        decision: &Decision,
    ) -> Result<(), Refusal> {
        match (decision, actor.subject()) {
            (Decision::Refuse(_, totp) | Decision::Return(_, totp), _) => {
                self.proved_signer(snapshot, actor, *totp).map(|_| ())
            }
            (Decision::Withdraw, Subject::Client(_))
            | (Decision::Expire | Decision::Signed | Decision::Failed(_), Subject::System) => {
                Ok(())
            }
            _ => Err(Refusal::Forbidden),
        }
    }
}

/// Still open, and shown not too long ago. The journal asks the same of the row as it stands then; here it
/// is asked so that no one-time password is used up by what is over.
///
/// # Errors
/// [`Refusal::ApprovalEnded`], [`Refusal::ApprovalStale`].
pub fn check_standing(approval: &Approval, now: Timestamp) -> Result<(), Refusal> {
    if !approval.state.is_open() || approval.open_until <= now {
        return Err(Refusal::ApprovalEnded);
    }
    let shown = approval.state == ApprovalState::Opened;
    if shown && now.since(approval.state_at) <= APPROVAL_WINDOW {
        Ok(())
    } else {
        Err(Refusal::ApprovalStale)
    }
}

/// The SAD lets exactly what was shown be signed, by nobody but those who were told.
fn is_bound(given: &Given) -> bool {
    let (approval, sad) = (&given.approval, &given.sad);
    // A SAD for the system is the one whose value it holds already; ours never leaves the server.
    let (client, told) = match approval.way {
        ApprovalWay::Sign => (None, true),
        ApprovalWay::Sad(hash) => (Some(approval.client), sad.hash == hash),
    };
    told && sad.person == Some(approval.person)
        && sad.credential == approval.credential
        && sad.client == client
        && sad.session.is_none()
        && sad.documents == documents_hash(&approval.facts())
        && matches!(&sad.binding, SadBinding::Hashes(hashes) if **hashes == approval.digests()[..])
}

fn check_grant(snapshot: &Snapshot, approval: &Approval, now: Timestamp) -> Result<(), Refusal> {
    let credential = snapshot.credentials.get(&approval.credential);
    let credential = credential.ok_or(Refusal::UnknownCredential)?;
    let client = snapshot.client(approval.client, now);
    let granted = client.and_then(|client| snapshot.grant_for(client.id, credential, now));
    granted.map(|_| ()).ok_or(Refusal::Forbidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_code_approves_no_more_than_one_page_shows() {
        let table = [
            (vec![], false),
            (vec![200], true),
            (vec![25, 25], true),
            (vec![25, 26], false),
            (vec![1, 200], false),
            (vec![2; 25], true),
            (vec![2; 26], false),
            (vec![1; 51], false),
            (vec![usize::MAX, 1], false),
        ];
        for (documents, together) in table {
            assert_eq!(
                approved_together(documents.iter().copied()),
                together,
                "{documents:?}"
            );
        }
    }
}
