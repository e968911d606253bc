//! Replies that only version 2 has.

use serde::{Deserialize, Serialize};

use super::reply::{CertInfo, KeyInfo, Scal, scal_one};
use crate::words::words;

words! {
    /// How a credential is authorized (v2 §11.5).
    AuthModeV2 {
        /// The client collects the factors, or the server does by itself.
        Explicit = "explicit",
        /// On the server's own page.
        Oauth2Code = "oauth2code",
    }
}

/// One factor that `authData` may hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthObject {
    /// `Password`, `PasswordOOB`, `ChallengeResponse`, `ChallengeResponseOOB`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name in `authData` and in the expression.
    pub id: String,
    /// `N` digits, `A` any characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// `totp`: made by an authenticator (RFC 6238).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generator: Option<String>,
    /// Name of the field for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Sentence for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// How a credential is authorized.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Auth {
    /// Who collects the factors.
    pub mode: AuthModeV2,
    /// Which of them together: `PIN AND OTP`; absent means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// The factors. Always there, even when empty: one library needs the key.
    #[serde(default)]
    pub objects: Vec<AuthObject>,
}

/// `credentials/info` (v2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialInfoV2 {
    /// Its id; only inside a list.
    #[serde(
        default,
        rename = "credentialID",
        skip_serializing_if = "Option::is_none"
    )]
    pub credential_id: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Kind of signature in law: `<country>_<law>_<type>`.
    #[serde(
        default,
        rename = "signatureQualifier",
        skip_serializing_if = "Option::is_none"
    )]
    pub signature_qualifier: Option<String>,
    /// Its key.
    pub key: KeyInfo,
    /// Its certificate.
    pub cert: CertInfo,
    /// How it is authorized.
    pub auth: Auth,
    /// What a SAD is bound to.
    #[serde(rename = "SCAL", default = "scal_one")]
    pub scal: Scal,
    /// Most signatures for one authorization.
    pub multisign: u32,
    /// Language of the texts (RFC 5646).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
}

/// `credentials/list` (v2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialsListReplyV2 {
    /// Ids.
    #[serde(rename = "credentialIDs")]
    pub credential_ids: Vec<String>,
    /// Each one's particulars, if asked for.
    #[serde(
        default,
        rename = "credentialInfos",
        skip_serializing_if = "Option::is_none"
    )]
    pub credential_infos: Option<Vec<CredentialInfoV2>>,
    /// `true` if asked for, and honoured.
    #[serde(default, rename = "onlyValid", skip_serializing_if = "Option::is_none")]
    pub only_valid: Option<bool>,
}
