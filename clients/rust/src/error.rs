//! Why a call failed, with everything that the server said.

use std::time::Duration;

use kyso_api::csc_error::CscError;
use kyso_api::problem::Problem;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// An option, a file or a key cannot be used; nothing was sent.
    #[error("{0}")]
    Configuration(String),
    /// No answer came. The server may have done what was asked: only a call with an
    /// Idempotency-Key can be repeated safely.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The server refused.
    #[error("{message} ({code}, status {status})")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The word for programs: a `ProblemCode`, or CSC's `error`.
        code: String,
        /// For people.
        message: String,
        /// The request's id, as in the audit entries.
        request_id: Option<String>,
        /// When to try again.
        retry_after: Option<Duration>,
    },
    /// The answer is not what this version of the client knows.
    #[error("the server's answer cannot be read: {0}")]
    Unreadable(String),
}

impl ClientError {
    /// HTTP status of a refusal.
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Word for programs of a refusal.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// When to try again, if the server said so.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the access token is missing, wrong or has ended.
    pub fn is_not_authenticated(&self) -> bool {
        self.status() == Some(401)
    }

    /// Whether the server is away or busy, so that a later try may do.
    pub const fn is_unavailable(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Refused { status, .. } => matches!(status, 429 | 502..=504),
            _ => false,
        }
    }
}

/// What stands around a refusal's body.
#[derive(Debug, Default)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

/// Reads a refusal: a problem (RFC 9457), or CSC's and OAuth's error, or neither.
pub(crate) fn refused(head: Head, body: &[u8]) -> ClientError {
    let (code, message, request_id) = said(head.status, body);
    ClientError::Refused {
        status: head.status,
        code,
        message,
        request_id: request_id.or(head.request_id),
        retry_after: head.retry_after,
    }
}

fn said(status: u16, body: &[u8]) -> (String, String, Option<String>) {
    if let Ok(problem) = serde_json::from_slice::<Problem>(body) {
        let message = match problem.detail {
            Some(detail) => format!("{} {detail}", problem.title),
            None => problem.title,
        };
        return (problem.code.name().to_owned(), message, problem.request_id);
    }
    if let Ok(error) = serde_json::from_slice::<CscError>(body) {
        let message = error
            .error_description
            .unwrap_or_else(|| error.error.clone());
        return (error.error, message, None);
    }
    // A proxy's page, or a code that this version does not know: say the status at least.
    let code = serde_json::from_slice::<serde_json::Value>(body)
        .ok()
        .and_then(|value| value.get("code")?.as_str().map(str::to_owned));
    (
        code.unwrap_or_else(|| "unknown".to_owned()),
        format!("HTTP {status}"),
        None,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> (String, String) {
        let error = refused(
            Head {
                status,
                ..Head::default()
            },
            body.as_bytes(),
        );
        match error {
            ClientError::Refused { code, message, .. } => (code, message),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn reads_every_kind_of_body() {
        let problem = r#"{"type":"urn:kyso:problem:otp_used","title":"T.","status":403,
                          "detail":"12 s","code":"otp_used","request_id":"r"}"#;
        assert_eq!(read(403, problem), ("otp_used".into(), "T. 12 s".into()));
        let csc = r#"{"error":"invalid_otp","error_description":"The OTP is invalid"}"#;
        assert_eq!(
            read(400, csc),
            ("invalid_otp".into(), "The OTP is invalid".into())
        );
        assert_eq!(read(502, "<html>"), ("unknown".into(), "HTTP 502".into()));
        let newer = r#"{"code":"brand_new","title":"x"}"#;
        assert_eq!(read(400, newer), ("brand_new".into(), "HTTP 400".into()));
    }
}
