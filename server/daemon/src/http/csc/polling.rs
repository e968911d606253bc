//! Version 2: `signatures/signHash` with `operationMode` `A` puts the hashes before the signer, and
//! `signatures/signPolling` says what became of it.

use std::time::Duration;

use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use kyso_api::csc::{
    AcceptedReply, AsynchronousRequest, Malformed, PollingRequest, SignHashRequest, Version,
};
use kyso_api::csc_error::CscErrorCode;
use kyso_core::id::{ApprovalId, ClientId, CredentialId};
use kyso_core::model::{Approval, ApprovalWay, Owner};
use kyso_core::{Refusal, SignatureScheme};
use kyso_evidence::Event;

use super::enter_refusal;
use super::fault::Fault;
use super::joining::{self, Same};
use super::sign::{digests_of, reply, scheme_of};
use super::signer::{
    Question, SOON, Standing, admit, approval, named, over, standing, submit, system,
};
use crate::app::StoredEnd;
use crate::http::body::Received;
use crate::http::desk::Desk;
use crate::http::management::submissions::callback;
use crate::http::{idempotency, text};

/// What an Idempotency-Key is bound to.
const ROUTE: &str = "signatures/signHash";

/// Whether a call to sign is one for a signer to decide on: a system's own, and without a SAD.
pub fn is_for_signer(desk: &Desk, wire: &SignHashRequest) -> bool {
    wire.sad.is_none() && system(desk).is_some()
}

/// Takes what is to be signed; a repetition with the same Idempotency-Key has the same answer, and so has one
/// without a key while the first is open.
///
/// # Errors
/// [`Fault`].
pub async fn accept(
    desk: &Desk,
    request: &HttpRequest,
    body: &Received,
) -> Result<HttpResponse, Fault> {
    let wire = AsynchronousRequest::parse(&body.bytes)?;
    let client = system(desk).ok_or_else(|| refused(Refusal::Forbidden))?;
    let key = idempotency::read(request.headers(), ROUTE, &body.bytes);
    let key = key.map_err(|error| Fault::invalid(error.to_string()).because(Refusal::Malformed))?;
    let callback = callback(desk, client, wire.response_uri.as_deref());
    let callback = callback.map_err(|_| Fault::from(Malformed::Invalid("response_uri")))?;
    let question = question(&wire, callback)?;
    let new = before_whom(desk, client, &wire.sign.credential_id, question)?;
    let id = match key {
        // The blank is in no Idempotency-Key: one of our own API is another.
        Some(key) => named_by(desk, new, format!("csc sign {}", key.key), key.body).await?,
        None => join(desk, &wire, &new).await?,
    };
    Ok(HttpResponse::Ok().json(AcceptedReply {
        response_id: id.to_string(),
    }))
}

/// The request that the system itself gave this name.
async fn named_by(
    desk: &Desk,
    new: Approval,
    key: String,
    body: [u8; 32],
) -> Result<ApprovalId, Fault> {
    let before = desk.app().journal().submitted(new.client, key.clone());
    match before.await.map_err(|error| Fault::journal(&error))? {
        Some(before) if before.key.1 == body => Ok(before.id),
        Some(_) => Err(refused(Refusal::IdempotencyKeyReused)),
        None => {
            let (id, key) = (new.id, (key, body));
            let end = submit(desk, Approval { key, ..new }).await;
            end.map_err(|error| Fault::change(&error, Version::V2))?;
            Ok(id)
        }
    }
}

/// The request for the same that is open or being signed, or this new one.
async fn join(
    desk: &Desk,
    wire: &AsynchronousRequest,
    new: &Approval,
) -> Result<ApprovalId, Fault> {
    let terms = [
        new.scheme.map(SignatureScheme::name).unwrap_or_default(),
        new.callback.clone().unwrap_or_default(),
        wire.validity_period
            .map(|span| span.as_millis().to_string())
            .unwrap_or_default(),
    ];
    let terms = terms.each_ref().map(String::as_str);
    let same = Same::signatures("same", new.client, new.credential, &new.documents, terms);
    let with = |key| Approval {
        key: (key, [0; 32]),
        ..new.clone()
    };
    let found = joining::join(desk, &same, Duration::ZERO, Version::V2, with).await?;
    Ok(found.id)
}

fn refused(refusal: Refusal) -> Fault {
    Fault::refused(refusal, Version::V2)
}

fn question(wire: &AsynchronousRequest, callback: Option<String>) -> Result<Question, Fault> {
    let sign = &wire.sign;
    let scheme = scheme_of(sign, Version::V2)?;
    let digests = digests_of(sign, scheme, Version::V2)?;
    let facts = text::documents(sign.documents.as_deref());
    let facts = facts.map_err(|_| Fault::from(Malformed::Invalid("documents")))?;
    Ok(Question {
        id: ApprovalId::random(),
        key: String::new(),
        body: [0; 32],
        way: ApprovalWay::Sign,
        scheme: Some(scheme),
        documents: named(&digests, facts, None, Version::V2)?,
        span: wire.validity_period,
        callback,
    })
}

fn before_whom(
    desk: &Desk,
    client: ClientId,
    credential: &str,
    question: Question,
) -> Result<Approval, Fault> {
    let unknown = || refused(Refusal::UnknownCredential);
    let id: CredentialId = credential.parse().map_err(|_| unknown())?;
    let credential = desk.policy().visible(&desk.actor, id).map_err(refused)?;
    let Owner::Person(owner) = credential.owner else {
        return Err(Malformed::Invalid("operationMode").into()); // a seal has no signer to ask
    };
    let longest = desk.policy().terms().approval_span;
    if question.span.is_some_and(|span| span > longest) {
        return Err(Malformed::Invalid("validity_period").into());
    }
    Ok(approval(desk, client, &credential, owner, question))
}

/// Answers `signatures/signPolling`.
///
/// # Errors
/// [`Fault`]; what another client was given reads as what nobody was.
pub async fn poll(desk: Desk, body: Received) -> Result<HttpResponse, Fault> {
    match answer(&desk, &body).await {
        Ok(response) => Ok(response),
        Err(fault) => Err(enter_refusal(&desk, Event::SignatureRefused, &body, fault).await),
    }
}

async fn answer(desk: &Desk, body: &Received) -> Result<HttpResponse, Fault> {
    body.flaw.map_or(Ok(()), |flaw| Err(Fault::flawed(flaw)))?;
    let wire = PollingRequest::parse(&body.bytes)?;
    let approval = own(desk, &wire.request_id).await?;
    match standing(&approval, desk.now()) {
        Standing::Open | Standing::Approved => Ok(not_yet()),
        Standing::Signed => signed(desk, &approval).await,
        ended @ Standing::Ended(_) => Err(over(ended)),
    }
}

async fn own(desk: &Desk, text: &str) -> Result<Approval, Fault> {
    let unknown = || Fault::from(Malformed::Invalid("requestID"));
    let id: ApprovalId = text.parse().map_err(|_| unknown())?;
    let client = system(desk).ok_or_else(unknown)?;
    admit(desk, id)?;
    let found = desk.app().journal().approval(id).await;
    let found = found.map_err(|error| Fault::journal(&error))?;
    let own = |approval: &Approval| approval.client == client && approval.way == ApprovalWay::Sign;
    found.filter(own).ok_or_else(unknown)
}

fn not_yet() -> HttpResponse {
    let sentence = "The request was accepted and is not completed yet";
    let mut response = Fault::new(CscErrorCode::AcceptedRequest, sentence).error_response();
    let wait = SOON.as_secs().into();
    response.headers_mut().insert(RETRY_AFTER, wait);
    response
}

async fn signed(desk: &Desk, approval: &Approval) -> Result<HttpResponse, Fault> {
    let end = desk.app().end_of_approval(approval).await;
    match end.map_err(|error| Fault::journal(&error))? {
        StoredEnd::Signed(call, made) => Ok(reply(call, &made)),
        StoredEnd::Unknown | StoredEnd::Running | StoredEnd::Nothing => Err(Fault::invalid(
            "It was signed, and the signatures are no longer kept",
        )),
    }
}
