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
    /// The manifest of an export of the audit log.
    Export,
    /// An agency's seal.
    Seal,
    /// A person's signature.
    Sign,
    /// An RFC 3161 token.
    Timestamp,
}

impl KeyPurpose {
    /// Name in entries.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attestation => "attestation",
            Self::Certificate => "certificate",
            Self::CertificateRequest => "certificate_request",
            Self::Checkpoint => "checkpoint",
            Self::Export => "export",
            Self::Seal => "seal",
            Self::Sign => "sign",
            Self::Timestamp => "timestamp",
        }
    }
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

/// Why the server uses a key for itself. What such a use signs never leaves as anybody's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerPurpose {
    /// A certificate issued by the evaluation CA.
    Certificate,
    /// A PKCS#10 request for the key's own certificate.
    CertificateRequest,
    /// The audit log's checkpoint.
    Checkpoint,
    /// The manifest of an export of the audit log.
    Export,
}

impl From<ServerPurpose> for KeyPurpose {
    fn from(purpose: ServerPurpose) -> Self {
        match purpose {
            ServerPurpose::Certificate => Self::Certificate,
            ServerPurpose::CertificateRequest => Self::CertificateRequest,
            ServerPurpose::Checkpoint => Self::Checkpoint,
            ServerPurpose::Export => Self::Export,
        }
    }
}

/// What one lane is asked to do: sign these digests, in this order, with one key.
///
/// For a person or an agency only the sign flow makes one, out of an intent that is recorded; the
/// server's own uses say what they are. So no other code can ask for somebody's signature.
///
/// ```compile_fail
/// use kyso_core::{Digest, KeyPurpose, KeyRef, SignJob, SignatureScheme};
/// fn unrecorded(key: KeyRef, scheme: SignatureScheme, digests: Vec<Digest>) -> SignJob {
///     SignJob { key: key.into(), purpose: KeyPurpose::Sign, scheme, digests }
/// }
/// ```
///
/// ```
/// use kyso_core::custody::{KeyRef, ServerPurpose, SignJob};
/// use kyso_core::{Digest, SignatureScheme};
/// fn request(key: KeyRef, scheme: SignatureScheme, digests: Vec<Digest>) -> SignJob {
///     SignJob::of_server(key.into(), ServerPurpose::CertificateRequest, scheme, digests)
/// }
/// ```
#[derive(Debug)]
pub struct SignJob {
    key: Arc<KeyRef>,
    purpose: KeyPurpose,
    scheme: SignatureScheme,
    digests: Vec<Digest>,
}

impl SignJob {
    /// Only for what [`crate::sign`] has recorded.
    pub(crate) const fn recorded(
        key: Arc<KeyRef>,
        purpose: KeyPurpose,
        scheme: SignatureScheme,
        digests: Vec<Digest>,
    ) -> Self {
        Self {
            key,
            purpose,
            scheme,
            digests,
        }
    }

    /// A use of the server's own; whoever asks has entered it in the log before. Only a checkpoint is not entered: each
    /// would be the reason for the next.
    pub fn of_server(
        key: Arc<KeyRef>,
        purpose: ServerPurpose,
        scheme: SignatureScheme,
        digests: Vec<Digest>,
    ) -> Self {
        Self::recorded(key, purpose.into(), scheme, digests)
    }

    /// The key.
    pub fn key(&self) -> &KeyRef {
        &self.key
    }

    /// What for.
    pub const fn purpose(&self) -> KeyPurpose {
        self.purpose
    }

    /// How.
    pub const fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    /// What: every digest is of the scheme's hash.
    pub fn digests(&self) -> &[Digest] {
        &self.digests
    }
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
