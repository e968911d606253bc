//! What the process that draws is asked.

use std::borrow::Cow;
use std::io::Read;

use kyso_core::HashAlgorithm;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::FILE;
use crate::apart::Pieces;
use crate::apart::blocks::{Misread, block, end, framed};

/// Longest first block: hundreds of certificates.
const HEAD: usize = 4 << 20;

/// A file, and how it is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The file.
    pub file: Vec<u8>,
    /// The hash of the signature.
    pub hash: HashAlgorithm,
    /// Whose certificates explain what earlier signatures show.
    pub anchors: Vec<Vec<u8>>,
    /// The time.
    pub now: OffsetDateTime,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head<'a> {
    now: OffsetDateTime,
    hash: HashAlgorithm,
    anchors: Cow<'a, [Vec<u8>]>,
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
        })?;
        Ok(framed([Cow::Owned(head), Cow::Borrowed(&*self.file)]))
    }

    /// Reads one, and no more than it may be long.
    ///
    /// # Errors
    /// [`Misread`].
    pub fn read(mut from: impl Read) -> Result<Self, Misread> {
        let head = block(&mut from, HEAD)?;
        let head: Head<'_> = serde_json::from_slice(&head).map_err(|_| Misread::Head)?;
        let file = block(&mut from, FILE)?;
        end(from)?;
        Ok(Self {
            file,
            hash: head.hash,
            anchors: head.anchors.into_owned(),
            now: head.now,
        })
    }
}
