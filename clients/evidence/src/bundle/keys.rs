//! The keys that a bundle names, and the one that signs its manifest.

use std::fmt;
use std::str::FromStr;

use crate::key::{KeyError, LogKey, SignatureError, WitnessKey};
use crate::note::{KeyLabel, KeyName, Note};

/// The key with which a server signs the manifests of bundles, in an HSM too: P-256, or Ed25519.
///
/// It is another key than the one that signs checkpoints, which signs nothing else, and another
/// type here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportKey(LogKey);

impl ExportKey {
    /// A P-256 key from its DER `SubjectPublicKeyInfo` with an uncompressed point.
    ///
    /// # Errors
    ///
    /// [`KeyError::Key`] for other bytes.
    pub fn ecdsa(name: KeyName, spki: &[u8]) -> Result<Self, KeyError> {
        LogKey::ecdsa(name, spki).map(Self)
    }

    /// Name and id.
    pub const fn label(&self) -> &KeyLabel {
        self.0.label()
    }

    /// Checks that the note is signed by this key.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Missing`] and [`SignatureError::Invalid`].
    pub fn verify(&self, note: &Note) -> Result<(), SignatureError> {
        self.0.verify(note)
    }

    /// Whether it is that log's key, under whatever name.
    pub(super) fn is(&self, log: &LogKey) -> bool {
        self.0.same_public(log)
    }
}

impl fmt::Display for ExportKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ExportKey {
    type Err = KeyError;

    fn from_str(vkey: &str) -> Result<Self, KeyError> {
        vkey.parse().map(Self)
    }
}

/// The keys that go along with a bundle.
///
/// Displays as the part `keys`, a line for each. They are what the exporter says: who verifies a
/// bundle should have the keys from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Signs checkpoints.
    pub log: LogKey,
    /// Signs manifests.
    pub export: ExportKey,
    /// Cosign checkpoints.
    pub witnesses: Vec<WitnessKey>,
}

impl Keys {
    /// Reads the part from its one spelling.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(bytes).ok()?.lines();
        let log = lines.next()?.strip_prefix("log ")?.parse().ok()?;
        let export = lines.next()?.strip_prefix("export ")?.parse().ok()?;
        let witness = |line: &str| line.strip_prefix("witness ")?.parse().ok();
        let keys = Self {
            log,
            export,
            witnesses: lines.map(witness).collect::<Option<_>>()?,
        };
        (keys.to_string().as_bytes() == bytes).then_some(keys)
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "log {}", self.log)?;
        writeln!(f, "export {}", self.export)?;
        self.witnesses
            .iter()
            .try_for_each(|key| writeln!(f, "witness {key}"))
    }
}
