//! Credentials: a key and its request, its certificate, its hand-over, its locks, its end.

use actix_web::{HttpResponse, web};
use kyso_api::management::{
    CertificateChain, Credential as Wire, CredentialKind as WireKind, CredentialState as WireState,
    HandOver, List, NewCredential, NewCredentialReply, OtpRequest, ReasonRequest,
};
use kyso_api::problem::ProblemCode;
use kyso_core::change::{CredentialRequest, PowerChange};
use kyso_core::id::{CredentialId, PersonId};
use kyso_core::model::{Credential, CredentialKind, CredentialState, Owner};
use kyso_core::{Change, KeyAlgorithm, KeyRef, Snapshot};

use super::{NAME, chain, evaluation, pending, read, scope, stored, subject};
use crate::http::body::Json;
use crate::http::certificate::Names;
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// What a credential has when nothing else is said: a small batch, and CSC's usual five minutes.
const MULTISIGN: u32 = 20;
const SAD_SECONDS: u32 = 300;

/// The shortest and the longest life of a SAD, in seconds.
const SAD_LIVES: std::ops::RangeInclusive<u32> = 30..=3600;

/// `GET credentials`: one's own, those one looks after, and for a clerk the seals.
///
/// # Errors
/// [`Problem`].
pub async fn list(desk: Desk) -> Result<HttpResponse, Problem> {
    let caller = desk.person()?;
    let snapshot = desk.policy().snapshot();
    let mut seen: Vec<_> = snapshot
        .credentials
        .values()
        .filter(|c| scope::sees(&snapshot, caller, c))
        .collect();
    seen.sort_unstable_by_key(|credential| credential.id);
    let items = seen
        .into_iter()
        .map(|credential| wire(&snapshot, credential))
        .collect();
    Ok(HttpResponse::Ok().json(List::<Wire> { items }))
}

/// `GET credentials/{id}`: with its request and its chain.
///
/// # Errors
/// [`Problem`].
pub async fn one(desk: Desk, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id: CredentialId = read::path_id(&path)?;
    let snapshot = desk.policy().snapshot();
    let credential = seen(&snapshot, desk.person()?, id)?;
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

fn seen(snapshot: &Snapshot, caller: PersonId, id: CredentialId) -> Result<&Credential, Problem> {
    let credential = snapshot.credentials.get(&id);
    let credential = credential.filter(|credential| scope::sees(snapshot, caller, credential));
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

/// `POST credentials`: makes a key in the HSM and a request that the key signs.
///
/// # Errors
/// [`Problem`].
pub async fn request(desk: Desk, wanted: Json<NewCredential>) -> Result<HttpResponse, Problem> {
    let wanted = wanted.0;
    let subject = subject::read(&wanted.subject)?;
    let mut change = plan(&wanted, desk.policy().terms().batch_limit)?;
    let algorithm = change.key.algorithm;
    // Before a key is made: whoever may not have one must not fill the token either.
    let supposed = Change::RequestCredential(change.clone());
    if desk
        .policy()
        .authorize_change(desk.actor.clone(), supposed)
        .is_err()
    {
        desk.change(Change::RequestCredential(change)).await?;
        return Err(ProblemCode::Forbidden.into());
    }
    change.key = desk.app().token.generate_key(algorithm).await?;
    change.request = desk.app().token.sign_csr(&change.key, &subject).await?;
    let csr_pem = chain::pem("CERTIFICATE REQUEST", &change.request).unwrap_or_default();
    let id = change.id.to_string();
    desk.change(Change::RequestCredential(change)).await?;
    let state = WireState::Requested;
    Ok(HttpResponse::Created().json(NewCredentialReply { id, state, csr_pem }))
}

/// The change as far as it can be known before there is a key.
fn plan(wanted: &NewCredential, batch_limit: u32) -> Result<CredentialRequest, Problem> {
    let algorithm = KeyAlgorithm::from_name(&wanted.algorithm);
    let algorithm = algorithm.ok_or_else(|| Problem::field("algorithm"))?;
    let (kind, owner) = owner(wanted)?;
    let multisign = wanted
        .multisign
        .unwrap_or_else(|| MULTISIGN.min(batch_limit));
    let sad_seconds = wanted.sad_seconds.unwrap_or(SAD_SECONDS);
    if !(1..=batch_limit).contains(&multisign) {
        return Err(Problem::field("multisign"));
    }
    if !SAD_LIVES.contains(&sad_seconds) {
        return Err(Problem::field("sad_seconds"));
    }
    let key = KeyRef {
        cka_id: [0; 16],
        algorithm,
        spki: std::sync::Arc::from([]),
    };
    let id = CredentialId::random();
    let request = Vec::new();
    Ok(CredentialRequest {
        id,
        kind,
        owner,
        key,
        request,
        multisign,
        sad_seconds,
        extensible: false,
    })
}

fn owner(wanted: &NewCredential) -> Result<(CredentialKind, Owner), Problem> {
    let person = read::optional_id(wanted.owner_person.as_ref(), "owner_person")?;
    let agency = read::optional_id(wanted.owner_agency.as_ref(), "owner_agency")?;
    match (wanted.kind, person, agency) {
        (WireKind::Personal, Some(person), _) => {
            Ok((CredentialKind::Personal, Owner::Person(person)))
        }
        (WireKind::Seal, None, Some(agency)) => Ok((CredentialKind::Seal, Owner::Agency(agency))),
        (WireKind::Personal, None, _) | (WireKind::Seal, Some(_), _) => {
            Err(Problem::field("owner_person"))
        }
        (WireKind::Seal, None, None) => Err(Problem::field("owner_agency")),
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
    let id: CredentialId = read::path_id(&path)?;
    let snapshot = desk.policy().snapshot();
    let credential = seen(&snapshot, desk.person()?, id)?;
    let certificate = chain::read(&wanted.0.chain_pem, &credential.key, desk.now());
    let certificate = certificate
        .map_err(|why| Problem::field("chain_pem").because(format!("chain_pem: {why}")))?;
    desk.change(Change::CertifyCredential(id, certificate))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST credentials/{id}/issue`: a certificate of the evaluation CA, which has no legal value.
///
/// # Errors
/// [`Problem`]; `not_found` outside an evaluation environment.
pub async fn issue(desk: Desk, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id: CredentialId = read::path_id(&path)?;
    let snapshot = desk.policy().snapshot();
    let credential = seen(&snapshot, desk.person()?, id)?;
    let certificate = evaluation::issue(&desk, credential).await?;
    desk.change(Change::CertifyCredential(id, certificate))
        .await?;
    Ok(HttpResponse::NoContent().finish())
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
    let basis = read::text(&wanted.0.basis, "basis", NAME)?;
    desk.change(Change::HandOverCredential(read::path_id(&path)?, basis))
        .await?;
    Ok(HttpResponse::NoContent().finish())
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
    let reason = read::text(&wanted.0.reason, "reason", NAME)?;
    desk.change(Change::LockCredential(read::path_id(&path)?, reason))
        .await?;
    Ok(HttpResponse::NoContent().finish())
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
    let reason = read::text(&wanted.0.reason, "reason", NAME)?;
    desk.change(Change::RevokeCredential(read::path_id(&path)?, reason))
        .await?;
    Ok(HttpResponse::NoContent().finish())
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
    use kyso_api::management::Subject;
    use kyso_core::id::AgencyId;

    use super::*;

    fn wanted(kind: WireKind, person: bool, agency: bool) -> NewCredential {
        NewCredential {
            kind,
            owner_person: person.then(|| PersonId::random().to_string()),
            owner_agency: agency.then(|| AgencyId::random().to_string()),
            algorithm: "p-256".into(),
            multisign: None,
            sad_seconds: None,
            subject: Subject::default(),
        }
    }

    #[test]
    fn the_kind_follows_from_the_owner() {
        for (kind, person, agency, good) in [
            (WireKind::Personal, true, true, true),
            (WireKind::Personal, true, false, true),
            (WireKind::Personal, false, true, false),
            (WireKind::Seal, false, true, true),
            (WireKind::Seal, true, true, false),
            (WireKind::Seal, false, false, false),
        ] {
            assert_eq!(
                owner(&wanted(kind, person, agency)).is_ok(),
                good,
                "{kind} {person} {agency}"
            );
        }
    }

    #[test]
    fn limits_hold() {
        let ask = |change: fn(&mut NewCredential)| {
            let mut wanted = wanted(WireKind::Personal, true, false);
            change(&mut wanted);
            plan(&wanted, 200)
        };
        assert_eq!(ask(|_| {}).unwrap().sad_seconds, 300);
        let bad: [fn(&mut NewCredential); 6] = [
            |w| w.algorithm = "rsa-1024".into(),
            |w| w.multisign = Some(0),
            |w| w.multisign = Some(201),
            |w| w.sad_seconds = Some(29),
            |w| w.sad_seconds = Some(3601),
            |w| w.owner_person = Some("an".into()),
        ];
        for (case, change) in bad.into_iter().enumerate() {
            assert!(ask(change).is_err(), "{case}");
        }
    }

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
