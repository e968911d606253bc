//! What lets a key be used: a SAD, or a stamping session.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Timestamp;
use crate::algorithm::{Digest, HashAlgorithm};
use crate::id::{ClientId, CredentialId, PersonId, SadId, StampingSessionId};

/// SHA-256 of a SAD's secret value; the value itself is never stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SadHash([u8; 32]);

impl SadHash {
    /// Hashes the value that a caller presents.
    pub fn of(value: &str) -> Self {
        Self(Sha256::digest(value.as_bytes()).into())
    }

    /// The hash's bytes, the key of its row.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for SadHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SadHash(…)")
    }
}

/// What a SAD is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SadBinding {
    /// A number of signatures; only for a seal, only inside a stamping session.
    Count(u32),
    /// Exactly these hash occurrences: a multiset, so the same hash twice is two of them.
    ///
    /// Shared, since a call asks for them and the journal's memory of the grant keeps them.
    Hashes(Arc<[Digest]>),
}

/// Signature activation data (CSC 1.0.4.0 §8.2): one credential, one client, one user, until a time.
#[derive(Debug, Clone)]
pub struct Sad {
    /// Its id; not secret.
    pub id: SadId,
    /// Hash of its secret value.
    pub hash: SadHash,
    /// The client it was given to; `None` for a person's own token.
    pub client: Option<ClientId>,
    /// The person who proved themself; `None` for a stamping session's.
    pub person: Option<PersonId>,
    /// The credential it activates.
    pub credential: CredentialId,
    /// The stamping session it was drawn from.
    pub session: Option<StampingSessionId>,
    /// The hash algorithm of what it is bound to.
    pub hash_algorithm: Option<HashAlgorithm>,
    /// What it is bound to.
    pub binding: SadBinding,
    /// SHA-256 over the canonical `documents[]`; zeroes when there were none.
    pub documents: [u8; 32],
    /// Refused from this time on.
    pub expires_at: Timestamp,
    /// Sequence of the entry that gave it; `None` until it is written.
    pub made_by: Option<i64>,
}

/// A stamping session (phiên đóng dấu): a clerk's mandate to one client for one seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StampingSession {
    /// Its id.
    pub id: StampingSessionId,
    /// Who may stamp.
    pub client: ClientId,
    /// With which seal.
    pub credential: CredentialId,
    /// The records clerk who opened it with a one-time password.
    pub opened_by: PersonId,
    /// At most so many stamps.
    pub limit: u32,
    /// For documents of these purposes only (`PHAT_HANH`, `SAO_Y`, …).
    pub purposes: Vec<String>,
    /// From this time on.
    pub opened_at: Timestamp,
    /// Until this time; it never renews itself.
    pub expires_at: Timestamp,
    /// Closed early at this time.
    pub closed_at: Option<Timestamp>,
    /// Sequence of the entry that opened it; `None` until it is written.
    pub made_by: Option<i64>,
}
