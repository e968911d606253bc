//! The audit entry: what one row of the log says.
//!
//! Members are declared in the order RFC 8785 §3.2.3 wants (names are ASCII, so byte order is
//! UTF-16 order), which makes plain serialisation canonical; keep that order when adding one.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Event;

/// One audit entry of schema version 1; its bytes come from [`Entry::to_bytes`].
///
/// Values arrive already formatted, so that the same entry gives the same bytes on every machine.
/// Nothing personal may stand here in the clear: see [`commitments`](Entry::commitments).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Who acted.
    pub actor: Actor,
    /// Id of the agency concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<String>,
    /// Id of the authority record (the decision that lets the person sign) relied upon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Id of the server process run that wrote the entry; tells a crashed run's intents apart.
    pub boot: String,
    /// Id of the calling system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Field name to lowercase hex of [`commitment`](crate::commitment): the source address,
    /// names, titles and free text, which must stay erasable.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub commitments: BTreeMap<String, String>,
    /// How many, where the event counts something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Id of the credential concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// Closed facts of this kind of event; keys are ASCII snake case.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<String, Fact>,
    /// The digests to be signed or signed, in request order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<DigestRecord>,
    /// Policy epoch under which this was decided.
    pub epoch: u64,
    /// What happened.
    pub event: Event,
    /// Id of the SAD or stamping session that was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// Lowercase hex leaf hash of the intent entry that this outcome closes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
    /// The key that is or was to be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyRecord>,
    /// Microseconds from the call to its end, without the time that writing this entry takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_us: Option<u64>,
    /// Id of the log, so that an entry of one log cannot pass in another.
    pub log: String,
    /// Id of the row that this entry makes or changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Kind of that row, such as `credential`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_kind: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Code of the document's purpose, as the calling system states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Code of the reason for a refusal or failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Id of the request; joins an intent, its outcome and the server's own log lines.
    pub request: String,
    /// What became of each digest, parallel to [`digests`](Entry::digests).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<ResultRecord>,
    /// Name of the signature scheme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// Sequence number, gapless from 0.
    pub seq: u64,
    /// Id of the stamping session or login session in which this happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// RFC 3339 UTC with six decimals: `2026-11-23T08:00:00.000000Z`.
    pub time: String,
    /// Version of the schema.
    pub v: Version,
}

impl Entry {
    /// Starts an entry with what its maker must decide; all else is empty.
    ///
    /// The journal writer fills `log`, `seq` and `time`. An entry in which `log`, `time`, `boot`
    /// or `request` is still empty has no bytes.
    pub fn new(event: Event, outcome: Outcome, actor: Actor) -> Self {
        Self {
            actor,
            agency: None,
            authority: None,
            boot: String::new(),
            client: None,
            commitments: BTreeMap::new(),
            count: None,
            credential: None,
            data: BTreeMap::new(),
            digests: Vec::new(),
            epoch: 0,
            event,
            grant: None,
            intent: None,
            key: None,
            latency_us: None,
            log: String::new(),
            object: None,
            object_kind: None,
            outcome,
            purpose: None,
            reason: None,
            request: String::new(),
            results: Vec::new(),
            scheme: None,
            seq: 0,
            session: None,
            time: String::new(),
            v: Version,
        }
    }
}

/// The schema version 1, the only one this build writes and reads.
///
/// A type without a value: an entry of another version is not representable, and one read from
/// bytes is refused, as is an event, a member or a word that the version does not have. So a
/// verifier stops at such a row and names it, since it can vouch for nothing that it does not
/// understand: the log needs a newer program.
///
/// What a version has is listed in `tests/versions`. Until a release has written it the list may
/// grow. From then on it is closed: an addition raises the number, gets a list of its own, and the
/// reader goes on to read every version that was ever released. The keys of
/// [`data`](Entry::data) and [`commitments`](Entry::commitments) are not part of it: a reader
/// takes any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version;

impl Version {
    /// The number in the bytes.
    pub const NUMBER: u64 = 1;
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(Self::NUMBER)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            Self::NUMBER => Ok(Self),
            other => Err(serde::de::Error::custom(format_args!(
                "schema version {other}"
            ))),
        }
    }
}

/// Who acted, and how they proved it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// The factor that was used, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<Factor>,
    /// Id of the person or client; absent for the system and for the unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What sort of actor.
    pub kind: ActorKind,
}

impl Actor {
    /// A person, named by id.
    pub fn person(id: impl Into<String>) -> Self {
        Self {
            factor: None,
            id: Some(id.into()),
            kind: ActorKind::Person,
        }
    }

    /// A calling system, named by id.
    pub fn client(id: impl Into<String>) -> Self {
        Self {
            factor: None,
            id: Some(id.into()),
            kind: ActorKind::Client,
        }
    }

    /// The server itself.
    pub const fn system() -> Self {
        Self {
            factor: None,
            id: None,
            kind: ActorKind::System,
        }
    }

    /// Someone who has not proved who they are.
    pub const fn anonymous() -> Self {
        Self {
            factor: None,
            id: None,
            kind: ActorKind::Anonymous,
        }
    }

    /// The same actor, having proved themself by that factor.
    #[must_use]
    pub fn with_factor(mut self, factor: Factor) -> Self {
        self.factor = Some(factor);
        self
    }
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// Every value, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word in the entry's bytes.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

// After the macro, which it uses too.
mod record;

pub use record::{
    Builder, ContentRecord, DigestRecord, Fact, Format, KeyRecord, MAX_ISSUER_BYTES,
    MAX_SERIAL_BYTES, ResultRecord, ResultState,
};

words! {
    /// What sort of actor did it.
    ActorKind {
        /// A human being.
        Person = "person",
        /// A calling system.
        Client = "client",
        /// The server itself.
        System = "system",
        /// Nobody who has proved who they are.
        Anonymous = "anonymous",
    }
}

words! {
    /// How the actor proved who they are.
    Factor {
        /// A time-based one-time password (RFC 6238).
        Totp = "totp",
        /// A password alone.
        Password = "password",
        /// A client certificate in TLS.
        Mtls = "mtls",
        /// An assertion signed with the client's key (RFC 7523).
        PrivateKeyJwt = "private_key_jwt",
        /// A secret shared with the client.
        ClientSecret = "client_secret",
    }
}

words! {
    /// How it ended.
    Outcome {
        /// Done.
        Ok = "ok",
        /// Not allowed; nothing was done.
        Refused = "refused",
        /// Allowed but did not work; nothing was done.
        Failed = "failed",
        /// Nobody can say; treat it as done.
        Unknown = "unknown",
        /// About to be done; another entry tells the end.
        Started = "started",
    }
}
