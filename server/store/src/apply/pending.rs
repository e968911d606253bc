//! What needs two people: proposed by one, approved by another.

use std::time::Duration;

use kyso_core::change::{PowerChange, Proposal, TotpUse};
use kyso_core::id::PendingChangeId;
use kyso_core::{Draft, Refusal};
use kyso_evidence::Event;

use super::{Act, agency, client, credential, erase, factor, known, person, picture, require};
use crate::error::ApplyError;
use crate::rows::{PENDING, PendingRow, Table as _};
use crate::totp;
use crate::writer::tx::Area;

/// Most changes under one proposal; each is named in its entry, which must stay under 64 KiB.
const MOST_PARTS: usize = 200;

pub(crate) fn propose(act: &mut Act<'_, '_>, proposal: &Proposal) -> Result<(), ApplyError> {
    let by = act.person()?;
    prove(act, proposal.totp)?;
    require(PendingRow::peek(act.tx.db, proposal.id.as_bytes())?.is_none())?;
    require(act.tx.now < proposal.expires_at)?;
    let parts = parts(&proposal.change);
    let flat = !parts
        .iter()
        .any(|part| matches!(part, PowerChange::Several(_)));
    require(flat && (1..=MOST_PARTS).contains(&parts.len()))?;
    let row = PendingRow::new(proposal, by).ok_or(Refusal::Conflict)?;
    let mut draft = act
        .entry(Event::ChangeProposed)
        .about("pending_change", proposal.id)
        .fact("change", proposal.change.name())
        .fact("expires_at", proposal.expires_at.to_string());
    for (index, change) in parts.iter().enumerate() {
        draft = draft
            .fact(&format!("part_{index:03}"), change.name())
            .fact(&format!("target_{index:03}"), target(change));
        if let PowerChange::SetPicture(set) = change {
            picture::keep(act, set)?;
            draft = draft.fact(&format!("sha256_{index:03}"), hex::encode(set.digest));
        }
    }
    let made_by = act.append(draft)?;
    row.insert(act.tx, made_by)?;
    Ok(act.tx.bump(Area::Pending)?)
}

/// A one-time password of this act; without one, policy found the log-in's fresh enough.
fn prove(act: &mut Act<'_, '_>, totp: Option<TotpUse>) -> Result<(), ApplyError> {
    totp.map_or(Ok(()), |totp| {
        totp::accept(act.tx, totp, act.actor.source())
    })
}

/// The changes under one proposal.
fn parts(change: &PowerChange) -> &[PowerChange] {
    match change {
        PowerChange::Several(changes) => changes,
        one => std::slice::from_ref(one),
    }
}

/// Who or what would get the power.
fn target(change: &PowerChange) -> String {
    match change {
        PowerChange::ActivateCredential(id) | PowerChange::UnlockCredential(id) => id.to_string(),
        PowerChange::AddClientKey(key) => key.client.to_string(),
        PowerChange::GrantClient(grant) => grant.client.to_string(),
        PowerChange::GrantRole(grant) => grant.person.to_string(),
        PowerChange::MoveAgency(id, ..) => id.to_string(),
        PowerChange::RecordAuthority(record) => record.person.to_string(),
        PowerChange::IssueEnrolmentCode(code) => code.person.to_string(),
        PowerChange::ErasePerson(erasure) => erasure.person.to_string(),
        PowerChange::ResetFactors(person) => person.to_string(),
        PowerChange::RevokeRole(role) => role.to_string(),
        PowerChange::SetPicture(picture) => picture.owner.to_string(),
        PowerChange::Several(_) => String::new(), // never inside another, see `propose`
    }
}

pub(crate) fn approve(
    act: &mut Act<'_, '_>,
    id: PendingChangeId,
    totp: Option<TotpUse>,
) -> Result<(), ApplyError> {
    let by = act.person()?;
    prove(act, totp)?;
    let row = open(act, id)?;
    require(act.tx.now.as_micros() < row.expires_at)?;
    // Policy said so too; the rule of two people is worth saying where the row is.
    if row.proposed_by == by.as_bytes() {
        return Err(Refusal::SamePerson.into());
    }
    let change = row.change().ok_or(Refusal::Tampered)?;
    let draft = act.entry(Event::ChangeApproved);
    decide(act, id, row, draft, "approved")?;
    parts(&change).iter().try_for_each(|part| apply(act, part))
}

pub(crate) fn reject(
    act: &mut Act<'_, '_>,
    id: PendingChangeId,
    reason: &str,
) -> Result<(), ApplyError> {
    let row = open(act, id)?;
    let draft = act.entry(Event::ChangeRejected).commit("reason", reason);
    decide(act, id, row, draft, "rejected")
}

fn open(act: &mut Act<'_, '_>, id: PendingChangeId) -> Result<PendingRow, ApplyError> {
    let row = known(PendingRow::find(act.tx, id.as_bytes())?)?;
    require(row.state == PENDING)?;
    Ok(row)
}

fn decide(
    act: &mut Act<'_, '_>,
    id: PendingChangeId,
    mut row: PendingRow,
    draft: Draft,
    state: &str,
) -> Result<(), ApplyError> {
    state.clone_into(&mut row.state);
    row.decided_by = Some(act.person()?.as_bytes().to_vec());
    let draft = draft
        .about("pending_change", id)
        .fact("change", row.kind.as_str());
    let made_by = act.append(draft)?;
    row.update(act.tx, made_by)?;
    Ok(act.tx.bump(Area::Pending)?)
}

fn apply(act: &mut Act<'_, '_>, change: &PowerChange) -> Result<(), ApplyError> {
    match change {
        PowerChange::ActivateCredential(id) => credential::activate(act, *id),
        PowerChange::AddClientKey(key) => client::add_key(act, key),
        PowerChange::ErasePerson(erasure) => erase::person(act, erasure),
        PowerChange::GrantClient(grant) => client::grant(act, grant),
        PowerChange::GrantRole(grant) => {
            factor::require_no_code_out(act, grant.person)?;
            person::grant_role(act, grant)
        }
        PowerChange::MoveAgency(id, parent, at) => agency::relocate(act, *id, *parent, *at),
        PowerChange::RecordAuthority(record) => person::record_authority(act, record),
        PowerChange::SetPicture(set) => picture::set(act, set),
        PowerChange::IssueEnrolmentCode(code) => {
            let lives = Duration::from_secs(u64::from(code.seconds));
            let expires_at = act.tx.now.after(lives);
            factor::issue_code(act, code.person, code.code, expires_at)
        }
        PowerChange::ResetFactors(id) => factor::reset(act, *id),
        PowerChange::RevokeRole(id) => person::revoke_role(act, *id),
        PowerChange::Several(_) => Err(Refusal::Conflict.into()),
        PowerChange::UnlockCredential(id) => credential::unlock(act, *id),
    }
}
