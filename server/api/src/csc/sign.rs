//! Requests that authorize and sign: `credentials/authorize`, `credentials/extendTransaction`,
//! `signatures/signHash`.

use serde_json::{Map, Value};

use super::body::{Body, Kind, Malformed, Version};
use super::document::Document;
use super::factors::Factors;
use crate::Secret;
use crate::encoding::{decode_base64, encode_base64};
use crate::words::words;

/// Longest `description`, in characters (NFC).
pub const MAX_DESCRIPTION: usize = 500;

const HASHES: [&str; 2] = ["hash", "hashes"];
const HASH_ALGORITHM: [&str; 2] = ["hashAlgo", "hashAlgorithmOID"];

words! {
    /// Whether the caller waits for the signatures.
    OperationMode {
        /// The reply holds them.
        Synchronous = "S",
        /// They are polled for.
        Asynchronous = "A",
    }
}

/// `credentials/authorize`.
#[derive(Debug, Clone)]
pub struct AuthorizeRequest {
    /// Which credential.
    pub credential_id: String,
    /// How many signatures; at least 1.
    pub num_signatures: u32,
    /// The digests to bind; absent asks for a SAD bound to a count.
    pub hashes: Option<Vec<Vec<u8>>>,
    /// Object identifier of their hash function.
    pub hash_algorithm: Option<String>,
    /// The person's proof.
    pub factors: Factors,
    /// What the approver is told.
    pub description: Option<String>,
    /// What each hash is of.
    pub documents: Option<Vec<Document>>,
    /// Opaque, for the caller's own correlation.
    pub client_data: Option<String>,
}

impl AuthorizeRequest {
    /// Reads the request, under either version's names.
    ///
    /// # Errors
    /// [`Malformed`] names the member.
    pub fn parse(bytes: &[u8], version: Version) -> Result<Self, Malformed> {
        let body = Body::parse(bytes, version)?;
        let credential_id = body.string("credentialID")?.to_owned();
        let num_signatures = num_signatures(&body)?;
        let hashes = hashes(&body)?;
        Ok(Self {
            credential_id,
            num_signatures,
            documents: Document::list(&body, hashes.as_ref().map_or(0, Vec::len))?,
            hashes,
            hash_algorithm: hash_algorithm(&body)?,
            factors: Factors::read(&body)?,
            description: body.words("description", MAX_DESCRIPTION)?,
            client_data: body.client_data()?,
        })
    }

    /// The body that a client of this version sends.
    pub fn to_json(&self, version: Version) -> Value {
        let mut members = Map::new();
        members.insert("credentialID".into(), self.credential_id.clone().into());
        members.insert("numSignatures".into(), self.num_signatures.into());
        if let Some(hashes) = &self.hashes {
            insert(&mut members, HASHES, version, encoded(hashes));
        }
        write_algorithm(&mut members, version, self.hash_algorithm.as_ref());
        match version {
            Version::V1 => self.factors.write_v1(&mut members),
            Version::V2 => self.factors.write_v2(&mut members),
        }
        write_text(&mut members, "description", self.description.as_ref());
        write_documents(&mut members, self.documents.as_ref());
        write_text(&mut members, "clientData", self.client_data.as_ref());
        Value::Object(members)
    }
}

/// `credentials/extendTransaction`.
#[derive(Debug, Clone)]
pub struct ExtendRequest {
    /// Which credential.
    pub credential_id: String,
    /// The SAD that ends.
    pub sad: Secret,
    /// The digests of the next call.
    pub hashes: Option<Vec<Vec<u8>>>,
    /// Object identifier of their hash function.
    pub hash_algorithm: Option<String>,
}

impl ExtendRequest {
    /// Reads the request, under either version's names.
    ///
    /// # Errors
    /// [`Malformed`] names the member.
    pub fn parse(bytes: &[u8], version: Version) -> Result<Self, Malformed> {
        let body = Body::parse(bytes, version)?;
        Ok(Self {
            credential_id: body.string("credentialID")?.to_owned(),
            sad: Secret::new(body.string("SAD")?),
            hashes: hashes(&body)?,
            hash_algorithm: hash_algorithm(&body)?,
        })
    }
}

/// `signatures/signHash`.
#[derive(Debug, Clone)]
pub struct SignHashRequest {
    /// Which credential.
    pub credential_id: String,
    /// The authorization; absent in v2 when the access token itself is one.
    pub sad: Option<Secret>,
    /// The digests, not wrapped in a `DigestInfo`; at least one.
    pub hashes: Vec<Vec<u8>>,
    /// Object identifier of their hash function, where `sign_algorithm` does not say it.
    pub hash_algorithm: Option<String>,
    /// Object identifier of the signature algorithm.
    pub sign_algorithm: String,
    /// DER of its parameters (`RSASSA-PSS-params`, RFC 8017 appendix A.2.3).
    pub sign_algorithm_params: Option<Vec<u8>>,
    /// Whether the caller waits.
    pub operation_mode: OperationMode,
    /// What each hash is of.
    pub documents: Option<Vec<Document>>,
    /// Opaque, for the caller's own correlation.
    pub client_data: Option<String>,
}

impl SignHashRequest {
    /// Reads the request, under either version's names.
    ///
    /// # Errors
    /// [`Malformed`] names the member.
    pub fn parse(bytes: &[u8], version: Version) -> Result<Self, Malformed> {
        Self::read(&Body::parse(bytes, version)?)
    }

    pub(super) fn read(body: &Body) -> Result<Self, Malformed> {
        let credential_id = body.string("credentialID")?.to_owned();
        let sad = sad(body)?;
        let name = body.name_of(HASHES)?;
        let hashes = hashes(body)?.ok_or(Malformed::Missing {
            kind: Kind::Array,
            name,
        })?;
        Ok(Self {
            credential_id,
            sad,
            documents: Document::list(body, hashes.len())?,
            hashes,
            hash_algorithm: hash_algorithm(body)?,
            sign_algorithm: body.string("signAlgo")?.to_owned(),
            sign_algorithm_params: sign_algorithm_params(body)?,
            operation_mode: operation_mode(body)?,
            client_data: body.client_data()?,
        })
    }

    /// The body that a client of this version sends.
    pub fn to_json(&self, version: Version) -> Value {
        let mut members = Map::new();
        members.insert("credentialID".into(), self.credential_id.clone().into());
        if let Some(sad) = &self.sad {
            members.insert("SAD".into(), sad.expose().into());
        }
        insert(&mut members, HASHES, version, encoded(&self.hashes));
        write_algorithm(&mut members, version, self.hash_algorithm.as_ref());
        members.insert("signAlgo".into(), self.sign_algorithm.clone().into());
        if let Some(params) = &self.sign_algorithm_params {
            members.insert("signAlgoParams".into(), encode_base64(params).into());
        }
        if self.operation_mode == OperationMode::Asynchronous {
            members.insert("operationMode".into(), self.operation_mode.name().into());
        }
        write_documents(&mut members, self.documents.as_ref());
        write_text(&mut members, "clientData", self.client_data.as_ref());
        Value::Object(members)
    }
}

fn num_signatures(body: &Body) -> Result<u32, Malformed> {
    let missing = Malformed::Missing {
        kind: Kind::Integer,
        name: "numSignatures",
    };
    match u32::try_from(body.optional_integer("numSignatures")?.ok_or(missing)?) {
        Ok(0) | Err(_) => Err(Malformed::NumSignatures),
        Ok(number) => Ok(number),
    }
}

fn hashes(body: &Body) -> Result<Option<Vec<Vec<u8>>>, Malformed> {
    let name = body.name_of(HASHES)?;
    let Some(items) = body.optional_array(name)? else {
        return Ok(None);
    };
    if items.is_empty() {
        return Err(Malformed::NoHashes);
    }
    items
        .iter()
        .map(|item| hash(item, name))
        .collect::<Result<_, _>>()
        .map(Some)
}

fn hash(item: &Value, name: &'static str) -> Result<Vec<u8>, Malformed> {
    let text = item.as_str().ok_or(Malformed::Missing {
        kind: Kind::Array,
        name,
    })?;
    decode_base64(text).map_err(Malformed::HashEncoding)
}

fn hash_algorithm(body: &Body) -> Result<Option<String>, Malformed> {
    let name = body.name_of(HASH_ALGORITHM)?;
    body.text(name, 64)
}

/// v1 cannot sign without a SAD; in v2 the access token may be the authorization.
fn sad(body: &Body) -> Result<Option<Secret>, Malformed> {
    if body.version() == Version::V1 || body.present("SAD").is_some() {
        return body.string("SAD").map(|sad| Some(Secret::new(sad)));
    }
    Ok(None)
}

fn sign_algorithm_params(body: &Body) -> Result<Option<Vec<u8>>, Malformed> {
    body.optional_string("signAlgoParams")?
        .map(|text| decode_base64(text).map_err(|_| Malformed::Invalid("signAlgoParams")))
        .transpose()
}

fn operation_mode(body: &Body) -> Result<OperationMode, Malformed> {
    match body.optional_string("operationMode")? {
        None => Ok(OperationMode::Synchronous),
        Some(word) => OperationMode::from_name(word).ok_or(Malformed::Invalid("operationMode")),
    }
}

fn encoded(hashes: &[Vec<u8>]) -> Value {
    hashes.iter().map(|hash| encode_base64(hash)).collect()
}

fn insert(members: &mut Map<String, Value>, pair: [&str; 2], version: Version, value: Value) {
    let [v1, v2] = pair;
    members.insert(
        if version == Version::V1 { v1 } else { v2 }.to_owned(),
        value,
    );
}

fn write_algorithm(members: &mut Map<String, Value>, version: Version, oid: Option<&String>) {
    if let Some(oid) = oid {
        insert(members, HASH_ALGORITHM, version, oid.clone().into());
    }
}

fn write_text(members: &mut Map<String, Value>, name: &str, text: Option<&String>) {
    if let Some(text) = text {
        members.insert(name.to_owned(), text.clone().into());
    }
}

fn write_documents(members: &mut Map<String, Value>, documents: Option<&Vec<Document>>) {
    if let Some(documents) = documents.and_then(|list| serde_json::to_value(list).ok()) {
        members.insert("documents".to_owned(), documents);
    }
}
