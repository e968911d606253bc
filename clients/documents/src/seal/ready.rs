//! What may be sealed: only the check makes these.

use std::ops::Range;

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
    pub(super) shows_seal: bool,
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

    /// The signature of the agency that is prepared.
    pub const fn open(&self) -> &Open {
        &self.open
    }

    /// Whether it is shown: with the picture that was approved, if one was.
    pub const fn shows_seal(&self) -> bool {
        self.shows_seal
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

    /// The signature of the agency that is prepared.
    pub const fn open(&self) -> &Open {
        &self.open
    }
}

/// The signature of the agency that is prepared and not made. Of an appendix there is nothing else to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    pub(super) field: String,
    pub(super) digest: DocumentDigest,
    pub(super) file: DocumentDigest,
    pub(super) room: Range<usize>,
    pub(super) before: usize,
    pub(super) follows: Option<usize>,
}

impl Open {
    /// Its field.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What the agency signs.
    pub const fn digest(&self) -> &DocumentDigest {
        &self.digest
    }

    /// Where the digits of the signature will stand; what is signed is all but these and the signs around them.
    pub fn room(&self) -> Range<usize> {
        self.room.clone()
    }

    /// How long the file was before it was prepared for that signature; 0 if it never was another.
    pub const fn before(&self) -> usize {
        self.before
    }

    /// Where begins what was written then: the first byte after that which is neither white space nor in a comment. None if the file
    /// was another before and it cannot be told where that ended, as in one for fast web view (linearized).
    pub const fn follows(&self) -> Option<usize> {
        self.follows
    }

    /// SHA-256 of the file before it was prepared for that signature.
    pub const fn file(&self) -> &DocumentDigest {
        &self.file
    }
}
