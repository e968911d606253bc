//! A failed CSC call: one body for every failure, with the status and headers that go with it.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use kyso_api::csc::{Malformed, Version};
use kyso_api::csc_error::{CscError, CscErrorCode};
use kyso_core::journal::JournalError;
use kyso_core::{Refusal, SignError};

use super::refusal::in_words;
use crate::app::ChangeError;
use crate::auth::factors::OtpError;
use crate::http::body::Flaw;

/// When to try again after a failure whose end nobody knows.
const SHORTLY: Duration = Duration::from_secs(2);

/// Why a CSC call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    code: CscErrorCode,
    sentence: Cow<'static, str>,
    retry_after: Option<Duration>,
    /// What the audit calls it, where it is a refusal that is no entry yet.
    refusal: Option<Refusal>,
    status: Option<StatusCode>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.sentence)
    }
}

impl Fault {
    /// A failure with this word and sentence.
    pub fn new(code: CscErrorCode, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
            retry_after: None,
            refusal: None,
            status: None,
        }
    }

    /// `invalid_request` with this sentence.
    pub fn invalid(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(CscErrorCode::InvalidRequest, sentence)
    }

    /// A refusal, in the words of the version.
    pub fn refused(refusal: Refusal, version: Version) -> Self {
        let (code, sentence) = in_words(refusal, version);
        let mut fault = Self::new(code, sentence);
        fault.refusal = Some(refusal);
        fault.retry_after = (refusal == Refusal::Throttled).then_some(SHORTLY);
        fault
    }

    /// The same with status 401, for the one method whose malformed header CSC answers so.
    #[must_use]
    pub const fn unauthorized(mut self) -> Self {
        self.status = Some(StatusCode::UNAUTHORIZED);
        self
    }

    /// A body of another type than JSON.
    pub fn media_type() -> Self {
        let mut fault = Self::invalid("The content type must be application/json");
        fault.status = Some(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        fault
    }

    /// A body that cannot be used at all.
    pub fn flawed(flaw: Flaw) -> Self {
        let fault = match flaw {
            Flaw::Broken => Self::invalid("The request is malformed"),
            Flaw::MediaType => Self::media_type(),
            Flaw::TooLarge => Self::too_large(),
        };
        fault.because(flaw.refusal())
    }

    fn too_large() -> Self {
        let mut fault = Self::invalid("The body of the request is too large");
        fault.status = Some(StatusCode::PAYLOAD_TOO_LARGE);
        fault
    }

    /// The same, and it is an entry already.
    #[must_use]
    pub const fn entered(mut self) -> Self {
        self.refusal = None;
        self
    }

    /// A method that CSC knows and this server does not have.
    pub fn not_implemented() -> Self {
        Self::new(
            CscErrorCode::NotImplemented,
            "This method is not implemented",
        )
    }

    /// The same, to be tried again after this long.
    #[must_use]
    pub const fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The same, with another sentence.
    #[must_use]
    pub fn saying(mut self, sentence: impl Into<Cow<'static, str>>) -> Self {
        self.sentence = sentence.into();
        self
    }

    /// The same, known to the audit by this word.
    #[must_use]
    pub const fn because(mut self, refusal: Refusal) -> Self {
        self.refusal = Some(refusal);
        self
    }

    /// What the audit calls it, if it is a refusal that is no entry yet.
    pub const fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    /// The journal could not write: nothing happened, and it is our fault.
    pub fn journal(error: &JournalError) -> Self {
        tracing::error!(%error, "the journal failed");
        Self::new(
            CscErrorCode::TemporarilyUnavailable,
            "The server cannot record this now",
        )
        .after(SHORTLY)
    }

    /// The factor did not hold. A refusal of it is written down by whoever asked.
    pub fn otp(error: &OtpError, version: Version) -> Self {
        match error {
            OtpError::Wrong | OtpError::NotEnrolled | OtpError::Spent => {
                Self::refused(Refusal::InvalidOtp, version)
            }
            OtpError::Used { wait_seconds } => Self::used_otp(*wait_seconds, version),
            OtpError::Throttled { retry_after } => {
                Self::refused(Refusal::Throttled, version).after(*retry_after)
            }
            OtpError::Journal(error) => Self::journal(error),
            OtpError::Hsm(error) => {
                tracing::error!(%error, "the token failed");
                Self::busy()
            }
        }
    }

    /// The code was used already: a person must see how long to wait.
    fn used_otp(seconds: u32, version: Version) -> Self {
        let fault = Self::refused(Refusal::OtpUsed, version);
        let sentence = format!("The OTP was used already: chờ mã mới ({seconds} giây)");
        fault
            .saying(sentence)
            .after(Duration::from_secs(u64::from(seconds)))
    }

    /// A change that did not happen; its refusal is an entry already.
    pub fn change(error: &ChangeError, version: Version) -> Self {
        let fault = match error {
            ChangeError::Busy => Self::busy(),
            ChangeError::Journal(error) => Self::journal(error),
            ChangeError::OtpUsed { wait_seconds } => Self::used_otp(*wait_seconds, version),
            ChangeError::Refused(refusal) => Self::refused(*refusal, version),
        };
        fault.entered()
    }

    /// Try again.
    pub fn busy() -> Self {
        Self::new(CscErrorCode::TemporarilyUnavailable, "The server is busy").after(SHORTLY)
    }

    /// What became of a call to sign. A failure of the HSM is never the caller's.
    pub fn signing(error: SignError, version: Version) -> Self {
        match error {
            SignError::Busy(busy) => {
                Self::new(CscErrorCode::TemporarilyUnavailable, "The server is busy")
                    .after(busy.retry_after)
            }
            SignError::Interrupted => Self::new(
                CscErrorCode::OutcomeUnknown,
                "The outcome of this call is unknown: treat it as signed",
            ),
            SignError::Journal(error) => Self::journal(&error),
            SignError::Refused(refusal) => Self::refused(refusal, version).entered(),
            SignError::Running => Self::new(
                CscErrorCode::IdempotencyConflict,
                "The same call is still running",
            )
            .after(SHORTLY),
            SignError::Uncertain(_) => Self::new(
                CscErrorCode::ServerError,
                "It is not known whether this was signed: treat it as signed",
            ),
            _ => Self::new(CscErrorCode::ServerError, "The key could not be used"),
        }
    }
}

impl From<Malformed> for Fault {
    fn from(cause: Malformed) -> Self {
        Self::invalid(cause.to_string()).because(Refusal::Malformed)
    }
}

impl ResponseError for Fault {
    fn status_code(&self) -> StatusCode {
        let usual = || StatusCode::from_u16(self.code.status()).ok();
        self.status
            .or_else(usual)
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(wait) = self.retry_after {
            response.insert_header((RETRY_AFTER, wait.as_secs().max(1).to_string()));
        }
        if self.status_code() == StatusCode::UNAUTHORIZED {
            let challenge = format!("Bearer error=\"{}\"", self.code);
            response.insert_header((WWW_AUTHENTICATE, challenge));
        }
        response.json(CscError::new(self.code, self.sentence.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use kyso_core::Busy;

    use super::*;

    fn status(fault: &Fault) -> (u16, Option<String>) {
        let response = fault.error_response();
        let wait = response
            .headers()
            .get(RETRY_AFTER)
            .map(|v| v.to_str().unwrap().to_owned());
        (response.status().as_u16(), wait)
    }

    #[test]
    fn an_hsm_fault_is_never_the_callers() {
        let busy = Busy {
            retry_after: Duration::from_secs(7),
        };
        for (error, expected) in [
            (SignError::Failed, (500, None)),
            (SignError::Uncertain(None), (500, None)),
            (SignError::Busy(busy), (503, Some("7".to_owned()))),
            (
                SignError::Journal(JournalError::Rewound),
                (503, Some("2".to_owned())),
            ),
            (SignError::Running, (409, Some("2".to_owned()))),
            (SignError::Interrupted, (409, None)),
            (SignError::Refused(Refusal::UnknownSad), (400, None)),
        ] {
            assert_eq!(status(&Fault::signing(error, Version::V1)), expected);
        }
    }

    #[test]
    fn a_bad_token_is_challenged() {
        let response = Fault::refused(Refusal::TokenInvalid, Version::V2).error_response();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let challenge = response.headers().get(WWW_AUTHENTICATE).unwrap();
        assert_eq!(challenge, "Bearer error=\"invalid_token\"");
    }
}
