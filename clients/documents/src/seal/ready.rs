//! What may be sealed: only the check makes these.

use time::Date;

use crate::appearance::CopyKind;
use crate::hash::DocumentDigest;
use crate::numbering::Number;
use crate::pdf::Verified;

/// An outgoing document that may be sealed. Only the check makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    pub(super) person: Verified,
    pub(super) revision: DocumentDigest,
    pub(super) number: Number,
    pub(super) date: Date,
    pub(super) open: Open,
}

impl Ready {
    /// The signature of the person, with what was added after it before the seal.
    pub const fn person(&self) -> &Verified {
        &self.person
    }

    /// SHA-256 of what the person signed: the file up to then, without the room of the signature.
    pub const fn revision(&self) -> &DocumentDigest {
        &self.revision
    }

    /// The number of the document.
    pub const fn number(&self) -> &Number {
        &self.number
    }

    /// Its date.
    pub const fn date(&self) -> Date {
        self.date
    }

    /// The field of the seal.
    pub fn field(&self) -> &str {
        &self.open.field
    }

    /// What the seal signs.
    pub const fn digest(&self) -> &DocumentDigest {
        &self.open.digest
    }

    /// SHA-256 of the file before it was prepared for the seal.
    pub const fn file(&self) -> &DocumentDigest {
        &self.open.file
    }
}

/// A copy that may be signed by the agency that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadyCopy {
    pub(super) kind: CopyKind,
    pub(super) source: String,
    pub(super) open: Open,
}

impl ReadyCopy {
    /// The kind of copy.
    pub const fn kind(&self) -> CopyKind {
        self.kind
    }

    /// What it is a copy of, in words.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The field of the agency's signature.
    pub fn field(&self) -> &str {
        &self.open.field
    }

    /// What the agency signs.
    pub const fn digest(&self) -> &DocumentDigest {
        &self.open.digest
    }

    /// SHA-256 of the file before it was prepared for that signature.
    pub const fn file(&self) -> &DocumentDigest {
        &self.open.file
    }
}

/// An appendix that the agency may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadyAppendix {
    pub(super) open: Open,
}

impl ReadyAppendix {
    /// The field of the agency's signature.
    pub fn field(&self) -> &str {
        &self.open.field
    }

    /// What the agency signs.
    pub const fn digest(&self) -> &DocumentDigest {
        &self.open.digest
    }

    /// SHA-256 of the file before it was prepared for that signature.
    pub const fn file(&self) -> &DocumentDigest {
        &self.open.file
    }
}

/// The signature that is prepared and not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) field: String,
    pub(super) digest: DocumentDigest,
    pub(super) file: DocumentDigest,
}
