//! OAuth 2.0: token, revocation and metadata (RFC 6749, 7009, 7523, 8414). Errors are
//! [`crate::csc_error::CscError`], which has OAuth's own shape.

use serde::{Deserialize, Serialize};

use crate::Secret;
use crate::words::words;

/// `client_assertion_type` of a JWT (RFC 7523 §2.2).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

words! {
    /// Grants that the token endpoint knows.
    GrantType {
        /// A system, for itself (RFC 6749 §4.4).
        ClientCredentials = "client_credentials",
        /// A new access token for a refresh token (RFC 6749 §6).
        RefreshToken = "refresh_token",
    }
}

/// Form of `POST oauth2/token`. `grant_type` is a text, so that an unknown one can be answered
/// with `unsupported_grant_type` rather than with a syntax error.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TokenRequest {
    /// A word of [`GrantType`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_type: Option<String>,
    /// For `refresh_token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// Wanted scope: `service`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Who is asking.
    #[serde(flatten)]
    pub client: ClientAuthentication,
    /// Opaque, for the caller's own correlation.
    #[serde(
        default,
        rename = "clientData",
        skip_serializing_if = "Option::is_none"
    )]
    pub client_data: Option<String>,
}

/// A client's proof in a form; with mutual TLS only `client_id` is there.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ClientAuthentication {
    /// The client's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// For `client_secret_post`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// For `private_key_jwt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_assertion: Option<Secret>,
    /// [`JWT_BEARER`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_assertion_type: Option<String>,
}

/// Reply of the token endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TokenReply {
    /// Access token.
    pub access_token: Secret,
    /// `Bearer`.
    pub token_type: String,
    /// Life in seconds.
    pub expires_in: u32,
    /// Given scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// For the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
}

/// Form of `POST oauth2/revoke` (RFC 7009 §2.1).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RevocationRequest {
    /// The token to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
    /// `access_token` or `refresh_token`; a hint only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type_hint: Option<String>,
    /// Who is asking.
    #[serde(flatten)]
    pub client: ClientAuthentication,
}

/// `/.well-known/oauth-authorization-server` (RFC 8414 §2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Issuer; the same text as in tokens.
    pub issuer: String,
    /// Where tokens are given.
    pub token_endpoint: String,
    /// Where tokens are ended.
    pub revocation_endpoint: String,
    /// Where the keys are that tokens are signed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// Grants.
    pub grant_types_supported: Vec<String>,
    /// Required by the RFC even when there is no authorization endpoint.
    pub response_types_supported: Vec<String>,
    /// `service`.
    pub scopes_supported: Vec<String>,
    /// How clients prove themselves.
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// How assertions are signed.
    pub token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// Whether tokens are bound to the client's certificate (RFC 8705 §3.3).
    pub tls_client_certificate_bound_access_tokens: bool,
}
