//! What has to be looked at again and again.

use std::time::Duration;

use actix_web::web;
use kyso_core::instant::Clock;
use kyso_core::journal::JournalError;
use kyso_core::model::{Credential, CredentialState};
use kyso_core::{Actor, Change, SystemClock, Timestamp};

use crate::app::App;
use crate::auth::failures::Due;
use crate::auth::rotation;

/// How often the rest is looked at.
const MINUTE: Duration = Duration::from_mins(1);
/// A submission whose files came so long ago will not come any more.
const LOST: Duration = Duration::from_hours(1);
/// Rounds of removing old tokens in a minute.
const PURGES: usize = 60;
/// Counts kept of names that nobody has: a flood of invented names fills no disk.
const UNKNOWN_KEPT: u32 = 100_000;

/// How often it is looked whether a minute is over whose failures are to be written.
const SOON: Duration = Duration::from_secs(2);

/// Follows changes of other servers.
pub(super) async fn follow(app: web::Data<App>) {
    loop {
        if let Err(error) = app.signer.follow(tokio::time::sleep).await {
            tracing::warn!(%error, "the policy snapshot could not be refreshed");
        }
    }
}

/// Writes the sums of failures that are due. Apart from what follows the policy: after a flood there are thousands.
pub(super) async fn sums(app: web::Data<App>) {
    loop {
        if let Err(error) = write(&app, app.failures.due(app.now())).await {
            tracing::warn!(%error, "sums of failures could not be written; they are added to the next");
        }
        tokio::time::sleep(SOON).await;
    }
}

/// Writes these sums.
///
/// # Errors
/// If the journal cannot write: what is left is put back.
pub(crate) async fn write(app: &App, mut due: Due<'_>) -> Result<(), JournalError> {
    while let Some(sum) = due.next() {
        app.note(sum).await?;
        due.written();
    }
    Ok(())
}

/// Expires credentials, rotates token keys, forgets old attempts and tokens, measures the clock.
pub(super) async fn minutely(app: web::Data<App>) {
    loop {
        expire(&app).await;
        match rotation::load(&app.token, &app.store, &app.config.tokens).await {
            Ok(ring) => app.tokens.install(ring),
            Err(error) => tracing::warn!(%error, "the token-signing keys could not be read"),
        }
        if let Err(error) = app.journal().purge_attempts(UNKNOWN_KEPT).await {
            tracing::warn!(%error, "old attempts could not be removed");
        }
        purge_tokens(&app).await;
        erase_files(&app).await;
        if let Err(error) = app.journal().erase_pictures(app.now()).await {
            tracing::warn!(%error, "pictures that came to nothing could not be erased");
        }
        if let Ok(micros) = app
            .store
            .database()
            .clock_offset(|| SystemClock.now())
            .await
        {
            app.metrics.clock_offset.set(micros);
        }
        tokio::time::sleep(MINUTE).await;
    }
}

/// Some at a time, so that signatures pass between; what is left then waits for the next minute.
async fn purge_tokens(app: &App) {
    for _ in 0..PURGES {
        match app.journal().purge_tokens().await {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => return tracing::warn!(%error, "old tokens could not be removed"),
        }
    }
}

/// Files whose time is over, and those of submissions that came to nothing: one request at a time, so that signatures pass
/// between.
async fn erase_files(app: &App) {
    let now = app.now();
    let (over, lost) = (now.before(app.config.limits.file_span()), now.before(LOST));
    let erased = async {
        for id in app.journal().overdue_files(over, lost).await? {
            app.journal().erase_files(id).await?;
        }
        Ok::<_, JournalError>(())
    };
    if let Err(error) = erased.await {
        tracing::warn!(%error, "old files could not be erased");
    }
}

async fn expire(app: &App) {
    let now = app.now();
    let ended: Vec<_> = {
        let snapshot = app.snapshot();
        snapshot
            .credentials
            .values()
            .filter(|one| has_ended(one, now))
            .map(|one| one.id)
            .collect()
    };
    for id in ended {
        if let Err(error) = app
            .change(Actor::system(), Change::ExpireCredential(id))
            .await
        {
            tracing::warn!(%error, "a credential could not be marked as expired");
        }
    }
}

fn has_ended(credential: &Credential, now: Timestamp) -> bool {
    let over = credential
        .certificate
        .as_ref()
        .is_some_and(|one| one.not_after < now);
    over && credential.state.may_become(CredentialState::Expired)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kyso_core::id::{AgencyId, CredentialId};
    use kyso_core::model::{Certificate, CredentialKind, Issued, Owner};
    use kyso_core::{KeyAlgorithm, KeyRef};

    use super::*;

    fn credential(state: CredentialState) -> Credential {
        let agency = AgencyId::random();
        let key = KeyRef {
            cka_id: [0; 16],
            algorithm: KeyAlgorithm::P256,
            spki: Arc::from([]),
        };
        let at = Timestamp::from_seconds;
        let certificate = Certificate {
            chain: Vec::new(),
            sha256: [0; 32],
            issued: Issued::default(),
            not_before: at(0),
            not_after: at(100),
        };
        Credential {
            id: CredentialId::random(),
            owner: Owner::Agency(agency),
            agency,
            kind: CredentialKind::Seal,
            key: Arc::new(key),
            certificate: Some(Arc::new(certificate)),
            state,
            multisign: 1,
            sad_lifetime: MINUTE,
            extensible: false,
            by_digest: false,
        }
    }

    #[test]
    fn a_credential_ends_with_its_certificate_and_once() {
        let at = Timestamp::from_seconds;
        assert!(!has_ended(&credential(CredentialState::Active), at(100)));
        assert!(has_ended(&credential(CredentialState::Active), at(101)));
        assert!(has_ended(&credential(CredentialState::Locked), at(101)));
        assert!(!has_ended(&credential(CredentialState::Expired), at(101)));
        assert!(!has_ended(&credential(CredentialState::Revoked), at(101)));
    }
}
