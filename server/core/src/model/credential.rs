//! Credentials: a key, its owner, its certificate, and whether it may be used.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::Timestamp;
use crate::custody::{KeyPurpose, KeyRef};
use crate::id::{AgencyId, CredentialId, PersonId};

/// A person's key or an agency's seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// A person signs with it, each time with a one-time password.
    Personal,
    /// An agency's stamp; used inside a stamping session.
    Seal,
}

impl CredentialKind {
    /// Name in tables, entries and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::Seal => "seal",
        }
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Personal, Self::Seal]
            .into_iter()
            .find(|kind| kind.name() == name)
    }

    /// What its key is used for.
    pub const fn purpose(self) -> KeyPurpose {
        match self {
            Self::Personal => KeyPurpose::Sign,
            Self::Seal => KeyPurpose::Seal,
        }
    }
}

/// Whose it is; the kind follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// A seal belongs to an agency.
    Agency(AgencyId),
    /// A personal credential belongs to a person.
    Person(PersonId),
}

impl Owner {
    /// The id that rows and entries have.
    pub const fn id(&self) -> &[u8; 16] {
        match self {
            Self::Agency(id) => id.as_bytes(),
            Self::Person(id) => id.as_bytes(),
        }
    }

    /// The person, where it is not an agency.
    pub const fn person(self) -> Option<PersonId> {
        match self {
            Self::Agency(_) => None,
            Self::Person(id) => Some(id),
        }
    }

    /// The word that rows have.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Agency(_) => "agency",
            Self::Person(_) => "person",
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agency(id) => id.fmt(f),
            Self::Person(id) => id.fmt(f),
        }
    }
}

/// Where a credential stands: requested → certified → handed over → active ⇄ locked → the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialState {
    /// In use (đã kích hoạt).
    Active,
    /// Has its certificate; not yet given to its owner.
    Certified,
    /// Its certificate has ended.
    Expired,
    /// Given to its owner (đã bàn giao); waits for its first activation by a second person.
    HandedOver,
    /// Not to be used for now (tạm khóa): a local lock, not a state of the certificate.
    Locked,
    /// Key and request made; no certificate yet.
    Requested,
    /// Never to be used again (đã thu hồi).
    Revoked,
}

impl CredentialState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Active,
        Self::Certified,
        Self::Expired,
        Self::HandedOver,
        Self::Locked,
        Self::Requested,
        Self::Revoked,
    ];

    /// Name in tables, entries and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Certified => "certified",
            Self::Expired => "expired",
            Self::HandedOver => "handed_over",
            Self::Locked => "locked",
            Self::Requested => "requested",
            Self::Revoked => "revoked",
        }
    }

    /// The state with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether a credential may go from this state to that one.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Requested, Self::Certified | Self::Revoked)
                | (
                    Self::Certified,
                    Self::HandedOver | Self::Locked | Self::Revoked | Self::Expired
                )
                | (
                    Self::HandedOver,
                    Self::Active | Self::Locked | Self::Revoked | Self::Expired
                )
                | (Self::Active, Self::Locked | Self::Revoked | Self::Expired)
                | (Self::Locked, Self::Active | Self::Revoked | Self::Expired)
        )
    }
}

/// Who issued a certificate and under which number, as entries tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Issued {
    /// Issuer as RFC 4514 text; `None` where it is too long for an entry.
    pub issuer: Option<String>,
    /// Serial number, lowercase hex without leading zero bytes.
    pub serial: Option<String>,
}

/// What the server needs to know of a certificate, read once when it is imported or loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// DER, leaf first, then each issuer.
    pub chain: Vec<Vec<u8>>,
    /// SHA-256 of the leaf.
    pub sha256: [u8; 32],
    /// Issuer and number of the leaf; read when it is loaded, and empty before.
    pub issued: Issued,
    /// Valid from this time on.
    pub not_before: Timestamp,
    /// Valid until this time.
    pub not_after: Timestamp,
}

/// A key, its owner, its certificate, a state; CSC calls it a credential.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Its id, CSC's `credentialID`.
    pub id: CredentialId,
    /// Person or agency.
    pub owner: Owner,
    /// The agency it counts under: the owner itself, or the owner's agency.
    pub agency: AgencyId,
    /// Personal or seal.
    pub kind: CredentialKind,
    /// Its key.
    pub key: Arc<KeyRef>,
    /// Its certificate, once there is one.
    pub certificate: Option<Arc<Certificate>>,
    /// Where it stands.
    pub state: CredentialState,
    /// The most signatures in one authorization, CSC's `multisign`.
    pub multisign: u32,
    /// How long an authorization lives.
    pub sad_lifetime: Duration,
    /// Whether `extendTransaction` may name further hashes.
    pub extensible: bool,
    /// A seal that signs what a system vouches for by its digest, and never a document that goes out; all others sign
    /// only what the server has read.
    pub by_digest: bool,
}
