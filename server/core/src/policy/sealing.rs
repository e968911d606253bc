//! Seal only after signature: who may have signed what an agency issues (Decree 30/2020 art. 13 and 32).

use super::Policy;
use crate::Timestamp;
use crate::ground::{Issue, IssueSigner, SealGround, day, needs_ground};
use crate::id::{AgencyId, AuthorityId};
use crate::instant::Clock;
use crate::model::{AuthorityRecord, Credential, CredentialKind, CredentialState, Owner};
use crate::refusal::Refusal;
use crate::request::{DocumentFacts, SignRequest};
use crate::snapshot::Snapshot;

impl<C: Clock> Policy<C> {
    /// The signer for an agency behind the certificate with this SHA-256, who signed then: a person of
    /// this server, whose key is not locked or revoked now, under a record for that agency in force
    /// then. If the system names a record, it is that one.
    ///
    /// `None` if there is nobody like that.
    pub fn issue_signer(
        &self,
        agency: AgencyId,
        certificate: [u8; 32],
        at: Timestamp,
        authority: Option<AuthorityId>,
    ) -> Option<IssueSigner> {
        let snapshot = self.snapshot();
        let mut all = snapshot.credentials.values();
        let credential = all.find(|one| is_person_with(one, certificate))?;
        let record = record(&snapshot, credential, (agency, at), authority)?;
        Some(IssueSigner {
            credential: credential.id,
            authority: record.id,
            at,
        })
    }

    /// Checks the ground of a seal again under the snapshot that the signature is authorized by.
    pub(super) fn check_ground(
        &self,
        snapshot: &Snapshot,
        credential: &Credential,
        request: &SignRequest,
    ) -> Result<(), Refusal> {
        if credential.kind != CredentialKind::Seal {
            return Ok(());
        }
        match &request.ground {
            // What others see of a seal does not say how it came about: one for digests must not go out.
            Some(_) if credential.by_digest => Err(Refusal::PurposeNotAllowed),
            Some(SealGround::Issue(issue)) => self.check_issue(snapshot, credential.agency, issue),
            Some(SealGround::Appendix(_) | SealGround::Copy(..)) => Ok(()),
            None => self.check_unread(credential, &request.documents),
        }
    }

    /// Whether a seal may sign what the server has not read: by what the seal is for, not by the purpose that a system
    /// names, since nobody sees that purpose on the document.
    pub(super) fn check_unread(
        &self,
        seal: &Credential,
        documents: &[DocumentFacts],
    ) -> Result<(), Refusal> {
        let goes_out = documents.iter().any(needs_ground);
        let may = if seal.by_digest {
            !goes_out
        } else {
            self.terms().asserted_seals
        };
        if may {
            Ok(())
        } else {
            Err(Refusal::EvidenceRequired)
        }
    }

    fn check_issue(
        &self,
        snapshot: &Snapshot,
        agency: AgencyId,
        issue: &Issue,
    ) -> Result<(), Refusal> {
        let IssueSigner {
            credential,
            authority,
            at,
        } = issue.signer;
        let credential = snapshot.credentials.get(&credential);
        credential
            .and_then(|one| record(snapshot, one, (agency, at), Some(authority)))
            .ok_or(Refusal::AuthorityInvalid)?;
        let approved = snapshot.people.pictures.get(&Owner::Agency(agency));
        if issue.picture != approved.map(|one| one.digest) && issue.picture.is_some() {
            return Err(Refusal::NotReady); // another one was approved since the file was read
        }
        let days = day(at).zip(day(self.clock().now()));
        let fits = days.is_some_and(|(signed, today)| (signed..=today).contains(&issue.date));
        if fits {
            Ok(())
        } else {
            Err(Refusal::IssueDateRefused)
        }
    }
}

fn is_person_with(credential: &Credential, sha256: [u8; 32]) -> bool {
    let certificate = credential.certificate.as_ref();
    let same = certificate.is_some_and(|one| one.sha256 == sha256);
    credential.kind == CredentialKind::Personal && same
}

/// A certificate that has ended signed rightly while it had not; a key that is locked or revoked may
/// have been another's.
const fn is_trusted_now(credential: &Credential) -> bool {
    matches!(
        credential.state,
        CredentialState::Active | CredentialState::Expired
    )
}

/// The record, this one if one is named, under which a key that is trusted now signed for an agency then.
fn record<'s>(
    snapshot: &'s Snapshot,
    credential: &Credential,
    (agency, at): (AgencyId, Timestamp),
    named: Option<AuthorityId>,
) -> Option<&'s AuthorityRecord> {
    is_trusted_now(credential).then_some(())?;
    let people = &snapshot.people;
    let mut records = people.authorities.iter().chain(&people.past_authorities);
    records.find(|record| {
        named.is_none_or(|id| id == record.id) && lets(record, credential, agency, at)
    })
}

fn lets(
    record: &AuthorityRecord,
    credential: &Credential,
    agency: AgencyId,
    at: Timestamp,
) -> bool {
    credential.owner == Owner::Person(record.person)
        && record.agency == agency
        // A PDF tells whole seconds.
        && record.valid_from.as_seconds() <= at.as_seconds()
        && at < record.valid_until
}
