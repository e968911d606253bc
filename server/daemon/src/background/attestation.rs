//! Attesting keys: none is used before, each is looked at again, and one that fails is locked and
//! alarmed.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use actix_web::web;
use futures_util::future::join_all;
use kyso_core::custody::KeyPurpose;
use kyso_core::id::RequestId;
use kyso_core::model::{Credential, CredentialState};
use kyso_core::{Actor, Change, Draft, KeyRef};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use kyso_hsm::{Attestation, Phase};
use std::sync::Arc;

use crate::app::App;

/// How often new credentials are looked for.
const PAUSE: Duration = Duration::from_secs(1);
/// Results that are entered at once; they share the journal's commits.
const BATCH: usize = 64;

/// What this server found when it attested a key last.
#[derive(Debug, Clone, Copy)]
struct Verdict {
    passed: bool,
    at: Instant,
}

impl Verdict {
    fn now(passed: bool) -> Self {
        Self {
            passed,
            at: Instant::now(),
        }
    }

    /// Whether it was good, and is too old to say what is in the token now.
    fn is_stale(self, interval: Duration) -> bool {
        self.passed && self.at.elapsed() >= interval
    }
}

/// Verdicts by `CKA_ID`.
type Known = HashMap<[u8; 16], Verdict>;

/// Attests what is there at the start, whatever appears, and everything again as often as the
/// token's profile says, for as long as the server runs.
pub(super) async fn run(app: web::Data<App>) {
    let mut known = Known::new();
    let mut pin_accepted = true;
    loop {
        for suspect in app.token.suspects() {
            known.insert(suspect.key.cka_id, Verdict::now(false));
            enter(&app, suspect).await;
        }
        let due = due_keys(&app, &known);
        if !due.is_empty() {
            attest(&app, due, &mut known).await;
        }
        if pin_accepted && app.token.status().phase == Phase::PinRefused {
            pin_accepted = false;
            alarm_of_pin(&app).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Keys that may come to be used and have no fresh result on this server, and those that failed and
/// were unlocked since: two people say that the key was put right.
fn due_keys(app: &App, known: &Known) -> Vec<KeyRef> {
    let interval = app.token.attestation_interval();
    let verdict = |key: &KeyRef| known.get(&key.cka_id).copied();
    let issuer = app.evaluation.iter().map(|ca| &ca.key);
    let issuer = issuer.filter(|key| verdict(key).is_none_or(|one| one.is_stale(interval)));
    let snapshot = app.snapshot();
    let credentials = snapshot.credentials.values();
    let owned = credentials
        .filter(|one| is_due(one, verdict(&one.key), interval))
        .map(|one| &*one.key);
    issuer.chain(owned).cloned().collect()
}

fn is_due(credential: &Credential, verdict: Option<Verdict>, interval: Duration) -> bool {
    match (credential.state, verdict) {
        (CredentialState::Revoked | CredentialState::Expired, _) => false,
        (_, None) => true,
        (state, Some(verdict)) => {
            let unlocked = !verdict.passed && matches!(state, CredentialState::Active);
            unlocked || verdict.is_stale(interval)
        }
    }
}

/// A key without a result, since the token went away for good or the server ends, stays due.
async fn attest(app: &App, keys: Vec<KeyRef>, known: &mut Known) {
    let mut results = app.token.attest(keys);
    let mut batch = Vec::with_capacity(BATCH);
    while results.recv_many(&mut batch, BATCH).await > 0 {
        known.extend(
            batch
                .iter()
                .map(|one| (one.key.cka_id, Verdict::now(one.passed()))),
        );
        join_all(batch.drain(..).map(|attestation| enter(app, attestation))).await;
    }
}

/// The token came back and refuses the PIN, which is not tried again: nothing is signed any more.
async fn alarm_of_pin(app: &App) {
    let actor = Actor::system();
    let draft = Draft::new(
        Event::AlarmRaised,
        Outcome::Failed,
        &actor,
        RequestId::random(),
    );
    if let Err(error) = app.note(draft.fact("alarm", "hsm_pin_refused")).await {
        tracing::error!(%error, "an alarm could not be entered");
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kyso_core::KeyAlgorithm;
    use kyso_core::id::{AgencyId, CredentialId};
    use kyso_core::model::{CredentialKind, Owner};

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn credential(state: CredentialState) -> Credential {
        let agency = AgencyId::random();
        Credential {
            id: CredentialId::random(),
            owner: Owner::Agency(agency),
            agency,
            kind: CredentialKind::Seal,
            key: Arc::new(KeyRef {
                cka_id: [0; 16],
                algorithm: KeyAlgorithm::P256,
                spki: Arc::from([]),
            }),
            certificate: None,
            state,
            multisign: 1,
            sad_lifetime: Duration::from_secs(300),
            extensible: false,
        }
    }

    #[test]
    fn a_failed_key_is_due_again_once_it_is_unlocked() {
        use CredentialState as S;
        for (state, passed, due) in [
            (S::Requested, None, true),
            (S::Locked, None, true),
            (S::Revoked, None, false),
            (S::Expired, None, false),
            (S::Active, Some(true), false),
            (S::Locked, Some(false), false),
            (S::Active, Some(false), true),
        ] {
            let found = is_due(&credential(state), passed.map(Verdict::now), HOUR);
            assert_eq!(found, due, "{state:?} {passed:?}");
        }
    }

    #[test]
    fn a_good_verdict_ages_and_a_bad_one_waits_for_people() {
        use CredentialState as S;
        for (state, passed, due) in [
            (S::Active, true, true),
            (S::Locked, true, true),
            (S::Requested, true, true),
            (S::Locked, false, false),
            (S::Revoked, true, false),
            (S::Expired, true, false),
        ] {
            let old = Some(Verdict::now(passed));
            let found = is_due(&credential(state), old, Duration::ZERO);
            assert_eq!(found, due, "{state:?} {passed}");
        }
    }
}
