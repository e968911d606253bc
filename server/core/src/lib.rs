//! What Kyso is, without any input or output: types, policy, the sign flow and its ports.
//!
//! Nothing here knows HTTP, SQL or PKCS#11. The three ports ([`Journal`], [`KeyCustody`],
//! [`Clock`]) are implemented by `kyso-store`, `kyso-hsm` and the daemon, so every rule of the
//! flow can be tested in microseconds and the compiler keeps the rooms of the house apart.

pub mod actor;
pub mod algorithm;
pub mod change;
pub mod custody;
pub mod draft;
pub mod ground;
pub mod id;
pub mod instant;
pub mod journal;
pub mod model;
pub mod policy;
pub mod refusal;
pub mod request;
pub mod series;
pub mod sessions;
pub mod sign;
pub mod snapshot;

pub use actor::Actor;
pub use algorithm::{Digest, HashAlgorithm, KeyAlgorithm, SignatureScheme};
pub use change::Change;
pub use custody::{
    Busy, DigestOutcome, KeyCustody, KeyPurpose, KeyRef, LaneClass, ServerPurpose, SignJob,
};
pub use draft::Draft;
pub use instant::{Clock, SystemClock, Timestamp};
pub use journal::Journal;
pub use policy::Policy;
pub use refusal::Refusal;
pub use sign::{SignError, Signer};
pub use snapshot::Snapshot;
