//! What the process is asked.

use std::borrow::Cow;
use std::fmt;
use std::io::Read;

use actix_web::web::Bytes;
use kyso_core::HashAlgorithm;
use kyso_documents::appearance::CopyKind;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::FILE;
use crate::apart::Pieces;
use crate::apart::blocks::{Misread, announced, block, end, framed};

/// Longest first block: hundreds of certificates.
const HEAD: usize = 4 << 20;
/// Longest picture; those that are approved are shorter.
const PICTURE: usize = 2 << 20;

/// A file, and how it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The file, which whoever asks goes on to hold; it goes to the process by itself. Nothing, where it is fed later.
    #[serde(skip)]
    pub file: Bytes,
    /// What is to be sealed.
    pub kind: Kind,
    /// Whether the seal is to be drawn.
    pub compose: bool,
    /// Name of the agency.
    pub agency: String,
    /// The picture that a seal shows, if one was approved.
    pub seal: Option<Seal>,
    /// The hash of the signature.
    pub hash: HashAlgorithm,
    /// Whose certificates are believed.
    pub anchors: Vec<Vec<u8>>,
    /// The time.
    pub now: OffsetDateTime,
    /// The time that what is drawn claims.
    pub begun: OffsetDateTime,
}

/// What is to be sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// An outgoing document.
    Issue,
    /// An appendix in a file of its own.
    Appendix {
        /// The number of the document that it belongs to.
        number: u32,
        /// Its symbol.
        symbol: String,
    },
    /// A copy.
    Copy {
        /// Its kind.
        kind: CopyKind,
        /// What it is a copy of.
        source: String,
    },
}

/// The picture of a seal.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// PNG; it goes to the process by itself.
    #[serde(skip)]
    pub png: Vec<u8>,
    /// Its real width, in tenths of a millimetre.
    pub width: u16,
}

impl fmt::Debug for Seal {
    /// Without the picture.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seal").finish_non_exhaustive()
    }
}

impl Question {
    /// What is written, in its order.
    ///
    /// # Errors
    /// If the first block cannot be written.
    pub fn pieces(&self) -> serde_json::Result<Pieces<'_>> {
        let mut pieces = self.opening(self.file.len())?;
        pieces.push(Cow::Borrowed(&self.file));
        Ok(pieces)
    }

    /// All that is written before a file of this length.
    ///
    /// # Errors
    /// As [`Question::pieces`].
    pub fn opening(&self, length: usize) -> serde_json::Result<Pieces<'_>> {
        let head = Cow::Owned(serde_json::to_vec(self)?);
        let pictures = self.seal.iter().map(|seal| Cow::Borrowed(&*seal.png));
        let mut pieces = framed(std::iter::once(head).chain(pictures));
        pieces.push(Cow::Owned(announced(length).to_vec()));
        Ok(pieces)
    }

    /// Reads one, and no more than it may be long.
    ///
    /// # Errors
    /// [`Misread`].
    pub fn read(mut from: impl Read) -> Result<Self, Misread> {
        let head = block(&mut from, HEAD)?;
        let mut question: Self = serde_json::from_slice(&head).map_err(|_| Misread::Head)?;
        if let Some(seal) = &mut question.seal {
            seal.png = block(&mut from, PICTURE)?;
        }
        question.file = block(&mut from, FILE)?.into();
        end(from)?;
        Ok(question)
    }
}
