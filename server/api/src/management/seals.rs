//! Seals on PDFs that the server reads first: outgoing documents, their appendices, and copies.

use serde::{Deserialize, Serialize};

use super::{Id, TimeStampStanding};
use crate::csc::Document;
use crate::words::words;

words! {
    /// What is sealed (Decree 30/2020, art. 25 and 32).
    SealKind {
        /// An outgoing document (phát hành): signed by an authorised person, with number and date.
        Issue = "issue",
        /// Phụ lục: an appendix, or an enclosed text, in a file of its own; of an outgoing document
        /// that was sealed.
        Appendix = "phu_luc",
        /// Sao y: a copy of the whole, word for word.
        Full = "sao_y",
        /// Sao lục: a copy of a copy.
        Further = "sao_luc",
        /// Trích sao: a copy of a part.
        Extract = "trich_sao",
    }
}

/// `POST seals`, with the header `Idempotency-Key`, within an open stamping session: as a JSON body, with the file in it; or as the
/// part `request` of a form, and the prepared PDF as the part `file` after it, which passes and is held nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SealRequest {
    /// The seal.
    pub credential: Id,
    /// What is sealed.
    pub kind: SealKind,
    /// The PDF in which only the signature of the seal is missing, base64; at most 16 MiB. It is read and
    /// not kept. In a JSON body always, in a form never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Where the signatures stand in the PDF that follows. In a form always, in a JSON body never.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "super::objects::optional"
    )]
    pub prepared: Option<PreparedFile>,
    /// Whether the server is to draw what the signature shows, and to prepare it: the seal upon the person's
    /// signature, or the words of appendix and copy. Then the file comes without it, and the reply has
    /// what is appended to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compose: bool,
    /// Object identifier of the hash function.
    pub hash_algorithm: String,
    /// Object identifier of the signature algorithm.
    pub sign_algorithm: String,
    /// Base64 of DER, for RSASSA-PSS; the salt is as long as the hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_algorithm_params: Option<String>,
    /// What is said of it. Number and purpose come from the file and from `kind`; where they are said too,
    /// they must be the same. The symbol is needed where the field of the number does not hold it; of an appendix
    /// number and symbol are those of the document that it belongs to.
    #[serde(deserialize_with = "super::objects::object")]
    pub document: Document,
    /// The series that the number is of, where it is not the symbol: numbers are unique for each agency,
    /// series and year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// The record of authority that the person signed under; any that fits if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<Id>,
    /// Of a copy: what it is a copy of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Whether an outside authority is to stamp the time of the signature, later (RFC 3161).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub time_stamp: bool,
}

/// Where signatures stand in a PDF that is prepared: the server computes their digests while it passes, and refuses it if it is not
/// so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PreparedFile {
    /// `ByteRange` of the seal's signature, two pairs of place and length (ISO 32000-2 §12.8.1): from 0 to the end of the file, with
    /// its `Contents` between them.
    pub byte_range: [u64; 4],
    /// How many bytes the file had before the seal's signature was prepared.
    pub before: u64,
    /// Of an outgoing document: `ByteRange` of each signature that it has already, at most sixteen; the authorised person's
    /// is among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(length(max = 16)))]
    pub signed: Vec<[u64; 4]>,
}

/// Reply of `POST seals`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SealReply {
    /// Base64 of a DER CMS `ContentInfo`, which goes into the field.
    pub signature: String,
    /// The field of the PDF that it goes into.
    pub field: String,
    /// Where the server drew: base64 of what is appended to the file as it was sent; the signature is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<String>,
    /// Of an outgoing document: what was read in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<IssueRead>,
    /// As in the audit entries.
    pub request_id: Id,
    /// The time stamp, if one was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub time_stamps: Vec<TimeStampStanding>,
}

/// What was read in an outgoing document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct IssueRead {
    /// The number in its series.
    pub number: u32,
    /// The series.
    pub series: String,
    /// The date, `2026-11-27`.
    pub date: String,
    /// Credential of the person who signed.
    pub signed_by: Id,
    /// The record of authority that they signed under.
    pub authority: Id,
}
