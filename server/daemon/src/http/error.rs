//! Failures of our own API: problem details (RFC 9457) with the status and headers that go with them.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LANGUAGE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use kyso_api::problem::{Language, Problem as Body, ProblemCode};
use kyso_core::journal::JournalError;
use kyso_core::{Refusal, SignError};
use kyso_hsm::HsmError;
use kyso_store::StoreError;

use crate::app::ChangeError;
use crate::auth::actor::AuthError;
use crate::auth::factors::OtpError;
use crate::auth::password::{LONGEST, PasswordError, SHORTEST};

/// When to try again after a failure whose end nobody knows.
const SHORTLY: Duration = Duration::from_secs(2);

/// What one case adds to its code.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Detail {
    /// A word for programs: a member's name, a reason.
    Word(Cow<'static, str>),
    /// A sentence for people.
    Sentence { vi: String, en: String },
}

impl Detail {
    fn text(&self, language: Language) -> &str {
        match (self, language) {
            (Self::Word(word), _) => word,
            (Self::Sentence { vi, .. }, Language::Vietnamese) => vi,
            (Self::Sentence { en, .. }, Language::English) => en,
        }
    }
}

/// Why a call to our own API failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    code: ProblemCode,
    detail: Option<Detail>,
    retry_after: Option<Duration>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.name())
    }
}

impl From<ProblemCode> for Problem {
    fn from(code: ProblemCode) -> Self {
        Self {
            code,
            detail: None,
            retry_after: None,
        }
    }
}

impl Problem {
    /// A value that is not allowed; the detail names the member.
    pub fn field(name: &'static str) -> Self {
        Self::from(ProblemCode::InvalidField).because(name)
    }

    /// What this one case adds; never a secret, never somebody's text.
    #[must_use]
    pub fn because(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(Detail::Word(detail.into()));
        self
    }

    /// The same where people are meant: the caller reads one of the two.
    #[must_use]
    pub(super) fn saying(mut self, vi: String, en: String) -> Self {
        self.detail = Some(Detail::Sentence { vi, en });
        self
    }

    /// More was chosen than one page shows and one one-time password approves.
    pub fn too_many_together() -> Self {
        let most = kyso_core::policy::DOCUMENTS_TOGETHER;
        Self::field("id").saying(
            format!("Mỗi lần ký duyệt tối đa {most} văn bản, ít hơn nếu trích yếu dài; xin chọn ít hơn."),
            format!("At most {most} documents are approved at once, fewer if their titles are long; please choose fewer."),
        )
    }

    /// To be tried again after this long.
    #[must_use]
    pub const fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// What went wrong and what this one case adds, for a page.
    pub fn sentence(&self, language: Language) -> String {
        let title = self.code.title(language);
        match &self.detail {
            Some(Detail::Sentence { .. }) => {
                let detail = self.detail.as_ref().map(|detail| detail.text(language));
                format!("{title} {}", detail.unwrap_or_default())
            }
            // A word is for programs.
            _ => title.to_owned(),
        }
    }

    /// The word for programs, where the detail is one: of a refusal its code.
    pub fn word(&self) -> Option<&str> {
        match &self.detail {
            Some(Detail::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// The member of a body that is not as it has to be, where that is what is wrong.
    pub fn member(&self) -> Option<&str> {
        match (&self.detail, self.code) {
            (Some(Detail::Word(word)), ProblemCode::InvalidField) => Some(word),
            // A sentence about a member begins with its name.
            (Some(Detail::Sentence { en, .. }), ProblemCode::InvalidField) => {
                let (name, _) = en.split_once(": ")?;
                (!name.contains(' ')).then_some(name)
            }
            _ => None,
        }
    }

    /// Whether another one-time password would help.
    pub const fn is_of_the_otp(&self) -> bool {
        use ProblemCode as P;
        matches!(
            self.code,
            P::OtpInvalid | P::OtpRequired | P::OtpUsed | P::TooManyRequests
        )
    }

    /// Whether the code that is enrolled with, or what came of it, is over.
    pub const fn is_of_the_code(&self) -> bool {
        matches!(self.code, ProblemCode::CodeExpired)
    }

    /// When to try again, in seconds; 1 where nothing is said.
    pub fn wait_seconds(&self) -> u32 {
        let wait = self.retry_after.map_or(1, |wait| wait.as_secs());
        u32::try_from(wait.max(1)).unwrap_or(u32::MAX)
    }

    /// The code.
    pub const fn code(&self) -> ProblemCode {
        self.code
    }

    /// The response, in this language and with the request's id.
    pub fn respond(&self, language: Language, request: &str) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((CONTENT_LANGUAGE, language.tag()));
        if let Some(wait) = self.retry_after {
            response.insert_header((RETRY_AFTER, wait.as_secs().max(1).to_string()));
        }
        if self.code == ProblemCode::NotAuthenticated {
            // RFC 6750 §3.1: no error word for a call that brought no token.
            let challenge = match self.detail {
                Some(_) => "Bearer error=\"invalid_token\"",
                None => "Bearer",
            };
            response.insert_header((WWW_AUTHENTICATE, challenge));
        }
        let mut body = Body::new(self.code, language);
        body.detail = self
            .detail
            .as_ref()
            .map(|detail| detail.text(language).to_owned());
        body.request_id = (!request.is_empty()).then(|| request.to_owned());
        response.content_type("application/problem+json").body(
            // A struct of texts and numbers cannot fail to serialise.
            serde_json::to_vec(&body).unwrap_or_default(),
        )
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Without the request at hand; [`super::frame`] says it again in the caller's language.
    fn error_response(&self) -> HttpResponse {
        self.respond(Language::default(), "")
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        use ProblemCode as P;
        let code = match refusal {
            // What a record, a certificate or a credential allowed it does not allow now.
            Refusal::AuthorityInvalid
            | Refusal::CertificateExpired
            | Refusal::CertificateNotYetValid
            | Refusal::Conflict
            | Refusal::CredentialDisabled
            | Refusal::SadExpired => P::WrongState,
            Refusal::AttributesRefused
            | Refusal::DigestMismatch
            | Refusal::DocumentsMismatch
            | Refusal::DocumentsRequired
            | Refusal::EmptyHashes
            | Refusal::HashesRequired
            | Refusal::SigningTimeRefused
            | Refusal::TooManySignatures
            | Refusal::UnsupportedScheme => P::InvalidField,
            Refusal::ApprovalEnded => P::ApprovalEnded,
            Refusal::ApprovalStale => P::ApprovalStale,
            Refusal::EvidenceRequired => P::EvidenceRequired,
            Refusal::IssueDateRefused => P::IssueDateRefused,
            Refusal::NotReady => P::NotReady,
            Refusal::NumberUnknown => P::NumberUnknown,
            Refusal::NumberTaken => P::NumberTaken,
            Refusal::FactorRequired => P::OtpRequired,
            Refusal::InvalidOtp => P::OtpInvalid,
            Refusal::OtpUsed => P::OtpUsed,
            Refusal::IdempotencyKeyReused => P::IdempotencyMismatch,
            Refusal::IdempotencyRequired => P::IdempotencyKeyRequired,
            Refusal::SamePerson => P::SamePerson,
            Refusal::SecretDocument => P::SecrecyRefused,
            Refusal::SessionClosed => P::SessionExhausted,
            Refusal::SessionRequired => P::NoStampingSession,
            Refusal::Throttled => P::TooManyRequests,
            Refusal::TokenInvalid => P::NotAuthenticated,
            Refusal::UnknownCredential | Refusal::UnknownObject => P::NotFound,
            // Somebody wrote to the database behind our back; the caller learns nothing of it.
            Refusal::Tampered => return Self::from(P::Internal),
            // Forbidden, HashNotAuthorized, PurposeNotAllowed, SecondPersonRequired, UnknownSad.
            _ => P::Forbidden,
        };
        let problem = Self::from(code).because(refusal.code());
        if refusal == Refusal::Throttled {
            problem.after(SHORTLY)
        } else {
            problem
        }
    }
}

impl From<JournalError> for Problem {
    fn from(error: JournalError) -> Self {
        tracing::error!(%error, "the journal failed");
        Self::from(ProblemCode::Unavailable).after(SHORTLY)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the database failed");
        Self::from(ProblemCode::Unavailable).after(SHORTLY)
    }
}

impl From<HsmError> for Problem {
    fn from(error: HsmError) -> Self {
        tracing::error!(%error, "the token failed");
        match error {
            HsmError::Away | HsmError::Full | HsmError::TimedOut => {
                Self::from(ProblemCode::Unavailable).after(SHORTLY)
            }
            _ => Self::from(ProblemCode::Internal),
        }
    }
}

impl From<SignError> for Problem {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Busy(busy) => Self::from(ProblemCode::Unavailable).after(busy.retry_after),
            SignError::Interrupted => ProblemCode::OutcomeUnknown.into(),
            SignError::Journal(error) => error.into(),
            SignError::Refused(refusal) => refusal.into(),
            SignError::Uncertain(_) => ProblemCode::OutcomeUncertain.into(),
            SignError::Running => Self::from(ProblemCode::IdempotencyRunning).after(SHORTLY),
            _ => ProblemCode::Internal.into(),
        }
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Busy => Self::from(ProblemCode::Unavailable).after(SHORTLY),
            ChangeError::OtpUsed { wait_seconds } => OtpError::Used { wait_seconds }.into(),
            ChangeError::Refused(refusal) => refusal.into(),
            ChangeError::Journal(error) => error.into(),
        }
    }
}

impl From<OtpError> for Problem {
    fn from(error: OtpError) -> Self {
        match error {
            OtpError::Wrong | OtpError::NotEnrolled => ProblemCode::OtpInvalid.into(),
            OtpError::Spent => ProblemCode::CodeExpired.into(),
            OtpError::Used { wait_seconds } => {
                let wait = Duration::from_secs(u64::from(wait_seconds));
                let vi = format!("chờ mã mới ({wait_seconds} giây)");
                let en = format!("wait for a new code ({wait_seconds} s)");
                Self::from(ProblemCode::OtpUsed).saying(vi, en).after(wait)
            }
            OtpError::Throttled { retry_after } => {
                Self::from(ProblemCode::TooManyRequests).after(retry_after)
            }
            OtpError::Hsm(error) => error.into(),
            OtpError::Journal(error) => error.into(),
        }
    }
}

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Length => {
                let vi = format!("mật khẩu dài từ {SHORTEST} ký tự đến {LONGEST} byte");
                Self::from(ProblemCode::InvalidField).saying(vi, error.to_string())
            }
            PasswordError::Busy | PasswordError::Unavailable => {
                Self::from(ProblemCode::Unavailable).after(SHORTLY)
            }
        }
    }
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Malformed => Self::from(ProblemCode::MalformedBody).because("Authorization"),
            AuthError::Missing => ProblemCode::NotAuthenticated.into(),
            AuthError::Elsewhere => {
                Self::from(ProblemCode::Forbidden).because("insufficient_scope")
            }
            AuthError::Expired | AuthError::Invalid | AuthError::Unbound => {
                Self::from(ProblemCode::NotAuthenticated).because("invalid_token")
            }
        }
    }
}

#[cfg(test)]
mod tests;
