//! Who acts, and how strongly they proved it.

use std::fmt;
use std::net::IpAddr;

use crate::Timestamp;
use crate::id::{ClientId, ClientKeyId, PersonId, RequestId, TokenFamilyId};

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A system, with its own token.
    Client(ClientId),
    /// A person.
    Person(PersonId),
    /// The server itself: attestation, the sweeper, start and stop.
    System,
}

/// How the actor proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Proof {
    /// A shared secret.
    ClientSecret,
    /// A TLS client certificate.
    MutualTls,
    /// Nobody had to: the server acts on its own.
    None,
    /// A password only.
    Password,
    /// A password and a one-time password.
    PasswordAndTotp,
    /// A signed assertion (RFC 7523).
    PrivateKeyJwt,
}

impl Proof {
    /// Name in entries.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientSecret => "client_secret",
            Self::MutualTls => "mtls",
            Self::None => "none",
            Self::Password => "password",
            Self::PasswordAndTotp => "password_totp",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

/// The access token that was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenRef {
    /// Its `jti`.
    pub jti: [u8; 16],
    /// The log-in it descends from.
    pub family: TokenFamilyId,
    /// Its `exp`; checked again when a signature is recorded.
    pub expires_at: Timestamp,
}

/// An authenticated caller.
///
/// Verification needs TLS and JWT, which this crate must not know, so the one constructor is
/// public, and named so that a reviewer stops at it.
#[derive(Clone)]
pub struct Actor {
    subject: Subject,
    client: Option<ClientId>,
    proof: Proof,
    token: Option<TokenRef>,
    source: Option<IpAddr>,
    otp_at: Option<Timestamp>,
    client_key: Option<ClientKeyId>,
    call: Option<RequestId>,
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No address: it is personal data and must not reach a log through Debug.
        write!(f, "Actor({:?} by {})", self.subject, self.proof.name())
    }
}

impl Actor {
    /// The caller whose token, certificate or secret was just verified.
    pub const fn trust_verified(
        subject: Subject,
        client: Option<ClientId>,
        proof: Proof,
        token: Option<TokenRef>,
        source: Option<IpAddr>,
    ) -> Self {
        Self {
            subject,
            client,
            proof,
            token,
            source,
            otp_at: None,
            client_key: None,
            call: None,
        }
    }

    /// Adds when this log-in last proved a one-time password: acts that grant power want it fresh.
    #[must_use]
    pub const fn with_otp_at(mut self, at: Timestamp) -> Self {
        self.otp_at = Some(at);
        self
    }

    /// Adds the key that a system proved itself by: what was got with a key ends with it.
    #[must_use]
    pub const fn with_client_key(mut self, key: ClientKeyId) -> Self {
        self.client_key = Some(key);
        self
    }

    /// Adds the call in which they act: every entry that the call makes carries its id.
    #[must_use]
    pub const fn in_call(mut self, request: RequestId) -> Self {
        self.call = Some(request);
        self
    }

    /// The call in which they act; a new id where there is none, since the server acts on its own.
    pub fn request(&self) -> RequestId {
        self.call.unwrap_or_else(RequestId::random)
    }

    /// The key that a system proved itself by.
    pub const fn client_key(&self) -> Option<ClientKeyId> {
        self.client_key
    }

    /// When this log-in last proved a one-time password.
    pub const fn otp_at(&self) -> Option<Timestamp> {
        self.otp_at
    }

    /// The server itself.
    pub const fn system() -> Self {
        Self::trust_verified(Subject::System, None, Proof::None, None, None)
    }

    /// Who acts.
    pub const fn subject(&self) -> Subject {
        self.subject
    }

    /// The person, if it is one.
    pub const fn person(&self) -> Option<PersonId> {
        match self.subject {
            Subject::Person(person) => Some(person),
            Subject::Client(_) | Subject::System => None,
        }
    }

    /// The system that made the call: the subject itself, or the one a person's token was given to.
    pub const fn client(&self) -> Option<ClientId> {
        match self.subject {
            Subject::Client(client) => Some(client),
            Subject::Person(_) | Subject::System => self.client,
        }
    }

    /// How they proved who they are.
    pub const fn proof(&self) -> Proof {
        self.proof
    }

    /// The access token, if one was presented.
    pub const fn token(&self) -> Option<TokenRef> {
        self.token
    }

    /// The network address, if the call came over the network.
    pub const fn source(&self) -> Option<IpAddr> {
        self.source
    }
}
