//! Digests and times of ours in the words of kyso-documents, which knows nothing of ours; and how it reads for us.

use kyso_core::{Digest, HashAlgorithm, Timestamp};
use kyso_documents::pdf::Limits;
use kyso_documents::{DocumentDigest, HashAlgorithm as DocumentHash, WrongLength};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::error::ComponentRange;

/// The same hash.
pub(crate) const fn hash(hash: HashAlgorithm) -> DocumentHash {
    match hash {
        HashAlgorithm::Sha256 => DocumentHash::Sha256,
        HashAlgorithm::Sha384 => DocumentHash::Sha384,
        HashAlgorithm::Sha512 => DocumentHash::Sha512,
    }
}

/// The same digest.
///
/// # Errors
/// If its length were not that of its hash, which no [`Digest`] is.
pub(crate) fn digest(digest: Digest) -> Result<DocumentDigest, WrongLength> {
    DocumentDigest::new(hash(digest.algorithm()), digest.as_bytes().to_vec())
}

/// What is read of a PDF of so many bytes, at most.
pub(crate) fn limits(bytes: usize) -> Limits {
    Limits {
        bytes,
        objects: 200_000,
        unpacked: 64 << 20,
        ..Limits::default()
    }
}

/// SHA-256 of a file or a picture.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The same of what stands in several places, one after another.
pub(crate) fn sha256_of_parts(parts: [&[u8]; 2]) -> [u8; 32] {
    let hash = parts.into_iter().fold(Sha256::new(), Sha256::chain_update);
    hash.finalize().into()
}

/// The same time in whole seconds, as signatures and certificates tell it.
///
/// # Errors
/// If it is beyond the calendar.
pub(crate) fn moment(time: Timestamp) -> Result<OffsetDateTime, ComponentRange> {
    OffsetDateTime::from_unix_timestamp(time.as_seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_same_in_both_worlds() {
        for (ours, theirs) in HashAlgorithm::ALL.into_iter().zip(DocumentHash::ALL) {
            let made = Digest::of(ours, b"abc");
            let same = digest(made).unwrap();
            assert_eq!(same.as_bytes(), theirs.digest(b"abc"));
            assert_eq!(same.algorithm(), theirs);
        }
    }
}
