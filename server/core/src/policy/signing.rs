//! May this actor have these digests signed with this credential?

use std::sync::Arc;

use super::authority::check_authority;
use super::mandate::Mandate;
use super::until::Until;
use super::{Authorized, Policy, Refused, Signing, alive, person_of};
use crate::Timestamp;
use crate::actor::{Actor, Subject};
use crate::algorithm::SignatureScheme;
use crate::id::CredentialId;
use crate::instant::Clock;
use crate::model::{Credential, CredentialKind, CredentialState, Owner, Role};
use crate::refusal::Refusal;
use crate::request::{Activation, CLAIM_TOLERANCE, Content, DocumentFacts, SignRequest};
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
                    proved_since: found.proved_since,
                    until: found.until,
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
        let (credential, seen_until) = seen(snapshot, actor, request.credential, now)?;
        usable(&credential, now)?;
        let until = owner_until(snapshot, &credential, now)?;
        self.check_digests(&credential, request)?;
        let (documents, hashes) = (&request.documents, request.digests.len());
        check_documents(snapshot, actor, &credential, documents, hashes, now)?;
        let authority = check_authority(snapshot, &credential, documents, now)?;
        self.check_ground(snapshot, &credential, request)?;
        Ok(Found {
            sessions: self.mandates(snapshot, actor, request, &credential)?,
            proved_since: match credential.owner {
                Owner::Person(owner) => snapshot.people.since.factor(owner),
                Owner::Agency(_) => None,
            },
            until: until
                .or(seen_until, Refusal::UnknownCredential)
                .or(authority, Refusal::AuthorityInvalid),
            credential,
        })
    }

    /// What a stamp may draw from: directly, the open sessions in their order; by a SAD, the one that
    /// it lies within.
    fn mandates(
        &self,
        snapshot: &Snapshot,
        actor: &Actor,
        request: &SignRequest,
        credential: &Credential,
    ) -> Result<Vec<Mandate>, Refusal> {
        let now = self.clock().now();
        if matches!(credential.owner, Owner::Person(_)) {
            return match request.activation {
                Activation::Sad(_) => Ok(Vec::new()),
                Activation::Session => Err(Refusal::SessionRequired),
            };
        }
        match request.activation {
            Activation::Sad(_) => Ok(snapshot.mandates(actor, credential, now)),
            Activation::Session => {
                let open = snapshot.sessions_for(actor, credential, &request.documents, now)?;
                let open = open.into_iter();
                Ok(open
                    .filter_map(|session| snapshot.mandate(session, credential, now))
                    .collect())
            }
        }
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
        let contents = request.contents.len();
        let fits = request
            .digests
            .iter()
            .all(|digest| digest.algorithm() == hash);
        if !fits || (contents != 0 && contents != request.digests.len()) {
            return Err(Refusal::DigestMismatch);
        }
        check_claims(&request.contents, self.clock().now())
    }
}

/// What a call to sign may draw on.
struct Found {
    credential: Arc<Credential>,
    sessions: Vec<Mandate>,
    proved_since: Option<i64>,
    until: Until,
}

/// The credential, if the actor owns it, was granted it, or looks after it.
pub(super) fn visible(
    snapshot: &Snapshot,
    actor: &Actor,
    id: CredentialId,
    now: Timestamp,
) -> Result<Arc<Credential>, Refusal> {
    seen(snapshot, actor, id, now).map(|(credential, _)| credential)
}

/// The same, and how long they see it by date.
fn seen(
    snapshot: &Snapshot,
    actor: &Actor,
    id: CredentialId,
    now: Timestamp,
) -> Result<(Arc<Credential>, Timestamp), Refusal> {
    let credential = snapshot
        .credentials
        .get(&id)
        .ok_or(Refusal::UnknownCredential)?;
    let granted = |client| Some(snapshot.grant_for(client, credential, now)?.until);
    let until = match actor.subject() {
        Subject::System => Some(Timestamp::NEVER),
        Subject::Client(client) => granted(client),
        // A person's token in a client's hands reaches no further than the client's grants.
        Subject::Person(person) if Snapshot::owns(person, credential) => {
            actor.client().map_or(Some(Timestamp::NEVER), granted)
        }
        Subject::Person(_) => None,
    };
    let until = until.ok_or(Refusal::UnknownCredential)?;
    Ok((Arc::clone(credential), until))
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
    owner_until(snapshot, credential, now).map(|_| ())
}

/// The same, and how long they may by date.
fn owner_until(
    snapshot: &Snapshot,
    credential: &Credential,
    now: Timestamp,
) -> Result<Until, Refusal> {
    let agency = snapshot.being_until(credential.agency, now);
    let agency = agency.ok_or(Refusal::CredentialDisabled)?;
    let until = Until::new(agency, Refusal::CredentialDisabled);
    match credential.owner {
        Owner::Agency(_) => Ok(until),
        Owner::Person(person) => {
            let person = snapshot.person(person, now).ok_or(Refusal::Forbidden)?;
            let signer = snapshot.holds_anywhere_until(person.id, Role::Signer, now);
            let signer = signer.ok_or(Refusal::Forbidden)?;
            let service = person.ended_at.unwrap_or(Timestamp::NEVER);
            Ok(until.or(signer.min(service), Refusal::Forbidden))
        }
    }
}

/// A claim that the clock does not bear out would be signed evidence of another time.
fn check_claims(contents: &[Content], now: Timestamp) -> Result<(), Refusal> {
    let mut claims = contents.iter().filter_map(|content| content.claimed);
    let apart = |claim: Timestamp| claim.since(now).max(now.since(claim));
    if claims.all(|claim| apart(claim) <= CLAIM_TOLERANCE) {
        Ok(())
    } else {
        Err(Refusal::SigningTimeRefused)
    }
}

pub(super) fn check_scheme(
    credential: &Credential,
    scheme: SignatureScheme,
) -> Result<(), Refusal> {
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

/// A key of somebody else reads as one that nobody has.
pub(super) fn owns(snapshot: &Snapshot, actor: &Actor, id: CredentialId) -> Result<(), Refusal> {
    let owner = Owner::Person(person_of(actor)?);
    let credential = snapshot.credentials.get(&id);
    let own = credential.filter(|credential| credential.owner == owner);
    own.map(|_| ()).ok_or(Refusal::UnknownObject)
}
