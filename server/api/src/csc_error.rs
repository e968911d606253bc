//! The error body of CSC and OAuth: `{"error": …, "error_description": …}` (CSC 1.0.4.0 §10.2,
//! RFC 6749 §5.2), for every failure on those routes: clients break on a framework's own pages.

use serde::{Deserialize, Serialize};

use crate::csc::Malformed;
use crate::words::words;

words! {
    /// The word in `error`.
    CscErrorCode {
        /// No failure: taken, and not done yet (v2 signPolling).
        AcceptedRequest = "accepted_request",
        /// Malformed, missing or unknown parameter.
        InvalidRequest = "invalid_request",
        /// The client may not do this.
        UnauthorizedClient = "unauthorized_client",
        /// The person, or the policy, refused.
        AccessDenied = "access_denied",
        /// The authorization endpoint does not know this response type.
        UnsupportedResponseType = "unsupported_response_type",
        /// Unknown or forbidden scope.
        InvalidScope = "invalid_scope",
        /// Something broke here; never the caller's fault.
        ServerError = "server_error",
        /// Busy, or the token is away: `Retry-After` says when to come back.
        TemporarilyUnavailable = "temporarily_unavailable",
        /// The token has ended.
        ExpiredToken = "expired_token",
        /// The token is unknown or revoked.
        InvalidToken = "invalid_token",
        /// Wrong login or password at `auth/login`.
        AuthenticationError = "authentication_error",
        /// Wrong OTP (v1).
        InvalidOtp = "invalid_otp",
        /// Wrong PIN (v1).
        InvalidPin = "invalid_pin",
        /// Wrong factor (v2).
        InvalidAuthenticationData = "invalid_authentication_data",
        /// Bad code, refresh token or assertion (RFC 6749 §5.2).
        InvalidGrant = "invalid_grant",
        /// Client authentication failed (RFC 6749 §5.2).
        InvalidClient = "invalid_client",
        /// A grant type that is not served (RFC 6749 §5.2).
        UnsupportedGrantType = "unsupported_grant_type",
        /// `revoke` of a kind of token that cannot be revoked (RFC 7009 §2.2.1).
        UnsupportedTokenType = "unsupported_token_type",
        /// Too many requests: `Retry-After`.
        SlowDown = "slow_down",
        /// A method of CSC that this server does not do (501).
        NotImplemented = "not_implemented",
        /// No such method (404) or verb (405).
        UnknownMethod = "unknown_method",
        /// The Idempotency-Key is in use: running (409), or bound to another body.
        IdempotencyConflict = "idempotency_conflict",
        /// It is not known whether an earlier attempt signed; treat it as signed.
        OutcomeUnknown = "outcome_unknown",
    }
}

impl CscErrorCode {
    /// The HTTP status that usually goes with the word.
    pub const fn status(self) -> u16 {
        match self {
            Self::AcceptedRequest => 202,
            Self::ExpiredToken | Self::InvalidToken | Self::InvalidClient => 401,
            Self::UnknownMethod => 404,
            Self::IdempotencyConflict | Self::OutcomeUnknown => 409,
            Self::SlowDown => 429,
            Self::ServerError => 500,
            Self::NotImplemented => 501,
            Self::TemporarilyUnavailable => 503,
            _ => 400,
        }
    }
}

/// The body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CscError {
    /// A word of [`CscErrorCode`]; text, since other servers have words of their own.
    pub error: String,
    /// A sentence for people; never holds a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_description: Option<String>,
}

impl CscError {
    /// A body with this word and sentence.
    pub fn new(code: CscErrorCode, description: impl Into<String>) -> Self {
        Self {
            error: code.name().to_owned(),
            error_description: Some(description.into()),
        }
    }
}

impl From<&Malformed> for CscError {
    fn from(cause: &Malformed) -> Self {
        Self::new(CscErrorCode::InvalidRequest, cause.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_exactly_the_two_members() {
        let body = CscError::new(CscErrorCode::InvalidOtp, "The OTP is invalid");
        assert_eq!(
            serde_json::to_string(&body).unwrap(),
            r#"{"error":"invalid_otp","error_description":"The OTP is invalid"}"#
        );
    }

    #[test]
    fn every_word_is_read_back() {
        for code in CscErrorCode::ALL {
            assert_eq!(CscErrorCode::from_name(code.name()), Some(*code));
            assert!(
                [202]
                    .into_iter()
                    .chain(400..=503)
                    .any(|status| status == code.status())
            );
        }
    }
}
