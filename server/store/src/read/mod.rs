//! Queries for people: the audit log by page, uses of sessions, decided changes, coverage.
//!
//! What policy knows is in the snapshot already; here is only what the database alone knows.

mod audit;
mod coverage;
mod key_use;
mod log_ins;
mod numbered;
mod picture;
mod signatures;
mod stored;
mod watched;

pub use crate::blocks::{OfHour, signatures_by_hour};
pub use crate::signing::{EndedOf, ended_sessions, session_of_id};
pub use audit::{AuditFilter, AuditPage, AuditRow, audit_page};
pub(crate) use audit::{Stored, entries};
pub use coverage::{Coverage, coverage};
pub use key_use::key_use;
pub use log_ins::{LogInRow, log_ins};
pub use numbered::DocumentNumber;
pub use picture::picture;
pub use signatures::{AskedFor, SignaturePage, SignatureRow, Uses, asked_for_by, signatures};
pub use stored::{
    ChangeRecord, RefreshRecord, certificate_request, changes, is_empty, session_uses,
};
pub(crate) use stored::{enrolment_person, refresh_record};
pub(crate) use watched::first_from;
pub use watched::{Disputed, Signal, Unseen, disputes, signals, unseen};
