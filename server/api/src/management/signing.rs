//! Signatures that the server builds: digests or signed attributes in, finished CMS out.

use serde::{Deserialize, Serialize};

use super::{Id, TimeStampStanding};
use crate::Secret;
use crate::csc::Document;
use crate::words::words;

words! {
    /// How a document carries its signature.
    SignatureFormat {
        /// A signature file beside any kind of file (ETSI EN 319 122-1).
        Cades = "cades",
        /// Inside a PDF (ETSI EN 319 142-1).
        Pades = "pades",
    }
}

/// `POST signatures`, with the header `Idempotency-Key`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSignatures {
    /// The signer's credential, or a seal.
    pub credential: Id,
    /// Object identifier of the hash function of digests, attributes and signatures.
    pub hash_algorithm: String,
    /// Object identifier of the signature algorithm.
    pub sign_algorithm: String,
    /// Base64 of DER, for RSASSA-PSS; the salt is as long as the hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_algorithm_params: Option<String>,
    /// At most 100.
    #[serde(deserialize_with = "super::objects::objects")]
    pub documents: Vec<DocumentToSign>,
    /// What `credentials/authorize` gave for the digests of these attributes. A seal needs none within
    /// an open stamping session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sad: Option<Secret>,
    /// The signer's one-time password, for all the documents: with the signer's own token, or from a
    /// system that was granted to pass it on. Not together with `sad`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otp: Option<Secret>,
    /// Whether an outside authority is to stamp the time of each signature, later (RFC 3161).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub time_stamp: bool,
}

/// One document: either its digest, and the server builds the signed attributes, or these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DocumentToSign {
    /// How it carries the signature.
    pub format: SignatureFormat,
    /// Base64: of the file, or of what the signature in a PDF covers (its `ByteRange`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Base64 of the DER `SET OF` signed attributes: content type, message digest, signing certificate
    /// (version 2) and, in `cades`, a signing time within five minutes of the server's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<String>,
    /// Base64, SHA-256 of the file before it is signed, for the audit log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_digest: Option<String>,
    /// What is said of it.
    #[serde(deserialize_with = "super::objects::object")]
    pub document: Document,
}

/// Reply of `POST signatures`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NewSignaturesReply {
    /// Base64 of a DER CMS `ContentInfo` with the certificates in it, one per document and in their
    /// order: the signature file, or what goes into the PDF.
    pub signatures: Vec<String>,
    /// As in the audit entries.
    pub request_id: Id,
    /// The time stamps that were asked for, one per signature and in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub time_stamps: Vec<TimeStampStanding>,
}
