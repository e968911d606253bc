//! Attesting keys: none is used before, and one that fails is locked and alarmed.

use std::collections::HashSet;
use std::time::Duration;

use actix_web::web;
use futures_util::future::join_all;
use kyso_core::custody::KeyPurpose;
use kyso_core::id::RequestId;
use kyso_core::model::{Credential, CredentialState};
use kyso_core::{Actor, Change, Draft, KeyRef};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use kyso_hsm::Attestation;
use std::sync::Arc;

use crate::app::App;

/// How often new credentials are looked for.
const PAUSE: Duration = Duration::from_secs(1);
/// Results that are entered at once; they share the journal's commits.
const BATCH: usize = 64;

/// Attests what is there at the start, then whatever appears, for as long as the server runs.
pub(super) async fn run(app: web::Data<App>) {
    let mut known = HashSet::new();
    if let Some(ca) = &app.evaluation {
        attest(&app, vec![ca.key.clone()]).await;
    }
    loop {
        let fresh = fresh_keys(&app, &mut known);
        if !fresh.is_empty() {
            attest(&app, fresh).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Keys that may come to be used and were not attested by this server yet.
fn fresh_keys(app: &App, known: &mut HashSet<[u8; 16]>) -> Vec<KeyRef> {
    let snapshot = app.snapshot();
    let live = snapshot
        .credentials
        .values()
        .filter(|credential| is_live(credential));
    live.filter(|credential| known.insert(credential.key.cka_id))
        .map(|credential| KeyRef::clone(&credential.key))
        .collect()
}

const fn is_live(credential: &Credential) -> bool {
    !matches!(
        credential.state,
        CredentialState::Revoked | CredentialState::Expired
    )
}

async fn attest(app: &App, keys: Vec<KeyRef>) {
    let mut results = app.token.attest(keys);
    let mut batch = Vec::with_capacity(BATCH);
    while results.recv_many(&mut batch, BATCH).await > 0 {
        join_all(batch.drain(..).map(|attestation| enter(app, attestation))).await;
    }
}

async fn enter(app: &App, attestation: Attestation) {
    let credential = owner_of(app, &attestation.key);
    let entered = if attestation.passed() {
        app.metrics.keys_attested.inc();
        app.note(entry(
            Event::KeyAttested,
            Outcome::Ok,
            credential.as_deref(),
        ))
        .await
    } else {
        app.metrics.keys_failed.inc();
        refuse(app, &attestation, credential.as_deref()).await
    };
    if let Err(error) = entered {
        tracing::error!(%error, "an attestation could not be entered");
    }
}

fn owner_of(app: &App, key: &KeyRef) -> Option<Arc<Credential>> {
    let snapshot = app.snapshot();
    snapshot
        .credentials
        .values()
        .find(|credential| *credential.key == *key)
        .cloned()
}

fn entry(event: Event, outcome: Outcome, credential: Option<&Credential>) -> Draft {
    let draft = Draft::new(event, outcome, &Actor::system(), RequestId::random());
    match credential {
        Some(credential) => draft.with(credential, KeyPurpose::Attestation),
        None => draft.fact("key", "evaluation_ca"),
    }
}

/// The token bars the key already; the lock makes that true on every server, and lasting.
async fn refuse(
    app: &App,
    attestation: &Attestation,
    credential: Option<&Credential>,
) -> Result<(), kyso_core::journal::JournalError> {
    let findings = format!("{:?}", attestation.findings);
    tracing::error!(findings, "a key failed its attestation; it is locked");
    app.note(entry(
        Event::KeyAttestationFailed,
        Outcome::Failed,
        credential,
    ))
    .await?;
    app.note(entry(Event::AlarmRaised, Outcome::Failed, credential))
        .await?;
    let Some(credential) = credential else {
        return Ok(());
    };
    let lockable = matches!(
        credential.state,
        CredentialState::Active | CredentialState::Certified | CredentialState::HandedOver
    );
    if lockable {
        let change = Change::LockCredential(credential.id, findings);
        if let Err(error) = app.change(Actor::system(), change).await {
            tracing::error!(%error, "a key that failed its attestation could not be locked");
        }
    }
    Ok(())
}
