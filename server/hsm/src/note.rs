//! Keys that sign notes of the audit log: one for checkpoints, one for exports, and neither signs anything else.
//!
//! They are found by their labels and belong to no credential, so no row of a database names them.
//! P-256, since C2SP `signed-note` knows no other key that every HSM has (type 2).

use std::sync::Arc;

use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use kyso_core::{KeyAlgorithm, KeyPurpose, KeyRef, ServerPurpose};

use crate::clerk::{self, Task};
use crate::error::HsmError;
use crate::keys::{self, Kept};
use crate::seat::Seat;
use crate::shared::Shared;
use crate::token::Token;

/// Which notes a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteKind {
    /// Checkpoints: how large the log is, and its root.
    Checkpoint,
    /// Manifests of exports.
    Export,
}

impl NoteKind {
    /// `CKA_LABEL` of both halves.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Checkpoint => "kyso-checkpoint",
            Self::Export => "kyso-export",
        }
    }

    const fn purpose(self) -> ServerPurpose {
        match self {
            Self::Checkpoint => ServerPurpose::Checkpoint,
            Self::Export => ServerPurpose::Export,
        }
    }

    fn key_purpose(self) -> KeyPurpose {
        self.purpose().into()
    }
}

impl Token {
    /// The token's key for such notes, attested; none if there is none yet.
    ///
    /// # Errors
    /// [`HsmError::BadKey`] if it is not what it was made to be, [`HsmError::NoKey`] if there are several; if the token
    /// is away.
    pub async fn note_key(&self, kind: NoteKind) -> Result<Option<KeyRef>, HsmError> {
        self.ask(|to| Task::FindNoteKey(kind, to)).await
    }

    /// Makes the token's key for such notes.
    ///
    /// # Errors
    /// [`HsmError::KeyExists`] if there is one: another key would make another log of it. If the profile does not allow
    /// P-256, or the token is away.
    pub async fn make_note_key(&self, kind: NoteKind) -> Result<KeyRef, HsmError> {
        self.ask(|to| Task::MakeNoteKey(kind, to)).await
    }

    /// Signs a note's text: ECDSA over its SHA-256, in DER.
    ///
    /// The hash is taken here, so this key signs no document's hash for anybody.
    ///
    /// # Errors
    /// If the key is not the one for such notes, or the token is away or too slow.
    pub async fn sign_note(
        &self,
        kind: NoteKind,
        key: &KeyRef,
        text: &str,
    ) -> Result<Vec<u8>, HsmError> {
        self.sign_der(key, kind.purpose(), text.as_bytes()).await
    }
}

/// Finds the key and attests it as any other.
pub(crate) fn find(shared: &Shared, kind: NoteKind) -> Result<Option<KeyRef>, HsmError> {
    let found = clerk::seated(shared, false, |seat| look(seat, kind))?;
    let Some(key) = found else { return Ok(None) };
    let findings = clerk::attest_now(shared, &key)?;
    if !findings.is_empty() {
        return Err(HsmError::BadKey(clerk::describe(&findings)));
    }
    shared.ward.set_apart(&key, kind.key_purpose());
    Ok(Some(key))
}

/// Makes the key, if there is none.
pub(crate) fn make(shared: &Shared, kind: NoteKind) -> Result<KeyRef, HsmError> {
    if find(shared, kind)?.is_some() {
        return Err(HsmError::KeyExists(kind.label()));
    }
    let key = clerk::generate(shared, KeyAlgorithm::P256, Kept::Named(kind.label()))?;
    shared.ward.set_apart(&key, kind.key_purpose());
    Ok(key)
}

/// Both halves by their label; the public one says what signatures are checked against.
fn look(seat: &Seat, kind: NoteKind) -> Result<Option<KeyRef>, HsmError> {
    let label = || Attribute::Label(kind.label().as_bytes().to_vec());
    let of = |class| seat.search(&[Attribute::Class(class), label()]);
    let private = of(ObjectClass::PRIVATE_KEY)?;
    let public = of(ObjectClass::PUBLIC_KEY)?;
    let ([private], [public]) = (private.as_slice(), public.as_slice()) else {
        let none = private.is_empty() && public.is_empty();
        return if none { Ok(None) } else { Err(HsmError::NoKey) };
    };
    let read = seat
        .session
        .get_attributes(*private, &[AttributeType::Id])?;
    let [Attribute::Id(id)] = read.as_slice() else {
        return Err(HsmError::NoKey);
    };
    Ok(Some(KeyRef {
        cka_id: id.as_slice().try_into().map_err(|_| HsmError::NoKey)?,
        algorithm: KeyAlgorithm::P256,
        spki: Arc::from(keys::public_half(seat, KeyAlgorithm::P256, *public)?),
    }))
}
