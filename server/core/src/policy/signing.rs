//! May this actor have these digests signed with this credential?

use std::sync::Arc;

use super::authority::check_authority;
use super::{Authorized, Policy, Refused, Signing, alive};
use crate::Timestamp;
use crate::actor::{Actor, Subject};
use crate::algorithm::SignatureScheme;
use crate::id::{CredentialId, StampingSessionId};
use crate::instant::Clock;
use crate::model::{Credential, CredentialKind, CredentialState, Owner, Role, StampingSession};
use crate::refusal::Refusal;
use crate::request::{Activation, DocumentFacts, SignRequest};
use crate::snapshot::Snapshot;

impl<C: Clock> Policy<C> {
    /// The credential, if this actor may know that it exists.
    ///
    /// # Errors
    /// [`Refusal::UnknownCredential`] for one that is not there and for somebody else's alike.
    pub fn visible(&self, actor: &Actor, id: CredentialId) -> Result<Arc<Credential>, Refusal> {
        let snapshot = self.snapshot();
        alive(self, &snapshot, actor)?;
        visible(&snapshot, actor, id, self.clock().now())
    }

    /// Authorizes a call to sign, as far as memory can tell; write 1 checks the SAD and counts.
    ///
    /// # Errors
    /// The first [`Refusal`] that applies.
    pub fn authorize_signing(
        &self,
        actor: Actor,
        request: SignRequest,
    ) -> Result<Authorized<Signing>, Box<Refused>> {
        let snapshot = self.snapshot();
        match self.check_signing(&snapshot, &actor, &request) {
            Ok(found) => Ok(Authorized {
                actor,
                what: Signing {
                    request,
                    credential: found.credential,
                    sessions: found.sessions,
                    authority_until: found.authority_until,
                },
                epoch: snapshot.epoch,
            }),
            Err(refusal) => Err(Box::new(Refused {
                actor,
                request,
                refusal,
            })),
        }
    }

    fn check_signing(
        &self,
        snapshot: &Snapshot,
        actor: &Actor,
        request: &SignRequest,
    ) -> Result<Found, Refusal> {
        alive(self, snapshot, actor)?;
        let now = self.clock().now();
        let credential = visible(snapshot, actor, request.credential, now)?;
        usable(&credential, now)?;
        check_owner(snapshot, &credential, now)?;
        self.check_digests(&credential, request)?;
        let (documents, hashes) = (&request.documents, request.digests.len());
        check_documents(snapshot, actor, &credential, documents, hashes, now)?;
        let authority_until = check_authority(snapshot, &credential, documents, now)?;
        let sessions = match request.activation {
            Activation::Sad(_) => Vec::new(),
            Activation::Session => {
                let open = snapshot.sessions_for(actor, &credential, documents, now)?;
                open.into_iter().map(|session| session.id).collect()
            }
        };
        Ok(Found {
            credential,
            sessions,
            authority_until,
        })
    }

    fn check_digests(&self, credential: &Credential, request: &SignRequest) -> Result<(), Refusal> {
        let count = u32::try_from(request.digests.len()).unwrap_or(u32::MAX);
        if count == 0 {
            return Err(Refusal::EmptyHashes);
        }
        if count > credential.multisign.min(self.terms().batch_limit) {
            return Err(Refusal::TooManySignatures);
        }
        check_scheme(credential, request.scheme)?;
        let hash = request.scheme.hash();
        if request
            .digests
            .iter()
            .all(|digest| digest.algorithm() == hash)
        {
            Ok(())
        } else {
            Err(Refusal::DigestMismatch)
        }
    }
}

/// What a call to sign may draw on.
struct Found {
    credential: Arc<Credential>,
    sessions: Vec<StampingSessionId>,
    authority_until: Option<Timestamp>,
}

/// The credential, if the actor owns it, was granted it, or looks after it.
pub(super) fn visible(
    snapshot: &Snapshot,
    actor: &Actor,
    id: CredentialId,
    now: Timestamp,
) -> Result<Arc<Credential>, Refusal> {
    let credential = snapshot
        .credentials
        .get(&id)
        .ok_or(Refusal::UnknownCredential)?;
    let seen = match actor.subject() {
        Subject::System => true,
        Subject::Client(client) => snapshot.grant_for(client, credential, now).is_some(),
        Subject::Person(person) => {
            let own = Snapshot::owns(person, credential);
            // A person's token in a client's hands reaches no further than the client's grants.
            own && actor
                .client()
                .is_none_or(|c| snapshot.grant_for(c, credential, now).is_some())
        }
    };
    if seen {
        Ok(Arc::clone(credential))
    } else {
        Err(Refusal::UnknownCredential)
    }
}

/// Refuses a credential that is not active, or whose certificate is not valid at `now`.
pub(crate) fn usable(credential: &Credential, now: Timestamp) -> Result<(), Refusal> {
    let certificate = credential
        .certificate
        .as_ref()
        .ok_or(Refusal::CredentialDisabled)?;
    if now < certificate.not_before {
        return Err(Refusal::CertificateNotYetValid);
    }
    if now > certificate.not_after {
        return Err(Refusal::CertificateExpired);
    }
    match credential.state {
        CredentialState::Active => Ok(()),
        CredentialState::Expired => Err(Refusal::CertificateExpired),
        CredentialState::Certified
        | CredentialState::HandedOver
        | CredentialState::Locked
        | CredentialState::Requested
        | CredentialState::Revoked => Err(Refusal::CredentialDisabled),
    }
}

/// The owner may still sign: a person who is in service and a signer, an agency still in being.
pub(super) fn check_owner(
    snapshot: &Snapshot,
    credential: &Credential,
    now: Timestamp,
) -> Result<(), Refusal> {
    if !snapshot.in_being(credential.agency, now) {
        return Err(Refusal::CredentialDisabled);
    }
    let may = match credential.owner {
        Owner::Agency(_) => true,
        Owner::Person(person) => {
            snapshot.person(person, now).is_some()
                && snapshot.holds_anywhere_at(person, Role::Signer, now)
        }
    };
    if may { Ok(()) } else { Err(Refusal::Forbidden) }
}

fn check_scheme(credential: &Credential, scheme: SignatureScheme) -> Result<(), Refusal> {
    let algorithm = credential.key.algorithm;
    let salt_fits = match scheme {
        SignatureScheme::RsaPss { hash, salt } => {
            usize::from(salt) <= algorithm.longest_pss_salt(hash)
        }
        SignatureScheme::Ecdsa(_) | SignatureScheme::RsaPkcs1(_) => true,
    };
    if algorithm.signs(scheme) && salt_fits {
        Ok(())
    } else {
        Err(Refusal::UnsupportedScheme)
    }
}

/// `documents[]`: as many as the hashes or none; a seal, and a client without `raw_hash`, need them.
pub(super) fn check_documents(
    snapshot: &Snapshot,
    actor: &Actor,
    credential: &Credential,
    documents: &[DocumentFacts],
    hashes: usize,
    now: Timestamp,
) -> Result<(), Refusal> {
    if documents.iter().any(|document| !document.is_public()) {
        return Err(Refusal::SecretDocument);
    }
    if documents.is_empty() {
        let opaque_allowed = credential.kind == CredentialKind::Personal
            && actor.client().is_none_or(|client| {
                snapshot
                    .grant_for(client, credential, now)
                    .is_some_and(|grant| grant.raw_hash)
            });
        return if opaque_allowed {
            Ok(())
        } else {
            Err(Refusal::DocumentsRequired)
        };
    }
    if documents.len() == hashes {
        Ok(())
    } else {
        Err(Refusal::DocumentsMismatch)
    }
}

/// The session is this client's, for this seal, and open at `now`.
pub(super) fn check_session(
    session: &StampingSession,
    actor: &Actor,
    credential: &Credential,
    now: Timestamp,
) -> Result<(), Refusal> {
    if actor.client() != Some(session.client) || session.credential != credential.id {
        return Err(Refusal::SessionRequired);
    }
    if session.closed_at.is_some() || now >= session.expires_at || now < session.opened_at {
        return Err(Refusal::SessionClosed);
    }
    Ok(())
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
        let (role, agency) = (Role::RecordsClerk, Some(credential.agency));
        let open = self.sessions.values().filter(|session| {
            check_session(session, actor, credential, now).is_ok()
                && self.holds_at(session.opened_by, role, agency, now)
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
}
