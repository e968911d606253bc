//! What targets have in common.

use kyso_documents::pdf::Limits;

/// What is read of a PDF: enough for every structure, and little enough for thousands of files a second.
pub const LIMITS: Limits = Limits {
    bytes: 1 << 20,
    objects: 10_000,
    sections: 100,
    unpacked: 1 << 20,
};

/// The first parts of an input, each behind its length in two bytes, and what comes after them: so that a mutation of a file
/// leaves alone whoever is believed.
pub fn parts<const N: usize>(mut bytes: &[u8]) -> Option<([&[u8]; N], &[u8])> {
    let mut parts = [&[][..]; N];
    for part in &mut parts {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        (*part, bytes) = rest.split_at_checked(length)?;
    }
    Some((parts, bytes))
}
