//! Cosignatures: a witness says that, as of a time, it has seen no larger tree of this log, and
//! that the log has only grown (C2SP `tlog-cosignature`, "Ed25519 signed message").

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};

use crate::checkpoint::Checkpoint;
use crate::key::{SignatureError, WitnessKey};
use crate::note::{KeyName, NoteSignature};
use crate::witness::Consistent;

/// Times are from the first second after 1970 to 2^63 - 1, which the specification sets.
const MAX_TIME: u64 = u64::MAX >> 1;

/// A time that no cosignature can have: 0, or more than 2^63 - 1 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cosignature cannot have the time {0}")]
pub struct TimeError(pub u64);

/// A witness's secret key.
///
/// It must serve nothing else and under no other name: the signed message does not hold the
/// witness's name.
#[derive(Clone)]
pub struct Cosigner {
    key: WitnessKey,
    secret: SigningKey,
}

impl Cosigner {
    /// A cosigner from the 32 secret bytes of RFC 8032 §5.1.5.
    pub fn new(name: KeyName, secret: &[u8; 32]) -> Self {
        let secret = SigningKey::from_bytes(secret);
        let key = WitnessKey::from_public(name, secret.verifying_key());
        Self { key, secret }
    }

    /// The public key, for policies.
    pub const fn key(&self) -> &WitnessKey {
        &self.key
    }

    /// Cosigns a checkpoint at `time`, in seconds since 1970 in UTC.
    ///
    /// After it was stored as the last one: a witness that forgets could be led into a fork.
    ///
    /// # Errors
    ///
    /// [`TimeError`].
    pub fn cosign(&self, checked: &Consistent, time: u64) -> Result<NoteSignature, TimeError> {
        let message = message(checked.checkpoint(), time).ok_or(TimeError(time))?;
        let signature = self.secret.sign(message.as_bytes()).to_bytes();
        let bytes = [time.to_be_bytes().as_slice(), &signature].concat();
        Ok(NoteSignature::new(self.key.label().clone(), bytes))
    }
}

impl fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cosigner")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl WitnessKey {
    /// Checks a cosignature over that checkpoint and answers its time.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Missing`] if the line is of another key, [`SignatureError::Invalid`].
    pub fn verify(
        &self,
        checkpoint: &Checkpoint,
        cosignature: &NoteSignature,
    ) -> Result<u64, SignatureError> {
        let name = self.label().name();
        if cosignature.key() != self.label() {
            return Err(SignatureError::Missing(name.clone()));
        }
        self.time_of(checkpoint, cosignature.bytes())
            .ok_or_else(|| SignatureError::Invalid(name.clone()))
    }

    fn time_of(&self, checkpoint: &Checkpoint, cosignature: &[u8]) -> Option<u64> {
        let (time, signature) = cosignature.split_first_chunk()?;
        let time = u64::from_be_bytes(*time);
        let message = message(checkpoint, time)?;
        let valid = self.accepts(message.as_bytes(), signature.try_into().ok()?);
        valid.then_some(time)
    }
}

/// What a witness signs.
fn message(checkpoint: &Checkpoint, time: u64) -> Option<String> {
    (1..=MAX_TIME)
        .contains(&time)
        .then(|| format!("cosignature/v1\ntime {time}\n{checkpoint}"))
}
