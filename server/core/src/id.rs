//! Identifiers: 16 random-and-time bytes (`UUIDv7`, RFC 9562 §5.7), one type per kind of thing.
//!
//! A credential's id cannot be passed where a person's is wanted; all of them are stored as the
//! same 16 bytes in both databases.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Text that is not an identifier: it must be a UUID in its hyphenated lower-case form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct InvalidId;

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a new one; ids made later sort after ids made earlier on the same machine.
            pub fn random() -> Self {
                Self(Uuid::now_v7())
            }

            /// The 16 bytes, as both databases store them.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id with these 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let id = Uuid::try_parse(text).map_err(|_| InvalidId)?;
                // One spelling only: braces, URNs or capitals would make two names of one thing.
                if id.hyphenated().to_string() == text { Ok(Self(id)) } else { Err(InvalidId) }
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = InvalidId;

            fn try_from(bytes: &[u8]) -> Result<Self, InvalidId> {
                Uuid::from_slice(bytes).map(Self).map_err(|_| InvalidId)
            }
        }
    )*};
}

identifiers! {
    /// An agency (cơ quan, tổ chức).
    AgencyId;
    /// A request that a system put before a signer (yêu cầu ký duyệt).
    ApprovalId;
    /// A dated record that a person may sign for another (KT., TL., TUQ.).
    AuthorityId;
    /// One run of a server process; its lease tells the sweeper whether it still lives.
    BootId;
    /// A change that waits for a second person.
    PendingChangeId;
    /// An OAuth client: a system that calls the server.
    ClientId;
    /// A client's public key, certificate or hashed secret.
    ClientKeyId;
    /// What a client was granted: an agency or a credential.
    ClientGrantId;
    /// A key, its owner, its certificate and its state; CSC's `credentialID`.
    CredentialId;
    /// A person: signer, records clerk, subscriber manager, security officer or operator.
    PersonId;
    /// One call to sign; intent and outcome carry the same.
    RequestId;
    /// A role that a person holds.
    RoleGrantId;
    /// A signature activation data record (never the secret value itself).
    SadId;
    /// A stamping session (phiên đóng dấu) that a records clerk opened.
    StampingSessionId;
    /// All tokens that descend from one log-in.
    TokenFamilyId;
}
