//! Our own API under `/api/v1`: people, agencies, systems, credentials, stamps, audit.
//!
//! Requests refuse unknown members: whoever misspells `owner_agency` learns it at once. A member that
//! is not there is left out; `null` is a mistake. Ids are UUIDs in hyphenated lower case, times
//! RFC 3339 in UTC; both are text here, since what they mean is not the wire's business. Errors are
//! [`crate::problem::Problem`].

mod agencies;
mod approvals;
mod audit;
mod changes;
mod clients;
mod credentials;
mod enrolment;
mod imports;
mod log;
mod objects;
mod people;
mod pictures;
#[cfg(test)]
mod schemas;
mod seals;
mod sessions;
mod signatures;
mod signing;
mod stamps;
mod time_stamps;
mod verification;
mod views;

pub use agencies::{
    Agency, AgencyCode, AgencyCodeFormat, AgencyName, AgencyPlace, EndRequest, MoveAgency,
    NewAgency, RenameAgency,
};
pub use approvals::{
    Approval, ApprovalDocument, ApprovalEnd, ApprovalEvent, ApprovalFile, ApprovalPage,
    ApprovalQuery, ApprovalState, Composer, Composition, DeclineApproval, GiveApprovals,
    GivenApproval, NewApproval, OpenApprovals, ShownApproval, Spot, Urgency,
};
pub use audit::{
    AuditEntry, AuditPage, AuditQuery, SignatureCount, SignatureCounts, SignaturesQuery,
};
pub use changes::{ApprovalReply, Change, ChangeQuery, ChangeState, PendingReply, ReasonRequest};
pub use clients::{
    CallbackReply, Client, ClientAuthMethod, ClientKey, Grant, NewCallback, NewClient,
    NewClientKey, NewGrant,
};
pub use credentials::{
    CertificateChain, Credential, CredentialKind, CredentialState, HandOver, NewCredential,
    NewCredentialReply, Subject,
};
pub use enrolment::{
    ChangePassword, ConfirmEnrolment, EnrolmentCode, EnrolmentReply, StartEnrolment,
};
pub use imports::{Coverage, CoverageLevel, CoverageRow, ImportReply, RowError};
pub use log::{ExportQuery, LogKeys, ReceiptEntry, ReceiptQuery};
pub use people::{
    Authority, AuthorityKind, NewAuthority, NewPerson, NewRole, Person, Role, RoleName,
};
pub use pictures::{NewPicture, Picture};
pub use seals::{IssueRead, PreparedFile, SealKind, SealReply, SealRequest};
pub use sessions::{LogIn, Me, NewSession, SessionReply};
pub use signatures::{
    DisputeSignature, SignatureDispute, SignatureOutcome, SignaturePage, SignatureQuery,
    SignatureRecord,
};
pub use signing::{DocumentToSign, NewSignatures, NewSignaturesReply, SignatureFormat};
pub use stamps::{
    NewStampingSession, StampReply, StampRequest, StampingSession, StampingSessionState,
};
pub use time_stamps::{TimeStamp, TimeStampStanding, TimeStampState};
pub use verification::{Answer, VerifiedSignature, VerifyReply, VerifyRequest};
pub use views::{
    CountedView, KeyDay, KeyUse, KeyUseQuery, Permission, StateChange, View, ViewPage, ViewQuery,
    ViewRow, Views,
};

use serde::{Deserialize, Serialize};

use crate::Secret;

/// UUID, hyphenated, lower case.
pub type Id = String;

/// RFC 3339 in UTC, up to microseconds: `2026-11-23T05:00:00.000001Z`.
pub type Time = String;

/// A list without pages: all that the caller may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct List<T> {
    /// The things.
    pub items: Vec<T>,
}

/// What a POST that made something answers, with status 201.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Created {
    /// The new thing's id.
    pub id: Id,
}

/// `POST persons/{id}/erase`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EraseRequest {
    /// One-time password; absent where the log-in's own is still fresh (five minutes).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otp: Option<Secret>,
    /// On what ground before `limits.retention_years` have passed; must not name the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// `POST persons/{id}/reset-factors`, `credentials/{id}/activate`, `credentials/{id}/unlock` (these
/// propose), `roles/{id}/withdraw` (may propose) and `changes/{id}/approve`: an act that needs a fresh one-time password and nothing else.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OtpRequest {
    /// One-time password; absent where the log-in's own is still fresh (five minutes).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otp: Option<Secret>,
}
