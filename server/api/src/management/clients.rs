//! Systems that call the server: OAuth clients, their keys and what they were granted.

use serde::{Deserialize, Serialize};

use super::Id;
use crate::Secret;
use crate::words::words;

words! {
    /// How a client proves itself (RFC 6749, RFC 7523, RFC 8705).
    ClientAuthMethod {
        /// It signs a JWT.
        PrivateKeyJwt = "private_key_jwt",
        /// Mutual TLS.
        TlsClientAuth = "tls_client_auth",
        /// A shared secret, for compatibility only.
        ClientSecret = "client_secret",
    }
}

/// `POST clients`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewClient {
    /// Its OAuth name.
    pub client_id: String,
    /// Name for people.
    pub name: String,
    /// How it proves itself.
    pub auth_method: ClientAuthMethod,
    /// A public JWK (RFC 7517), a PEM public key or a PEM certificate; for `client_secret` absent,
    /// since the server makes the secret. With a key the client is a pending change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// One-time password of the proposer, fresh; needed with a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otp: Option<Secret>,
}

/// `POST clients/{id}/keys`: makes a pending change.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewClientKey {
    /// As in [`NewClient::key`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// One-time password of the proposer; absent where the log-in's own is still fresh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otp: Option<Secret>,
}

/// `POST clients/{id}/grants`: makes a pending change. Exactly one of agency and credential.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    /// An agency with all its credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<Id>,
    /// One credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Id>,
    /// Whether the client may collect a person's one-time password.
    #[serde(default)]
    pub explicit: bool,
    /// Whether the client may have a hash signed that it says nothing about.
    #[serde(default)]
    pub raw_hash: bool,
    /// One-time password of the proposer; absent where the log-in's own is still fresh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otp: Option<Secret>,
}

/// What a client was granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Grant {
    /// Its id.
    pub id: Id,
    /// An agency with all its credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<Id>,
    /// One credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Id>,
    /// Whether it may collect a person's one-time password.
    pub explicit: bool,
    /// Whether it may have an opaque hash signed.
    pub raw_hash: bool,
}

/// A key of a client, as much of it as anybody is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ClientKey {
    /// Its id, by which it is revoked.
    pub id: Id,
    /// SHA-256 of the public key or certificate, hexadecimal; absent for a shared secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

/// One of `GET clients`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Client {
    /// Its id.
    pub id: Id,
    /// Its OAuth name.
    pub client_id: String,
    /// Name for people.
    pub name: String,
    /// How it proves itself.
    pub auth_method: ClientAuthMethod,
    /// Whether it may call.
    pub enabled: bool,
    /// Its keys in force.
    pub keys: Vec<ClientKey>,
    /// What it was granted.
    pub grants: Vec<Grant>,
    /// The origin under which it is called back, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback: Option<String>,
}

/// `PUT clients/{id}/callback`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewCallback {
    /// Scheme, host and port, as browsers write an origin: `https://dms.example.gov.vn`.
    pub origin: String,
}

/// What `PUT clients/{id}/callback` answers; the secret is never shown again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CallbackReply {
    /// The origin.
    pub origin: String,
    /// What the calls are signed with (Standard Webhooks): `whsec_` and base64.
    pub secret: Secret,
}
