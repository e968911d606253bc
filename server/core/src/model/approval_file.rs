//! The file behind a document that a signer is asked to sign.

use std::ops::Range;

use crate::algorithm::Digest;

/// A PDF that is prepared for the signer's signature, which the server keeps and shows.
///
/// The digest that is signed is that of the attributes which the server built over this very file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalFile {
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// SHA-256 of it before it was prepared for the signature.
    pub before: [u8; 32],
    /// Digest of its `ByteRange`: what the attributes name.
    pub range: Digest,
    /// Name of the signature's field.
    pub field: String,
    /// SHA-256 of the picture of each page.
    pub pages: Vec<[u8; 32]>,
    /// What the server drew into it, if it came without the signature.
    pub drawn: Option<ApprovalDrawing>,
}

/// The signer's signature as the server drew it into a file that came without it, and where it waits for the CMS. So
/// that what was drawn once is handed out whatever becomes of the picture, the file with it is what is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalDrawing {
    /// Bytes of the file as it came: what is appended to it begins there.
    pub length: usize,
    /// Where in the whole file the digits of the CMS will stand.
    pub room: Range<usize>,
    /// SHA-256 of the picture that two people approved.
    pub picture: [u8; 32],
}
