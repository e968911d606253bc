//! `info`: what the service is and which methods it answers.

use serde::{Deserialize, Serialize};

/// `info` of 1.0.4.0 (§11.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InfoV1 {
    /// `1.0.4.0`.
    pub specs: String,
    /// Name of the service, at most 255 characters.
    pub name: String,
    /// URI of a PNG or JPEG, at most 256 pixels wide and high.
    pub logo: String,
    /// Country (ISO 3166-1 alpha-2): `VN`.
    pub region: String,
    /// Language (RFC 5646): `vi-VN`.
    pub lang: String,
    /// Sentence, at most 255 characters.
    pub description: String,
    /// Of `external`, `TLS`, `basic`, `digest`, `oauth2code`, `oauth2client`.
    #[serde(rename = "authType")]
    pub auth_type: Vec<String>,
    /// Base URI to which a client appends `oauth2/token` and the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth2: Option<String>,
    /// Methods that work: `signatures/signHash`.
    pub methods: Vec<String>,
}

/// `info` of 2.2.0.0; clients of it need every member that is not optional here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InfoV2 {
    /// All members of version 1, `specs` being `2.2.0.0`.
    #[serde(flatten)]
    pub base: InfoV1,
    /// Issuer for RFC 8414 discovery; never together with `oauth2`.
    #[serde(
        default,
        rename = "oauth2Issuer",
        skip_serializing_if = "Option::is_none"
    )]
    pub oauth2_issuer: Option<String>,
    /// Whether `operationMode` `A` works.
    #[serde(rename = "asynchronousOperationMode")]
    pub asynchronous_operation_mode: bool,
    /// Whether revocation data can be returned.
    #[serde(rename = "validationInfo")]
    pub validation_info: bool,
    /// Whether rich authorization requests (RFC 9396) work.
    #[serde(rename = "supportsRar")]
    pub supports_rar: bool,
    /// What a hash may be of: `DTBSR`, the digest that is signed.
    #[serde(rename = "supportedHashTypes")]
    pub supported_hash_types: Vec<String>,
    /// Signature algorithms of all credentials together.
    #[serde(rename = "signAlgorithms")]
    pub sign_algorithms: SignAlgorithms,
    /// Formats that a driving application can build from our signatures.
    pub signature_formats: SignatureFormats,
    /// `Ades-B-B`.
    pub conformance_levels: Vec<String>,
}

/// Signature algorithms and their parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignAlgorithms {
    /// Object identifiers.
    pub algos: Vec<String>,
    /// Base64 of DER parameters, for algorithms that need them.
    #[serde(
        default,
        rename = "algoParams",
        skip_serializing_if = "Option::is_none"
    )]
    pub algo_params: Option<Vec<String>>,
}

/// Formats, and the envelope properties of each at the same place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureFormats {
    /// `C` `CAdES`, `P` `PAdES`, `X` `XAdES`, `J` `JAdES`.
    pub formats: Vec<String>,
    /// One list for each format.
    pub envelope_properties: Vec<Vec<String>>,
}
