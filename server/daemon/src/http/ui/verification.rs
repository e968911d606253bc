//! `/ui/verify`: what `POST /api/v1/verify` says, for whoever reads rather than programs.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_documents::validation::{Judgement, Report};
use kyso_web::{Foreign, Found, FoundSignature, VerifyFile};
use time::macros::{format_description, offset};
use time::{OffsetDateTime, UtcOffset};

use super::answer::{notice, page};
use super::stranger;
use super::visitor::remember_language;
use crate::apart::NotDone;
use crate::app::App;
use crate::http::body::Flaw;
use crate::http::frame::Call;
use crate::http::multipart::{boundary, parts};
use crate::http::verify::{FAILED, Files, NotArrived, arrive, judged};
use crate::verification::FILE;

/// Where the page is.
const HERE: &str = "/ui/verify";
/// Viet Nam's time.
const VIETNAM: UtcOffset = offset!(+7);

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/verify")
            .route(web::get().to(form))
            .route(web::post().to(verify)),
    );
}

/// `/verify`, which is easier to say.
pub async fn short() -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, HERE))
        .finish()
}

async fn form(app: web::Data<App>, call: Call, request: HttpRequest) -> HttpResponse {
    if !app.config.server.public_verification {
        return notice(StatusCode::NOT_FOUND, call);
    }
    let frame = stranger::frame(&app, call, &request, HERE);
    let view = VerifyFile {
        frame,
        refusal: None,
        found: None,
    };
    let mut response = page(StatusCode::OK, view.render());
    remember_language(&request, &mut response);
    response
}

async fn verify(
    app: web::Data<App>,
    call: Call,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    if !app.config.server.public_verification {
        return notice(StatusCode::NOT_FOUND, call);
    }
    let frame = match stranger::sent(&app, call, &request, HERE) {
        Ok(frame) => frame,
        Err(notice) => return *notice,
    };
    let english = frame.language == kyso_web::Language::English;
    let say = |vietnamese: &str, english_words: &str| {
        if english { english_words } else { vietnamese }.to_owned()
    };
    let answer = |status, refusal, found| {
        page(
            status,
            VerifyFile {
                frame,
                refusal,
                found,
            }
            .render(),
        )
    };
    match look(&app, call, &request, payload).await {
        Ok(report) => answer(StatusCode::OK, None, Some(found(&report, &say))),
        Err((status, vietnamese, english)) => answer(status, Some(say(vietnamese, english)), None),
    }
}

type Refused = (StatusCode, &'static str, &'static str);

const BUSY: Refused = (
    StatusCode::TOO_MANY_REQUESTS,
    "Đang có nhiều tệp được kiểm tra; hãy thử lại sau giây lát.",
    "Other files are being verified; try again in a moment.",
);
const NO_FILE: Refused = (
    StatusCode::UNPROCESSABLE_ENTITY,
    "Chưa chọn tệp, hoặc tệp không gửi trọn vẹn.",
    "No file was chosen, or it did not come whole.",
);
const TOO_LARGE: Refused = (
    StatusCode::PAYLOAD_TOO_LARGE,
    "Tệp lớn hơn 16 MB.",
    "The file is larger than 16 MB.",
);
const TOO_LONG: Refused = (
    StatusCode::SERVICE_UNAVAILABLE,
    "Kiểm tra tệp này mất quá nhiều thời gian.",
    "Verifying this file takes too long.",
);

async fn look(
    app: &web::Data<App>,
    call: Call,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<Report, Refused> {
    let kind = request.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).ok_or(NO_FILE)?;
    let boundary = boundary(kind).ok_or(NO_FILE)?;
    let (bytes, turn) = arrive(app, call, payload).await?;
    let files = files(&bytes, boundary)?;
    drop(bytes);
    let unread = |(vietnamese, english)| (StatusCode::UNPROCESSABLE_ENTITY, vietnamese, english);
    match judged(app, files, turn).await {
        Ok(Ok(Ok(judged))) => Ok(judged.report),
        Ok(Ok(Err(why))) => Err(unread(why.sentences())),
        Ok(Err(NotDone::Failed)) => Err(unread(FAILED)),
        Ok(Err(NotDone::TooLong)) => Err(TOO_LONG),
        Ok(Err(NotDone::NoProcess)) | Err(_) => Err(BUSY),
    }
}

impl From<NotArrived> for Refused {
    fn from(why: NotArrived) -> Self {
        match why {
            NotArrived::Busy => BUSY,
            NotArrived::Flawed(Flaw::TooLarge) => TOO_LARGE,
            NotArrived::Late | NotArrived::Flawed(_) => NO_FILE,
        }
    }
}

fn files(bytes: &[u8], boundary: &str) -> Result<Files, Refused> {
    let parts = parts(bytes, boundary).map_err(|_| NO_FILE)?;
    let of = |name| {
        let found = parts.iter().find(|part| part.name == name);
        found
            .map(|part| part.content)
            .filter(|content| !content.is_empty())
    };
    let document = of("document").ok_or(NO_FILE)?;
    let signature = of("signature");
    if document.len() > FILE {
        return Err(TOO_LARGE);
    }
    Ok(Files {
        document: document.to_vec(),
        signature: signature.map(<[u8]>::to_vec),
    })
}

fn found(report: &Report, say: &impl Fn(&str, &str) -> String) -> Found {
    let completeness = report.completeness;
    Found {
        completeness: say(completeness.vietnamese(), completeness.english()),
        signatures: report.signatures.iter().map(|one| told(one, say)).collect(),
    }
}

fn told(one: &Judgement, say: &impl Fn(&str, &str) -> String) -> FoundSignature {
    let subject = one.signer.as_ref().map_or("", |signer| &signer.subject);
    let faults = one
        .faults
        .iter()
        .map(|fault| say(fault.vietnamese(), fault.english()));
    let integrity = std::iter::once(say(one.integrity.vietnamese(), one.integrity.english()));
    let notices = one
        .notices
        .iter()
        .map(|notice| say(notice.vietnamese(), notice.english()));
    let basis = say(one.time.basis.vietnamese(), one.time.basis.english());
    FoundSignature {
        subject: Foreign::new(subject),
        field: Foreign::new(one.field.as_deref().unwrap_or_default()),
        party: say(one.party.vietnamese(), one.party.english()),
        integrity: integrity.chain(faults).collect(),
        coverage: say(one.coverage.vietnamese(), one.coverage.english()),
        later: say(one.later.vietnamese(), one.later.english()),
        time: format!("{}. {basis}", local(one.time.at)),
        trust: trust(one, say),
        revocation: revocation(one, say),
        notices: notices.collect(),
    }
}

fn trust(one: &Judgement, say: &impl Fn(&str, &str) -> String) -> String {
    match &one.trust {
        Ok(root) => format!("{} ({})", say("Có", "Yes"), root.kind.code()),
        Err(reason) => say(reason.vietnamese(), reason.english()),
    }
}

fn revocation(one: &Judgement, say: &impl Fn(&str, &str) -> String) -> String {
    let standing = one.revocation.standing;
    let words = say(standing.vietnamese(), standing.english());
    match (one.revocation.at, one.silence) {
        (Some(at), _) => format!("{words} ({})", local(at)),
        (None, Some(why)) => format!("{words} {}", say(why.vietnamese(), why.english())),
        (None, None) => words,
    }
}

/// As people here read it, with its offset.
fn local(at: OffsetDateTime) -> String {
    let form = format_description!("[hour]:[minute]:[second] [day]/[month]/[year] (UTC+7)");
    at.to_offset(VIETNAM).format(&form).unwrap_or_default()
}
