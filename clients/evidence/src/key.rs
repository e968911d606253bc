//! Keys that verify notes: those of logs, and of the witnesses that cosign.
//!
//! In text a key is a "vkey", `<name>+<hex of id>+<base64 of type ‖ key>` (C2SP `signed-note`,
//! "Verifier keys"). One type cannot pass for another: they are different types here too.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::Signature as Ed25519Signature;
use ed25519_dalek::VerifyingKey as Ed25519Key;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{DerSignature, VerifyingKey as P256Key};
use sha2::{Digest as _, Sha256};

use crate::line::{base64, to_base64};
use crate::note::{KeyLabel, KeyName, Note};

const ED25519: u8 = 1;
const ECDSA: u8 = 2;
const COSIGNATURE: u8 = 4;

/// The `SubjectPublicKeyInfo` of a P-256 key up to its uncompressed point: RFC 5480 §2.1.1, in DER.
const P256_PREFIX: &[u8] =
    b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";

/// Why text or bytes are not a verifier key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not `<name>+<id>+<key>` in its one spelling.
    #[error("the verifier key does not have the form name+id+key")]
    Form,
    /// Another type than such a key may have.
    #[error("the verifier key has the unfit type {0}")]
    Type(u8),
    /// The bytes are no public key.
    #[error("the verifier key holds no public key of its type")]
    Key,
    /// The id is not that of name and key.
    #[error("the verifier key's id does not fit")]
    Id,
}

/// Why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The checkpoint names another log.
    #[error("the checkpoint is of the log {0}")]
    OtherLog(String),
    /// No line of this key.
    #[error("no signature by {0}")]
    Missing(KeyName),
    /// A line of this key does not verify: something was changed.
    #[error("the signature by {0} does not verify")]
    Invalid(KeyName),
}

/// The key with which a log signs its checkpoints.
///
/// Type 2 is ECDSA over SHA-256 with a P-256 key, which every HSM has, DER-encoded; its id is the
/// first four bytes of SHA-256 over the `SubjectPublicKeyInfo` alone. Type 1 is Ed25519. Others
/// of type 2 (P-384, P-521) are not read: the specification advises against them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogKey {
    label: KeyLabel,
    public: LogPublic,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum LogPublic {
    Ed25519(Ed25519Key),
    Ecdsa(P256Key),
}

impl LogKey {
    /// A P-256 key from its DER `SubjectPublicKeyInfo` with an uncompressed point.
    ///
    /// # Errors
    ///
    /// [`KeyError::Key`] for other bytes.
    pub fn ecdsa(name: KeyName, spki: &[u8]) -> Result<Self, KeyError> {
        Self::of(name, ECDSA, spki)
    }

    /// An Ed25519 key from its 32 bytes (RFC 8032 §5.1.2).
    ///
    /// # Errors
    ///
    /// [`KeyError::Key`] if they are no point of the curve.
    pub fn ed25519(name: KeyName, key: &[u8; 32]) -> Result<Self, KeyError> {
        Self::of(name, ED25519, key)
    }

    fn of(name: KeyName, kind: u8, key: &[u8]) -> Result<Self, KeyError> {
        let public = match kind {
            ED25519 => LogPublic::Ed25519(ed25519(key)?),
            ECDSA => LogPublic::Ecdsa(p256(key)?),
            other => return Err(KeyError::Type(other)),
        };
        let label = label(name, kind, key);
        Ok(Self { label, public })
    }

    /// Name and id.
    pub const fn label(&self) -> &KeyLabel {
        &self.label
    }

    /// Checks that the note is signed by this key, and each line of this key valid.
    ///
    /// # Errors
    ///
    /// Every [`SignatureError`].
    pub fn verify(&self, note: &Note) -> Result<(), SignatureError> {
        let name = || self.label.name().clone();
        let mut ours = note.signatures().iter().filter(|s| *s.key() == self.label);
        let first = ours.next().ok_or_else(|| SignatureError::Missing(name()))?;
        let valid = |signature: &[u8]| self.accepts(note.text().as_bytes(), signature);
        if valid(first.bytes()) && ours.all(|other| valid(other.bytes())) {
            Ok(())
        } else {
            Err(SignatureError::Invalid(name()))
        }
    }

    /// Whether it is the same public key, whatever the names.
    pub(crate) fn same_public(&self, other: &Self) -> bool {
        self.public == other.public
    }

    pub(crate) fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.public {
            LogPublic::Ed25519(key) => Ed25519Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
            LogPublic::Ecdsa(key) => DerSignature::from_bytes(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        }
    }
}

impl fmt::Display for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.public {
            LogPublic::Ed25519(key) => write_vkey(f, &self.label, ED25519, key.as_bytes()),
            LogPublic::Ecdsa(key) => write_vkey(f, &self.label, ECDSA, &spki(key)),
        }
    }
}

impl FromStr for LogKey {
    type Err = KeyError;

    fn from_str(vkey: &str) -> Result<Self, KeyError> {
        let (claimed, kind, key) = split(vkey)?;
        let parsed = Self::of(claimed.name().clone(), kind, &key)?;
        (parsed.label == claimed)
            .then_some(parsed)
            .ok_or(KeyError::Id)
    }
}

/// The key with which a witness cosigns checkpoints: Ed25519, type 4 (C2SP `tlog-cosignature`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessKey {
    label: KeyLabel,
    public: Ed25519Key,
}

impl WitnessKey {
    /// A witness's key from its 32 bytes (RFC 8032 §5.1.2).
    ///
    /// # Errors
    ///
    /// [`KeyError::Key`] if they are no point of the curve.
    pub fn new(name: KeyName, key: &[u8; 32]) -> Result<Self, KeyError> {
        let public = ed25519(key)?;
        Ok(Self::from_public(name, public))
    }

    pub(crate) fn from_public(name: KeyName, public: Ed25519Key) -> Self {
        let label = label(name, COSIGNATURE, public.as_bytes());
        Self { label, public }
    }

    /// Name and id.
    pub const fn label(&self) -> &KeyLabel {
        &self.label
    }

    /// The 32 bytes, whatever name stands before them.
    pub(crate) fn public(&self) -> &[u8; 32] {
        self.public.as_bytes()
    }

    pub(crate) fn accepts(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Ed25519Signature::from_bytes(signature);
        self.public.verify_strict(message, &signature).is_ok()
    }
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_vkey(f, &self.label, COSIGNATURE, self.public())
    }
}

impl FromStr for WitnessKey {
    type Err = KeyError;

    fn from_str(vkey: &str) -> Result<Self, KeyError> {
        let (claimed, kind, key) = split(vkey)?;
        if kind != COSIGNATURE {
            return Err(KeyError::Type(kind));
        }
        let parsed = Self::from_public(claimed.name().clone(), ed25519(&key)?);
        (parsed.label == claimed)
            .then_some(parsed)
            .ok_or(KeyError::Id)
    }
}

fn ed25519(key: &[u8]) -> Result<Ed25519Key, KeyError> {
    let bytes = key.try_into().map_err(|_| KeyError::Key)?;
    Ed25519Key::from_bytes(&bytes)
        .ok()
        .filter(|key| !key.is_weak())
        .ok_or(KeyError::Key)
}

fn p256(spki: &[u8]) -> Result<P256Key, KeyError> {
    let point = spki.strip_prefix(P256_PREFIX).filter(|p| p.len() == 65);
    P256Key::from_sec1_bytes(point.ok_or(KeyError::Key)?).map_err(|_| KeyError::Key)
}

fn spki(key: &P256Key) -> Vec<u8> {
    [P256_PREFIX, key.to_encoded_point(false).as_bytes()].concat()
}

/// The id of C2SP `signed-note`, "Signatures", and for type 2 that of "Signature types".
fn label(name: KeyName, kind: u8, key: &[u8]) -> KeyLabel {
    let mut hash = Sha256::new();
    if kind != ECDSA {
        hash.update(name.as_str());
        hash.update([b'\n', kind]);
    }
    let [a, b, c, d, ..] = <[u8; 32]>::from(hash.chain_update(key).finalize());
    KeyLabel::new(name, [a, b, c, d])
}

/// Label as written, type, and key.
fn split(vkey: &str) -> Result<(KeyLabel, u8, Vec<u8>), KeyError> {
    let (name, rest) = vkey.split_once('+').ok_or(KeyError::Form)?;
    let (id, key) = rest.split_once('+').ok_or(KeyError::Form)?;
    let name = name.parse().map_err(|_| KeyError::Form)?;
    let mut bytes = [0; 4];
    hex::decode_to_slice(id, &mut bytes).map_err(|_| KeyError::Form)?;
    if hex::encode(bytes) != id {
        return Err(KeyError::Form);
    }
    let key = base64(key).ok_or(KeyError::Form)?;
    let (kind, key) = key.split_first().ok_or(KeyError::Form)?;
    Ok((KeyLabel::new(name, bytes), *kind, key.to_vec()))
}

fn write_vkey(f: &mut fmt::Formatter<'_>, label: &KeyLabel, kind: u8, key: &[u8]) -> fmt::Result {
    let coded = to_base64(&[&[kind], key].concat());
    write!(f, "{}+{}+{coded}", label.name(), hex::encode(label.id()))
}
