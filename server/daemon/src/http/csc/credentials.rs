//! `credentials/list` and `credentials/info`.

use actix_web::{HttpRequest, HttpResponse};
use kyso_api::csc::{
    CredentialsInfoRequest, CredentialsListReply, CredentialsListReplyV2, CredentialsListRequest,
    Version,
};
use kyso_core::Refusal;
use kyso_core::id::CredentialId;
use kyso_core::model::Credential;

use super::body::Body;
use super::credential::{info_v1, info_v2};
use super::fault::Fault;
use super::list::{self, BadList};
use super::signer::consent;
use super::version_of;
use crate::http::desk::Desk;

/// Answers `credentials/list`.
///
/// # Errors
/// [`Fault`].
pub async fn list(desk: Desk, request: HttpRequest, body: Body) -> Result<HttpResponse, Fault> {
    let version = version_of(&request);
    let wire = CredentialsListRequest::parse(&body.0, version)?;
    let snapshot = desk.policy().snapshot();
    let bad = |error: BadList| Fault::invalid(error.to_string());
    let whose = list::whose(&snapshot, &desk.actor, wire.user_id.as_deref()).map_err(bad)?;
    let only_valid = wire.only_valid && version == Version::V2;
    let all = list::usable_by(&snapshot, &desk.actor, whose, only_valid, desk.now());
    if version == Version::V2 {
        let infos = wire.credential_info.then(|| {
            all.iter()
                .map(|c| {
                    info_v2(
                        c,
                        consent(&desk, c),
                        &wire.detail,
                        multisign(&desk, c),
                        desk.now(),
                        true,
                    )
                })
                .collect()
        });
        return Ok(HttpResponse::Ok().json(CredentialsListReplyV2 {
            credential_ids: all.iter().map(|c| c.id.to_string()).collect(),
            credential_infos: infos,
            only_valid: wire.only_valid.then_some(true),
        }));
    }
    let (page, next) =
        list::page(all, wire.max_results, wire.page_token.as_deref()).map_err(bad)?;
    Ok(HttpResponse::Ok().json(CredentialsListReply {
        credential_ids: page.iter().map(|c| c.id.to_string()).collect(),
        next_page_token: next,
    }))
}

/// Answers `credentials/info`.
///
/// # Errors
/// [`Fault`]; for somebody else's credential the same as for one that does not exist.
pub async fn info(desk: Desk, request: HttpRequest, body: Body) -> Result<HttpResponse, Fault> {
    let version = version_of(&request);
    let wire = CredentialsInfoRequest::parse(&body.0, version)?;
    let refused = |refusal| Fault::refused(refusal, version);
    let id: CredentialId = wire
        .credential_id
        .parse()
        .map_err(|_| refused(Refusal::UnknownCredential))?;
    let credential = desk.policy().visible(&desk.actor, id).map_err(refused)?;
    let (multisign, now) = (multisign(&desk, &credential), desk.now());
    let consent = consent(&desk, &credential);
    Ok(match version {
        Version::V1 => {
            HttpResponse::Ok().json(info_v1(&credential, consent, &wire.detail, multisign, now))
        }
        Version::V2 => HttpResponse::Ok().json(info_v2(
            &credential,
            consent,
            &wire.detail,
            multisign,
            now,
            false,
        )),
    })
}

/// The most that one call may really carry.
fn multisign(desk: &Desk, credential: &Credential) -> u32 {
    credential.multisign.min(desk.policy().terms().batch_limit)
}
