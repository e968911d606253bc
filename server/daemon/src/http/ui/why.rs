//! Why nothing came of a decision, in the words that fit what stands there now.

use actix_web::{HttpResponse, ResponseError as _};
use kyso_api::problem::ProblemCode;
use kyso_core::id::ApprovalId;
use kyso_core::model::{Approval, ApprovalState};
use kyso_core::{Refusal, Snapshot, Timestamp};
use kyso_web::Occasion;

use super::answer::{explain, page, told};
use super::visitor::Visitor;
use crate::http::approving;
use crate::http::error::Problem;

/// The page, or why nothing came of a decision on these requests.
pub async fn answer(
    visitor: &Visitor,
    ids: &[ApprovalId],
    end: Result<HttpResponse, Problem>,
) -> HttpResponse {
    let problem = match end {
        Ok(page) => return page,
        Err(problem) => problem,
    };
    let frame = visitor.frame().await;
    match occasion(visitor, ids, &problem).await {
        // The problem's own sentence says less than this one.
        Some(occasion) => page(
            problem.status_code(),
            told(frame, occasion, "", visitor.desk.call),
        ),
        None => explain(frame, &problem, visitor.desk.call),
    }
}

async fn occasion(visitor: &Visitor, ids: &[ApprovalId], problem: &Problem) -> Option<Occasion> {
    let now = visitor.desk.now();
    if problem.code() == ProblemCode::ApprovalEnded {
        let asked = approving::own(&visitor.desk, ids).await.ok()?;
        return asked.iter().find_map(|one| ended(one, now));
    }
    let word = problem.word()?;
    if word == Refusal::Forbidden.code() {
        let asked = approving::own(&visitor.desk, ids).await.ok()?;
        let snapshot = visitor.desk.policy().snapshot();
        let lost = asked.iter().any(|one| !is_granted(&snapshot, one, now));
        return lost.then_some(Occasion::GrantEnded);
    }
    of_refusal(word)
}

/// What ended it, if it has ended.
fn ended(approval: &Approval, now: Timestamp) -> Option<Occasion> {
    match approval.state {
        ApprovalState::Withdrawn => Some(Occasion::Withdrawn),
        ApprovalState::Expired => Some(Occasion::Expired),
        // The server marks it a little later.
        ApprovalState::Waiting | ApprovalState::Opened => {
            (approval.open_until <= now).then_some(Occasion::Expired)
        }
        ApprovalState::Approved
        | ApprovalState::Failed
        | ApprovalState::Refused
        | ApprovalState::Returned
        | ApprovalState::Signed => Some(Occasion::DecidedElsewhere),
    }
}

/// Whether the system may still ask for this.
fn is_granted(snapshot: &Snapshot, approval: &Approval, now: Timestamp) -> bool {
    let credential = snapshot.credentials.get(&approval.credential);
    let client = snapshot.client(approval.client, now);
    let both = credential.zip(client);
    both.is_some_and(|(credential, client)| {
        snapshot.grant_for(client.id, credential, now).is_some()
    })
}

fn of_refusal(word: &str) -> Option<Occasion> {
    const UNUSABLE: [Refusal; 4] = [
        Refusal::CertificateExpired,
        Refusal::CertificateNotYetValid,
        Refusal::CredentialDisabled,
        Refusal::UnknownCredential,
    ];
    if word == Refusal::AuthorityInvalid.code() {
        Some(Occasion::AuthorityChanged)
    } else if UNUSABLE.iter().any(|refusal| refusal.code() == word) {
        Some(Occasion::CredentialUnusable)
    } else {
        None
    }
}
