//! Attesting keys: none is used before, each is looked at again, and one that fails is locked and
//! alarmed.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use futures_util::future::join_all;
use kyso_core::custody::KeyPurpose;
use kyso_core::id::RequestId;
use kyso_core::journal::JournalError;
use kyso_core::model::{Credential, CredentialState};
use kyso_core::{Actor, Change, Draft, KeyRef};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use kyso_hsm::{Attestation, Phase};

use super::alarm;
use super::verdict::{Debt, Known, Sighting, Verdict, may_be_used_later};
use crate::app::{App, ChangeError};

/// How often new credentials are looked for.
const PAUSE: Duration = Duration::from_secs(1);
/// Results that are entered at once; they share the journal's commits.
const BATCH: usize = 64;

/// Attests what is there at the start, whatever appears, and everything again as often as the
/// token's profile says and whenever the token comes back, for as long as the server runs.
pub(super) async fn run(app: web::Data<App>) {
    let mut known = Known::new();
    let mut pin_accepted = true;
    loop {
        for suspect in app.token.suspects() {
            condemn(&app, &mut known, suspect).await;
        }
        pay_debts(&app, &mut known).await;
        let due = due_keys(&app, &known);
        if !due.is_empty() {
            attest(&app, due, &mut known).await;
        }
        if pin_accepted && app.token.status().phase == Phase::PinRefused {
            pin_accepted = false;
            // It is not tried again: nothing is signed any more.
            alarm(&app, "hsm_pin_refused").await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A key that is known to be bad, and not unlocked since, has its entries and its lock already, or
/// will have.
async fn condemn(app: &App, known: &mut Known, suspect: Attestation) {
    let id = suspect.key.cka_id;
    let stands = match known.get(&id) {
        Some(Verdict::Bad(key, debt)) => !is_unlocked(app, key, debt),
        _ => false,
    };
    if !stands {
        known.insert(id, enter(app, suspect, Sighting::now(app)).await);
    }
}

/// Whether people unlocked the key after its failure had locked it.
fn is_unlocked(app: &App, key: &KeyRef, debt: &Debt) -> bool {
    let epoch = app.snapshot().epoch;
    owner_of(app, key).is_some_and(|one| debt.is_forgiven(one.state, epoch))
}

/// What could not be written when a key failed is tried again: the key stays barred meanwhile, but
/// only on this server.
async fn pay_debts(app: &App, known: &mut Known) {
    for verdict in known.values_mut() {
        if let Verdict::Bad(key, debt) = verdict
            && !debt.is_paid()
        {
            *debt = pay(app, key, debt.clone()).await;
        }
    }
}

/// Keys that may come to be used and have no fresh result on this server, and those that failed and
/// were unlocked since: two people say that the key was put right.
fn due_keys(app: &App, known: &Known) -> Vec<KeyRef> {
    let interval = app.token.attestation_interval();
    let sighting = Sighting::now(app);
    let verdict = |key: &KeyRef| known.get(&key.cka_id);
    let own = server_keys(app).map(|(key, _)| key);
    let own = own.filter(|key| verdict(key).is_none_or(|one| one.is_stale(interval, sighting)));
    let snapshot = app.snapshot();
    let credentials = snapshot.credentials.values();
    let owned = credentials
        .filter(|one| match verdict(&one.key) {
            None => may_be_used_later(one.state),
            Some(verdict) => verdict.is_due(one.state, snapshot.epoch, interval, sighting),
        })
        .map(|one| &*one.key);
    own.chain(owned).cloned().collect()
}

/// Keys that are nobody's credential, and what entries call them.
fn server_keys(app: &App) -> impl Iterator<Item = (&KeyRef, &'static str)> {
    let issuer = app.evaluation.iter();
    let issuer = issuer.map(|ca| (&ca.key, "evaluation_ca"));
    issuer.chain(app.log.own_keys())
}

/// A key without a result, since the token went away for good or the server ends, stays due.
async fn attest(app: &App, keys: Vec<KeyRef>, known: &mut Known) {
    // Taken before: a token that goes and comes back meanwhile is looked at once more.
    let sighting = Sighting::now(app);
    let mut results = app.token.attest(keys);
    let mut batch = Vec::with_capacity(BATCH);
    while results.recv_many(&mut batch, BATCH).await > 0 {
        let verdicts = batch.drain(..).map(async |attestation| {
            let id = attestation.key.cka_id;
            (id, enter(app, attestation, sighting).await)
        });
        known.extend(join_all(verdicts).await);
    }
}

async fn enter(app: &App, attestation: Attestation, sighting: Sighting) -> Verdict {
    if !attestation.passed() {
        app.metrics.keys_failed.inc();
        let findings = format!("{:?}", attestation.findings);
        tracing::error!(findings, "a key failed its attestation; it is locked");
        let debt = pay(app, &attestation.key, Debt::Entries(findings)).await;
        return Verdict::Bad(attestation.key, debt);
    }
    app.metrics.keys_attested.inc();
    let attested = entry(app, Event::KeyAttested, Outcome::Ok, &attestation.key);
    if let Err(error) = app.note(attested).await {
        tracing::error!(%error, "an attestation could not be entered");
    }
    Verdict::Good(sighting)
}

fn owner_of(app: &App, key: &KeyRef) -> Option<Arc<Credential>> {
    let snapshot = app.snapshot();
    snapshot
        .credentials
        .values()
        .find(|credential| *credential.key == *key)
        .cloned()
}

fn entry(app: &App, event: Event, outcome: Outcome, key: &KeyRef) -> Draft {
    let draft = Draft::new(event, outcome, &Actor::system(), RequestId::random());
    let name = || server_keys(app).find(|(one, _)| *one == key);
    match owner_of(app, key) {
        Some(credential) => draft.with(&credential, KeyPurpose::Attestation),
        None => draft.fact("key", name().map_or("unknown", |(_, name)| name)),
    }
}

/// The token bars the key already; the lock makes that true on every server, and lasting. Gives
/// what is still to be written.
async fn pay(app: &App, key: &KeyRef, mut debt: Debt) -> Debt {
    if let Debt::Entries(findings) = debt {
        let noted = note_failure(app, key).await;
        if let Err(error) = noted {
            tracing::error!(%error, "a failed attestation could not be entered");
            return Debt::Entries(findings);
        }
        debt = Debt::Lock(findings);
    }
    match debt {
        Debt::Lock(findings) => lock(app, owner_of(app, key).as_deref(), findings).await,
        debt => debt,
    }
}

async fn note_failure(app: &App, key: &KeyRef) -> Result<(), JournalError> {
    let failed = |event| entry(app, event, Outcome::Failed, key);
    app.note(failed(Event::KeyAttestationFailed)).await?;
    app.note(failed(Event::AlarmRaised)).await
}

async fn lock(app: &App, credential: Option<&Credential>, findings: String) -> Debt {
    // Before the state is read: an unlocking that comes later has a later epoch.
    let epoch = app.snapshot().epoch;
    let Some(credential) = credential.filter(|one| is_lockable(one.state)) else {
        return Debt::Paid(epoch);
    };
    let change = Change::LockCredential(credential.id, findings.clone());
    match app.change(Actor::system(), change).await {
        Ok(committed) => Debt::Paid(committed.epoch),
        // It changed meanwhile; policy as it is now says whether it can be used.
        Err(ChangeError::Refused(_)) => Debt::Paid(app.snapshot().epoch),
        Err(error) => {
            tracing::error!(%error, "a key that failed its attestation could not be locked");
            Debt::Lock(findings)
        }
    }
}

const fn is_lockable(state: CredentialState) -> bool {
    matches!(
        state,
        CredentialState::Active | CredentialState::Certified | CredentialState::HandedOver
    )
}
