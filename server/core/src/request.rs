//! What is asked: sign these digests, for these documents, with this credential.

use std::fmt;
use std::time::Duration;

use kyso_evidence::entry::{Builder, Format};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Timestamp;
use crate::algorithm::{Digest, SignatureScheme};
use crate::ground::{Look, SealGround};
use crate::id::{CredentialId, RequestId};
use crate::model::SadHash;

/// What is said of the document behind a hash; free text, so it enters an entry only as a commitment.
///
/// Names follow Decree 30/2020, Annex VI.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentFacts {
    /// What it is about (trích yếu).
    #[serde(rename = "abstract", skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Id of the authority record (KT., TL., TUQ., …) that the signer relies on; the entry names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Who drafted it (người soạn thảo).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drafter: Option<String>,
    /// What the approver is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Number (số).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Purpose code: `KY_DUYET`, `PHAT_HANH`, `SAO_Y`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// To whom it goes (nơi nhận).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipients: Option<String>,
    /// Secrecy (độ mật). Anything but "thường" is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secrecy: Option<String>,
    /// Symbol (ký hiệu).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// Type of document (loại văn bản).
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Urgency (độ khẩn): `thường`, `khẩn`, `thượng khẩn`, `hỏa tốc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgency: Option<String>,
}

impl fmt::Debug for DocumentFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DocumentFacts(…)")
    }
}

impl DocumentFacts {
    /// Whether the document may come here: absent means "thường" (not secret).
    pub fn is_public(&self) -> bool {
        self.secrecy
            .as_deref()
            .is_none_or(|secrecy| matches!(secrecy, "" | "thường" | "thuong"))
    }

    /// The bytes that a commitment and a SAD's binding cover: JSON with members in code-point order.
    pub fn canonical(&self) -> Vec<u8> {
        // Declared in that order; a struct of strings cannot fail to serialise.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// What a SAD is bound to when `documents[]` came with its hashes: SHA-256 over each document's
/// canonical bytes with their length before them, in order; zeroes when there were none.
pub fn documents_hash(documents: &[DocumentFacts]) -> [u8; 32] {
    if documents.is_empty() {
        return [0; 32];
    }
    let mut hash = Sha256::new();
    for document in documents {
        let bytes = document.canonical();
        hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(&bytes);
    }
    hash.finalize().into()
}

/// What is presented to activate the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// A SAD, by the hash of its value.
    Sad(SadHash),
    /// The stamping session that is open for this client and seal (`POST /api/v1/stamps`); policy
    /// finds it, so a caller cannot name somebody else's.
    Session,
}

/// The caller's promise that a repetition is the same call.
#[derive(Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The route, so that a key on one route means nothing on another.
    pub route: &'static str,
    /// The header's value.
    pub key: String,
    /// SHA-256 of the request body.
    pub body: [u8; 32],
}

impl fmt::Debug for Idempotency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Idempotency({})", self.route)
    }
}

/// The furthest that a claimed signing time may be from the server's clock, as
/// `kyso_documents::given` has it too.
pub const CLAIM_TOLERANCE: Duration = Duration::from_mins(5);

/// The document behind a digest which is that of signed attributes (RFC 5652 §5.4); the server
/// read or built them, so the entry can say what was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// Who built the attributes.
    pub built_by: Builder,
    /// The signing time that attributes of the caller's own claim; policy holds it against the
    /// clock, so that a retry of what was signed in time is answered at any time.
    pub claimed: Option<Timestamp>,
    /// The digest that the attributes name: of the file, or of a PDF's `ByteRange`.
    pub digest: Digest,
    /// SHA-256 of the file before it was signed, as the caller tells it.
    pub file: Option<[u8; 32]>,
    /// How the document carries the signature.
    pub format: Format,
}

/// One call to sign.
#[derive(Debug, Clone)]
pub struct SignRequest {
    /// Id of the call; intent, outcome and the `X-Request-Id` header carry it.
    pub id: RequestId,
    /// The credential.
    pub credential: CredentialId,
    /// What activates it.
    pub activation: Activation,
    /// How to sign.
    pub scheme: SignatureScheme,
    /// What to sign, in order.
    pub digests: Vec<Digest>,
    /// What the digests stand for, where the server knows; empty or as many as the digests.
    pub contents: Vec<Content>,
    /// What the digests are of; empty or as many as the digests.
    pub documents: Vec<DocumentFacts>,
    /// Whether a repetition is to be recognised.
    pub idempotency: Option<Idempotency>,
    /// CSC `clientData`, opaque, at most 1,024 characters; entered as a commitment.
    pub client_data: Option<String>,
    /// Whether an outside authority is to stamp the time of each signature, later (RFC 3161).
    pub time_stamp: bool,
    /// What the server read in the document that a seal goes on; only [`crate::ground`] says why.
    pub ground: Option<SealGround>,
    /// What the signatures show, where they are a person's and the server has the files; of a seal the ground says it.
    pub look: Option<Look>,
}
