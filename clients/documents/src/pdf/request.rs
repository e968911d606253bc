//! What is asked of a signature in a PDF.

use time::OffsetDateTime;

use crate::hash::HashAlgorithm;

use super::page::Place;
use super::reserve::Reserved;

/// Room for the CMS if nothing else is asked, in bytes: a signature with three certificates has
/// about 4,000, one with a time stamp 8,000.
pub const DEFAULT_ROOM: usize = 16 << 10;

/// Which field is signed.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A new field.
    New {
        /// Its name: no other field may have it.
        name: String,
        /// Where it is shown; nowhere if there is no place.
        place: Option<Place>,
    },
    /// A field that waits for a signature.
    Existing {
        /// Its full name.
        name: String,
    },
}

impl Target {
    /// The field's full name.
    pub fn name(&self) -> &str {
        match self {
            Self::New { name, .. } | Self::Existing { name } => name,
        }
    }
}

/// Fields that must not change once the signature is made (ISO 32000-2 §12.8.2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lock {
    /// All of them.
    All,
    /// Those with these names, and all below them.
    Include(Vec<String>),
    /// All but those with these names and all below them.
    Exclude(Vec<String>),
}

/// What a signature is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The field.
    pub target: Target,
    /// What a new field locks; one that waits says that itself.
    pub lock: Option<Lock>,
    /// Fields for number and date, which only a first signature can have under it.
    pub reserved: Option<Reserved>,
    /// How it looks, if it is shown.
    pub appearance: Option<Appearance>,
    /// The hash of the file and of the signature.
    pub hash: HashAlgorithm,
    /// Room for the finished CMS, in bytes.
    pub room: usize,
    /// The claimed time, written with its offset.
    pub time: OffsetDateTime,
    /// Who signs, in words.
    pub name: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Where.
    pub location: Option<String>,
    /// How to reach the signer.
    pub contact: Option<String>,
}

impl Request {
    /// A signature with SHA-256, without appearance or words.
    pub const fn new(target: Target, time: OffsetDateTime) -> Self {
        Self {
            target,
            lock: None,
            reserved: None,
            appearance: None,
            hash: HashAlgorithm::Sha256,
            room: DEFAULT_ROOM,
            time,
            name: None,
            reason: None,
            location: None,
            contact: None,
        }
    }
}

/// The look of a signature: a prepared form `XObject` (ISO 32000-2 §8.10), upright.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Appearance {
    /// Width of the drawing, in its own units.
    pub width: f64,
    /// Height of the drawing, in its own units.
    pub height: f64,
    /// The drawing: a content stream.
    pub content: Vec<u8>,
    /// The resource dictionary that it uses.
    pub resources: Template,
    /// Further objects, as fonts and pictures, which are numbered when the PDF is prepared.
    pub objects: Vec<Template>,
}

/// The text of an object that refers to others before they have numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template(pub Vec<Piece>);

/// A piece of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Bytes as they are.
    Bytes(Vec<u8>),
    /// A reference to the object in this place of [`Appearance::objects`].
    Reference(usize),
}

impl Piece {
    pub(crate) fn text(text: &str) -> Self {
        Self::Bytes(text.as_bytes().to_vec())
    }

    /// The end of a stream object: what its dictionary has so far, its length and its bytes.
    pub(crate) fn stream(dictionary: &str, bytes: &[u8]) -> Self {
        let head = format!("{dictionary} /Length {} >>\nstream\n", bytes.len());
        Self::Bytes([head.as_bytes(), bytes, b"\nendstream"].concat())
    }
}
