//! `POST /api/v1/stamps`: hashes and documents in, signatures out, within a stamping session.

use actix_web::{HttpRequest, HttpResponse};
use kyso_api::csc::{Malformed, Version};
use kyso_api::encoding::{decode_base64, encode_base64};
use kyso_api::management::{StampReply, StampRequest};
use kyso_api::problem::ProblemCode;
use kyso_core::id::{CredentialId, RequestId};
use kyso_core::request::{Activation, Idempotency, SignRequest};
use kyso_core::{Refusal, SignError, SignatureScheme};
use kyso_evidence::Event;

use super::body::{Received, parse};
use super::csc::algorithm::{self, Wanted};
use super::desk::Desk;
use super::error::Problem;
use super::management::time_stamps;
use super::refused::{self, Mistake};
use super::{idempotency, text};

/// What an Idempotency-Key is bound to.
const ROUTE: &str = "stamps";

/// Answers the call.
///
/// # Errors
/// [`Problem`]; one that concerns a key is an entry.
pub async fn stamp(
    desk: Desk,
    request: HttpRequest,
    body: Received,
) -> Result<HttpResponse, Problem> {
    let possible = |sign: SignRequest| can_stamp(&desk, sign.time_stamp).map(|()| sign);
    let sign = match read(&request, &body, desk.call.request).and_then(possible) {
        Ok(sign) => sign,
        Err(Mistake(refusal, problem)) => {
            let named = refused::named(&body.bytes, "credential");
            refused::enter(&desk, Event::SignatureRefused, named, refusal).await?;
            return Err(problem);
        }
    };
    let (credential, count) = (sign.credential, sign.digests.len());
    let time_stamp = sign.time_stamp;
    let signature = desk.sign(sign).await;
    let signature = signature.map_err(|error| explain(&desk, error, credential, count))?;
    let id = signature.request();
    let calls = time_stamp.then_some(id).into_iter().collect();
    let mut standings = time_stamps::of_calls(&desk, calls).await?;
    let signatures = signature.into_signatures();
    Ok(HttpResponse::Ok().json(StampReply {
        signatures: signatures
            .iter()
            .map(|bytes| encode_base64(bytes))
            .collect(),
        request_id: id.to_string(),
        time_stamps: standings.remove(&id).unwrap_or_default(),
    }))
}

fn read(request: &HttpRequest, body: &Received, id: RequestId) -> Result<SignRequest, Mistake> {
    if let Some(flaw) = body.flaw {
        return Err(Mistake(flaw.refusal(), flaw.into()));
    }
    let key = idempotency::read(request.headers(), ROUTE, &body.bytes);
    let key = key.map_err(|_| Problem::field("Idempotency-Key"))?;
    let key = key.ok_or(Refusal::IdempotencyRequired)?;
    let wanted: StampRequest = parse(&body.bytes)?;
    if !wanted
        .documents
        .iter()
        .all(kyso_api::csc::Document::is_within_limits)
    {
        return Err(Problem::field("documents").into());
    }
    translate(&wanted, id, key)
}

/// A time stamp can be asked for only where an authority is named.
///
/// # Errors
/// `invalid_field` where none is.
pub fn can_stamp(desk: &Desk, time_stamp: bool) -> Result<(), Mistake> {
    if time_stamp && desk.app().stamping.is_none() {
        let why = "time_stamp: this server has no time-stamp authority";
        return Err(Problem::field("time_stamp").because(why.to_owned()).into());
    }
    Ok(())
}

/// The answer to a stamp that was not made: a batch that the seal allows is too large only for what is
/// left of the session.
pub fn explain(desk: &Desk, error: SignError, credential: CredentialId, count: usize) -> Problem {
    let too_many = matches!(error, SignError::Refused(Refusal::TooManySignatures));
    let batch = desk.config().limits.batch;
    let seal = desk.policy().visible(&desk.actor, credential);
    let most = seal.map_or(0, |seal| seal.multisign.min(batch));
    if too_many && u32::try_from(count).is_ok_and(|count| count <= most) {
        ProblemCode::SessionExhausted.into()
    } else {
        error.into()
    }
}

/// Our name of the member that CSC calls otherwise.
const fn member(why: &Malformed) -> &'static str {
    match why {
        Malformed::Missing { name, .. } | Malformed::Invalid(name) => match name.as_bytes() {
            b"hashAlgorithmOID" => "hash_algorithm",
            b"signAlgoParams" => "sign_algorithm_params",
            _ => "sign_algorithm",
        },
        _ => "sign_algorithm",
    }
}

/// How it is to be signed, from the three members that say so on each route of ours.
///
/// # Errors
/// `invalid_field` naming the one that is wrong.
pub fn scheme(
    sign_algorithm: &str,
    params: Option<&str>,
    hash_algorithm: &str,
) -> Result<SignatureScheme, Problem> {
    let params = params.map(decode_base64).transpose();
    let params = params.map_err(|_| Problem::field("sign_algorithm_params"))?;
    let scheme = algorithm::scheme(Wanted {
        sign_algorithm,
        params: params.as_deref(),
        hash_algorithm: Some(hash_algorithm),
        version: Version::V2,
    });
    scheme.map_err(|why| Problem::field(member(&why)))
}

/// Policy finds the session, so a system cannot name somebody else's.
fn translate(
    wanted: &StampRequest,
    id: RequestId,
    key: Idempotency,
) -> Result<SignRequest, Mistake> {
    let credential: CredentialId = wanted
        .credential
        .parse()
        .map_err(|_| Refusal::UnknownCredential)?;
    let hashes: Result<Vec<Vec<u8>>, _> = wanted
        .hashes
        .iter()
        .map(|hash| decode_base64(hash))
        .collect();
    let hashes =
        hashes.map_err(|why| Problem::field("hashes").because(format!("hashes: {why}")))?;
    let scheme = scheme(
        &wanted.sign_algorithm,
        wanted.sign_algorithm_params.as_deref(),
        &wanted.hash_algorithm,
    );
    let scheme = scheme.map_err(|problem| Mistake(Refusal::UnsupportedScheme, problem))?;
    let wrong = |_| Mistake(Refusal::DigestMismatch, Problem::field("hashes"));
    let digests = algorithm::digests(scheme.hash(), &hashes).map_err(wrong)?;
    Ok(SignRequest {
        id,
        credential,
        activation: Activation::Session,
        scheme,
        digests,
        contents: Vec::new(),
        documents: text::documents(Some(&wanted.documents))
            .map_err(|_| Problem::field("documents"))?,
        idempotency: Some(key),
        client_data: None,
        time_stamp: wanted.time_stamp,
        ground: None,
        look: None,
    })
}

#[cfg(test)]
mod tests {
    use kyso_api::csc::Document;

    use super::*;

    fn wanted() -> StampRequest {
        StampRequest {
            credential: CredentialId::random().to_string(),
            hashes: vec![encode_base64(&[1; 32])],
            hash_algorithm: "2.16.840.1.101.3.4.2.1".into(),
            sign_algorithm: "1.2.840.113549.1.1.11".into(),
            sign_algorithm_params: None,
            documents: vec![Document::default()],
            time_stamp: false,
        }
    }

    fn ask(change: impl FnOnce(&mut StampRequest)) -> Result<SignRequest, Mistake> {
        let mut wanted = wanted();
        change(&mut wanted);
        translate(
            &wanted,
            RequestId::random(),
            Idempotency {
                route: ROUTE,
                key: "k".into(),
                body: [0; 32],
            },
        )
    }

    #[test]
    fn a_stamp_is_read() {
        let sign = ask(|_| {}).unwrap();
        assert_eq!((sign.digests.len(), sign.documents.len()), (1, 1));
        assert!(sign.idempotency.is_some());
    }

    #[test]
    fn bad_stamps_are_refused() {
        let bad: [fn(&mut StampRequest); 8] = [
            |w| w.credential = "x".into(),
            |w| w.hashes = vec!["ab".repeat(32)],
            |w| w.hashes = vec![encode_base64(&[1; 20])],
            |w| w.hash_algorithm = "1.3.14.3.2.26".into(),
            |w| w.hash_algorithm = "2.16.840.1.101.3.4.2.2".into(),
            |w| w.sign_algorithm = "1.2.840.113549.1.1.10".into(),
            |w| w.sign_algorithm_params = Some("%".into()),
            |w| {
                w.documents = vec![Document {
                    label: Some("a\u{202E}".into()),
                    ..Document::default()
                }];
            },
        ];
        for (case, change) in bad.into_iter().enumerate() {
            assert!(ask(change).is_err(), "{case}");
        }
    }
}
