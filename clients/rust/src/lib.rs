//! Typed client of the signing server: every call of the management API and of CSC v1 and v2.
//!
//! It is synchronous, since its users are command lines, tests and worker threads. It never
//! retries by itself: whether to try again, and with which Idempotency-Key, is the caller's to
//! say, and [`ClientError::retry_after`] tells when.
//!
//! ```no_run
//! use kyso_client::{Client, Options, Secret};
//!
//! let mut client = Client::new(&Options::new("https://localhost:8443"))?;
//! client.log_in("lanh-dao", Secret::new("password"), None)?;
//! for credential in client.credentials()? {
//!     println!("{} {}", credential.id, credential.state);
//! }
//! # Ok::<(), kyso_client::ClientError>(())
//! ```

mod approvals;
mod csc;
mod error;
mod management;
mod options;
mod organisation;
mod power;
mod token;
mod transport;
pub mod webhook;

pub use csc::Signed;
pub use error::ClientError;
pub use kyso_api::Secret;
pub use kyso_api::problem::Language;
pub use options::{Identity, Options};
pub use power::Outcome;
pub use token::{ClientProof, JwtKey};
pub use transport::Client;
