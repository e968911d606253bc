//! `signatures/signHash`: the request in the core's types, the signatures in CSC's.

use actix_web::{HttpRequest, HttpResponse};
use kyso_api::Secret;
use kyso_api::csc::{
    CALL_HEADER, Kind, Malformed, OperationMode, SignHashReply, SignHashRequest, Version,
};
use kyso_api::encoding::encode_base64;
use kyso_core::id::{CredentialId, RequestId};
use kyso_core::model::SadHash;
use kyso_core::request::{Activation, DocumentFacts, Idempotency, SignRequest};
use kyso_core::{Digest, Refusal, SignError, SignatureScheme};
use kyso_evidence::Event;

use super::algorithm::{self, Wanted};
use super::fault::Fault;
use super::{enter_refusal, handle, polling, signer, version_of};
use crate::http::body::Received;
use crate::http::desk::Desk;
use crate::http::{idempotency, text};

/// What an Idempotency-Key is bound to: both versions are one route, as they are one method.
const ROUTE: &str = "signatures/signHash";

/// Answers the call.
///
/// # Errors
/// [`Fault`]; one that concerns a key is an entry.
pub async fn sign_hash(
    desk: Desk,
    request: HttpRequest,
    body: Received,
) -> Result<HttpResponse, Fault> {
    match answer(&desk, &request, &body).await {
        Ok(response) => Ok(response),
        Err(fault) => Err(enter_refusal(&desk, Event::SignatureRefused, &body, fault).await),
    }
}

async fn answer(
    desk: &Desk,
    request: &HttpRequest,
    body: &Received,
) -> Result<HttpResponse, Fault> {
    body.flaw.map_or(Ok(()), |flaw| Err(Fault::flawed(flaw)))?;
    let version = version_of(request);
    let wire = SignHashRequest::parse(&body.bytes, version)?;
    let asynchronous = wire.operation_mode == OperationMode::Asynchronous;
    if asynchronous && polling::is_for_signer(desk, &wire) {
        return polling::accept(desk, request, body).await;
    }
    let key = idempotency::read(request.headers(), ROUTE, &body.bytes);
    let key = key.map_err(|error| Fault::invalid(error.to_string()).because(Refusal::Malformed))?;
    let mut sign = translate(&wire, desk.call.request, key, version)?;
    if let Some(sad) = wire.sad.as_ref().filter(|_| sign.documents.is_empty()) {
        sign.documents = approved(desk, sad, &sign.digests).await?;
    }
    let (scheme, credential) = (sign.scheme, sign.credential);
    match desk.sign(sign).await {
        Ok(signature) => Ok(reply(signature.request(), &signature.into_signatures())),
        Err(error) => Err(explain(desk, error, scheme, credential, version)),
    }
}

/// What the signer was told of exactly these hashes, for a client that knows no `documents[]`: it is
/// bound by its SAD to what they approved.
async fn approved(
    desk: &Desk,
    sad: &Secret,
    digests: &[Digest],
) -> Result<Vec<DocumentFacts>, Fault> {
    let approval = handle::of_sad(desk, sad).await?;
    let sorted = |digests: &[Digest]| {
        let mut all: Vec<Vec<u8>> = digests.iter().map(|one| one.as_bytes().to_vec()).collect();
        all.sort_unstable();
        all
    };
    let approval = approval.filter(|approval| {
        let approved = approval.digests();
        let turned = signer::alike(&approval.documents) && sorted(&approved) == sorted(digests);
        approved == digests || turned
    });
    Ok(approval
        .map(|approval| approval.facts())
        .unwrap_or_default())
}

/// The signatures, and the call that made them.
pub fn reply(call: RequestId, signatures: &[Vec<u8>]) -> HttpResponse {
    let signatures = signatures.iter().map(|bytes| encode_base64(bytes));
    HttpResponse::Ok()
        .insert_header((CALL_HEADER, call.to_string()))
        .json(SignHashReply {
            signatures: signatures.collect(),
        })
}

/// The request in the core's types.
///
/// # Errors
/// In CSC's words; where the audit has a word for it, with that too.
fn translate(
    wire: &SignHashRequest,
    id: RequestId,
    idempotency: Option<Idempotency>,
    version: Version,
) -> Result<SignRequest, Fault> {
    if wire.operation_mode == OperationMode::Asynchronous {
        return Err(Malformed::Invalid("operationMode").into());
    }
    let refused = |refusal| Fault::refused(refusal, version);
    let credential = wire.credential_id.parse();
    let credential = credential.map_err(|_| refused(Refusal::UnknownCredential))?;
    let sad = wire.sad.as_ref().ok_or(Malformed::Missing {
        kind: Kind::String,
        name: "SAD",
    })?;
    let scheme = scheme_of(wire, version)?;
    let digests = digests_of(wire, scheme, version)?;
    let documents = text::documents(wire.documents.as_deref());
    let documents = documents.map_err(|_| Fault::from(Malformed::Invalid("documents")))?;
    Ok(SignRequest {
        id,
        credential,
        activation: Activation::Sad(SadHash::of(sad.expose())),
        scheme,
        digests,
        contents: Vec::new(),
        documents,
        idempotency,
        client_data: wire.client_data.clone(),
        time_stamp: false,
        ground: None,
        look: None,
    })
}

/// How the client wants it signed.
///
/// # Errors
/// In CSC's words.
pub fn scheme_of(wire: &SignHashRequest, version: Version) -> Result<SignatureScheme, Fault> {
    let scheme = algorithm::scheme(Wanted {
        sign_algorithm: &wire.sign_algorithm,
        params: wire.sign_algorithm_params.as_deref(),
        hash_algorithm: wire.hash_algorithm.as_deref(),
        version,
    });
    scheme.map_err(|error| Fault::from(error).because(Refusal::UnsupportedScheme))
}

/// What it wants signed.
///
/// # Errors
/// If a digest is not as long as the scheme's are.
pub fn digests_of(
    wire: &SignHashRequest,
    scheme: SignatureScheme,
    version: Version,
) -> Result<Vec<Digest>, Fault> {
    let digests = algorithm::digests(scheme.hash(), &wire.hashes);
    digests.map_err(|_| Fault::refused(Refusal::DigestMismatch, version))
}

/// An RSA key that cannot do the salt refuses the parameters, not the algorithm.
fn explain(
    desk: &Desk,
    error: SignError,
    scheme: SignatureScheme,
    credential: CredentialId,
    version: Version,
) -> Fault {
    let unsupported = matches!(error, SignError::Refused(Refusal::UnsupportedScheme));
    let pss = matches!(scheme, SignatureScheme::RsaPss { .. });
    let fault = Fault::signing(error, version);
    let credential = desk.policy().visible(&desk.actor, credential);
    let rsa = credential.is_ok_and(|credential| credential.key.algorithm.is_rsa());
    if unsupported && pss && rsa {
        fault.saying("Invalid parameter signAlgoParams")
    } else {
        fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "019ab000-0000-7000-8000-000000000001";

    fn ask(
        version: Version,
        change: impl FnOnce(&mut serde_json::Value),
    ) -> Result<SignRequest, String> {
        let digest = encode_base64(&[7; 32]);
        let mut body = serde_json::json!({
            "credentialID": ID, "SAD": "s", "hash": [digest],
            "signAlgo": "1.2.840.113549.1.1.1", "hashAlgo": "2.16.840.1.101.3.4.2.1"
        });
        change(&mut body);
        let body = serde_json::to_vec(&body).unwrap();
        let wire = SignHashRequest::parse(&body, version).map_err(|error| error.to_string())?;
        translate(&wire, RequestId::random(), None, version).map_err(|fault| fault.to_string())
    }

    #[test]
    fn both_names_are_read_under_both_paths() {
        for version in [Version::V1, Version::V2] {
            let request = ask(version, |_| {}).unwrap();
            assert_eq!(request.digests.len(), 1);
            assert_eq!(request.activation, Activation::Sad(SadHash::of("s")));
        }
    }

    #[test]
    fn trap_the_same_hash_twice_is_two() {
        let request = ask(Version::V1, |body| {
            let hash = body["hash"][0].clone();
            body["hash"] = serde_json::json!([hash, hash]);
        });
        assert_eq!(request.unwrap().digests.len(), 2);
    }

    #[test]
    fn bad_requests_say_why() {
        use serde_json::{Value, json};
        type Case = (&'static str, Value, &'static str);
        let cases: [Case; 11] = [
            (
                "credentialID",
                json!("x"),
                "invalid_request: Invalid parameter credentialID",
            ),
            (
                "credentialID",
                json!(7),
                "Missing (or invalid type) string parameter credentialID",
            ),
            (
                "SAD",
                json!(null),
                "Missing (or invalid type) string parameter SAD",
            ),
            ("hash", json!([]), "Empty hash array"),
            (
                "hash",
                json!([encode_base64(&[7; 20])]),
                "invalid_request: Invalid digest value length",
            ),
            (
                "hash",
                json!(["+/+/"]),
                "invalid_request: Invalid digest value length",
            ),
            (
                "hash",
                json!([7]),
                "Missing (or invalid type) array parameter hash",
            ),
            (
                "hashAlgo",
                json!("1.3.14.3.2.26"),
                "invalid_request: Invalid parameter hashAlgo",
            ),
            (
                "signAlgo",
                json!("1.2.3"),
                "invalid_request: Invalid parameter signAlgo",
            ),
            (
                "operationMode",
                json!("A"),
                "invalid_request: Invalid parameter operationMode",
            ),
            (
                "documents",
                json!([{"label": "a\u{202E}b"}]),
                "invalid_request: Invalid parameter documents",
            ),
        ];
        for (name, value, sentence) in cases {
            let error = ask(Version::V1, |body| body[name] = value.clone()).unwrap_err();
            assert_eq!(error, sentence, "{name} {value}");
        }
    }

    #[test]
    fn trap_hexadecimal_and_base64url_are_no_base64() {
        for hash in ["ab".repeat(32), "-_".repeat(21) + "-="] {
            let error = ask(Version::V1, |body| body["hash"] = serde_json::json!([hash]));
            assert!(
                error
                    .unwrap_err()
                    .starts_with("Invalid Base64 hash string parameter"),
                "{hash}"
            );
        }
    }

    #[test]
    fn version_2_asks_for_the_sad_too() {
        let error = ask(Version::V2, |body| body["SAD"] = serde_json::Value::Null).unwrap_err();
        assert_eq!(
            error,
            "invalid_request: Missing (or invalid type) string parameter SAD"
        );
    }
}
