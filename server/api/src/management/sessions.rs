//! Log-in of people: `POST sessions`, `DELETE sessions/current`, `GET me`.

use serde::{Deserialize, Serialize};

use super::Id;
use super::people::RoleName;
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
