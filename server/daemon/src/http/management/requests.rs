//! A credential's beginning: a key in the HSM, and a request that the key signs.

use actix_web::HttpResponse;
use kyso_api::management::{
    CredentialKind as WireKind, CredentialState as WireState, NewCredential, NewCredentialReply,
};
use kyso_api::problem::ProblemCode;
use kyso_core::change::CredentialRequest;
use kyso_core::id::CredentialId;
use kyso_core::model::{CredentialKind, Owner};
use kyso_core::{Change, Draft, KeyAlgorithm, KeyRef};
use kyso_evidence::Event;
use kyso_evidence::entry::{KeyRecord, Outcome};
use kyso_hsm::Subject;

use super::{chain, read, subject};
use crate::http::body::Json;
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// What a credential has when nothing else is said: a small batch, and CSC's usual five minutes.
const MULTISIGN: u32 = 20;
const SAD_SECONDS: u32 = 300;

/// The shortest and the longest life of a SAD, in seconds.
const SAD_LIVES: std::ops::RangeInclusive<u32> = 30..=3600;

/// `POST credentials`: makes a key in the HSM and a request that the key signs.
///
/// # Errors
/// [`Problem`].
pub async fn request(desk: Desk, wanted: Json<NewCredential>) -> Result<HttpResponse, Problem> {
    let made = begin(desk, &wanted.0).await?;
    Ok(HttpResponse::Created().json(made))
}

/// Makes the key and its request, as this manager.
///
/// # Errors
/// [`Problem`].
pub async fn begin(desk: Desk, wanted: &NewCredential) -> Result<NewCredentialReply, Problem> {
    let subject = subject::read(&wanted.subject)?;
    let mut change = plan(wanted, desk.policy().terms().batch_limit)?;
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
    desk.apart(|desk| async move {
        change.key = desk.app().token.generate_key(algorithm).await?;
        change.request = sign_request(&desk, &change, &subject).await?;
        let csr_pem = chain::pem("CERTIFICATE REQUEST", &change.request).unwrap_or_default();
        let id = change.id.to_string();
        desk.change(Change::RequestCredential(change)).await?;
        let state = WireState::Requested;
        Ok(NewCredentialReply { id, state, csr_pem })
    })
    .await
}

/// The key signs its own request: an entry before it does, and one if it could not. If it could,
/// the entry of the change that keeps the request says so.
async fn sign_request(
    desk: &Desk,
    change: &CredentialRequest,
    subject: &Subject,
) -> Result<Vec<u8>, Problem> {
    desk.note(signs_request(desk, change, Outcome::Started))
        .await?;
    match desk.app().token.sign_csr(&change.key, subject).await {
        Ok(request) => Ok(request),
        Err(error) => {
            desk.note(signs_request(desk, change, Outcome::Failed))
                .await?;
            Err(error.into())
        }
    }
}

fn signs_request(desk: &Desk, change: &CredentialRequest, outcome: Outcome) -> Draft {
    let (event, request) = (Event::CredentialRequested, desk.call.request);
    let mut draft = Draft::new(event, outcome, &desk.actor, request).about("credential", change.id);
    draft.entry.credential = Some(change.id.to_string());
    draft.entry.key = Some(KeyRecord {
        algorithm: change.key.algorithm.name().to_owned(),
        certificate_issuer: None,
        certificate_serial: None,
        certificate_sha256: None,
        cka_id: hex::encode(change.key.cka_id),
        purpose: "certificate_request".to_owned(),
    });
    draft
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
    if wanted.by_digest && kind != CredentialKind::Seal {
        return Err(Problem::field("by_digest"));
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
        by_digest: wanted.by_digest,
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

#[cfg(test)]
mod tests {
    use kyso_api::management::Subject;
    use kyso_core::id::{AgencyId, PersonId};

    use super::*;

    fn wanted(kind: WireKind, person: bool, agency: bool) -> NewCredential {
        NewCredential {
            kind,
            owner_person: person.then(|| PersonId::random().to_string()),
            owner_agency: agency.then(|| AgencyId::random().to_string()),
            algorithm: "p-256".into(),
            multisign: None,
            sad_seconds: None,
            by_digest: false,
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
        let bad: [fn(&mut NewCredential); 7] = [
            |w| w.algorithm = "rsa-1024".into(),
            |w| w.multisign = Some(0),
            |w| w.multisign = Some(201),
            |w| w.sad_seconds = Some(29),
            |w| w.sad_seconds = Some(3601),
            |w| w.by_digest = true,
            |w| w.owner_person = Some("an".into()),
        ];
        for (case, change) in bad.into_iter().enumerate() {
            assert!(ask(change).is_err(), "{case}");
        }
    }
}
