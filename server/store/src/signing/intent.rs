//! Durable write 1: every check again, the reservation, and the intent entry.

use std::sync::Arc;

use diesel::prelude::*;
use kyso_core::draft::Draft;
use kyso_core::id::StampingSessionId;
use kyso_core::journal::{JournalError, Recalled};
use kyso_core::model::{Sad, SadBinding, StampingSession};
use kyso_core::policy::{Authorized, Signing};
use kyso_core::request::{Activation, documents_hash};
use kyso_core::{Actor, Refusal, Timestamp};
use kyso_evidence::tree::Hash;

use super::idempotency::{Looked, Scope, look_up, scope};
use super::{GrantUse, OpenIntent, numbers};
use crate::error::ApplyError;
use crate::tables::attempt;
use crate::writer::tx::{Tx, insert_all};

/// What is to be recorded.
pub(crate) struct IntentCase {
    pub(crate) signing: Authorized<Signing>,
    pub(crate) draft: Draft,
}

/// What became of it.
pub(crate) enum Verdict {
    Recorded(Hash),
    EpochMoved,
    Recalled(Recalled),
    Refused(Refusal),
}

/// Records an intent, or says why not; a refusal writes nothing but an alarm, where one is due.
pub(crate) fn record_intent(
    case: &mut IntentCase,
    tx: &mut Tx<'_>,
) -> Result<Verdict, JournalError> {
    tx.ledger.require_lease()?;
    let verdict = match check_and_record(case, tx) {
        Ok(verdict) => verdict,
        Err(ApplyError::Refused(refusal)) => Verdict::Refused(refusal),
        Err(ApplyError::Journal(error)) => return Err(error),
    };
    tx.raise_alarms()?;
    Ok(verdict)
}

fn check_and_record(case: &mut IntentCase, tx: &mut Tx<'_>) -> Result<Verdict, ApplyError> {
    let key = match retry(&case.signing, tx)? {
        Retry::Before(recalled) => return Ok(Verdict::Recalled(recalled)),
        Retry::Free(key) => key,
    };
    if case.signing.epoch() != tx.ledger.epoch {
        return Ok(Verdict::EpochMoved);
    }
    check_dates(&case.signing, tx.now)?;
    let numbered = numbers::is_new(case.signing.what(), tx)?;
    let granted = reserve(&case.signing, tx)?;
    record(case, tx, granted, key, numbered).map(Verdict::Recorded)
}

enum Retry {
    Before(Recalled),
    Free(Option<(Scope, i64)>),
}

/// A retry is recognised before anything else is held against it.
fn retry(signing: &Authorized<Signing>, tx: &mut Tx<'_>) -> Result<Retry, ApplyError> {
    let Some(key) = &signing.what().request.idempotency else {
        return Ok(Retry::Free(None));
    };
    let scope = scope(signing.actor(), key);
    Ok(match look_up(tx.db, &scope, &key.body, tx.ledger.boot)? {
        Looked::Before(recalled) => Retry::Before(recalled),
        Looked::Free(turn) => Retry::Free(Some((scope, turn))),
    })
}

fn check_dates(signing: &Authorized<Signing>, now: Timestamp) -> Result<(), Refusal> {
    if signing
        .actor()
        .token()
        .is_some_and(|token| token.expires_at <= now)
    {
        return Err(Refusal::TokenInvalid);
    }
    signing.what().until.check(now)?;
    let certificate = signing.what().credential.certificate.as_ref();
    let certificate = certificate.ok_or(Refusal::CredentialDisabled)?;
    if now < certificate.not_before {
        return Err(Refusal::CertificateNotYetValid);
    }
    if now > certificate.not_after {
        Err(Refusal::CertificateExpired)
    } else {
        Ok(())
    }
}

/// The grant that lets these digests be signed, with one use reserved for each.
fn reserve(signing: &Authorized<Signing>, tx: &mut Tx<'_>) -> Result<GrantUse, ApplyError> {
    match signing.what().request.activation {
        Activation::Sad(hash) => {
            let sad = tx.sad(&hash)?;
            check_sad(&sad, signing, tx.now)?;
            take(signing, tx, *sad.id.as_bytes(), sad.session)
        }
        Activation::Session => stamp(signing, tx),
    }
}

/// The first session that is still open and has enough left. Policy put them in order; if none
/// will do, the first says why.
fn stamp(signing: &Authorized<Signing>, tx: &mut Tx<'_>) -> Result<GrantUse, ApplyError> {
    let mut first = None;
    for mandate in &signing.what().sessions {
        let id = mandate.session;
        match take(signing, tx, *id.as_bytes(), Some(id)) {
            Err(ApplyError::Refused(
                refusal @ (Refusal::SessionClosed | Refusal::TooManySignatures),
            )) => first = first.or(Some(refusal)),
            end => return end,
        }
    }
    Err(first.unwrap_or(Refusal::SessionRequired).into())
}

/// Reserves uses of a grant, which may lie within a session.
fn take(
    signing: &Authorized<Signing>,
    tx: &mut Tx<'_>,
    grant: [u8; 16],
    session: Option<StampingSessionId>,
) -> Result<GrantUse, ApplyError> {
    let request = &signing.what().request;
    if let Some(id) = session {
        let session = tx.session(id.as_bytes())?;
        check_session(&session, signing, tx.now)?;
        check_mandate(id, signing, tx.now)?;
    }
    if tx.is_counted(&grant)? && request.idempotency.is_none() {
        return Err(Refusal::IdempotencyRequired.into());
    }
    let uses = tx.reserve(&grant, &request.digests)?;
    Ok(GrantUse {
        grant,
        session,
        uses,
    })
}

fn check_sad(sad: &Sad, signing: &Authorized<Signing>, now: Timestamp) -> Result<(), Refusal> {
    let request = &signing.what().request;
    if sad.credential != request.credential || !is_given_to(sad, signing.actor()) {
        return Err(Refusal::UnknownSad);
    }
    if now >= sad.expires_at {
        return Err(Refusal::SadExpired);
    }
    if sad
        .hash_algorithm
        .is_some_and(|hash| hash != request.scheme.hash())
    {
        return Err(Refusal::DigestMismatch);
    }
    // A reset locked what could be signed with; what was given before must not come back unlocked.
    let proved = signing.what().proved_since;
    if sad.person.is_some() && proved.is_none_or(|since| sad.made_by <= Some(since)) {
        return Err(Refusal::SadExpired);
    }
    let bound = matches!(sad.binding, SadBinding::Hashes(_));
    if bound && documents_hash(&request.documents) != sad.documents {
        return Err(Refusal::DocumentsMismatch);
    }
    Ok(())
}

/// The client it was given to, and no other person than the one who proved themself.
fn is_given_to(sad: &Sad, actor: &Actor) -> bool {
    sad.client == actor.client()
        && actor
            .person()
            .is_none_or(|person| sad.person == Some(person))
}

fn check_session(
    session: &StampingSession,
    signing: &Authorized<Signing>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let request = &signing.what().request;
    let ours = signing.actor().client() == Some(session.client);
    if !ours || session.credential != request.credential {
        return Err(Refusal::SessionRequired);
    }
    if now < session.opened_at || now >= session.expires_at {
        return Err(Refusal::SessionClosed);
    }
    let mut purposes = request
        .documents
        .iter()
        .map(|document| document.purpose.as_ref());
    let named = |purpose: Option<&String>| purpose.is_some_and(|p| session.purposes.contains(p));
    if purposes.all(named) {
        Ok(())
    } else {
        Err(Refusal::PurposeNotAllowed)
    }
}

/// The session is one that policy knows as a mandate: its row can be trusted, and its clerk holds the
/// office and the factor that they opened it with. A SAD says only which session it lies within.
fn check_mandate(
    id: StampingSessionId,
    signing: &Authorized<Signing>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let mut mandates = signing.what().sessions.iter();
    let mandate = mandates.find(|mandate| mandate.session == id);
    mandate.ok_or(Refusal::SessionClosed)?.until.check(now)
}

#[derive(Insertable)]
#[diesel(table_name = attempt, treat_none_as_default_value = false)]
struct AttemptRow<'a> {
    sequence: i64,
    request_id: &'a [u8],
    boot_id: &'a [u8],
}

fn record(
    case: &mut IntentCase,
    tx: &mut Tx<'_>,
    used: GrantUse,
    key: Option<(Scope, i64)>,
    numbered: bool,
) -> Result<Hash, ApplyError> {
    used.name_in(&mut case.draft);
    let appended = tx.append_in_place(&mut case.draft)?;
    if numbered {
        numbers::keep(case.signing.what(), tx, appended.sequence)?;
    }
    let request = &case.signing.what().request;
    let boot = tx.ledger.boot;
    let row = AttemptRow {
        sequence: appended.sequence,
        request_id: request.id.as_bytes(),
        boot_id: boot.as_bytes(),
    };
    insert_all!(tx.db, attempt::table, [row])?;
    tx.consume(&used.grant, &used.uses, appended.sequence)?;
    if let (Some((scope, turn)), Some(key)) = (&key, &request.idempotency) {
        tx.bind_key(scope, *turn, key, request.id)?;
    }
    let keyed = key.is_some();
    let open = OpenIntent {
        sequence: appended.sequence,
        uses: Some(Arc::new(used)),
        keyed,
    };
    tx.ledger.open.insert(request.id, open);
    Ok(appended.leaf)
}
