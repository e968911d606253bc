//! The port to the keys: whoever holds them (a PKCS#11 token today) implements [`KeyCustody`].
//!
//! Key custody is behind one port because whether a province may hold official-duty keys in an
//! HSM of its own is not ours to say; another back end can stand beside PKCS#11.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::algorithm::{Digest, KeyAlgorithm, SignatureScheme};

/// Why a key is used. Keys are kept apart by purpose, and each use of any key has an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPurpose {
    /// A nonce, to prove that the key is the one its certificate names.
    Attestation,
    /// A certificate issued by the evaluation CA.
    Certificate,
    /// A PKCS#10 request for the key's own certificate.
    CertificateRequest,
    /// The audit log's checkpoint.
    Checkpoint,
    /// An agency's seal.
    Seal,
    /// A person's signature.
    Sign,
    /// An RFC 3161 token.
    Timestamp,
}

/// Names a key pair in the token: where to find it and what it must turn out to be.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRef {
    /// `CKA_ID` of both halves: 16 random bytes, chosen when the pair was made.
    pub cka_id: [u8; 16],
    /// Kind of key.
    pub algorithm: KeyAlgorithm,
    /// DER `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7) that every signature is checked against.
    pub spki: Arc<[u8]>,
}

impl fmt::Debug for KeyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRef({}, ", self.algorithm.name())?;
        self.cka_id
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// Who waits: people go before stamps, so that a batch of stamps never delays a leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LaneClass {
    /// A person at a screen.
    Person,
    /// A system that stamps.
    Stamp,
}

/// What one lane is asked to do: sign these digests, in this order, with one key.
#[derive(Debug, Clone)]
pub struct SignJob {
    /// The key.
    pub key: Arc<KeyRef>,
    /// What for.
    pub purpose: KeyPurpose,
    /// How.
    pub scheme: SignatureScheme,
    /// What: every digest is of the scheme's hash.
    pub digests: Vec<Digest>,
}

/// What became of one digest of a batch.
#[derive(Clone, PartialEq, Eq)]
pub enum DigestOutcome {
    /// The token signed, and the signature verified with the key's public half.
    Signed(Vec<u8>),
    /// The token signed, but the signature did not verify, so it does not leave the process.
    Withheld,
    /// The token certainly was not asked.
    NotAttempted,
    /// The token was asked and it is not known whether it signed: treat as signed.
    Unknown,
}

impl fmt::Debug for DigestOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl DigestOutcome {
    /// Name in entries.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Signed(_) => "signed",
            Self::Withheld => "withheld",
            Self::NotAttempted => "not_attempted",
            Self::Unknown => "unknown",
        }
    }
}

/// No place is free, or the token is away: nothing was recorded and nothing was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("busy; try again in {} s", retry_after.as_secs())]
pub struct Busy {
    /// When to try again: HTTP's `Retry-After`.
    pub retry_after: Duration,
}

/// Holds keys and signs with them.
pub trait KeyCustody: Send + Sync + fmt::Debug + 'static {
    /// A reserved place in a queue; dropping it gives the place back.
    type Place: Send + 'static;

    /// Reserves a place before anything is recorded, so a full queue is known before an intent
    /// exists and never after.
    ///
    /// # Errors
    /// [`Busy`] if the class's queue is full, the token is away, or the key is not usable now
    /// (not yet attested).
    fn admit(&self, class: LaneClass, key: &KeyRef) -> Result<Self::Place, Busy>;

    /// Signs every digest of the job, in order; one outcome each.
    ///
    /// A call that runs past its limit ends as [`DigestOutcome::Unknown`]; its late result is
    /// dropped. This never retries: whether to try again is the caller's to say.
    fn sign(
        &self,
        place: Self::Place,
        job: SignJob,
    ) -> impl Future<Output = Vec<DigestOutcome>> + Send;
}
