//! What an entry says of a key, of digests and what they stand for, and of one fact.

use serde::{Deserialize, Serialize};

words! {
    /// How a document carries its signature.
    Format {
        /// A signature file over the whole document (ETSI EN 319 122-1).
        Cades = "cades",
        /// Inside a PDF, over all of it but the place of the signature (ETSI EN 319 142-1).
        Pades = "pades",
    }
}

words! {
    /// Who built the signed attributes (RFC 5652 §5.3) whose digest was signed.
    Builder {
        /// The caller; the server read them before it signed.
        Caller = "caller",
        /// The server, from the document's digest.
        Server = "server",
    }
}

words! {
    /// What became of one digest.
    ResultState {
        /// Signed, and the signature released.
        Signed = "signed",
        /// Signed, but the signature never left the server.
        Withheld = "withheld",
        /// The HSM was certainly not asked.
        NotAttempted = "not_attempted",
        /// Nobody can say; treat it as signed.
        Unknown = "unknown",
    }
}

/// The longest issuer of a certificate in an entry, in bytes of UTF-8: a longer one is left out.
pub const MAX_ISSUER_BYTES: usize = 512;

/// The longest serial number of a certificate, in bytes of the number (RFC 5280 §4.1.2.2).
pub const MAX_SERIAL_BYTES: usize = 20;

/// The key of an entry, as precisely as an auditor needs to find it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRecord {
    /// Name of the key's algorithm.
    pub algorithm: String,
    /// Issuer of the certificate as RFC 4514 text, so that an auditor finds it in the CA's own
    /// register; at most [`MAX_ISSUER_BYTES`]. The intent of a signature has it, and where it is
    /// absent the hash names the certificate all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_issuer: Option<String>,
    /// Serial number of the certificate, lowercase hex without leading zero bytes; at most
    /// [`MAX_SERIAL_BYTES`] bytes. It stands beside the issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_serial: Option<String>,
    /// Lowercase hex SHA-256 of the certificate's DER; absent while there is no certificate yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_sha256: Option<String>,
    /// Lowercase hex `CKA_ID` of the key pair (PKCS#11 §4.4).
    pub cka_id: String,
    /// What the key may be used for.
    pub purpose: String,
}

/// One digest to be signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DigestRecord {
    /// Name of the hash algorithm.
    pub alg: String,
    /// The document that the digest stands for, where the server knows: absent for a digest that
    /// came as it is, of which nobody here can say what it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<ContentRecord>,
    /// The digest in lowercase hex; with a content, that of the signed attributes.
    pub value: String,
}

/// The document behind a digest, by its own digests: it never comes here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentRecord {
    /// Who built the attributes.
    pub built_by: Builder,
    /// The digest that the attributes name, lowercase hex, by the hash of the record: of the file,
    /// or of what the signature in a PDF covers (its `ByteRange`).
    pub digest: String,
    /// Lowercase hex SHA-256 of the file before it was signed, as the caller tells it: a PDF has
    /// another than what its signature covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// How the document carries the signature.
    pub format: Format,
}

/// What became of one digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultRecord {
    /// Lowercase hex SHA-256 of the signature value, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Its state.
    pub state: ResultState,
}

/// A fact of one kind of event: a word or a whole number, nothing that could be written two ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fact {
    /// A whole number with a magnitude below 2^53.
    Integer(i64),
    /// A code, id or other short text that names nobody.
    Text(String),
}

impl From<&str> for Fact {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Fact {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Fact {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}
