//! Log-in of people: `POST sessions`, `GET sessions`, `DELETE sessions/current`,
//! `DELETE sessions/{id}`, `GET me`.

use serde::{Deserialize, Serialize};

use super::people::RoleName;
use super::{Id, Time};
use crate::Secret;

/// `POST sessions`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// Login name.
    pub login: String,
    /// Password.
    pub password: Secret,
    /// One-time password; for every role but the signer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otp: Option<Secret>,
}

/// Reply of `POST sessions`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SessionReply {
    /// Access token.
    pub access_token: Secret,
    /// `Bearer`.
    pub token_type: String,
    /// Life in seconds.
    pub expires_in: u32,
    /// Who logged in.
    pub person: Me,
}

/// `GET me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Me {
    /// Person's id.
    pub id: Id,
    /// Login name.
    pub login: String,
    /// Name.
    pub name: String,
    /// Roles held now.
    pub roles: Vec<RoleName>,
}

/// One of `GET sessions`: a log-in of the caller's that may still be in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LogIn {
    /// What names it: `DELETE sessions/{id}` ends it.
    pub id: Id,
    /// Since when.
    pub since: Time,
    /// When it ends by itself at the latest; one that is refreshed lives on.
    pub until: Time,
    /// The address that it came from; absent where that was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The system through which it was made, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Id>,
    /// Whether this call belongs to it.
    pub current: bool,
}
