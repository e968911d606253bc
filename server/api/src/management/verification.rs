//! Verification of signatures, for everybody: `POST verify`.

use serde::{Deserialize, Serialize};

use super::Time;

/// `POST verify`: a signed PDF, a signature file with its document in it, or a document and the
/// signature file beside it. Nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VerifyRequest {
    /// The file, base64.
    pub document: String,
    /// The signature file beside it, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// An answer: a word for programs, and a sentence in the language of the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Answer {
    /// The word.
    pub code: String,
    /// The sentence.
    pub text: String,
}

/// Reply of `POST verify`. No member of it says everything: each answers one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct VerifyReply {
    /// Whether a person's and an agency's signature are there, in their order.
    pub completeness: Answer,
    /// The signatures, in the order of the file.
    pub signatures: Vec<VerifiedSignature>,
}

/// The answers about one signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct VerifiedSignature {
    /// Name of its field, in a PDF.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// It is a time stamp over the document and nobody's signature.
    pub time_stamp: bool,
    /// Subject of the signer's certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Its issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Its serial number, hexadecimal with colons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<String>,
    /// Whether it is a person's or an agency's.
    pub party: Answer,
    /// Whether the signed bytes are unchanged.
    pub integrity: Answer,
    /// Why they do not count as unchanged.
    pub faults: Vec<Answer>,
    /// How much of the file it is over.
    pub coverage: Answer,
    /// What was added to the file after it.
    pub later: Answer,
    /// The time at which certificates were looked at.
    pub time: Time,
    /// What that time rests on.
    pub time_basis: Answer,
    /// What the signer claims.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_time: Option<Time>,
    /// Whether the signer is trusted at that time.
    pub trusted: bool,
    /// Whether the signer is trusted today.
    pub trusted_today: bool,
    /// The kind of authority that the trust rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Why the signer is not trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distrust: Option<Answer>,
    /// Whether the certificate was revoked.
    pub revocation: Answer,
    /// Why that is not known, of a signer who is trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation_reason: Option<Answer>,
    /// When it was revoked, or as of when it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation_time: Option<Time>,
    /// Hash of the signature: `sha256`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// What is odd about it and decides nothing by itself.
    pub notices: Vec<Answer>,
}
