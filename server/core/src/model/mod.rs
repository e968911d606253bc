//! What the server knows: agencies, people, systems, credentials, sessions.
//!
//! Plain data with public fields. What makes a row trustworthy (its seal, the entry that made it)
//! is the store's to check before a value of these types exists.

mod agency;
mod approval;
mod approval_file;
mod client;
mod credential;
mod dated;
mod grant;
mod pending;
mod person;
mod picture;

pub use agency::{Agency, AgencyCode, CodeFormat, InvalidAgencyCode};
pub use approval::{
    Approval, ApprovalDocument, ApprovalState, ApprovalWay, Decision, Precedence, Shown, Urgency,
    shown_together,
};
pub use approval_file::{ApprovalDrawing, ApprovalFile};
pub use client::{
    Callback, Client, ClientGrant, ClientKey, ClientKeyMaterial, ClientMethod, GrantTarget,
};
pub use credential::{Certificate, Credential, CredentialKind, CredentialState, Issued, Owner};
pub use dated::Dated;
pub use grant::{Sad, SadBinding, SadHash, StampingSession};
pub use pending::PendingChange;
pub use person::{AuthorityKind, AuthorityRecord, Factors, Person, Role, RoleGrant};
pub use picture::Picture;
