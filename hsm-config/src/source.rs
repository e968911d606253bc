//! Where a secret is named: a file or a credential, and nothing inline.

use std::fmt;
use std::path::PathBuf;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The name of a secret, as TOML has it: `{ file = "…" }` or `{ credential = "…" }`.
///
/// A type of its own since derived code would repeat a secret that stands in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretName {
    /// The path of a file.
    File(PathBuf),
    /// The name of a systemd credential.
    Credential(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    file: Option<PathBuf>,
    credential: Option<String>,
}

const INLINE: &str = "a secret never stands here: name its file or its systemd credential";

struct Naming;

impl<'de> Visitor<'de> for Naming {
    type Value = SecretName;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a file or a systemd credential that holds the secret")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<SecretName, E> {
        Err(E::custom(INLINE))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<SecretName, E> {
        Err(E::custom(INLINE))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<SecretName, E> {
        Err(E::custom(INLINE))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<SecretName, E> {
        Err(E::custom(INLINE))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SecretName, A::Error> {
        let members = Members::deserialize(MapAccessDeserializer::new(map))?;
        match (members.file, members.credential) {
            (Some(path), None) => Ok(SecretName::File(path)),
            (None, Some(name)) => Ok(SecretName::Credential(name)),
            _ => Err(A::Error::custom("exactly one of file and credential")),
        }
    }
}

impl<'de> Deserialize<'de> for SecretName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Naming)
    }
}
