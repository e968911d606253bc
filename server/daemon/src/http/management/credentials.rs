//! Credentials: their certificate, their hand-over, their locks, their end.

use actix_web::{HttpResponse, web};
use kyso_api::management::{
    CertificateChain, Credential as Wire, CredentialKind as WireKind, CredentialState as WireState,
    HandOver, List, OtpRequest, ReasonRequest,
};
use kyso_api::problem::ProblemCode;
use kyso_core::change::PowerChange;
use kyso_core::id::{CredentialId, PersonId};
use kyso_core::model::{Credential, CredentialKind, CredentialState, Owner};
use kyso_core::{Change, Snapshot, Timestamp};

use super::{NAME, chain, evaluation, pending, read, scope, stored};
use crate::http::body::Json;
use crate::http::certificate::Names;
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// `GET credentials`: one's own, those one looks after, and for a clerk the seals.
///
/// # Errors
/// [`Problem`].
pub async fn list(desk: Desk) -> Result<HttpResponse, Problem> {
    let snapshot = desk.policy().snapshot();
    let items = all_seen(&desk, &snapshot)?
        .into_iter()
        .map(|credential| wire(&snapshot, credential))
        .collect();
    Ok(HttpResponse::Ok().json(List::<Wire> { items }))
}

/// The credentials that the caller may see, by id.
///
/// # Errors
/// `forbidden` for a system.
pub fn all_seen<'a>(desk: &Desk, snapshot: &'a Snapshot) -> Result<Vec<&'a Credential>, Problem> {
    let (caller, now) = (desk.person()?, desk.now());
    let credentials = snapshot.credentials.values().map(AsRef::as_ref);
    let mut seen: Vec<&Credential> = credentials
        .filter(|credential| scope::sees(snapshot, caller, credential, now))
        .collect();
    seen.sort_unstable_by_key(|credential| credential.id);
    Ok(seen)
}

/// `GET credentials/{id}`: with its request and its chain.
///
/// # Errors
/// [`Problem`].
pub async fn one(desk: Desk, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id: CredentialId = read::path_id(&path)?;
    let snapshot = desk.policy().snapshot();
    let credential = seen(&snapshot, desk.person()?, id, desk.now())?;
    let request = stored::credential_request(desk.app(), id).await?;
    let mut reply = wire(&snapshot, credential);
    reply.csr_pem = request.and_then(|der| chain::pem("CERTIFICATE REQUEST", &der));
    reply.chain_pem = credential.certificate.as_ref().and_then(|certificate| {
        certificate
            .chain
            .iter()
            .map(|der| chain::pem("CERTIFICATE", der))
            .collect()
    });
    Ok(HttpResponse::Ok().json(reply))
}

/// The credential with this id, if the caller may see it.
///
/// # Errors
/// `not_found`.
pub fn seen(
    snapshot: &Snapshot,
    caller: PersonId,
    id: CredentialId,
    now: Timestamp,
) -> Result<&Credential, Problem> {
    let credential = snapshot.credentials.get(&id);
    let credential = credential.filter(|credential| scope::sees(snapshot, caller, credential, now));
    credential
        .map(AsRef::as_ref)
        .ok_or_else(|| ProblemCode::NotFound.into())
}

fn wire(snapshot: &Snapshot, credential: &Credential) -> Wire {
    let (person, agency) = match credential.owner {
        Owner::Person(person) => (
            Some(person),
            snapshot.people.by_id.get(&person).map(|p| p.agency),
        ),
        Owner::Agency(agency) => (None, Some(agency)),
    };
    let certificate = credential.certificate.as_ref();
    let names = certificate.and_then(|c| Names::read(c.chain.first()?));
    let (subject, serial) = names.map(|names| (names.subject, names.serial)).unzip();
    Wire {
        id: credential.id.to_string(),
        kind: wire_kind(credential.kind),
        owner_person: person.map(|id| id.to_string()),
        owner_agency: agency.map(|id| id.to_string()),
        algorithm: credential.key.algorithm.name().to_owned(),
        multisign: credential.multisign,
        sad_seconds: u32::try_from(credential.sad_lifetime.as_secs()).unwrap_or(u32::MAX),
        by_digest: credential.by_digest,
        state: wire_state(credential.state),
        subject,
        serial_number: serial,
        valid_from: certificate.map(|c| c.not_before.to_string()),
        valid_to: certificate.map(|c| c.not_after.to_string()),
        csr_pem: None,
        chain_pem: None,
    }
}

const fn wire_kind(kind: CredentialKind) -> WireKind {
    match kind {
        CredentialKind::Personal => WireKind::Personal,
        CredentialKind::Seal => WireKind::Seal,
    }
}

const fn wire_state(state: CredentialState) -> WireState {
    match state {
        CredentialState::Active => WireState::Active,
        CredentialState::Certified => WireState::Certified,
        CredentialState::Expired => WireState::Expired,
        CredentialState::HandedOver => WireState::HandedOver,
        CredentialState::Locked => WireState::Locked,
        CredentialState::Requested => WireState::Requested,
        CredentialState::Revoked => WireState::Revoked,
    }
}

/// `POST credentials/{id}/certificate`: one that was issued elsewhere.
///
/// # Errors
/// [`Problem`].
pub async fn certify(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<CertificateChain>,
) -> Result<HttpResponse, Problem> {
    certify_it(&desk, &path, &wanted.0.chain_pem).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives the credential of this id in a path a certificate, with the chain above it.
///
/// # Errors
/// [`Problem`].
pub async fn certify_it(desk: &Desk, id: &str, chain_pem: &str) -> Result<(), Problem> {
    let id: CredentialId = read::path_id(id)?;
    let snapshot = desk.policy().snapshot();
    let credential = seen(&snapshot, desk.person()?, id, desk.now())?;
    let request = stored::credential_request(desk.app(), id).await?;
    let expected = chain::Expected {
        key: &credential.key,
        request: request.as_deref(),
        now: desk.now(),
        trust: chain::Trust::of(desk.config()),
    };
    let certificate = chain::read(chain_pem, &expected)
        .map_err(|why| Problem::field("chain_pem").because(format!("chain_pem: {why}")))?;
    desk.change(Change::CertifyCredential(id, certificate))
        .await?;
    Ok(())
}

/// `POST credentials/{id}/issue`: a certificate of the evaluation CA, which has no legal value.
///
/// # Errors
/// [`Problem`]; `not_found` outside an evaluation environment.
pub async fn issue(desk: Desk, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    issue_it(desk, &path).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Lets the evaluation CA certify the credential of this id in a path.
///
/// # Errors
/// As [`issue`].
pub async fn issue_it(desk: Desk, id: &str) -> Result<(), Problem> {
    let id: CredentialId = read::path_id(id)?;
    desk.apart(move |desk| async move {
        let snapshot = desk.policy().snapshot();
        let credential = seen(&snapshot, desk.person()?, id, desk.now())?;
        let certificate = evaluation::issue(&desk, credential).await?;
        desk.change(Change::CertifyCredential(id, certificate))
            .await?;
        Ok(())
    })
    .await
}

/// The PKCS#10 request of a credential that the caller may see, as PEM.
///
/// # Errors
/// `not_found` where there is none.
pub async fn request_pem(desk: &Desk, id: &str) -> Result<String, Problem> {
    let id: CredentialId = read::path_id(id)?;
    let snapshot = desk.policy().snapshot();
    seen(&snapshot, desk.person()?, id, desk.now())?;
    let request = stored::credential_request(desk.app(), id).await?;
    let pem = request.and_then(|der| chain::pem("CERTIFICATE REQUEST", &der));
    pem.ok_or_else(|| ProblemCode::NotFound.into())
}

/// `POST credentials/{id}/hand-over`.
///
/// # Errors
/// [`Problem`].
pub async fn hand_over(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<HandOver>,
) -> Result<HttpResponse, Problem> {
    record_hand_over(&desk, &path, &wanted.0.basis).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Records that it was handed over, by this decision.
///
/// # Errors
/// [`Problem`].
pub async fn record_hand_over(desk: &Desk, id: &str, basis: &str) -> Result<(), Problem> {
    let basis = read::text(basis, "basis", NAME)?;
    desk.change(Change::HandOverCredential(read::path_id(id)?, basis))
        .await?;
    Ok(())
}

/// `POST credentials/{id}/lock`: at once, by one person.
///
/// # Errors
/// [`Problem`].
pub async fn lock(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<ReasonRequest>,
) -> Result<HttpResponse, Problem> {
    lock_it(&desk, &path, &wanted.0.reason).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Locks the credential of this id in a path.
///
/// # Errors
/// [`Problem`].
pub async fn lock_it(desk: &Desk, id: &str, reason: &str) -> Result<(), Problem> {
    let reason = read::text(reason, "reason", NAME)?;
    desk.change(Change::LockCredential(read::path_id(id)?, reason))
        .await?;
    Ok(())
}

/// `POST credentials/{id}/revoke`: for good, by one person.
///
/// # Errors
/// [`Problem`].
pub async fn revoke(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<ReasonRequest>,
) -> Result<HttpResponse, Problem> {
    revoke_it(&desk, &path, &wanted.0.reason).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Revokes the credential of this id in a path, for good.
///
/// # Errors
/// [`Problem`].
pub async fn revoke_it(desk: &Desk, id: &str, reason: &str) -> Result<(), Problem> {
    let reason = read::text(reason, "reason", NAME)?;
    desk.change(Change::RevokeCredential(read::path_id(id)?, reason))
        .await?;
    Ok(())
}

/// `POST credentials/{id}/activate`: proposes; another approves.
///
/// # Errors
/// [`Problem`].
pub async fn activate(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<OtpRequest>,
) -> Result<HttpResponse, Problem> {
    let change = PowerChange::ActivateCredential(read::path_id(&path)?);
    pending::propose(&desk, change, wanted.0.otp.as_ref()).await
}

/// `POST credentials/{id}/unlock`: proposes; another approves.
///
/// # Errors
/// [`Problem`].
pub async fn unlock(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<OtpRequest>,
) -> Result<HttpResponse, Problem> {
    let change = PowerChange::UnlockCredential(read::path_id(&path)?);
    pending::propose(&desk, change, wanted.0.otp.as_ref()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_wire_and_the_core_are_the_same() {
        for state in CredentialState::ALL {
            assert_eq!(wire_state(state).name(), state.name());
        }
        for kind in [CredentialKind::Personal, CredentialKind::Seal] {
            assert_eq!(wire_kind(kind).name(), kind.name());
        }
    }
}
