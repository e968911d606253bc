//! Requests for approval: each step is an entry, and the row as it stands is sealed under it.

use diesel::prelude::*;
use kyso_core::actor::Subject;
use kyso_core::change::{Given, TotpUse};
use kyso_core::id::ApprovalId;
use kyso_core::model::{Approval, ApprovalState, ApprovalWay, Decision};
use kyso_core::policy::{APPROVAL_WINDOW, check_standing};
use kyso_core::{Draft, Refusal, Timestamp};
use kyso_evidence::Event;

use super::{Act, known, require};
use crate::approvals::files;
use crate::callbacks;
use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::rows::{ApprovalRow, Table as _};
use crate::schema::approval;
use crate::totp;

/// Documents named one by one in an entry; more would not fit beside their digests.
const NAMED: usize = 200;

/// A retry of the same submission is no change: whoever asks finds the first one by its key.
pub(crate) fn submit(act: &mut Act<'_, '_>, submitted: &Approval) -> Result<(), ApplyError> {
    let key = (
        submitted.client.as_bytes().as_slice(),
        submitted.key.0.as_str(),
    );
    let same = approval::table
        .filter(
            approval::client_id
                .eq(key.0)
                .and(approval::submission.eq(key.1)),
        )
        .count();
    let same: i64 = on_each!(&mut *act.tx.db, db => same.get_result(db))?;
    require(same == 0 && act.tx.now < submitted.open_until)?;
    let draft = about(act, Event::ApprovalSubmitted, submitted)
        .digests(&submitted.digests())
        .documents(submitted.facts().iter().take(NAMED))
        .fact("urgency", submitted.urgency.name())
        .fact("open_until", submitted.open_until.to_string())
        .look(submitted.look());
    files::require_all(act, submitted)?;
    let row = ApprovalRow::new(submitted).ok_or(Refusal::Malformed)?;
    let made_by = act.append(draft)?;
    row.insert(act.tx, made_by)
}

/// Who is asked and what for; the signer stands in a fact, since the actor may be the system.
fn about(act: &Act<'_, '_>, event: Event, approval: &Approval) -> Draft {
    let mut draft = act
        .entry(event)
        .about("approval", approval.id)
        .fact("signer", approval.person.to_string())
        .fact("of_client", approval.client.to_string());
    draft.entry.credential = Some(approval.credential.to_string());
    draft
}

/// What the signer is shown of the files: the digest over the pictures of all pages, and how many there are.
fn with_pictures(draft: Draft, approval: &Approval) -> Draft {
    let pages: usize = approval.files().map(|(_, file)| file.pages.len()).sum();
    match (approval.pictures(), i64::try_from(pages)) {
        (Some(pictures), Ok(pages)) => draft
            .fact("pictures", hex::encode(pictures))
            .fact("pages", pages),
        _ => draft,
    }
}

/// The request as it stands, if it can be trusted and is the caller's to decide.
fn of_signer(act: &mut Act<'_, '_>, id: ApprovalId) -> Result<(ApprovalRow, Approval), ApplyError> {
    let person = act.person()?;
    let (row, approval) = read(act, id)?;
    if approval.person == person {
        Ok((row, approval))
    } else {
        Err(Refusal::UnknownObject.into())
    }
}

fn read(act: &mut Act<'_, '_>, id: ApprovalId) -> Result<(ApprovalRow, Approval), ApplyError> {
    let row = known(ApprovalRow::find(act.tx, id.as_bytes())?)?;
    let approval = row.model().ok_or(Refusal::Tampered)?;
    Ok((row, approval))
}

/// Refuses what was decided before, or whose time is over though nobody has said so yet.
fn require_open(approval: &Approval, now: Timestamp) -> Result<(), ApplyError> {
    if approval.state.is_open() && now < approval.open_until {
        Ok(())
    } else {
        Err(Refusal::ApprovalEnded.into())
    }
}

/// The signer was shown it. To look again within the window is no new entry.
pub(crate) fn show(act: &mut Act<'_, '_>, id: ApprovalId) -> Result<(), ApplyError> {
    let (row, approval) = of_signer(act, id)?;
    require_open(&approval, act.tx.now)?;
    if is_fresh(&approval, act.tx.now) {
        return Ok(());
    }
    files::require_all(act, &approval)?;
    let draft = with_pictures(about(act, Event::ApprovalOpened, &approval), &approval);
    put(act, row, ApprovalState::Opened, None, draft)
}

/// Whether it was shown not long ago: the window begins when the signer opens it, not when it came.
fn is_fresh(approval: &Approval, now: Timestamp) -> bool {
    // Half of it must be left, or whoever looks again would have less time than they are told.
    approval.state == ApprovalState::Opened && now.since(approval.state_at) < APPROVAL_WINDOW / 2
}

/// Approves: one one-time password, a SAD for each request, all or none.
pub(crate) fn give(
    act: &mut Act<'_, '_>,
    given: &[Given],
    totp: TotpUse,
) -> Result<(), ApplyError> {
    totp::accept(act.tx, totp, act.actor.source())?;
    for one in given {
        let (row, approval) = of_signer(act, one.approval.id)?;
        check_standing(&approval, act.tx.now)?;
        if approval.shown() != one.shown || approval.way != one.approval.way {
            return Err(Refusal::ApprovalStale.into());
        }
        files::require_all(act, &approval)?;
        let draft = with_pictures(about(act, Event::ApprovalGiven, &approval), &approval)
            .digests(&approval.digests())
            .fact("shown", hex::encode(one.shown.0))
            .fact("sad", one.sad.id.to_string())
            .fact("signs", signs(approval.way));
        put(act, row, ApprovalState::Approved, None, draft)?;
        crate::signing::authorize_sad(act.tx, act.actor, &one.sad, None, act.request)?;
    }
    Ok(())
}

const fn signs(way: ApprovalWay) -> &'static str {
    match way {
        ApprovalWay::Sign => "server",
        ApprovalWay::Sad(_) => "client",
    }
}

/// Every other end.
pub(crate) fn decide(
    act: &mut Act<'_, '_>,
    id: ApprovalId,
    decision: &Decision,
) -> Result<(), ApplyError> {
    let (row, approval) = match act.actor.subject() {
        Subject::Person(_) => of_signer(act, id)?,
        Subject::Client(client) => {
            let found = read(act, id)?;
            if found.1.client != client {
                return Err(Refusal::UnknownObject.into());
            }
            found
        }
        Subject::System => read(act, id)?,
    };
    require_follows(act, &approval, decision)?;
    if let Decision::Refuse(_, totp) | Decision::Return(_, totp) = decision {
        totp::accept(act.tx, *totp, act.actor.source())?;
    }
    let (event, reason) = told(decision);
    let draft = about(act, event, &approval);
    let draft = match decision {
        Decision::Refuse(words, _) | Decision::Return(words, _) => {
            draft.commit("reason", words.as_bytes())
        }
        Decision::Failed(word) => draft.fact("because", *word),
        Decision::Withdraw | Decision::Expire | Decision::Signed => draft,
    };
    put(act, row, decision.state(), reason, draft)
}

fn require_follows(
    act: &Act<'_, '_>,
    approval: &Approval,
    decision: &Decision,
) -> Result<(), ApplyError> {
    let now = act.tx.now;
    let follows = match decision {
        Decision::Refuse(..) | Decision::Return(..) | Decision::Withdraw => {
            return require_open(approval, now);
        }
        Decision::Expire => approval.state.is_open() && approval.open_until <= now,
        Decision::Signed | Decision::Failed(_) => approval.state == ApprovalState::Approved,
    };
    require(follows)
}

fn told(decision: &Decision) -> (Event, Option<String>) {
    match decision {
        Decision::Refuse(words, _) => (Event::ApprovalRefused, Some(words.clone())),
        Decision::Return(words, _) => (Event::ApprovalReturned, Some(words.clone())),
        Decision::Withdraw => (Event::ApprovalWithdrawn, None),
        Decision::Expire => (Event::ApprovalExpired, None),
        Decision::Signed => (Event::ApprovalSigned, None),
        Decision::Failed(word) => (Event::ApprovalFailed, Some((*word).to_owned())),
    }
}

/// Writes the row in its new state, and lets the system be told where it asked for that.
fn put(
    act: &mut Act<'_, '_>,
    mut row: ApprovalRow,
    state: ApprovalState,
    reason: Option<String>,
    draft: Draft,
) -> Result<(), ApplyError> {
    state.name().clone_into(&mut row.state);
    row.state_at = act.tx.now.as_micros();
    row.reason = reason;
    let due = (state.is_final() && wants_call(&row)).then(|| row.id.clone());
    let made_by = act.append(draft)?;
    row.update(act.tx, made_by)?;
    match due {
        Some(approval_id) => Ok(callbacks::put(act.tx, approval_id)?),
        None => Ok(()),
    }
}

fn wants_call(row: &ApprovalRow) -> bool {
    row.model()
        .is_some_and(|approval| approval.callback.is_some())
}
