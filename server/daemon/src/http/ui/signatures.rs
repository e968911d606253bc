//! Uses of keys as pages show them; the page of one's own.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::management::SignatureOutcome;
use kyso_core::Snapshot;
use kyso_evidence::entry::DigestRecord;
use kyso_web::{Digest, Foreign, Language, Outcome, SignatureRow, Signatures};

use super::answer::page;
use super::sent::parameter;
use super::visitor::Visitor;
use super::{clerk, inbox, naming};
use crate::http::error::Problem;
use crate::http::management::signatures::{Part, Use, of_caller};

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/signatures").route(web::get().to(list)));
}

async fn list(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let end = list_page(&visitor, &request).await;
    visitor.show(&request, end).await
}

async fn list_page(visitor: &Visitor, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let part = Part::before(parameter(request, "before").as_deref())?;
    let (found, next) = of_caller(&visitor.desk, part).await?;
    let view = Signatures {
        rows: rows(visitor, &found),
        older: next.map(|next| format!("/ui/signatures?before={next}")),
        frame: visitor.frame().await,
    };
    Ok(page(StatusCode::OK, view.render()))
}

/// The rows of these uses.
pub fn rows(visitor: &Visitor, found: &[Use]) -> Vec<SignatureRow> {
    let snapshot = visitor.desk.policy().snapshot();
    let rows = found
        .iter()
        .map(|one| row(&snapshot, one, visitor.language));
    rows.collect()
}

fn row(snapshot: &Snapshot, one: &Use, language: Language) -> SignatureRow {
    let first = one.documents.first().cloned().unwrap_or_default();
    let purpose = first.purpose.as_deref();
    SignatureRow {
        at: inbox::moment(one.at),
        others: u32::try_from(one.documents.len().saturating_sub(1)).unwrap_or(u32::MAX),
        number: naming::number(first.number.as_deref(), first.symbol.as_deref()),
        purpose: purpose.map_or(Foreign::default(), |code| clerk::purpose(code, language)),
        subject: naming::title(first.summary.as_ref(), first.label.as_ref()),
        system: one
            .client
            .map_or(Foreign::default(), |id| naming::system(snapshot, id)),
        outcome: outcome(one.outcome),
        count: one.count(),
        digest: digest(one.digests.first()),
        entry: one.sequence,
    }
}

const fn outcome(outcome: SignatureOutcome) -> Outcome {
    match outcome {
        SignatureOutcome::Signed => Outcome::Signed,
        SignatureOutcome::Failed => Outcome::Failed,
        SignatureOutcome::Unknown => Outcome::Unknown,
    }
}

fn digest(first: Option<&DigestRecord>) -> Digest {
    Digest {
        algorithm: first.map_or(String::new(), |one| inbox::algorithm(&one.alg)),
        hex: first.map_or(String::new(), |one| one.value.clone()),
    }
}
