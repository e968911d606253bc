//! A request's body: a JSON object read member by member, so that an error names the member and
//! says whether it is missing or wrong in the words of CSC 1.0.4.0 §10.2.

use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

use crate::encoding::NotBase64;

/// Longest `clientData`, in bytes.
pub const MAX_CLIENT_DATA: usize = 1024;

/// Whether a text has at most `limit` characters: Unicode scalar values in NFC, since a Vietnamese letter of
/// three bytes, or spelt with its marks apart, is one letter to whoever writes it.
pub(crate) fn is_within(text: &str, limit: usize) -> bool {
    text.nfc().take(limit + 1).count() <= limit
}

/// Which path the request came to; it decides the names in errors, never what is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `/csc/v1`, 1.0.4.0.
    V1,
    /// `/csc/v2`, 2.x.
    V2,
}

/// A JSON type, as CSC's sentences name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A list.
    Array,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Array => "array",
        })
    }
}

/// Why a request cannot be read; the sentence is CSC's `error_description`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not JSON, or two members of one name, or U+0000 in a text.
    #[error("The body is not valid JSON: {0}")]
    Syntax(String),
    /// JSON, but no object.
    #[error("The body is not a JSON object")]
    NotAnObject,
    /// A member that must be there is not, or is of another type.
    #[error("Missing (or invalid type) {kind} parameter {name}")]
    Missing {
        /// The type it must have.
        kind: Kind,
        /// Its name in the version asked.
        name: &'static str,
    },
    /// A member of the right type with a value that is not allowed.
    #[error("Invalid parameter {0}")]
    Invalid(&'static str),
    /// `numSignatures` is under 1.
    #[error("Invalid value for parameter numSignatures")]
    NumSignatures,
    /// Two names of one parameter, with different values.
    #[error("Parameters {0} and {1} contradict each other")]
    Contradiction(&'static str, &'static str),
    /// The list of hashes has no element.
    #[error("Empty hash array")]
    NoHashes,
    /// A hash is not in base64.
    #[error("Invalid Base64 hash string parameter: {0}")]
    HashEncoding(NotBase64),
}

/// The body of a request.
#[derive(Debug)]
pub struct Body {
    members: Map<String, Value>,
    version: Version,
}

impl Body {
    /// Reads a body; an empty one counts as `{}`, as some clients send `info`.
    ///
    /// # Errors
    /// [`Malformed::Syntax`] also for a member given twice: parsers disagree about which one
    /// counts, so a proxy and this server could read two different requests.
    pub fn parse(bytes: &[u8], version: Version) -> Result<Self, Malformed> {
        if bytes.is_empty() {
            return Ok(Self {
                members: Map::new(),
                version,
            });
        }
        let value: Unambiguous =
            serde_json::from_slice(bytes).map_err(|error| Malformed::Syntax(error.to_string()))?;
        match value.0 {
            Value::Object(members) => Ok(Self { members, version }),
            _ => Err(Malformed::NotAnObject),
        }
    }

    /// The path it came to.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// A member that is there and not `null`: v1 allows an absent parameter to be written so.
    pub(crate) fn present(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn optional_string(&self, name: &'static str) -> Result<Option<&str>, Malformed> {
        self.present(name)
            .map(|value| {
                value.as_str().ok_or(Malformed::Missing {
                    kind: Kind::String,
                    name,
                })
            })
            .transpose()
    }

    pub(crate) fn string(&self, name: &'static str) -> Result<&str, Malformed> {
        let text = self.optional_string(name)?;
        match text.ok_or(Malformed::Missing {
            kind: Kind::String,
            name,
        })? {
            "" => Err(Malformed::Invalid(name)),
            text => Ok(text),
        }
    }

    /// A text of at most `limit` bytes.
    pub(crate) fn text(
        &self,
        name: &'static str,
        limit: usize,
    ) -> Result<Option<String>, Malformed> {
        match self.optional_string(name)? {
            Some(text) if text.len() > limit => Err(Malformed::Invalid(name)),
            text => Ok(text.map(str::to_owned)),
        }
    }

    /// A text that people read, of at most `limit` characters.
    pub(crate) fn words(
        &self,
        name: &'static str,
        limit: usize,
    ) -> Result<Option<String>, Malformed> {
        match self.optional_string(name)? {
            Some(text) if !is_within(text, limit) => Err(Malformed::Invalid(name)),
            text => Ok(text.map(str::to_owned)),
        }
    }

    pub(crate) fn optional_integer(&self, name: &'static str) -> Result<Option<i64>, Malformed> {
        self.present(name)
            .map(|value| {
                value.as_i64().ok_or(Malformed::Missing {
                    kind: Kind::Integer,
                    name,
                })
            })
            .transpose()
    }

    /// A boolean; the texts `"true"` and `"false"` too, as a known tester sends them.
    pub(crate) fn boolean(&self, name: &'static str) -> Result<bool, Malformed> {
        match self.present(name) {
            None | Some(Value::Bool(false)) => Ok(false),
            Some(Value::Bool(true)) => Ok(true),
            Some(Value::String(text)) if text == "true" => Ok(true),
            Some(Value::String(text)) if text == "false" => Ok(false),
            Some(_) => Err(Malformed::Missing {
                kind: Kind::Boolean,
                name,
            }),
        }
    }

    pub(crate) fn optional_array(&self, name: &'static str) -> Result<Option<&[Value]>, Malformed> {
        let missing = Malformed::Missing {
            kind: Kind::Array,
            name,
        };
        self.present(name)
            .map(|value| value.as_array().map(Vec::as_slice).ok_or(missing))
            .transpose()
    }

    /// The name of `pair` (v1's, v2's) that is in use: the one that is there, or the version's own.
    pub(crate) fn name_of(&self, pair: [&'static str; 2]) -> Result<&'static str, Malformed> {
        let [v1, v2] = pair;
        match (self.present(v1), self.present(v2)) {
            (Some(a), Some(b)) if a != b => Err(Malformed::Contradiction(v1, v2)),
            (Some(_), None) => Ok(v1),
            (None, Some(_)) => Ok(v2),
            _ if self.version == Version::V1 => Ok(v1),
            _ => Ok(v2),
        }
    }

    /// `clientData`, without control characters: it goes into audit entries.
    pub(crate) fn client_data(&self) -> Result<Option<String>, Malformed> {
        let text = self.text("clientData", MAX_CLIENT_DATA)?;
        Ok(text.map(|text| text.chars().filter(|c| !c.is_control()).collect()))
    }
}

/// A JSON value without repeated members and without U+0000, which PostgreSQL cannot store.
struct Unambiguous(Value);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UnambiguousVisitor).map(Self)
    }
}

struct UnambiguousVisitor;

impl<'de> Visitor<'de> for UnambiguousVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        if text.contains('\0') {
            return Err(E::custom("a text contains U+0000"));
        }
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Unambiguous(value)) = items.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some((name, Unambiguous(value))) = entries.next_entry::<String, Unambiguous>()? {
            if name.contains('\0') {
                return Err(de::Error::custom("a name contains U+0000"));
            }
            if members.insert(name, value).is_some() {
                return Err(de::Error::custom("a member is given twice"));
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(json: &str) -> Body {
        Body::parse(json.as_bytes(), Version::V1).unwrap()
    }

    #[test]
    fn an_empty_body_is_an_empty_object() {
        assert!(Body::parse(b"", Version::V1).unwrap().members.is_empty());
    }

    #[test]
    fn refuses_what_is_not_one_object() {
        for json in [
            "{",
            "nul",
            "{\"a\":1}}",
            "{\"a\":1,\"a\":1}",
            "{\"a\":{\"b\":1,\"b\":2}}",
        ] {
            let refused = Body::parse(json.as_bytes(), Version::V1);
            assert!(matches!(refused, Err(Malformed::Syntax(_))), "{json}");
        }
        assert_eq!(
            Body::parse(b"[1]", Version::V1).unwrap_err(),
            Malformed::NotAnObject
        );
    }

    #[test]
    fn refuses_nul_and_deep_nesting() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
        for json in [r#"{"a":"x\u0000y"}"#, r#"{"\u0000":1}"#, deep.as_str()] {
            assert!(Body::parse(json.as_bytes(), Version::V2).is_err(), "{json}");
        }
    }

    #[test]
    fn null_is_absent() {
        assert_eq!(body(r#"{"lang":null}"#).optional_string("lang"), Ok(None));
    }

    #[test]
    fn booleans_may_be_texts() {
        let body = body(r#"{"a":"true","b":"false","c":true,"d":1}"#);
        assert_eq!(body.boolean("a"), Ok(true));
        assert_eq!(body.boolean("b"), Ok(false));
        assert_eq!(body.boolean("c"), Ok(true));
        assert_eq!(body.boolean("absent"), Ok(false));
        let sentence = body.boolean("d").unwrap_err().to_string();
        assert_eq!(sentence, "Missing (or invalid type) boolean parameter d");
    }

    #[test]
    fn client_data_is_stripped_and_capped() {
        let stripped = body(r#"{"clientData":"a\nb\u001b[31m"}"#).client_data();
        assert_eq!(stripped, Ok(Some("ab[31m".to_owned())));
        let long = format!(r#"{{"clientData":"{}"}}"#, "x".repeat(MAX_CLIENT_DATA + 1));
        assert_eq!(
            body(&long).client_data(),
            Err(Malformed::Invalid("clientData"))
        );
    }
}
