//! Credentials: a key, its owner, its certificate and its state.

use serde::{Deserialize, Serialize};

use super::{Id, Time};
use crate::words::words;

words! {
    /// Whose will a signature shows.
    CredentialKind {
        /// A person's.
        Personal = "personal",
        /// An agency's.
        Seal = "seal",
    }

    /// Where a credential is in its life.
    CredentialState {
        /// The key is made, the certificate asked for.
        Requested = "requested",
        /// It has its certificate.
        Certified = "certified",
        /// Đã bàn giao: its owner has taken it over.
        HandedOver = "handed_over",
        /// It signs.
        Active = "active",
        /// It does not sign for now.
        Locked = "locked",
        /// Ended by a manager.
        Revoked = "revoked",
        /// Its certificate is past its end.
        Expired = "expired",
    }
}

/// The certificate's subject, attributes of the Government CA's profile. An attribute may repeat.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// `CN`.
    pub common_name: String,
    /// `UID`: the person's or the agency's identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// `T`: position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// `OU`, the innermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub organizational_units: Vec<String>,
    /// `O`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// `L`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    /// `ST`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// `C`; absent means `VN`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// E-mail address, a subject alternative name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// `POST credentials`: makes a key and a request for its certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewCredential {
    /// Whose will.
    pub kind: CredentialKind,
    /// The person, for a personal credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_person: Option<Id>,
    /// The agency: a seal's owner; for a personal one the agency in whose service it signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_agency: Option<Id>,
    /// Kind of key: `rsa-2048`, `rsa-3072`, `rsa-4096`, `p-256`, `p-384`.
    pub algorithm: String,
    /// Most signatures for one authorization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multisign: Option<u32>,
    /// Life of a SAD in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sad_seconds: Option<u32>,
    /// A seal for what a system vouches for by its digest, and never for outgoing documents, appendices or copies; any
    /// other seal is for those, and for nothing by its digest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_digest: bool,
    /// The certificate's subject.
    #[serde(deserialize_with = "super::objects::object")]
    pub subject: Subject,
}

/// Reply of `POST credentials`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NewCredentialReply {
    /// Its id.
    pub id: Id,
    /// Its state.
    pub state: CredentialState,
    /// PKCS#10 request, PEM, signed by the key itself.
    pub csr_pem: String,
}

/// One of `GET credentials`, and `GET credentials/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Credential {
    /// Its id.
    pub id: Id,
    /// Whose will.
    pub kind: CredentialKind,
    /// Its person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_person: Option<Id>,
    /// Its agency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_agency: Option<Id>,
    /// Kind of key.
    pub algorithm: String,
    /// Most signatures for one authorization.
    pub multisign: u32,
    /// Life of a SAD in seconds.
    pub sad_seconds: u32,
    /// A seal for digests, and never for outgoing documents, appendices or copies.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_digest: bool,
    /// Its state.
    pub state: CredentialState,
    /// Subject of the certificate (RFC 4514).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Serial number of the certificate, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<String>,
    /// Start of the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Time>,
    /// End of the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Time>,
    /// Request for the certificate, PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csr_pem: Option<String>,
    /// Certificates, PEM, leaf first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain_pem: Option<String>,
}

/// `POST credentials/{id}/certificate`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CertificateChain {
    /// PEM, leaf first; it must match the key.
    pub chain_pem: String,
}

/// `POST credentials/{id}/hand-over`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// The record of it (biên bản bàn giao): number and date.
    pub basis: String,
}
