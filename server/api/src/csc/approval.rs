//! What is asked and polled for while a signer decides; version 2 only (v2 §11.8, §11.9, §11.13, §11.15).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::body::{Body, Malformed, Version};
use super::sign::SignHashRequest;
use crate::Secret;

/// Longest `handle` and `requestID`, in bytes.
const MAX_HANDLE: usize = 255;
/// Longest `response_uri`, in bytes.
const MAX_URI: usize = 500;

/// `credentials/authorizeCheck`.
#[derive(Debug, Clone)]
pub struct AuthorizeCheckRequest {
    /// What the last answer gave.
    pub handle: Secret,
}

impl AuthorizeCheckRequest {
    /// Reads the request.
    ///
    /// # Errors
    /// [`Malformed`] names the member.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let body = Body::parse(bytes, Version::V2)?;
        body.client_data()?;
        let handle = body.string("handle")?;
        if handle.len() > MAX_HANDLE {
            return Err(Malformed::Invalid("handle"));
        }
        Ok(Self {
            handle: Secret::new(handle),
        })
    }
}

/// `credentials/authorize` and `authorizeCheck` while the signer has not decided (202).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HandleReply {
    /// With which the next check asks.
    pub handle: Secret,
}

/// `signatures/signHash` with `operationMode` `A`.
#[derive(Debug, Clone)]
pub struct AsynchronousRequest {
    /// What is to be signed.
    pub sign: SignHashRequest,
    /// How long the caller wants to wait.
    pub validity_period: Option<Duration>,
    /// Where the caller wants to be told.
    pub response_uri: Option<String>,
}

impl AsynchronousRequest {
    /// Reads the request.
    ///
    /// # Errors
    /// [`Malformed`] names the member.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let body = Body::parse(bytes, Version::V2)?;
        let period = body.optional_integer("validity_period")?;
        let period = period.map(|milliseconds| match u64::try_from(milliseconds) {
            Ok(0) | Err(_) => Err(Malformed::Invalid("validity_period")),
            Ok(milliseconds) => Ok(Duration::from_millis(milliseconds)),
        });
        Ok(Self {
            sign: SignHashRequest::read(&body)?,
            validity_period: period.transpose()?,
            response_uri: body.text("response_uri", MAX_URI)?,
        })
    }
}

/// `signatures/signHash` with `operationMode` `A`: taken, not signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedReply {
    /// With which the signatures are polled for.
    #[serde(rename = "responseID")]
    pub response_id: String,
}

/// `signatures/signPolling`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollingRequest {
    /// The `responseID` of the call that asked.
    pub request_id: String,
}

impl PollingRequest {
    /// Reads the request.
    ///
    /// # Errors
    /// [`Malformed`] names the member.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let body = Body::parse(bytes, Version::V2)?;
        body.client_data()?;
        let id = body.string("requestID")?;
        if id.len() > MAX_HANDLE {
            return Err(Malformed::Invalid("requestID"));
        }
        Ok(Self {
            request_id: id.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_polled_with_is_a_short_text() {
        let long = format!(r#"{{"handle":"{0}","requestID":"{0}"}}"#, "x".repeat(256));
        for (body, handle, request) in [
            (
                "{}",
                "Missing (or invalid type) string parameter handle",
                "Missing (or invalid type) string parameter requestID",
            ),
            (
                r#"{"handle":7,"requestID":7}"#,
                "Missing (or invalid type) string parameter handle",
                "Missing (or invalid type) string parameter requestID",
            ),
            (
                r#"{"handle":"","requestID":""}"#,
                "Invalid parameter handle",
                "Invalid parameter requestID",
            ),
            (
                &long,
                "Invalid parameter handle",
                "Invalid parameter requestID",
            ),
        ] {
            let refused = AuthorizeCheckRequest::parse(body.as_bytes()).unwrap_err();
            assert_eq!(refused.to_string(), handle, "{body}");
            let refused = PollingRequest::parse(body.as_bytes()).unwrap_err();
            assert_eq!(refused.to_string(), request, "{body}");
        }
        let body = br#"{"handle":"h","requestID":"r"}"#;
        assert_eq!(
            AuthorizeCheckRequest::parse(body).unwrap().handle.expose(),
            "h"
        );
        assert_eq!(PollingRequest::parse(body).unwrap().request_id, "r");
    }

    #[test]
    fn a_validity_is_in_milliseconds_and_above_0() {
        let ask = |period: &str| {
            let body = format!(
                r#"{{"credentialID":"c","hashes":["AAAA"],"signAlgo":"1.2.3","validity_period":{period}}}"#
            );
            AsynchronousRequest::parse(body.as_bytes()).map(|wire| wire.validity_period)
        };
        assert_eq!(ask("1500"), Ok(Some(Duration::from_millis(1500))));
        assert_eq!(ask("null"), Ok(None));
        for period in ["0", "-1"] {
            assert_eq!(ask(period), Err(Malformed::Invalid("validity_period")));
        }
        assert!(ask("\"1500\"").is_err());
    }
}
