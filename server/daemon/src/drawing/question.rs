//! What the process that draws is asked.

use std::borrow::Cow;
use std::io::Read;

use kyso_core::HashAlgorithm;
use kyso_documents::pdf::Limits;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{DRAWN, FILE, Sketch};
use crate::apart::Pieces;
use crate::apart::blocks::{Misread, block, end, framed};
use crate::documents;

/// Longest first block: hundreds of certificates.
const HEAD: usize = 4 << 20;
/// Longest picture; those that are approved are shorter.
const PICTURE: usize = 2 << 20;

/// A file, and how it is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The file.
    pub file: Vec<u8>,
    /// The hash of the signature.
    pub hash: HashAlgorithm,
    /// Whose certificates explain what earlier signatures show.
    pub anchors: Vec<Vec<u8>>,
    /// The time; what is drawn claims it.
    pub now: OffsetDateTime,
    /// The signature that is to be drawn into the file, which then comes without it.
    pub sketch: Option<Sketch>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head<'a> {
    now: OffsetDateTime,
    hash: HashAlgorithm,
    anchors: Cow<'a, [Vec<u8>]>,
    sketch: Option<Cow<'a, Sketch>>,
}

impl Question {
    /// What is written, in its order.
    ///
    /// # Errors
    /// If the first block cannot be written.
    pub fn pieces(&self) -> serde_json::Result<Pieces<'_>> {
        let head = serde_json::to_vec(&Head {
            now: self.now,
            hash: self.hash,
            anchors: Cow::Borrowed(&self.anchors),
            sketch: self.sketch.as_ref().map(Cow::Borrowed),
        })?;
        let picture = self.sketch.iter().map(|sketch| &sketch.picture);
        let parts = picture.chain([&self.file]);
        let parts = parts.map(|part| Cow::Borrowed(part.as_slice()));
        Ok(framed(std::iter::once(Cow::Owned(head)).chain(parts)))
    }

    /// Reads one, and no more than it may be long.
    ///
    /// # Errors
    /// [`Misread`].
    pub fn read(mut from: impl Read) -> Result<Self, Misread> {
        let head = block(&mut from, HEAD)?;
        let head: Head<'_> = serde_json::from_slice(&head).map_err(|_| Misread::Head)?;
        let mut sketch = head.sketch.map(Cow::into_owned);
        if let Some(sketch) = &mut sketch {
            sketch.picture = block(&mut from, PICTURE)?;
        }
        let file = block(&mut from, FILE)?;
        end(from)?;
        Ok(Self {
            file,
            hash: head.hash,
            anchors: head.anchors.into_owned(),
            now: head.now,
            sketch,
        })
    }

    /// What is read of the file, at most, with what is drawn into it.
    pub(super) fn limits(&self) -> Limits {
        let drawn = self.sketch.as_ref().map_or(0, |_| DRAWN);
        documents::limits(FILE + drawn)
    }
}
