//! Hashes of documents, taken from a stream so that a file of any size fits.

use std::fmt;
use std::io::{self, Read};

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::{ID_SHA_256, ID_SHA_384, ID_SHA_512};
use sha2::digest::DynDigest;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use spki::AlgorithmIdentifierOwned;

/// A hash function that a signature may rest on (FIPS 180-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "verify", derive(serde::Serialize, serde::Deserialize))]
pub enum HashAlgorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl HashAlgorithm {
    /// Every hash, shortest first.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// Length of its digests in bytes.
    pub const fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Name in lower case: `sha256`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Its object identifier (RFC 5754 §2).
    pub const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha256 => ID_SHA_256,
            Self::Sha384 => ID_SHA_384,
            Self::Sha512 => ID_SHA_512,
        }
    }

    /// The hash with that object identifier.
    pub fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|hash| hash.oid() == oid)
    }

    /// The digest of bytes in memory.
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }

    /// As CMS names it: without parameters (RFC 5754 §2).
    pub(crate) const fn identifier(self) -> AlgorithmIdentifierOwned {
        AlgorithmIdentifierOwned {
            oid: self.oid(),
            parameters: None,
        }
    }

    fn hasher(self) -> Box<dyn DynDigest + Send> {
        match self {
            Self::Sha256 => Box::new(Sha256::new()),
            Self::Sha384 => Box::new(Sha384::new()),
            Self::Sha512 => Box::new(Sha512::new()),
        }
    }
}

/// The digest has another length than its hash makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a {} digest has {} bytes, not {found}", algorithm.name(), algorithm.length())]
pub struct WrongLength {
    /// The hash.
    pub algorithm: HashAlgorithm,
    /// Bytes given.
    pub found: usize,
}

/// The digest of a document, with the hash that made it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DocumentDigest {
    algorithm: HashAlgorithm,
    bytes: Vec<u8>,
}

impl DocumentDigest {
    /// A digest that was made elsewhere.
    ///
    /// # Errors
    ///
    /// [`WrongLength`] if the hash does not make digests of that length.
    pub fn new(algorithm: HashAlgorithm, bytes: Vec<u8>) -> Result<Self, WrongLength> {
        if bytes.len() == algorithm.length() {
            Ok(Self { algorithm, bytes })
        } else {
            Err(WrongLength {
                algorithm,
                found: bytes.len(),
            })
        }
    }

    /// Hashes a document to its end, in pieces of 64 KiB.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    pub fn of(algorithm: HashAlgorithm, mut document: impl Read) -> io::Result<Self> {
        let mut running = RunningDigest::new(algorithm);
        let mut piece = vec![0; 65_536];
        loop {
            match document.read(&mut piece) {
                Ok(0) => return Ok(running.end()),
                Ok(length) => running.update(piece.get(..length).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Hashes parts of a document that are in memory, one after the other.
    pub fn of_parts(algorithm: HashAlgorithm, parts: &[&[u8]]) -> Self {
        let mut running = RunningDigest::new(algorithm);
        for part in parts {
            running.update(part);
        }
        running.end()
    }

    /// The hash that made it.
    pub const fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The digest of a document of which the pieces come one after the other, for whoever cannot hold it.
pub struct RunningDigest {
    algorithm: HashAlgorithm,
    hasher: Box<dyn DynDigest + Send>,
}

impl fmt::Debug for RunningDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RunningDigest")
            .field(&self.algorithm)
            .finish()
    }
}

impl RunningDigest {
    /// That of nothing yet.
    pub fn new(algorithm: HashAlgorithm) -> Self {
        Self {
            algorithm,
            hasher: algorithm.hasher(),
        }
    }

    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.hasher.update(piece);
    }

    /// The digest of all pieces.
    pub fn end(self) -> DocumentDigest {
        DocumentDigest {
            algorithm: self.algorithm,
            bytes: self.hasher.finalize().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives at most seven bytes at a time, and is interrupted before each.
    struct Dripping<'a>(&'a [u8], bool);

    impl Read for Dripping<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let length = buffer.len().min(7);
            self.0.read(&mut buffer[..length])
        }
    }

    #[test]
    fn digests_of_abc_are_those_of_fips_180() {
        for (algorithm, start) in [
            (HashAlgorithm::Sha256, [0xba, 0x78, 0x16, 0xbf]),
            (HashAlgorithm::Sha384, [0xcb, 0x00, 0x75, 0x3f]),
            (HashAlgorithm::Sha512, [0xdd, 0xaf, 0x35, 0xa1]),
        ] {
            let digest = DocumentDigest::of(algorithm, &b"abc"[..]).unwrap();
            assert_eq!(digest.as_bytes()[..4], start);
            assert_eq!(HashAlgorithm::from_oid(algorithm.oid()), Some(algorithm));
        }
    }

    #[test]
    fn a_digest_of_another_length_is_refused() {
        for algorithm in HashAlgorithm::ALL {
            for found in [0, 20, 31, 33, 47, 49, 63, 65] {
                let refused = DocumentDigest::new(algorithm, vec![0; found]);
                assert_eq!(refused, Err(WrongLength { algorithm, found }));
            }
        }
    }

    proptest! {
        #[test]
        fn a_stream_hashes_as_its_bytes(bytes: Vec<u8>) {
            for algorithm in HashAlgorithm::ALL {
                let streamed = DocumentDigest::of(algorithm, Dripping(&bytes, false)).unwrap();
                let whole = DocumentDigest::new(algorithm, algorithm.digest(&bytes)).unwrap();
                prop_assert_eq!(streamed, whole);
            }
        }
    }
}
