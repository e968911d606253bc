//! What a body asks for, read to its end before anything is looked up.

use actix_web::http::header::HeaderMap;
use kyso_api::Secret;
use kyso_api::csc::Document;
use kyso_api::encoding::decode_base64;
use kyso_api::management::{DocumentToSign, NewSignatures, SignatureFormat};
use kyso_core::id::CredentialId;
use kyso_core::model::SadHash;
use kyso_core::request::{DocumentFacts, Idempotency};
use kyso_core::{Digest, HashAlgorithm, Refusal, SignatureScheme};
use kyso_evidence::entry::Format;

use crate::http::body::{Received, parse};
use crate::http::error::Problem;
use crate::http::refused::Mistake;
use crate::http::{idempotency, stamps, text};

/// What an Idempotency-Key is bound to.
const ROUTE: &str = "signatures";

/// Documents of one call: the entry names three digests of each, and both entries of a call with so
/// many in SHA-512 fit their 64 KiB.
const MOST: usize = 100;

/// A call in the core's types.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) credential: CredentialId,
    pub(super) scheme: SignatureScheme,
    pub(super) documents: Vec<Asked>,
    pub(super) facts: Vec<DocumentFacts>,
    pub(super) leave: Leave,
    pub(super) key: Idempotency,
    pub(super) time_stamp: bool,
}

/// One document.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) format: Format,
    pub(super) given: Given,
    pub(super) file: Option<[u8; 32]>,
}

/// What the caller gives of it.
#[derive(Debug)]
pub(super) enum Given {
    /// Signed attributes in DER, not yet read: that takes the certificate.
    Attributes(Vec<u8>),
    /// The digest that the attributes are to name.
    Digest(Digest),
}

/// What lets the key be used.
#[derive(Debug)]
pub(super) enum Leave {
    /// A one-time password of its owner.
    Otp(Secret),
    /// A SAD.
    Sad(SadHash),
    /// The stamping session that is open.
    Session,
}

impl Wanted {
    pub(super) fn read(headers: &HeaderMap, body: &Received) -> Result<Self, Mistake> {
        if let Some(flaw) = body.flaw {
            return Err(Mistake(flaw.refusal(), flaw.into()));
        }
        let key = idempotency::read(headers, ROUTE, &body.bytes);
        let key = key.map_err(|_| Problem::field("Idempotency-Key"))?;
        let key = key.ok_or(Refusal::IdempotencyRequired)?;
        Self::translate(&parse(&body.bytes)?, key)
    }

    fn translate(wire: &NewSignatures, key: Idempotency) -> Result<Self, Mistake> {
        let scheme = with_usual_salt(
            &wire.sign_algorithm,
            wire.sign_algorithm_params.as_deref(),
            &wire.hash_algorithm,
        )?;
        if wire.documents.len() > MOST {
            return Err(Refusal::TooManySignatures.into());
        }
        let documents = wire.documents.iter().map(|one| asked(one, scheme.hash()));
        let documents: Result<Vec<Asked>, Mistake> = documents.collect();
        let credential = wire.credential.parse();
        Ok(Self {
            documents: documents?,
            facts: facts(&wire.documents)?,
            leave: leave(wire)?,
            credential: credential.map_err(|_| Refusal::UnknownCredential)?,
            scheme,
            key,
            time_stamp: wire.time_stamp,
        })
    }
}

/// A verifier takes a salt as long as the hash and no other (RFC 4056 §3).
pub(super) fn with_usual_salt(
    sign_algorithm: &str,
    params: Option<&str>,
    hash_algorithm: &str,
) -> Result<SignatureScheme, Mistake> {
    let scheme = stamps::scheme(sign_algorithm, params, hash_algorithm);
    let unsupported = |problem| Mistake(Refusal::UnsupportedScheme, problem);
    match scheme.map_err(unsupported)? {
        SignatureScheme::RsaPss { hash, salt } if usize::from(salt) != hash.digest_length() => {
            Err(unsupported(Problem::field("sign_algorithm_params")))
        }
        scheme => Ok(scheme),
    }
}

fn facts(documents: &[DocumentToSign]) -> Result<Vec<DocumentFacts>, Problem> {
    let documents: Vec<Document> = documents.iter().map(|one| one.document.clone()).collect();
    let wrong = || Problem::field("document");
    if !documents.iter().all(Document::is_within_limits) {
        return Err(wrong());
    }
    text::documents(Some(&documents)).map_err(|_| wrong())
}

fn leave(wire: &NewSignatures) -> Result<Leave, Problem> {
    match (&wire.sad, &wire.otp) {
        (Some(_), Some(_)) => Err(Problem::field("otp")),
        (Some(sad), None) => Ok(Leave::Sad(SadHash::of(sad.expose()))),
        (None, Some(otp)) => Ok(Leave::Otp(otp.clone())),
        (None, None) => Ok(Leave::Session),
    }
}

fn asked(wire: &DocumentToSign, hash: HashAlgorithm) -> Result<Asked, Mistake> {
    let given = match (&wire.digest, &wire.attributes) {
        (Some(digest), None) => Given::Digest(digest_of(hash, digest, "digest")?),
        (None, Some(attributes)) => Given::Attributes(decoded(attributes, "attributes")?),
        (Some(_), Some(_)) => return Err(Problem::field("attributes").into()),
        (None, None) => return Err(Problem::field("digest").into()),
    };
    let file = wire.file_digest.as_deref();
    let file = file.map(|file| digest_of(HashAlgorithm::Sha256, file, "file_digest"));
    let file = file.transpose()?;
    Ok(Asked {
        format: match wire.format {
            SignatureFormat::Cades => Format::Cades,
            SignatureFormat::Pades => Format::Pades,
        },
        given,
        file: file.and_then(|file| file.as_bytes().try_into().ok()),
    })
}

fn digest_of(hash: HashAlgorithm, text: &str, member: &'static str) -> Result<Digest, Mistake> {
    let digest = Digest::new(hash, &decoded(text, member)?);
    digest.map_err(|_| Mistake(Refusal::DigestMismatch, Problem::field(member)))
}

fn decoded(text: &str, member: &'static str) -> Result<Vec<u8>, Problem> {
    decode_base64(text).map_err(|why| Problem::field(member).because(format!("{member}: {why}")))
}
