//! Everything that knows PKCS#11: the keys live in a token, and this crate asks it to sign.
//!
//! A [`Token`] is one token in use. It implements [`kyso_core::KeyCustody`] with *lanes*: threads
//! that each have a PKCS#11 session and a cache of object handles of their own and share one
//! bounded queue in which people go before stamps. A *keeper* thread logs in, notices when the
//! token goes away and brings it back; a *watchdog* replaces lanes whose call hangs; a *clerk*
//! makes, attests and lists keys. No signature leaves before it is verified.

mod attest;
mod bench;
mod certify;
mod check;
mod clerk;
mod error;
mod finding;
mod keeper;
mod keys;
mod lane;
mod list;
mod mechanism;
mod module;
mod note;
mod observe;
mod pass;
mod queue;
mod reply;
mod seal;
mod seat;
mod setup;
mod shared;
mod status;
mod subject;
mod sync;
mod token;
mod ward;

pub use bench::{BenchRow, bench};
pub use certify::{NO_LEGAL_VALUE, Period};
pub use error::{HsmError, Refusal};
pub use finding::{Attestation, Finding, Flag};
pub use list::ListedKey;
pub use mechanism::allowed_algorithms;
pub use note::NoteKind;
pub use observe::{HsmObserver, Operation, Unobserved};
pub use setup::init_token;
pub use shared::Phase;
pub use status::{TokenFacts, TokenStatus};
pub use subject::{Subject, SubjectField};
pub use token::{Place, Token};
