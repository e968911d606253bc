//! Our own API under `/api/v1`: agencies, people, roles, systems, credentials, stamping sessions,
//! changes, imports, reports, the audit log.

pub mod agencies;
pub mod approvals;
pub mod audit;
pub mod callbacks;
pub mod chain;
pub mod client_key;
pub mod clients;
pub mod credentials;
pub mod disputes;
pub mod evaluation;
pub mod export;
pub mod import_rows;
pub mod imports;
mod issuer;
pub mod key_use;
#[cfg(test)]
mod openapi;
pub mod pending;
pub mod persons;
pub mod pictures;
pub mod read;
pub mod receipts;
pub mod reports;
pub mod requests;
pub mod roles;
mod routes;
pub mod scope;
pub mod signatures;
pub mod stamping_sessions;
pub mod stored;
pub mod subject;
pub mod submissions;
pub mod summary;
pub mod time_stamps;
pub mod timeline;
pub mod view_names;
mod view_query;
mod view_rows;
pub mod views;

pub use routes::{QUERIED, ROUTES, routes};

/// Longest name, title, basis or reason, in bytes.
const NAME: usize = 500;

/// Longest login, client id, kind or level, in bytes.
const WORD: usize = 64;
