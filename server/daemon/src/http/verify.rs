//! `POST /api/v1/verify`: signatures verified for everybody, without log-in. Nothing is kept: neither the
//! file nor an entry, as it changes nothing and is nobody's business but the caller's.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::StreamExt as _;
use kyso_api::encoding::decode_base64;
use kyso_api::management::{Answer, VerifiedSignature, VerifyReply, VerifyRequest};
use kyso_api::problem::{Language, ProblemCode};
use kyso_documents::validation::trust::Kind;
use kyso_documents::validation::{Judgement, Report, TrustList};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::body::{Flaw, check_json, parse};
use super::error::Problem;
use super::frame::Call;
use crate::apart::NotDone;
use crate::app::{App, Turn};
use crate::verification::{self, FILE, Question, judged_apart};

/// Largest body, in bytes.
const BODY: usize = 24 << 20;
/// How long a file may take to arrive.
const ARRIVAL: Duration = Duration::from_mins(1);
/// How long it may then wait for its turn.
const WAIT: Duration = Duration::from_secs(20);
/// When to try again while others verify.
const SHORTLY: Duration = Duration::from_secs(2);

/// The route, within `/api/v1`.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/verify").route(web::post().to(verify)));
}

/// A file, and the signature beside it if there is one.
#[derive(Debug)]
pub struct Files {
    /// The file.
    pub document: Vec<u8>,
    /// The signature beside it.
    pub signature: Option<Vec<u8>>,
}

async fn verify(
    app: web::Data<App>,
    call: Call,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    if !app.config.server.public_verification {
        return Err(ProblemCode::NotFound.into());
    }
    check_json(&request)?;
    let (bytes, turn) = arrive(&app, call, payload).await?;
    let files = files(&bytes)?;
    drop(bytes);
    let name = match files.signature {
        Some(_) => "signature",
        None => "document",
    };
    let unread = |(vi, en): (&str, &str)| {
        Problem::field(name).saying(format!("{name}: {vi}"), format!("{name}: {en}"))
    };
    match judged(&app, files, turn).await? {
        Ok(Ok(judged)) => Ok(HttpResponse::Ok().json(reply(&judged.report, call.language))),
        Ok(Err(why)) => Err(unread(why.sentences())),
        Err(NotDone::Failed) => Err(unread(FAILED)),
        Err(NotDone::TooLong | NotDone::NoProcess) => {
            Err(Problem::from(ProblemCode::Unavailable).after(SHORTLY))
        }
    }
}

/// What is said of a file whose process failed, in Vietnamese and in English.
pub const FAILED: (&str, &str) = (
    "Không kiểm tra được tệp này: cần quá nhiều bộ nhớ, hoặc chương trình kiểm tra gặp lỗi với tệp.",
    "This file cannot be verified: it takes too much memory, or the verifier fails on it.",
);

/// Why no body came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotArrived {
    /// Others verify.
    Busy,
    /// It did not come in time.
    Late,
    /// It is not whole, or too large.
    Flawed(Flaw),
}

impl From<NotArrived> for Problem {
    fn from(why: NotArrived) -> Self {
        match why {
            NotArrived::Busy => Self::from(ProblemCode::TooManyRequests).after(SHORTLY),
            NotArrived::Late => ProblemCode::MalformedBody.into(),
            NotArrived::Flawed(flaw) => flaw.into(),
        }
    }
}

/// The body of a call, which must come in time, and then the turn in which it is judged.
///
/// # Errors
/// [`NotArrived`].
pub async fn arrive(
    app: &App,
    call: Call,
    mut payload: web::Payload,
) -> Result<(web::Bytes, Turn), NotArrived> {
    use actix_web::rt::time::timeout;
    let mut visit = app.turns.visit(call.source).ok_or(NotArrived::Busy)?;
    let arriving = receive(&mut payload, |bytes| visit.holds(bytes));
    let arrived = timeout(ARRIVAL, arriving).await;
    let bytes = arrived.map_err(|_| NotArrived::Late)??;
    let turn = timeout(WAIT, visit.turn()).await.ok().flatten();
    Ok((bytes, turn.ok_or(NotArrived::Busy)?))
}

/// The body, as long as there is room for what has come of it.
async fn receive(
    payload: &mut web::Payload,
    mut holds: impl FnMut(usize) -> bool,
) -> Result<web::Bytes, NotArrived> {
    let mut bytes = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| NotArrived::Flawed(Flaw::Broken))?;
        let length = bytes.len().saturating_add(chunk.len());
        if length > BODY {
            return Err(NotArrived::Flawed(Flaw::TooLarge));
        }
        if !holds(length) {
            return Err(NotArrived::Busy);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

fn files(bytes: &[u8]) -> Result<Files, Problem> {
    let body: VerifyRequest = parse(bytes)?;
    let decoded = |text: &str, name| {
        let bytes = decode_base64(text).map_err(|_| Problem::field(name))?;
        if bytes.is_empty() || bytes.len() > FILE {
            return Err(Problem::field(name));
        }
        Ok(bytes)
    };
    let signature = body.signature.as_deref();
    Ok(Files {
        document: decoded(&body.document, "document")?,
        signature: signature
            .map(|text| decoded(text, "signature"))
            .transpose()?,
    })
}

/// Has files judged by whom this server believes, in a process of their own, after it has asked whom it may.
///
/// # Errors
/// `internal` if the clock is beyond what can be written.
pub async fn judged(
    app: &App,
    files: Files,
    turn: Turn,
) -> Result<Result<verification::Answer, NotDone>, Problem> {
    let now = OffsetDateTime::parse(&app.now().to_string(), &Rfc3339);
    let question = Question {
        document: files.document,
        signature: files.signature,
        trust: trust(app),
        now: now.map_err(|_| ProblemCode::Internal)?,
        replies: Vec::new(),
    };
    Ok(judged_apart(question, turn, app.asking.clone()).await)
}

/// The operator's list, the authorities whose certificates this server takes, and its evaluation
/// authority, each under its own name.
fn trust(app: &App) -> TrustList {
    let certificates = &app.config.certificates;
    let given = TrustList::given(certificates.anchors.iter().cloned());
    let own = app.evaluation.iter().map(|one| one.certificate.clone());
    let own = TrustList::roots(Kind::Evaluation, own).with_evaluation(app.evaluation.is_some());
    certificates.believed.clone().and(given).and(own)
}

macro_rules! answer {
    ($language:expr, $one:expr) => {
        answer($language, $one.code(), $one.vietnamese(), $one.english())
    };
}

fn answer(language: Language, code: &str, vietnamese: &str, english: &str) -> Answer {
    Answer {
        code: code.to_owned(),
        text: language.choose(vietnamese, english).to_owned(),
    }
}

fn reply(report: &Report, language: Language) -> VerifyReply {
    let signatures = report.signatures.iter();
    VerifyReply {
        completeness: answer!(language, report.completeness),
        signatures: signatures.map(|one| told(one, language)).collect(),
    }
}

fn told(one: &Judgement, language: Language) -> VerifiedSignature {
    let signer = one.signer.as_ref();
    let root = one.trust.as_ref().ok();
    let distrust = one.trust.as_ref().err();
    let time = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
    VerifiedSignature {
        field: one.field.clone(),
        time_stamp: one.is_time_stamp,
        subject: signer.map(|signer| signer.subject.clone()),
        issuer: signer.map(|signer| signer.issuer.clone()),
        serial_number: signer.map(|signer| signer.serial.clone()),
        party: answer!(language, one.party),
        integrity: answer!(language, one.integrity),
        faults: one
            .faults
            .iter()
            .map(|one| answer!(language, one))
            .collect(),
        coverage: answer!(language, one.coverage),
        later: answer!(language, one.later),
        time: time(one.time.at),
        time_basis: answer!(language, one.time.basis),
        claimed_time: one.time.claimed.map(time),
        trusted: root.is_some(),
        trusted_today: root.is_some_and(|root| root.today),
        authority: root.map(|root| root.kind.code().to_owned()),
        distrust: distrust.map(|one| answer!(language, one)),
        revocation: answer!(language, one.revocation.standing),
        revocation_reason: one.silence.map(|why| answer!(language, why)),
        revocation_time: one.revocation.at.map(time),
        hash: one.hash.map(|hash| hash.name().to_owned()),
        notices: one
            .notices
            .iter()
            .map(|one| answer!(language, one))
            .collect(),
    }
}
