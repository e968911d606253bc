//! The hashes that signatures of others rest on.

use std::io::{self, Read};

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, digest};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::ID_SHA_1;
use serde::{Deserialize, Serialize};

use crate::hash::{DocumentDigest, HashAlgorithm};

/// A hash that is recognised in the signatures of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SeenHash {
    /// One that a signature may rest on.
    Accepted(HashAlgorithm),
    /// SHA-1: two documents with one digest can be made, so the answer is at best *weak*. Nothing
    /// here makes a signature with it.
    Sha1,
}

impl SeenHash {
    /// The hash with that object identifier.
    pub(super) fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        let accepted = HashAlgorithm::from_oid(oid).map(Self::Accepted);
        accepted.or_else(|| (oid == ID_SHA_1).then_some(Self::Sha1))
    }

    /// Name in lower case: `sha256`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted(hash) => hash.name(),
            Self::Sha1 => "sha1",
        }
    }

    /// The digest of bytes in memory.
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Accepted(hash) => hash.digest(bytes),
            Self::Sha1 => digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec(),
        }
    }

    /// The digest of parts one after the other.
    pub(super) fn digest_of(self, parts: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Accepted(hash) => DocumentDigest::of_parts(hash, parts).as_bytes().to_vec(),
            Self::Sha1 => {
                let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
                for part in parts {
                    context.update(part);
                }
                context.finish().as_ref().to_vec()
            }
        }
    }

    /// The digest of a document read to its end, in pieces of 64 KiB.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    pub fn of(self, mut document: impl Read) -> io::Result<Vec<u8>> {
        match self {
            Self::Accepted(hash) => Ok(DocumentDigest::of(hash, document)?.as_bytes().to_vec()),
            Self::Sha1 => {
                let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
                io::copy(&mut document, &mut Updating(&mut context))?;
                Ok(context.finish().as_ref().to_vec())
            }
        }
    }
}

struct Updating<'a>(&'a mut Context);

impl io::Write for Updating<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
