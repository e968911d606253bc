//! `credentials/authorize`: a SAD for exactly these hashes, or, within a stamping session, for a
//! number of stamps.

use std::collections::HashMap;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse};
use kyso_api::Secret;
use kyso_api::csc::{AuthorizeReply, AuthorizeRequest, Malformed, Version};
use kyso_core::change::TotpUse;
use kyso_core::id::{ClientId, CredentialId, PersonId, SadId};
use kyso_core::model::{Credential, Owner, Sad, SadBinding, SadHash, StampingSession};
use kyso_core::request::{DocumentFacts, documents_hash};
use kyso_core::{Digest, HashAlgorithm, Refusal};
use kyso_evidence::Event;
use zeroize::Zeroizing;

use super::credential::Consent;
use super::fault::Fault;
use super::signer::Wait;
use super::{algorithm, enter_refusal, handle, signer, version_of, waiting};
use crate::http::body::Received;
use crate::http::desk::Desk;
use crate::http::text;

/// The longest that a count-bound SAD lives, within its session.
const COUNTED_LIFE: Duration = Duration::from_hours(1);

/// What was read from the request, in the core's types.
struct Wanted {
    count: u32,
    digests: Option<(HashAlgorithm, Vec<Digest>)>,
    documents: Vec<DocumentFacts>,
    description: Option<String>,
}

/// A SAD and its value, which leaves the process once and is never stored.
struct Granted {
    value: Secret,
    lives: Duration,
}

/// Answers the call.
///
/// # Errors
/// [`Fault`]; one that concerns a key is an entry.
pub async fn authorize(
    desk: Desk,
    request: HttpRequest,
    body: Received,
) -> Result<HttpResponse, Fault> {
    match answer(&desk, &body, version_of(&request)).await {
        Ok(response) => Ok(response),
        Err(fault) => Err(enter_refusal(&desk, Event::SadRefused, &body, fault).await),
    }
}

async fn answer(desk: &Desk, body: &Received, version: Version) -> Result<HttpResponse, Fault> {
    body.flaw.map_or(Ok(()), |flaw| Err(Fault::flawed(flaw)))?;
    let wire = &AuthorizeRequest::parse(&body.bytes, version)?;
    let unknown = Fault::refused(Refusal::UnknownCredential, version);
    let id: CredentialId = wire.credential_id.parse().map_err(|_| unknown)?;
    let visible = desk.policy().visible(&desk.actor, id);
    let credential = visible.map_err(|refusal| Fault::refused(refusal, version))?;
    let wanted = read(wire, &credential, version)?;
    let granted = match (credential.owner, asking(desk, wire, &credential, version)) {
        (Owner::Person(owner), Some(client)) => {
            return ask(desk, client, (&credential, owner), wanted, version).await;
        }
        (Owner::Person(owner), None) => {
            for_person(desk, wire, &credential, owner, wanted, version).await?
        }
        (Owner::Agency(_), _) => for_seal(desk, &credential, wanted, version).await?,
    };
    Ok(HttpResponse::Ok().json(AuthorizeReply {
        expires_in: u32::try_from(granted.lives.as_secs()).ok(),
        sad: granted.value,
    }))
}

/// The system that asks, if the credential's owner is to decide: it brings no factor of theirs, and may
/// bring none or, in version 2, chose to.
fn asking(
    desk: &Desk,
    wire: &AuthorizeRequest,
    credential: &Credential,
    version: Version,
) -> Option<ClientId> {
    let factors = &wire.factors;
    let none = factors.otp.is_none() && factors.pin.is_none();
    let implied = version == Version::V2 || signer::consent(desk, credential) == Consent::Signer;
    signer::system(desk).filter(|_| none && implied)
}

/// Puts the hashes before the owner: version 1 waits, version 2 gives a handle.
async fn ask(
    desk: &Desk,
    client: ClientId,
    (credential, owner): (&Credential, PersonId),
    wanted: Wanted,
    version: Version,
) -> Result<HttpResponse, Fault> {
    let digests = wanted.digests.map(|(_, digests)| digests);
    let digests = digests.ok_or_else(|| Fault::refused(Refusal::HashesRequired, version))?;
    let documents = signer::named(&digests, wanted.documents, wanted.description, version)?;
    let wanted = Wait {
        client,
        owner,
        credential,
        documents,
    };
    match version {
        Version::V1 => waiting::wait(desk, wanted).await,
        Version::V2 => handle::ask(desk, wanted).await,
    }
}

/// Reads hashes and documents, and holds their number against what may be authorized.
fn read(
    wire: &AuthorizeRequest,
    credential: &Credential,
    version: Version,
) -> Result<Wanted, Fault> {
    let named = wire.hash_algorithm.as_deref();
    let named = named
        .map(|oid| algorithm::hash_from_oid(oid, version))
        .transpose()?;
    let digests = match &wire.hashes {
        None => None,
        Some(hashes) => {
            let wrong = || Fault::refused(Refusal::DigestMismatch, version);
            let hash = named
                .or_else(|| algorithm::hash_of_length(hashes))
                .ok_or_else(wrong)?;
            Some((hash, algorithm::digests(hash, hashes).map_err(|_| wrong())?))
        }
    };
    if wire.num_signatures > credential.multisign && matches!(credential.owner, Owner::Person(_)) {
        return Err(Fault::refused(Refusal::TooManySignatures, version));
    }
    // A SAD for more signatures than it names hashes could sign what nobody approved.
    let named = digests.as_ref().map(|(_, digests)| digests.len());
    if named.is_some_and(|named| u32::try_from(named) != Ok(wire.num_signatures)) {
        return Err(Malformed::NumSignatures.into());
    }
    // Shown only where a signer is asked and no documents say more: a text of the caller's that nobody
    // sees is no evidence. One that hides something is refused all the same.
    let description = text::clean_optional(wire.description.as_ref());
    let description = description.map_err(|_| Fault::from(Malformed::Invalid("description")))?;
    let documents = text::documents(wire.documents.as_deref());
    let documents = documents.map_err(|_| Fault::from(Malformed::Invalid("documents")))?;
    Ok(Wanted {
        count: wire.num_signatures,
        digests,
        documents,
        description,
    })
}

async fn for_person(
    desk: &Desk,
    wire: &AuthorizeRequest,
    credential: &Credential,
    owner: PersonId,
    wanted: Wanted,
    version: Version,
) -> Result<Granted, Fault> {
    let refused = |refusal| Fault::refused(refusal, version);
    let hashes = wanted
        .digests
        .ok_or_else(|| refused(Refusal::HashesRequired))?;
    let code = wire
        .factors
        .otp
        .as_ref()
        .ok_or_else(|| refused(Refusal::FactorRequired))?;
    let (sad, value) = sad(desk, credential, Some(owner), hashes, &wanted.documents)?;
    // Policy first, with a factor taken as given: whoever may not ask must not learn whether a
    // code is right, and a code is not used up by a request that is refused anyway.
    let supposed = TotpUse {
        person: owner,
        step: 0,
    };
    let authorized = desk.policy().authorize_sad(
        desk.actor.clone(),
        sad.clone(),
        &wanted.documents,
        Some(supposed),
    );
    drop(authorized.map_err(refused)?);
    let totp = desk
        .check_otp(owner, code)
        .await
        .map_err(|error| Fault::otp(&error, version))?;
    commit(desk, sad, &wanted.documents, Some(totp), version).await?;
    Ok(Granted {
        value,
        lives: credential.sad_lifetime,
    })
}

async fn for_seal(
    desk: &Desk,
    credential: &Credential,
    wanted: Wanted,
    version: Version,
) -> Result<Granted, Fault> {
    let now = desk.now();
    let session = session(desk, credential, &wanted, version).await?;
    let left = session.expires_at.since(now);
    let (mut sad, value, lives) = if let Some(hashes) = wanted.digests {
        let (sad, value) = sad(desk, credential, None, hashes, &wanted.documents)?;
        (sad, value, left.min(credential.sad_lifetime))
    } else {
        let (mut sad, value) = sad(
            desk,
            credential,
            None,
            (HashAlgorithm::Sha256, Vec::new()),
            &[],
        )?;
        sad.binding = SadBinding::Count(wanted.count);
        sad.hash_algorithm = None;
        (sad, value, left.min(COUNTED_LIFE))
    };
    sad.session = Some(session.id);
    sad.expires_at = now.after(lives);
    commit(desk, sad, &wanted.documents, None, version).await?;
    Ok(Granted { value, lives })
}

/// The session that a SAD is drawn from: of those for its documents' purposes the one that ends
/// first and has enough left. What is left is read, not reserved, so another call may be faster:
/// the journal then refuses.
async fn session(
    desk: &Desk,
    credential: &Credential,
    wanted: &Wanted,
    version: Version,
) -> Result<StampingSession, Fault> {
    let refused = |refusal| Fault::refused(refusal, version);
    let snapshot = desk.policy().snapshot();
    let open = snapshot.sessions_for(&desk.actor, credential, &wanted.documents, desk.now());
    let open = open.map_err(refused)?;
    let used = match open.as_slice() {
        [_] => HashMap::new(),
        several => {
            let ids = several.iter().map(|session| session.id).collect();
            let uses = desk.app().store.database().uses_of_sessions(ids).await;
            uses.map_err(|_| Fault::busy())?
        }
    };
    let left = |session: &StampingSession| {
        let used = used.get(&session.id).copied().unwrap_or(0);
        session.limit.saturating_sub(used)
    };
    let enough = open.iter().find(|session| left(session) >= wanted.count);
    let session = enough.or(open.first());
    session
        .map(|session| (*session).clone())
        .ok_or_else(|| refused(Refusal::SessionRequired))
}

/// A SAD bound to these hashes, and its value: 256 random bits in base64url.
fn sad(
    desk: &Desk,
    credential: &Credential,
    person: Option<PersonId>,
    (hash, digests): (HashAlgorithm, Vec<Digest>),
    documents: &[DocumentFacts],
) -> Result<(Sad, Secret), Fault> {
    let value = random_value()?;
    let sad = Sad {
        id: SadId::random(),
        hash: SadHash::of(value.expose()),
        client: desk.actor.client(),
        person,
        credential: credential.id,
        session: None,
        hash_algorithm: Some(hash),
        binding: SadBinding::Hashes(digests.into()),
        documents: documents_hash(documents),
        expires_at: desk.now().after(credential.sad_lifetime),
        made_by: None,
    };
    Ok((sad, value))
}

fn random_value() -> Result<Secret, Fault> {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let bytes = random_bytes()?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}

/// 256 random bits.
///
/// # Errors
/// If the system has none.
pub fn random_bytes() -> Result<Zeroizing<[u8; 32]>, Fault> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    let failed = |_| {
        Fault::new(
            kyso_api::csc_error::CscErrorCode::ServerError,
            "No randomness",
        )
    };
    getrandom::fill(bytes.as_mut_slice()).map_err(failed)?;
    Ok(bytes)
}

/// Writes the SAD; a refusal from here on is an entry already.
async fn commit(
    desk: &Desk,
    sad: Sad,
    documents: &[DocumentFacts],
    totp: Option<TotpUse>,
    version: Version,
) -> Result<(), Fault> {
    let end = desk
        .app()
        .authorize_sad(desk.actor.clone(), sad, documents, totp)
        .await;
    end.map(drop)
        .map_err(|error| Fault::change(&error, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sad_is_256_random_bits_in_base64url() {
        let (a, b) = (random_value().unwrap(), random_value().unwrap());
        assert_eq!(a.expose().len(), 43);
        assert!(
            a.expose()
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')
        );
        assert_ne!(a.expose(), b.expose());
    }
}
