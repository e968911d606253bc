//! Version 2: `credentials/authorize` answers with a handle at once, and `authorizeCheck` says what
//! became of it.
//!
//! The handle is the client's alone: no row says what it is, and only the servers of this log can make it
//! again, for a client whose answer was lost and that asks for the same once more. It begins with the
//! request's id, by which it is found; the SAD is derived from all of it, and the request holds the
//! SAD's hash, by which it is known again.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::RETRY_AFTER;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kyso_api::Secret;
use kyso_api::csc::{AuthorizeCheckRequest, HandleReply, Malformed, Version};
use kyso_core::Refusal;
use kyso_core::id::ApprovalId;
use kyso_core::model::{Approval, ApprovalDocument, ApprovalWay, SadHash};
use kyso_evidence::Event;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::enter_refusal;
use super::fault::Fault;
use super::joining::{self, Same};
use super::signer::{
    Question, SOON, Standing, Wait, admit, approval, give, over, standing, system,
};
use crate::http::body::Received;
use crate::http::desk::Desk;

/// What a SAD of ours is the hash of, before the handle.
const DOMAIN: &[u8] = b"kyso/approval-sad/v1";

/// What a client asks with while a signer decides.
#[derive(Debug)]
pub struct Handle(Secret);

impl Handle {
    /// That of the request with this id.
    fn of(desk: &Desk, id: ApprovalId) -> Self {
        Self(located(id, &desk.app().journal().handle_secret(id)))
    }

    /// What the client signs with once the signer approved.
    pub fn sad(&self) -> Option<Secret> {
        let id = locate(self.0.expose())?;
        Some(derived(id, self.0.expose()))
    }

    /// The answer while nobody has decided.
    pub fn accepted(self) -> HttpResponse {
        HttpResponse::Accepted()
            .insert_header((RETRY_AFTER, SOON.as_secs().to_string()))
            .json(HandleReply { handle: self.0 })
    }
}

/// Puts this before the signer, or finds the request for the same that this system made before.
///
/// # Errors
/// [`Fault`].
pub async fn ask(desk: &Desk, wanted: Wait<'_>) -> Result<HttpResponse, Fault> {
    let (client, credential) = (wanted.client, wanted.credential);
    let same = Same::sad("handle", client, credential.id, &wanted.documents);
    let new = |key| {
        let question = question(desk, &wanted.documents, key);
        approval(desk, client, credential, wanted.owner, question)
    };
    // A refusal that the client was told of answers no new question.
    let found = joining::join(desk, &same, Duration::ZERO, Version::V2, new).await?;
    let handle = Handle::of(desk, found.id);
    let sad = handle.sad().ok_or_else(Fault::busy)?;
    if found.way != ApprovalWay::Sad(SadHash::of(sad.expose())) {
        return Err(Fault::refused(Refusal::Tampered, Version::V2));
    }
    Ok(handle.accepted())
}

fn question(desk: &Desk, documents: &[ApprovalDocument], key: String) -> Question {
    let id = ApprovalId::random();
    let secret = desk.app().journal().handle_secret(id);
    Question {
        id,
        key,
        body: [0; 32],
        way: ApprovalWay::Sad(SadHash::of(
            derived(id, located(id, &secret).expose()).expose(),
        )),
        scheme: None,
        documents: documents.to_vec(),
        span: None,
        callback: None,
    }
}

/// The SAD of the request with this id and handle.
fn derived(id: ApprovalId, handle: &str) -> Secret {
    let hash = Sha256::new().chain_update(DOMAIN);
    let hash = hash.chain_update(handle).finalize();
    located(id, &Zeroizing::new(hash.into()))
}

/// A handle or a SAD of a request: its id, so that it can be found, and what nobody else knows.
pub fn located(id: ApprovalId, secret: &Zeroizing<[u8; 32]>) -> Secret {
    let mut bytes = Zeroizing::new([0; 48]);
    let (place, rest) = bytes.split_at_mut(16);
    place.copy_from_slice(id.as_bytes());
    rest.copy_from_slice(secret.as_slice());
    Secret::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()))
}

/// The request whose handle or SAD this may be.
fn locate(text: &str) -> Option<ApprovalId> {
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
    let (id, secret) = bytes.split_first_chunk::<16>()?;
    (secret.len() == 32).then(|| ApprovalId::from_bytes(*id))
}

/// The caller's own request with this SAD, if it is one of a request.
///
/// # Errors
/// If the journal cannot read.
pub async fn of_sad(desk: &Desk, sad: &Secret) -> Result<Option<Approval>, Fault> {
    let (Some(id), Some(client)) = (locate(sad.expose()), system(desk)) else {
        return Ok(None);
    };
    let found = desk.app().journal().approval(id).await;
    let found = found.map_err(|error| Fault::journal(&error))?;
    let way = ApprovalWay::Sad(SadHash::of(sad.expose()));
    Ok(found.filter(|approval| approval.client == client && approval.way == way))
}

/// Answers `credentials/authorizeCheck`.
///
/// # Errors
/// [`Fault`]; another client's handle reads as one that nobody has.
pub async fn check(desk: Desk, body: Received) -> Result<HttpResponse, Fault> {
    match answer(&desk, &body).await {
        Ok(response) => Ok(response),
        Err(fault) => Err(enter_refusal(&desk, Event::SadRefused, &body, fault).await),
    }
}

async fn answer(desk: &Desk, body: &Received) -> Result<HttpResponse, Fault> {
    body.flaw.map_or(Ok(()), |flaw| Err(Fault::flawed(flaw)))?;
    let handle = Handle(AuthorizeCheckRequest::parse(&body.bytes)?.handle);
    let unknown = || Fault::from(Malformed::Invalid("handle"));
    let sad = handle.sad().ok_or_else(unknown)?;
    let id = locate(sad.expose()).ok_or_else(unknown)?;
    admit(desk, id)?;
    let approval = of_sad(desk, &sad).await?.ok_or_else(unknown)?;
    match standing(&approval, desk.now()) {
        Standing::Open => Ok(handle.accepted()),
        Standing::Approved => give(desk, &approval, sad),
        ended => Err(over(ended)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sad_says_nothing_of_its_handle_and_is_found_alike() {
        let id = ApprovalId::random();
        let [one, two] = [7, 8].map(|byte| Handle(located(id, &Zeroizing::new([byte; 32]))));
        let (first, second) = (one.sad().unwrap(), two.sad().unwrap());
        assert_ne!(first.expose(), second.expose());
        assert_eq!(first.expose(), one.sad().unwrap().expose());
        for text in [&one.0, &first] {
            assert_eq!(text.expose().len(), 64);
            assert_eq!(locate(text.expose()), Some(id));
        }
        assert_ne!(one.0.expose()[22..], first.expose()[22..]);
    }

    #[test]
    fn what_is_no_handle_finds_nothing() {
        let (short, long) = (
            URL_SAFE_NO_PAD.encode([7; 47]),
            URL_SAFE_NO_PAD.encode([7; 49]),
        );
        for text in ["", "x", "%%%", &short, &long, &"+".repeat(64)] {
            assert_eq!(locate(text), None, "{text}");
            assert!(Handle(Secret::new(text)).sad().is_none(), "{text}");
        }
    }
}
