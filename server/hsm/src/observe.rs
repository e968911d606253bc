//! What metrics want to know about the token. Neither key nor person is named.

use std::fmt;
use std::time::Duration;

use kyso_core::KeyAlgorithm;

/// What a call was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// One signature with a key of this kind, and its check.
    Sign(KeyAlgorithm),
    /// Sealing one value.
    Seal,
    /// Opening one sealed value.
    Unseal,
}

impl Operation {
    /// Name in metrics: `sign-rsa-2048`, `seal`, `unseal`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sign(KeyAlgorithm::Rsa2048) => "sign-rsa-2048",
            Self::Sign(KeyAlgorithm::Rsa3072) => "sign-rsa-3072",
            Self::Sign(KeyAlgorithm::Rsa4096) => "sign-rsa-4096",
            Self::Sign(KeyAlgorithm::P256) => "sign-p-256",
            Self::Sign(KeyAlgorithm::P384) => "sign-p-384",
            Self::Seal => "seal",
            Self::Unseal => "unseal",
        }
    }
}

/// Is told of calls and changes; called on lane and keeper threads, so it must not block.
pub trait HsmObserver: fmt::Debug + Send + Sync + 'static {
    /// A call has ended: how long it took, check included, and whether it gave a result.
    fn call(&self, _operation: Operation, _took: Duration, _succeeded: bool) {}
    /// A signature did not verify and was withheld: alarm.
    fn withheld(&self, _algorithm: KeyAlgorithm) {}
    /// A call ran past its limit and its lane was replaced.
    fn lane_replaced(&self) {}
    /// The token went away.
    fn away(&self) {}
    /// The token came back but refuses the PIN; it is not tried again: alarm.
    fn pin_refused(&self) {}
    /// The token is back.
    fn reopened(&self) {}
}

/// Does nothing with what it is told.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl HsmObserver for Unobserved {}
