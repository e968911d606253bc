//! A signer is asked, on a page of ours, where the caller brings no factor of theirs: what the three ways
//! of CSC to do so have in common.

use std::time::Duration;

use actix_web::HttpResponse;
use kyso_api::Secret;
use kyso_api::csc::{AuthorizeReply, Malformed, Version};
use kyso_api::csc_error::CscErrorCode;
use kyso_core::actor::Subject;
use kyso_core::id::{ApprovalId, ClientId, PersonId};
use kyso_core::model::{
    Approval, ApprovalDocument, ApprovalState, ApprovalWay, Credential, Owner, Urgency,
};
use kyso_core::request::DocumentFacts;
use kyso_core::{Change, Digest, Refusal, SignatureScheme, Timestamp};

use super::credential::Consent;
use super::fault::Fault;
use crate::app::ChangeError;
use crate::http::desk::Desk;

/// When to ask again for what a person has not decided: they read before they do.
pub const SOON: Duration = Duration::from_secs(5);

/// A system that calls with its own token, for nobody in particular.
pub fn system(desk: &Desk) -> Option<ClientId> {
    match desk.actor.subject() {
        Subject::Client(client) => Some(client),
        Subject::Person(_) | Subject::System => None,
    }
}

/// Who says that the owner of this credential wants it, when this caller asks.
pub fn consent(desk: &Desk, credential: &Credential) -> Consent {
    let snapshot = desk.policy().snapshot();
    let passes_on = |client| {
        let leave = snapshot.grant_for(client, credential, desk.now());
        leave.is_some_and(|leave| leave.explicit)
    };
    match (credential.owner, system(desk)) {
        (Owner::Agency(_), _) => Consent::Session,
        (Owner::Person(_), Some(client)) if !passes_on(client) => Consent::Signer,
        (Owner::Person(_), _) => Consent::Factor,
    }
}

/// Who asks whom, with which credential, for what.
#[derive(Debug)]
pub struct Wait<'a> {
    /// The system.
    pub client: ClientId,
    /// The credential's owner.
    pub owner: PersonId,
    /// With which credential.
    pub credential: &'a Credential,
    /// What would be signed.
    pub documents: Vec<ApprovalDocument>,
}

/// What is put before a signer.
#[derive(Debug)]
pub struct Question {
    /// The request's id.
    pub id: ApprovalId,
    /// The system's own name for this submission; it holds a blank, which no Idempotency-Key does.
    pub key: String,
    /// SHA-256 of what the same key must come with again.
    pub body: [u8; 32],
    /// What comes of an approval.
    pub way: ApprovalWay,
    /// How the server would sign.
    pub scheme: Option<SignatureScheme>,
    /// What would be signed, and what is said of it.
    pub documents: Vec<ApprovalDocument>,
    /// How long it is open, where the system says.
    pub span: Option<Duration>,
    /// Where the system is told.
    pub callback: Option<String>,
}

/// The request for approval.
pub fn approval(
    desk: &Desk,
    client: ClientId,
    credential: &Credential,
    person: PersonId,
    question: Question,
) -> Approval {
    let now = desk.now();
    let usual = desk.policy().terms().usual_approval_span();
    let span = question.span.unwrap_or(usual);
    Approval {
        id: question.id,
        client,
        person,
        credential: credential.id,
        way: question.way,
        scheme: question.scheme,
        urgency: Urgency::of_documents(&question.documents),
        documents: question.documents,
        key: (question.key, question.body),
        callback: question.callback,
        files_key: None,
        submitted_at: now,
        due_at: None,
        open_until: now.after(span),
        state: ApprovalState::Waiting,
        state_at: now,
        reason: None,
        made_by: None,
    }
}

/// Puts it before the signer; a refusal is an entry.
///
/// # Errors
/// [`ChangeError`].
pub async fn submit(desk: &Desk, approval: Approval) -> Result<(), ChangeError> {
    let change = Change::SubmitApproval(approval);
    desk.app()
        .change(desk.actor.clone(), change)
        .await
        .map(drop)
}

/// The documents, or for each hash the one sentence that describes them all: a leader is not asked to
/// sign what has no name.
///
/// # Errors
/// [`Fault`] where there is neither.
pub fn named(
    digests: &[Digest],
    documents: Vec<DocumentFacts>,
    description: Option<String>,
    version: Version,
) -> Result<Vec<ApprovalDocument>, Fault> {
    let facts = if documents.is_empty() {
        let missing = || Fault::refused(Refusal::DocumentsRequired, version);
        let described = DocumentFacts {
            label: Some(description.ok_or_else(missing)?),
            ..DocumentFacts::default()
        };
        vec![described; digests.len()]
    } else {
        documents
    };
    let named = |facts: &DocumentFacts| facts.label.is_some() || facts.summary.is_some();
    if facts.len() != digests.len() || !facts.iter().all(named) {
        return Err(Malformed::Invalid("documents").into());
    }
    let pairs = digests.iter().copied().zip(facts);
    Ok(pairs
        .map(|(digest, facts)| ApprovalDocument {
            digest,
            facts,
            file: None,
        })
        .collect())
}

/// Whether the same is said of each document, so that their order says nothing.
pub fn alike(documents: &[ApprovalDocument]) -> bool {
    let first = documents.first().map(|first| &first.facts);
    documents.iter().all(|one| Some(&one.facts) == first)
}

/// Where a request stands, for the system that asked.
#[derive(Debug)]
pub enum Standing {
    /// Somebody can still decide.
    Open,
    /// Approved, and no more is known of it.
    Approved,
    /// Signed by the server, or the SAD for it is used up.
    Signed,
    /// Nothing will come of it.
    Ended(Fault),
}

/// Where a request stands at `now`: its time may be over though no row says so yet.
pub fn standing(approval: &Approval, now: Timestamp) -> Standing {
    let denied =
        |sentence: String| Standing::Ended(Fault::new(CscErrorCode::AccessDenied, sentence));
    let words = approval.reason.as_deref().unwrap_or_default();
    match approval.state {
        state if state.is_open() && now < approval.open_until => Standing::Open,
        ApprovalState::Waiting | ApprovalState::Opened | ApprovalState::Expired => {
            denied("The request for approval has expired".to_owned())
        }
        ApprovalState::Approved => Standing::Approved,
        ApprovalState::Signed => Standing::Signed,
        ApprovalState::Refused => denied(format!("The signer refused: {words}")),
        ApprovalState::Returned => denied(format!("The signer returned it: {words}")),
        ApprovalState::Withdrawn => denied("The request for approval was withdrawn".to_owned()),
        ApprovalState::Failed => Standing::Ended(failure(approval.way, words)),
    }
}

fn failure(way: ApprovalWay, word: &str) -> Fault {
    match (way, word) {
        (ApprovalWay::Sad(_), _) => expired_sad(),
        (ApprovalWay::Sign, "unknown") => Fault::new(
            CscErrorCode::OutcomeUnknown,
            "It is not known whether this was signed: treat it as signed",
        ),
        (ApprovalWay::Sign, "interrupted" | "key_failed" | "unavailable") => Fault::new(
            CscErrorCode::ServerError,
            "It was approved, and certainly not signed: ask again",
        ),
        (ApprovalWay::Sign, word) => Fault::new(
            CscErrorCode::AccessDenied,
            format!("It was approved, and then not signed: {word}"),
        ),
    }
}

fn expired_sad() -> Fault {
    Fault::invalid("SAD expired")
}

/// How long what an approval gave is still good for; `None` once it is not.
pub fn left(desk: &Desk, approval: &Approval) -> Option<Duration> {
    let snapshot = desk.policy().snapshot();
    let lifetime = snapshot.credentials.get(&approval.credential)?.sad_lifetime;
    let end = approval.state_at.after(lifetime);
    let left = end.since(desk.now());
    (desk.now() < end && left.as_secs() > 0).then_some(left)
}

/// Lets a system ask what became of a request, not too often.
///
/// # Errors
/// `slow_down`; whoever is no system is told later that there is no such request.
pub fn admit(desk: &Desk, id: ApprovalId) -> Result<(), Fault> {
    let Some(client) = system(desk) else {
        return Ok(());
    };
    let early = desk.app().polls.admit((client, id));
    early.map_err(|wait| {
        let sentence = "Asked too often: wait as long as the answer says";
        Fault::new(CscErrorCode::SlowDown, sentence).after(wait)
    })
}

/// The SAD of an approved request, as `credentials/authorize` gives it.
///
/// # Errors
/// If its time is over.
pub fn give(desk: &Desk, approval: &Approval, sad: Secret) -> Result<HttpResponse, Fault> {
    let left = left(desk, approval).ok_or_else(expired_sad)?;
    Ok(HttpResponse::Ok().json(AuthorizeReply {
        expires_in: u32::try_from(left.as_secs()).ok(),
        sad,
    }))
}

/// What a request that cannot be waited for any more says.
pub fn over(standing: Standing) -> Fault {
    match standing {
        Standing::Ended(fault) => fault,
        Standing::Open | Standing::Approved | Standing::Signed => expired_sad(),
    }
}

#[cfg(test)]
mod tests {
    use kyso_core::HashAlgorithm;
    use kyso_core::id::CredentialId;
    use kyso_core::model::SadHash;

    use super::*;

    fn digest() -> Digest {
        Digest::new(HashAlgorithm::Sha256, &[7; 32]).unwrap()
    }

    fn document(change: impl FnOnce(&mut DocumentFacts)) -> DocumentFacts {
        let mut facts = DocumentFacts {
            label: Some("Quyết định".to_owned()),
            ..DocumentFacts::default()
        };
        change(&mut facts);
        facts
    }

    #[test]
    fn what_has_no_name_is_not_put_before_anybody() {
        let digests = [digest(), digest()];
        let ask = |documents, description: Option<&str>| {
            let description = description.map(str::to_owned);
            let named = named(&digests, documents, description, Version::V2);
            named
                .map(|all| all.len())
                .map_err(|fault| fault.to_string())
        };
        let (whole, bare) = (document(|_| {}), DocumentFacts::default());
        let wrong = Err("invalid_request: Invalid parameter documents".to_owned());
        assert_eq!(ask(vec![], Some("Hai công văn")), Ok(2));
        assert_eq!(ask(vec![whole.clone(), whole.clone()], None), Ok(2));
        assert_eq!(ask(vec![whole.clone(), bare], Some("Hai công văn")), wrong);
        assert_eq!(ask(vec![whole], None), wrong);
        let missing = "invalid_request: Missing (or invalid type) array parameter documents";
        assert_eq!(ask(vec![], None), Err(missing.to_owned()));
    }

    /// One whose time ends at 100 seconds.
    fn asked(state: ApprovalState) -> Approval {
        let at = Timestamp::from_seconds;
        Approval {
            id: ApprovalId::random(),
            client: ClientId::random(),
            person: PersonId::random(),
            credential: CredentialId::random(),
            way: ApprovalWay::Sad(SadHash::from_bytes([7; 32])),
            scheme: None,
            documents: Vec::new(),
            urgency: Urgency::Usual,
            key: (String::new(), [0; 32]),
            callback: None,
            files_key: None,
            submitted_at: at(0),
            due_at: None,
            open_until: at(100),
            state,
            state_at: at(0),
            reason: Some("Sai".to_owned()),
            made_by: None,
        }
    }

    /// Handles, polling and calls that wait are all told this. What is put before a signer by a handle or by such a
    /// call is open for a day at least, so no test waits for its end.
    #[test]
    fn a_request_whose_time_is_over_has_expired_whether_or_not_a_row_says_so() {
        let told = |state, now| {
            let now = Timestamp::from_seconds(now);
            match standing(&asked(state), now) {
                Standing::Open => "open".to_owned(),
                Standing::Approved => "approved".to_owned(),
                Standing::Signed => "signed".to_owned(),
                ended @ Standing::Ended(_) => over(ended).to_string(),
            }
        };
        let expired = "access_denied: The request for approval has expired";
        for (state, now, expected) in [
            (ApprovalState::Waiting, 99, "open"),
            (ApprovalState::Opened, 99, "open"),
            (ApprovalState::Waiting, 100, expired),
            (ApprovalState::Opened, 100, expired),
            (ApprovalState::Expired, 99, expired),
            (ApprovalState::Expired, 101, expired),
            // The system has its SAD, which ends by itself.
            (ApprovalState::Approved, 101, "approved"),
            (ApprovalState::Signed, 101, "signed"),
            (ApprovalState::Failed, 101, "invalid_request: SAD expired"),
        ] {
            assert_eq!(told(state, now), expected, "{state:?} at {now}");
        }
    }
}
