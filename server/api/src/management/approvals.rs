//! Requests for approval: a system puts documents before a signer, who decides on a page of ours.

use serde::{Deserialize, Serialize};

use super::{Id, Time};
use crate::Secret;
use crate::csc::Document;
use crate::words::words;

words! {
    /// How soon it is wanted (độ khẩn).
    Urgency {
        /// Thường.
        Usual = "usual",
        /// Khẩn.
        Urgent = "urgent",
        /// Thượng khẩn.
        MostUrgent = "most_urgent",
        /// Hỏa tốc.
        Express = "express",
    }
    /// Who drew what a signature shows.
    Composer {
        /// The system that asked.
        Client = "client",
        /// The server, by the rules of the day.
        Server = "server",
    }
    /// Where a request stands.
    ApprovalState {
        /// The signer has not seen it.
        Waiting = "waiting",
        /// The signer was shown it.
        Opened = "opened",
        /// Approved; the signature is being made.
        Approved = "approved",
        /// The signer refused (từ chối).
        Refused = "refused",
        /// The signer returned it with a reason (trả lại).
        Returned = "returned",
        /// The system took it back.
        Withdrawn = "withdrawn",
        /// Nobody decided in time.
        Expired = "expired",
        /// Signed.
        Signed = "signed",
        /// Approved and not signed, or it is not known.
        Failed = "failed",
    }
}

/// `POST approvals`, with the header `Idempotency-Key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewApproval {
    /// The signer's credential; its owner is asked.
    pub credential: Id,
    /// Digests, base64; none where there are `files`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hashes: Vec<String>,
    /// PDFs, base64, of 16 MiB together, each with one signature open over all of it, or as `compose` says. The server shows
    /// their pages to the signer and keeps them, encrypted, until some days after the end of the request; it signs PAdES.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Where the server is to draw the signer's signature: one for each file, which then comes without it. It shows the
    /// picture of the signer's handwriting that two people approved. None where the files are prepared.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "super::objects::objects"
    )]
    pub compose: Vec<Composition>,
    /// Object identifier of their hash function.
    pub hash_algorithm: String,
    /// Object identifier of the signature algorithm.
    pub sign_algorithm: String,
    /// Base64 of DER, for RSASSA-PSS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_algorithm_params: Option<String>,
    /// One for each digest or file: what is said of it.
    pub documents: Vec<Document>,
    /// How soon; `usual` if absent. Where one of `documents` says that it is more urgent, that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
    /// When it is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Time>,
    /// Expires then; if absent, after seven days, or sooner where requests may not stay open so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_until: Option<Time>,
    /// URL that is told of the end, under the origin that was registered for the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback: Option<String>,
}

/// Where the server draws a signature: in a field that waits, at a place, or else between the signer's position and their
/// full name as the file has them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Composition {
    /// Full name of a signature field that the file has and nobody signed; it is shown where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// A place; the picture stands in its middle, and is made smaller where it does not fit.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "super::objects::optional"
    )]
    pub at: Option<Spot>,
    /// The full name that stands under the place, where the file writes it otherwise than it is registered. Only without
    /// `field` and `at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer_name: Option<String>,
    /// Room for the number, which is written after the signature; with `date_at`, and only in a file that nobody signed.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "super::objects::optional"
    )]
    pub number_at: Option<Spot>,
    /// Room for the date.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "super::objects::optional"
    )]
    pub date_at: Option<Spot>,
}

/// A place on a page, as the page is shown; lengths in tenths of a millimetre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Spot {
    /// The page, from 1.
    pub page: u32,
    /// From the left edge of the page.
    pub left: u32,
    /// From the lower edge of the page.
    pub bottom: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// One document of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ApprovalDocument {
    /// Digest, base64.
    pub hash: String,
    /// Object identifier of its hash function.
    pub hash_algorithm: String,
    /// What is said of it.
    pub document: Document,
    /// The file behind it, where the system gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<ApprovalFile>,
}

/// A file that is kept and shown: `approvals/{id}/documents/{place}/file`, and a picture of each page, counted from 1,
/// under `…/pages/{page}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ApprovalFile {
    /// SHA-256 of the file as it is kept, hexadecimal: with the signature that the server drew, if it did.
    pub sha256: String,
    /// Field of the signature.
    pub field: String,
    /// SHA-256 of the picture of each page, hexadecimal.
    pub pages: Vec<String>,
    /// Who drew what the signature shows.
    pub composed_by: Composer,
    /// Where the server drew: base64 of what is appended to the file as it was sent; the signature is in it. Only for the
    /// system, once signed, and until the file is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<String>,
}

/// A request, as the system that asked and the signer see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Approval {
    /// Its id.
    pub id: Id,
    /// The system that asks.
    pub client: Id,
    /// Its name for people.
    pub client_name: String,
    /// Who is asked.
    pub person: Id,
    /// With which credential.
    pub credential: Id,
    /// Where it stands.
    pub state: ApprovalState,
    /// Since when.
    pub state_at: Time,
    /// Why it was refused, returned or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How soon: the most urgent of what was asked for all and of what each document says.
    pub urgency: Urgency,
    /// When it came.
    pub submitted_at: Time,
    /// When it is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Time>,
    /// Expires then.
    pub open_until: Time,
    /// The documents.
    pub documents: Vec<ApprovalDocument>,
    /// SHA-256 over all that is shown, hexadecimal: an approval names it.
    pub shown: String,
    /// Signatures, base64, in the order of the documents; only for the system, once signed. Of files they are finished CMS
    /// for the field that waits; where the server drew, `documents[].file.update` has them in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signatures: Option<Vec<String>>,
    /// The call that made them, once signed: `receipts/{id}` has its receipt. Absent in lists, and where the system signs
    /// itself: it then knows its own calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<Id>,
}

/// Query of `GET approvals`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalQuery {
    /// In this state only.
    pub state: Option<ApprovalState>,
    /// `next` of the page before.
    pub before: Option<String>,
    /// At most so many; 50 if absent, never more than 200.
    pub limit: Option<u16>,
}

/// A page of requests. What waits for a signer comes as they are to decide it: the most urgent first, then what is due
/// soonest, then what came first. All else has the newest state first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ApprovalPage {
    /// The requests.
    pub items: Vec<Approval>,
    /// `before` of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// `POST approvals/open`: what the signer is about to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenApprovals {
    /// The requests.
    pub approvals: Vec<Id>,
}

/// A request and what was shown of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ShownApproval {
    /// The request.
    pub id: Id,
    /// Its `shown`.
    pub shown: String,
}

/// `POST approvals/give`: the signer approves exactly these, by one one-time password.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GiveApprovals {
    /// What was shown.
    pub approvals: Vec<ShownApproval>,
    /// One-time password, fresh.
    pub otp: Secret,
}

/// `POST approvals/{id}/refuse`, `approvals/{id}/return`: the signer does not sign, and proves that it is they.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeclineApproval {
    /// Why.
    pub reason: String,
    /// One-time password, fresh.
    pub otp: Secret,
}

/// What became of one request that was approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GivenApproval {
    /// The request.
    pub id: Id,
    /// Where it stands now: `approved` while the signature is still being made.
    pub state: ApprovalState,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The body of a call back: a request has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ApprovalEvent {
    /// `approval.` and the state: `approval.signed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it ended.
    pub timestamp: Time,
    /// What ended, and how.
    pub data: ApprovalEnd,
}

/// Which request, and its end. What was signed is asked for, not told: whoever reads this may not be
/// whoever may have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ApprovalEnd {
    /// The request.
    pub id: Id,
    /// How it ended.
    pub state: ApprovalState,
    /// The call that signed, where the server did: `receipts/{id}` has its receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<Id>,
}
