//! Uses of keys as pages show them; the page of one's own.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::management::{SignatureOutcome, TimeStampState};
use kyso_core::Snapshot;
use kyso_evidence::entry::DigestRecord;
use kyso_web::{Digest, Foreign, Language, Outcome, SignatureRow, Signatures, TimeStamped};

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
    let found = of_caller(&visitor.desk, part).await?;
    let (rows, next) = rows(visitor, found, 0, Whose::Own);
    let view = Signatures {
        rows,
        older: next.map(|next| format!("/ui/signatures?before={next}")),
        frame: visitor.frame().await,
    };
    Ok(page(StatusCode::OK, view.render()))
}

/// Whose keys were used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The reader's own.
    Own,
    /// An agency's, in a stamping session.
    Session,
}

/// The rows of these uses, as many as a page holds beside what weighs so much, and `before` of the next page. Those of the
/// reader's own keys lead to their receipts and may be disputed.
pub fn rows(
    visitor: &Visitor,
    (found, next): (Vec<Use>, Option<i64>),
    beside: usize,
    whose: Whose,
) -> (Vec<SignatureRow>, Option<i64>) {
    let snapshot = visitor.desk.policy().snapshot();
    let rows = found.iter().map(|one| SignatureRow {
        call: one
            .call()
            .filter(|_| whose == Whose::Own)
            .map(|call| call.to_string()),
        ..row(&snapshot, one, visitor.language)
    });
    let mut rows: Vec<SignatureRow> = rows.collect();
    let last = kyso_web::cut(&mut rows, beside).and_then(|last| found.get(last));
    let next = last.map_or(next, |last| i64::try_from(last.sequence).ok());
    (rows, next)
}

/// The row of one use, without links.
pub fn row(snapshot: &Snapshot, one: &Use, language: Language) -> SignatureRow {
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
        time_stamp: time_stamp(one),
        count: one.count(),
        digest: digest(one.digests.first()),
        entry: one.sequence,
        call: None,
        disputed: one.disputed.map(inbox::moment),
    }
}

const fn outcome(outcome: SignatureOutcome) -> Outcome {
    match outcome {
        SignatureOutcome::Signed => Outcome::Signed,
        SignatureOutcome::Failed => Outcome::Failed,
        SignatureOutcome::Unknown => Outcome::Unknown,
    }
}

/// The one that is furthest behind speaks for all.
fn time_stamp(one: &Use) -> Option<TimeStamped> {
    let are = |state| one.time_stamps.iter().any(|stamp| stamp.state == state);
    if are(TimeStampState::Pending) {
        Some(TimeStamped::Pending)
    } else if are(TimeStampState::GivenUp) {
        Some(TimeStamped::GivenUp)
    } else {
        are(TimeStampState::Held).then_some(TimeStamped::Held)
    }
}

/// What was signed: of the document where the server read its attributes. The digest of the file that a caller
/// tells besides is theirs to tell, and nobody here compared it.
fn digest(first: Option<&DigestRecord>) -> Digest {
    let Some(first) = first else {
        return Digest {
            algorithm: String::new(),
            hex: String::new(),
        };
    };
    let content = first.content.as_ref();
    let hex = content.map_or(&first.value, |content| &content.digest);
    Digest {
        algorithm: inbox::algorithm(&first.alg),
        hex: hex.clone(),
    }
}

#[cfg(test)]
mod tests {
    use kyso_evidence::entry::{Builder, ContentRecord, Format};

    use super::*;

    #[test]
    fn the_digest_that_is_shown_is_of_what_was_signed() {
        let record = |content| DigestRecord {
            alg: "sha384".into(),
            content,
            value: "0a".into(),
        };
        let content = |file: Option<&str>| ContentRecord {
            built_by: Builder::Server,
            digest: "0b".into(),
            file: file.map(str::to_owned),
            format: Format::Pades,
        };
        for (record, algorithm, hex) in [
            (record(None), "sha384", "0a"),
            (record(Some(content(None))), "sha384", "0b"),
            (record(Some(content(Some("0c")))), "sha384", "0b"),
        ] {
            let shown = digest(Some(&record));
            assert_eq!(
                (shown.algorithm, &*shown.hex),
                (inbox::algorithm(algorithm), hex)
            );
        }
        assert_eq!(digest(None).hex, "");
    }
}
