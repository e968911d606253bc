//! Signatures verified for everybody, who need not be anybody here.

use askama::Template;

use super::pages;
use crate::{Foreign, Frame};

pages! {
    VerifyFile in None;
}

/// `/ui/verify`. Sends the files `document` and `signature` as `multipart/form-data` to itself.
#[derive(Clone, Debug, Template)]
#[template(path = "verification.html")]
pub struct VerifyFile {
    /// What stands around the page.
    pub frame: Frame,
    /// Why there is nothing to say about the file that came.
    pub refusal: Option<String>,
    /// What was found out about it.
    pub found: Option<Found>,
}

/// What was found out about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Whether both signatures are there that the law wants.
    pub completeness: String,
    /// Its signatures.
    pub signatures: Vec<FoundSignature>,
}

/// The answers about one signature, none of which follows from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundSignature {
    /// Subject of the certificate, or nothing.
    pub subject: Foreign,
    /// Name of its field, or nothing.
    pub field: Foreign,
    /// Whose certificate it is.
    pub party: String,
    /// Whether the signed bytes are unchanged, and why not.
    pub integrity: Vec<String>,
    /// How much of the file it is over.
    pub coverage: String,
    /// What was added after it.
    pub later: String,
    /// When, and what that rests on.
    pub time: String,
    /// Whether the signer is trusted at that time.
    pub trust: String,
    /// Whether the certificate was revoked.
    pub revocation: String,
    /// What is odd.
    pub notices: Vec<String>,
}
