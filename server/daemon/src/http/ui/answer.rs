//! What a browser is answered: a page, or a notice in place of one, always with the same headers.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderName};
use actix_web::{HttpResponse, ResponseError as _};
use kyso_api::problem::{Language, ProblemCode};
use kyso_web::{CONTENT_SECURITY_POLICY, Foreign, Frame, Notice, Occasion, Problems};

use crate::http::error::Problem;
use crate::http::frame::Call;

/// Nothing of a page is kept: whoever has the phone next must not find it by going back.
pub fn page(status: StatusCode, html: String) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((
            HeaderName::from_static("content-security-policy"),
            CONTENT_SECURITY_POLICY,
        ))
        .insert_header((HeaderName::from_static("referrer-policy"), "same-origin"))
        .insert_header((HeaderName::from_static("x-frame-options"), "DENY"))
        .insert_header((
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ))
        .body(html)
}

/// A picture that a page loads; nothing of it is kept either.
pub fn png(bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("image/png")
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(bytes)
}

/// The status of a page with a form: what is wrong with it stands on it.
pub fn status_of(problems: &Problems) -> StatusCode {
    if *problems == Problems::none() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// The pages' language of a call's.
pub const fn language(language: Language) -> kyso_web::Language {
    match language {
        Language::Vietnamese => kyso_web::Language::Vietnamese,
        Language::English => kyso_web::Language::English,
    }
}

/// The frame of a page for nobody in particular.
pub fn bare(language: kyso_web::Language, here: &str, evaluation: bool) -> Frame {
    Frame {
        language,
        here: here.to_owned(),
        csrf: String::new(),
        viewer: None,
        evaluation,
        waiting: 0,
        unseen: kyso_web::Unseen::default(),
    }
}

/// What the framework refuses below `/ui`, as a page.
pub fn notice(status: StatusCode, call: Call) -> HttpResponse {
    let occasion = match status.as_u16() {
        404 => Occasion::NotFound,
        400..=499 => Occasion::BadRequest,
        _ => Occasion::Fault,
    };
    let frame = bare(language(call.language), "/ui/", false);
    page(status, told(frame, occasion, "", call))
}

/// What the server has to say instead of a page.
pub fn told(frame: Frame, occasion: Occasion, detail: &str, call: Call) -> String {
    let notice = Notice {
        frame,
        occasion,
        detail: Foreign::new(detail),
        request_id: call.request.to_string(),
    };
    notice.render()
}

/// Why something was not done, as a page.
pub fn explain(frame: Frame, problem: &Problem, call: Call) -> HttpResponse {
    let detail = problem.sentence(call.language);
    page(
        problem.status_code(),
        told(frame, occasion(problem), &detail, call),
    )
}

/// Where a form is wrong: the field that would have to be another.
#[derive(Debug)]
pub struct At {
    field: &'static str,
    /// In Vietnamese and in English, where the API's sentence says only that something stands against it.
    because: Option<(&'static str, &'static str)>,
}

impl At {
    /// An agency is typed that has ended.
    pub const fn ended_agency(field: &'static str) -> Self {
        Self {
            field,
            because: Some(("Cơ quan này đã kết thúc.", "This agency has ended.")),
        }
    }

    /// This field, with a sentence of the form's own.
    pub const fn because(
        field: &'static str,
        vietnamese: &'static str,
        english: &'static str,
    ) -> Self {
        Self {
            field,
            because: Some((vietnamese, english)),
        }
    }

    /// The form's errors, for somebody who reads this language.
    pub fn told(self, problem: &Problem, tongue: Language) -> Problems {
        let sentence = match self.because {
            Some((vi, en)) => tongue.choose(vi, en).to_owned(),
            None => problem.sentence(tongue),
        };
        Problems::none().and(self.field, sentence)
    }
}

impl From<&'static str> for At {
    fn from(field: &'static str) -> Self {
        Self {
            field,
            because: None,
        }
    }
}

/// What is wrong, at the one of these fields that it is about; else it is of no field of the page.
///
/// # Errors
/// The problem itself then.
pub fn at_field(
    problem: Problem,
    fields: impl IntoIterator<Item = &'static str>,
    tongue: Language,
) -> Result<Problems, Problem> {
    let mut fields = fields.into_iter();
    match fields.find(|field| problem.member() == Some(*field)) {
        Some(field) => Ok(Problems::none().and(field, problem.sentence(tongue))),
        None => Err(problem),
    }
}

/// A form that is too old, or came from elsewhere.
pub fn stale(frame: Frame, call: Call) -> HttpResponse {
    page(
        StatusCode::FORBIDDEN,
        told(frame, Occasion::StaleForm, "", call),
    )
}

fn occasion(problem: &Problem) -> Occasion {
    use ProblemCode as P;
    match problem.code() {
        P::NotFound => Occasion::NotFound,
        P::Forbidden | P::SamePerson => Occasion::Forbidden,
        P::ApprovalStale => Occasion::ListChanged,
        // What ended a request, or stands against it, only a look at the request tells.
        P::ApprovalEnded | P::ChangeClosed | P::WrongState => Occasion::StateChanged,
        P::NotAuthenticated => Occasion::SessionEnded,
        P::TooManyRequests => Occasion::TooMany(problem.wait_seconds()),
        code if code.status() >= 500 => Occasion::Fault,
        _ => Occasion::BadRequest,
    }
}
