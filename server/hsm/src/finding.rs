//! What attestation finds out about a key.

use std::fmt;

use kyso_core::KeyRef;

/// What is wrong with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Finding {
    /// The token has no private key with this `CKA_ID`.
    Missing,
    /// The token has several, so the id names none.
    Ambiguous,
    /// This attribute must be true and is not.
    MustBeTrue(Flag),
    /// This attribute must be false and is not.
    MustBeFalse(Flag),
    /// The token does not say this attribute.
    Unreadable(Flag),
    /// The public half in the token is not the one that the certificate names.
    OtherPublicKey,
    /// It signed, and the signature does not verify with the certificate's key.
    NoProof,
    /// The token answered with an error when it was asked to sign.
    NoSignature,
    /// The token answered a question about this key with an error.
    Unanswered,
    /// It made a signature that did not verify while it was in use.
    BadSignature,
}

/// A boolean attribute that attestation reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flag {
    /// `CKA_ALWAYS_AUTHENTICATE`
    AlwaysAuthenticate,
    /// `CKA_ALWAYS_SENSITIVE`
    AlwaysSensitive,
    /// `CKA_COPYABLE`
    Copyable,
    /// `CKA_DECRYPT`
    Decrypt,
    /// `CKA_DERIVE`
    Derive,
    /// `CKA_EXTRACTABLE`
    Extractable,
    /// `CKA_MODIFIABLE`
    Modifiable,
    /// `CKA_NEVER_EXTRACTABLE`
    NeverExtractable,
    /// `CKA_PRIVATE`
    Private,
    /// `CKA_SENSITIVE`
    Sensitive,
    /// `CKA_SIGN`
    Sign,
    /// `CKA_SIGN_RECOVER`
    SignRecover,
    /// `CKA_UNWRAP`
    Unwrap,
}

/// What became of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// The key.
    pub key: KeyRef,
    /// Nothing is wrong, or everything that is: then it must be disabled and an alarm raised.
    pub findings: Vec<Finding>,
}

impl Finding {
    /// Whether it may come from the session or the moment, and not from the key.
    pub(crate) const fn may_be_stray(self) -> bool {
        matches!(
            self,
            Self::NoSignature | Self::Unanswered | Self::Unreadable(_)
        )
    }
}

impl Attestation {
    /// Whether the key may be used.
    pub fn passed(&self) -> bool {
        self.findings.is_empty()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("not in the token"),
            Self::Ambiguous => f.write_str("several keys have this id"),
            Self::MustBeTrue(flag) => write!(f, "{flag:?} is false"),
            Self::MustBeFalse(flag) => write!(f, "{flag:?} is true"),
            Self::Unreadable(flag) => write!(f, "{flag:?} cannot be read"),
            Self::OtherPublicKey => f.write_str("the public key is another"),
            Self::NoProof => f.write_str("no proof of possession"),
            Self::NoSignature => f.write_str("it did not sign"),
            Self::Unanswered => f.write_str("the token does not answer about it"),
            Self::BadSignature => f.write_str("a signature did not verify"),
        }
    }
}
