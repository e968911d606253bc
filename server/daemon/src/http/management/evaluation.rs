//! Certificates of the evaluation CA, for trying the server without any other authority.

use std::time::Duration;

use kyso_api::problem::ProblemCode;
use kyso_core::model::{Certificate, Credential, CredentialState};
use kyso_core::{Draft, KeyRef};
use kyso_evidence::Event;
use kyso_evidence::entry::{KeyRecord, Outcome};
use kyso_hsm::{Period, Subject};
use sha2::{Digest as _, Sha256};

use super::{chain, scope, stored};
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// How long such a certificate is valid.
const LIFE: Duration = Duration::from_hours(365 * 24);

/// A certificate starts this much before now, for verifiers whose clock is behind.
const SLACK: Duration = Duration::from_mins(5);

/// Issues a certificate for a requested credential, with the subject of its own request.
///
/// # Errors
/// `not_found` outside an evaluation environment, `wrong_state` for a credential that has one.
pub async fn issue(desk: &Desk, credential: &Credential) -> Result<Certificate, Problem> {
    let app = desk.app();
    let ca = app
        .evaluation
        .as_ref()
        .ok_or_else(|| Problem::from(ProblemCode::NotFound))?;
    let snapshot = desk.policy().snapshot();
    if !scope::manages(&snapshot, desk.person()?, credential.agency, desk.now()) {
        return Err(ProblemCode::Forbidden.into());
    }
    if credential.state != CredentialState::Requested {
        return Err(ProblemCode::WrongState.into());
    }
    let request = stored::credential_request(app, credential.id).await?;
    let request = request.ok_or_else(|| Problem::from(ProblemCode::NotFound))?;
    let subject = Subject::of_request(&request)?;
    let signer = (&ca.key, ca.certificate.as_slice());
    desk.note(entry(desk, signer, credential, Outcome::Started))
        .await?;
    let now = desk.now();
    let from = kyso_core::Timestamp::from_seconds(now.as_seconds().saturating_sub(slack()));
    let period = Period {
        from,
        until: now.after(LIFE),
    };
    let issued =
        app.token
            .issue_certificate(&ca.key, &ca.certificate, &credential.key, &subject, period);
    let leaf = issued.await?;
    desk.note(entry(desk, signer, credential, Outcome::Ok))
        .await?;
    let chain = [leaf, ca.certificate.clone()];
    let expected = chain::Expected {
        key: &credential.key,
        request: Some(&request),
        now,
        trust: chain::Trust::evaluation(),
    };
    chain::read_der(&chain, &expected).map_err(|why| {
        tracing::error!(%why, "the evaluation CA issued a certificate that does not hold");
        ProblemCode::Internal.into()
    })
}

fn slack() -> i64 {
    i64::try_from(SLACK.as_secs()).unwrap_or(0)
}

/// The CA's key is used, so there is an entry before and after, about the credential it serves.
fn entry(
    desk: &Desk,
    (key, certificate): (&KeyRef, &[u8]),
    credential: &Credential,
    outcome: Outcome,
) -> Draft {
    let draft = Draft::new(
        Event::CertificateIssued,
        outcome,
        &desk.actor,
        desk.call.request,
    );
    let mut draft = draft.about("credential", credential.id);
    draft.entry.agency = Some(credential.agency.to_string());
    draft.entry.key = Some(KeyRecord {
        algorithm: key.algorithm.name().to_owned(),
        certificate_issuer: None,
        certificate_serial: None,
        certificate_sha256: Some(hex::encode(Sha256::digest(certificate))),
        cka_id: hex::encode(key.cka_id),
        purpose: "certificate".to_owned(),
    });
    draft
}
