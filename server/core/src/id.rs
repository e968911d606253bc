//! Identifiers: 16 random-and-time bytes (`UUIDv7`, RFC 9562 §5.7), one type per kind of thing.
//!
//! A credential's id cannot be passed where a person's is wanted; all of them are stored as the
//! same 16 bytes in both databases.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;

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

impl RequestId {
    /// When the call began, by the id itself (RFC 9562 §5.7: milliseconds): whoever finds the id of
    /// an earlier call finds its time with it. `None` for an id that was not made here.
    pub fn begun(&self) -> Option<Timestamp> {
        let (seconds, nanos) = self.0.get_timestamp()?.to_unix();
        let whole = Timestamp::from_seconds(i64::try_from(seconds).ok()?);
        Some(whole.after(Duration::from_nanos(u64::from(nanos))))
    }

    /// Another id that tells the same time, for a call that the server tries again: each try has an
    /// intent of its own, and what it signs claims the time of the first.
    #[must_use]
    pub fn again(&self) -> Self {
        let mut bytes = *Self::random().as_bytes();
        for (to, from) in bytes.iter_mut().zip(self.as_bytes()).take(6) {
            *to = *from;
        }
        Self::from_bytes(bytes)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_tells_when_it_began() {
        // RFC 9562 §A.6: the example of version 7.
        let example = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f".parse::<RequestId>();
        let began = example.unwrap().begun();
        assert_eq!(began, Some(Timestamp::from_micros(1_645_557_742_000_000)));
        let first = RequestId::random();
        let again = first.again();
        assert!(first.begun().is_some() && again != first);
        assert_eq!(again.begun(), first.begun());
        assert_eq!(RequestId::from_bytes([0; 16]).begun(), None);
    }
}
