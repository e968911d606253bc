//! Changes that begin or end a grant: SADs and stamping sessions.

use diesel::prelude::*;
use kyso_core::change::TotpUse;
use kyso_core::draft::{self, Draft};
use kyso_core::id::{CredentialId, RequestId, StampingSessionId};
use kyso_core::model::{Sad, SadBinding, SadHash, StampingSession};
use kyso_core::{Actor, Refusal};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;

use super::rows::{SadRow, SessionRow};
use crate::error::ApplyError;
use crate::rows::entry_about;
use crate::tables::{sad, stamping_session, stamping_session_end};
use crate::writer::tx::{Appended, Area, Tx, insert_all};

/// Authorizes signatures. Those of a stamping session are taken from its budget here, so that no
/// number of SADs reaches past it.
pub(crate) fn authorize_sad(
    tx: &mut Tx<'_>,
    actor: &Actor,
    sad: &Sad,
    totp: Option<TotpUse>,
    request: RequestId,
) -> Result<(), ApplyError> {
    if let Some(totp) = totp {
        crate::totp::accept(tx, totp, actor.source())?;
    }
    let draft = sad_draft(actor, sad, Event::SadAuthorized, request);
    let appended = begin_sad(tx, sad, draft)?;
    let Some(session) = sad.session else {
        return Ok(());
    };
    let uses = tx.reserve_count(session.as_bytes(), uses_of(sad))?;
    tx.consume(session.as_bytes(), &uses, appended.sequence)
}

/// Ends a SAD and begins another in its place, over what the old one has left and no more.
pub(crate) fn extend_sad(
    tx: &mut Tx<'_>,
    actor: &Actor,
    old: &SadHash,
    new: &Sad,
    request: RequestId,
) -> Result<(), ApplyError> {
    let before = tx.sad(old)?;
    check_extension(tx, &before, new)?;
    let end = Draft::new(Event::SadRevoked, Outcome::Ok, actor, request);
    tx.append(end.about("sad", before.id))?;
    tx.ledger.grants.stale(before.id.as_bytes());
    let draft = sad_draft(actor, new, Event::SadExtended, request);
    begin_sad(tx, new, draft.fact("replaces", before.id.to_string()))?;
    Ok(())
}

/// The total never grows and no date moves: the proof that was given is for the old SAD.
fn check_extension(tx: &mut Tx<'_>, before: &Sad, new: &Sad) -> Result<(), ApplyError> {
    let same = before.client == new.client
        && before.person == new.person
        && before.credential == new.credential
        && before.session == new.session;
    if !same {
        return Err(Refusal::UnknownSad.into());
    }
    if before.expires_at <= tx.now || is_older_than_reset(tx, before)? {
        return Err(Refusal::SadExpired.into());
    }
    let counted = |sad: &Sad| matches!(sad.binding, SadBinding::Count(_));
    let left = tx.left(before.id.as_bytes())?;
    let grows = usize::try_from(uses_of(new)).unwrap_or(usize::MAX) > left;
    if grows || new.expires_at > before.expires_at || counted(new) != counted(before) {
        return Err(Refusal::TooManySignatures.into());
    }
    Ok(())
}

/// Whether the factor that gave this SAD was reset since: extended, it would pass for a new one.
fn is_older_than_reset(tx: &mut Tx<'_>, sad: &Sad) -> QueryResult<bool> {
    let Some(person) = sad.person else {
        return Ok(false);
    };
    let reset = entry_about(tx.db, &[Event::FactorReset], person.as_bytes())?;
    Ok(reset.values().any(|reset| Some(*reset) > sad.made_by))
}

fn begin_sad(tx: &mut Tx<'_>, sad: &Sad, mut draft: Draft) -> Result<Appended, ApplyError> {
    if uses_of(sad) == 0 || sad.expires_at <= tx.now {
        return Err(Refusal::Conflict.into());
    }
    if let Some(id) = sad.session {
        let session = tx.session(id.as_bytes())?;
        let ours = sad.client == Some(session.client) && sad.credential == session.credential;
        if !ours {
            return Err(Refusal::SessionRequired.into());
        }
        if tx.now < session.opened_at || tx.now >= session.expires_at {
            return Err(Refusal::SessionClosed.into());
        }
        // An extension takes nothing anew from the budget, so it does not say that it does.
        if draft.entry.event == Event::SadAuthorized {
            draft.entry.grant = Some(id.to_string());
        }
    }
    let appended = tx.append(draft)?;
    let row = SadRow::new(sad, appended.sequence, tx.sealer);
    insert_all!(tx.db, sad::table, [row])?;
    Ok(appended)
}

fn sad_draft(actor: &Actor, sad: &Sad, event: Event, request: RequestId) -> Draft {
    let mut draft = Draft::new(event, Outcome::Ok, actor, request).about("sad", sad.id);
    draft.entry.credential = Some(sad.credential.to_string());
    draft.entry.session = sad.session.map(|id| id.to_string());
    draft.entry.count = Some(u64::from(uses_of(sad)));
    if let SadBinding::Hashes(hashes) = &sad.binding {
        draft = draft.digests(hashes);
    }
    draft.fact("expires_at", sad.expires_at.to_string())
}

fn uses_of(sad: &Sad) -> u32 {
    match &sad.binding {
        SadBinding::Count(count) => *count,
        SadBinding::Hashes(hashes) => u32::try_from(hashes.len()).unwrap_or(u32::MAX),
    }
}

/// Opens a stamping session.
pub(crate) fn open_session(
    tx: &mut Tx<'_>,
    actor: &Actor,
    session: &StampingSession,
    totp: TotpUse,
    request: RequestId,
) -> Result<(), ApplyError> {
    crate::totp::accept(tx, totp, actor.source())?;
    if session.expires_at <= tx.now || session.limit == 0 {
        return Err(Refusal::Conflict.into());
    }
    let opened = Draft::new(Event::SessionOpened, Outcome::Ok, actor, request);
    let mut opened = draft::session(opened, session);
    opened.entry.credential = Some(session.credential.to_string());
    let appended = tx.append(opened)?;
    let row = SessionRow::new(session, appended.sequence, tx.sealer);
    insert_all!(tx.db, stamping_session::table, [row])?;
    Ok(tx.bump(Area::Sessions)?)
}

#[derive(Insertable)]
#[diesel(table_name = stamping_session_end, treat_none_as_default_value = false)]
struct EndRow<'a> {
    session_id: &'a [u8],
    closed_at: i64,
    made_by: i64,
}

/// Closes a stamping session at once, with the SADs drawn from it.
pub(crate) fn close_session(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: StampingSessionId,
    request: RequestId,
) -> Result<(), ApplyError> {
    let session = tx.session(id.as_bytes())?;
    let closed = closing(actor, id, Some(session.credential), request);
    close(tx, id, closed)
}

/// Closes a session whose clerk leaves office or is reset, which nothing in its row may hinder: one
/// that cannot be trusted has its alarm, and the entry keeps it from ever counting again.
pub(crate) fn end_session(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: StampingSessionId,
    request: RequestId,
) -> Result<(), ApplyError> {
    let credential = match tx.session(id.as_bytes()) {
        Ok(session) => Some(session.credential),
        Err(ApplyError::Refused(Refusal::SessionClosed)) => return Ok(()),
        Err(ApplyError::Refused(_)) => None,
        Err(error) => return Err(error),
    };
    let closed = closing(actor, id, credential, request);
    close(tx, id, closed)
}

fn closing(
    actor: &Actor,
    id: StampingSessionId,
    credential: Option<CredentialId>,
    request: RequestId,
) -> Draft {
    let closed = Draft::new(Event::SessionClosed, Outcome::Ok, actor, request);
    let mut closed = closed.about("stamping_session", id);
    closed.entry.credential = credential.map(|id| id.to_string());
    closed
}

fn close(tx: &mut Tx<'_>, id: StampingSessionId, closed: Draft) -> Result<(), ApplyError> {
    let appended = tx.append(closed)?;
    let row = EndRow {
        session_id: id.as_bytes(),
        closed_at: tx.now.as_micros(),
        made_by: appended.sequence,
    };
    insert_all!(tx.db, stamping_session_end::table, [row])?;
    tx.ledger.grants.stale(id.as_bytes());
    Ok(tx.bump(Area::Sessions)?)
}
