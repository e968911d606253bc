//! Replies of 1.0.4.0, and those that both versions share.
//!
//! An absent member is left out and never `null`: strict clients refuse a `null`. `SCAL` is a text.

use serde::{Deserialize, Serialize};

use crate::Secret;
use crate::words::words;

words! {
    /// How a credential is authorized.
    AuthMode {
        /// The server asks the person by itself.
        Implicit = "implicit",
        /// The client collects the factors.
        Explicit = "explicit",
        /// On the server's own page.
        Oauth2Code = "oauth2code",
    }

    /// What a SAD is bound to (CSC's words; see the threat model for EN 419241-1).
    Scal {
        /// Nothing that the server could check against the person's will.
        One = "1",
        /// The hashes.
        Two = "2",
    }

    /// Whether a factor is asked for; a text, even where it looks like a boolean.
    Presence {
        /// Asked for.
        Required = "true",
        /// Not asked for.
        Absent = "false",
        /// May be given.
        Optional = "optional",
    }

    /// Whether a key may sign.
    KeyStatus {
        /// It may.
        Enabled = "enabled",
        /// It may not.
        Disabled = "disabled",
    }

    /// What a certificate is worth now.
    CertStatus {
        /// In its dates and not revoked.
        Valid = "valid",
        /// Past its dates.
        Expired = "expired",
        /// Ended by its issuer.
        Revoked = "revoked",
        /// Held by its issuer.
        Suspended = "suspended",
    }
}

/// `auth/login`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoginReply {
    /// Access token.
    pub access_token: Secret,
    /// Only if it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// Life in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u32>,
}

/// `credentials/list` (v1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialsListReply {
    /// Ids.
    #[serde(rename = "credentialIDs")]
    pub credential_ids: Vec<String>,
    /// Where the next page begins; absent on the last.
    #[serde(
        default,
        rename = "nextPageToken",
        skip_serializing_if = "Option::is_none"
    )]
    pub next_page_token: Option<String>,
}

/// A key's particulars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyInfo {
    /// Whether it may sign.
    pub status: KeyStatus,
    /// Object identifiers of signature algorithms, the best first: one client takes the first.
    pub algo: Vec<String>,
    /// Bits.
    pub len: u32,
    /// Object identifier of the curve; for elliptic curves only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curve: Option<String>,
}

/// A certificate's particulars; all but the status only when asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertInfo {
    /// What it is worth now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CertStatus>,
    /// Base64 of DER, leaf first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificates: Option<Vec<String>>,
    /// Issuer (RFC 4514).
    #[serde(default, rename = "issuerDN", skip_serializing_if = "Option::is_none")]
    pub issuer_dn: Option<String>,
    /// Serial number, hexadecimal.
    #[serde(
        default,
        rename = "serialNumber",
        skip_serializing_if = "Option::is_none"
    )]
    pub serial_number: Option<String>,
    /// Subject (RFC 4514).
    #[serde(default, rename = "subjectDN", skip_serializing_if = "Option::is_none")]
    pub subject_dn: Option<String>,
    /// Start, `YYYYMMDDHHMMSSZ`.
    #[serde(default, rename = "validFrom", skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    /// End, `YYYYMMDDHHMMSSZ`.
    #[serde(default, rename = "validTo", skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<String>,
}

/// Whether and how a PIN is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinInfo {
    /// Whether.
    pub presence: Presence,
    /// `N` digits, `A` any characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Name of the field for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Sentence for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Whether and how a one-time password is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtpInfo {
    /// Whether.
    pub presence: Presence,
    /// `offline`: the person's own device makes it.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// `N` digits, `A` any characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Name of the field for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Sentence for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Which device.
    #[serde(rename = "ID")]
    pub id: String,
    /// Whose device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
}

/// `credentials/info` (v1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialInfoV1 {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its key.
    pub key: KeyInfo,
    /// Its certificate.
    pub cert: CertInfo,
    /// How it is authorized.
    #[serde(rename = "authMode")]
    pub auth_mode: AuthMode,
    /// What a SAD is bound to.
    #[serde(rename = "SCAL", default = "scal_one")]
    pub scal: Scal,
    /// Only when asked for and explicit.
    #[serde(default, rename = "PIN", skip_serializing_if = "Option::is_none")]
    pub pin: Option<PinInfo>,
    /// Only when asked for and explicit.
    #[serde(default, rename = "OTP", skip_serializing_if = "Option::is_none")]
    pub otp: Option<OtpInfo>,
    /// Most signatures for one authorization.
    pub multisign: u32,
    /// Language of the texts (RFC 5646).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
}

/// An absent `SCAL` means `"1"` (CSC 1.0.4.0 §11.5).
pub(super) const fn scal_one() -> Scal {
    Scal::One
}

/// `credentials/authorize` and `extendTransaction`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AuthorizeReply {
    /// The authorization: opaque, used once per hash.
    #[serde(rename = "SAD")]
    pub sad: Secret,
    /// Life in seconds; absent means 3600.
    #[serde(default, rename = "expiresIn", skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u32>,
}

/// Header of replies with signatures: the id of the call that made them, under which `receipts/{id}` answers.
///
/// The specification's body has no member for it, and the reply may be that of another call: of a retry, of a poll.
pub const CALL_HEADER: &str = "kyso-call";

/// `signatures/signHash`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignHashReply {
    /// Base64, one per hash and in their order; ECDSA as DER.
    pub signatures: Vec<String>,
}
