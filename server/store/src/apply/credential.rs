//! Credentials: requested → certified → handed over → active ⇄ locked → revoked or expired.

use diesel::prelude::*;
use kyso_core::change::CredentialRequest;
use kyso_core::id::{CredentialId, PersonId};
use kyso_core::model::{Certificate, CredentialKind, CredentialState, Owner};
use kyso_core::{Draft, Refusal};
use kyso_evidence::Event;
use kyso_evidence::entry::KeyRecord;

use super::{Act, known, person, require};
use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::rows::{AgencyRow, SealedCredential, Table as _, store_certificates};
use crate::schema::credential_key;
use crate::writer::tx::Area;

pub(crate) fn request(
    act: &mut Act<'_, '_>,
    request: &CredentialRequest,
) -> Result<(), ApplyError> {
    let agency = match (request.owner, request.kind) {
        (Owner::Person(id), CredentialKind::Personal) => person::serving(act, id)?.agency_id,
        (Owner::Agency(id), CredentialKind::Seal) => {
            known(AgencyRow::find(act.tx, id.as_bytes())?)?.id
        }
        _ => return Err(Refusal::Conflict.into()),
    };
    let same = credential_key::table
        .filter(
            credential_key::cka_id
                .eq(request.key.cka_id.as_slice())
                .or(credential_key::credential_id.eq(request.id.as_bytes().as_slice())),
        )
        .count();
    let same: i64 = on_each!(&mut *act.tx.db, db => same.get_result(db))?;
    require(same == 0 && request.multisign > 0 && request.sad_seconds > 0)?;
    require(!request.by_digest || request.kind == CredentialKind::Seal)?;
    let row = SealedCredential::new(request, &agency);
    let draft = act
        .entry(Event::CredentialRequested)
        .fact("owner", request.owner.kind())
        .fact("owner_id", request.owner.to_string());
    let made_by = act.append(describe(draft, &row))?;
    row.insert(act.tx, made_by)?;
    Ok(act.tx.bump(Area::Credentials)?)
}

pub(crate) fn certify(
    act: &mut Act<'_, '_>,
    id: CredentialId,
    certificate: &Certificate,
) -> Result<(), ApplyError> {
    let mut row = step(act, id, CredentialState::Certified)?;
    require(!certificate.chain.is_empty() && certificate.not_before < certificate.not_after)?;
    let hashes = store_certificates(act.tx, &certificate.chain)?;
    require(hashes.first_chunk::<32>() == Some(&certificate.sha256))?;
    row.row.chain = Some(hashes);
    row.row.not_before = Some(certificate.not_before.as_micros());
    row.row.not_after = Some(certificate.not_after.as_micros());
    let draft = act
        .entry(Event::CredentialCertified)
        .fact("not_before", certificate.not_before.to_string())
        .fact("not_after", certificate.not_after.to_string());
    write(act, row, draft)
}

pub(crate) fn hand_over(
    act: &mut Act<'_, '_>,
    id: CredentialId,
    basis: &str,
) -> Result<(), ApplyError> {
    let mut row = step(act, id, CredentialState::HandedOver)?;
    row.row.handed_over_at = Some(act.tx.now.as_micros());
    let draft = act
        .entry(Event::CredentialHandedOver)
        .commit("basis", basis);
    write(act, row, draft)
}

pub(crate) fn activate(act: &mut Act<'_, '_>, id: CredentialId) -> Result<(), ApplyError> {
    let before = known(SealedCredential::find(act.tx, id.as_bytes())?)?.state();
    require(before == Some(CredentialState::HandedOver))?;
    let row = step(act, id, CredentialState::Active)?;
    let draft = act.entry(Event::CredentialActivated);
    write(act, row, draft)
}

/// A lock by hand outlasts a reset: enrolling again does not undo it.
pub(crate) fn lock(
    act: &mut Act<'_, '_>,
    id: CredentialId,
    reason: &str,
) -> Result<(), ApplyError> {
    let mut row = known(SealedCredential::find(act.tx, id.as_bytes())?)?;
    if row.row.locked_by_reset && row.state() == Some(CredentialState::Locked) {
        row.row.locked_by_reset = false;
    } else {
        row = step(act, id, CredentialState::Locked)?;
    }
    let draft = act.entry(Event::CredentialLocked).commit("reason", reason);
    write(act, row, draft)
}

/// Locks what may still be used, and makes the lock of a reset lasting: one that is locked by hand, or has ended,
/// stays as it is.
pub(crate) fn lock_disputed(act: &mut Act<'_, '_>, id: CredentialId) -> Result<(), ApplyError> {
    let mut row = known(SealedCredential::find(act.tx, id.as_bytes())?)?;
    let usable = row
        .state()
        .is_some_and(|state| state.may_become(CredentialState::Locked));
    if !usable && !row.row.locked_by_reset {
        return Ok(());
    }
    CredentialState::Locked
        .name()
        .clone_into(&mut row.row.state);
    row.row.locked_by_reset = false;
    let draft = act
        .entry(Event::CredentialLocked)
        .fact("reason", "signature_disputed");
    write(act, row, draft)
}

/// Only what was handed over once may become active, and never while its owner has no factors.
pub(crate) fn unlock(act: &mut Act<'_, '_>, id: CredentialId) -> Result<(), ApplyError> {
    let before = known(SealedCredential::find(act.tx, id.as_bytes())?)?;
    require(before.state() == Some(CredentialState::Locked))?;
    require(before.row.handed_over_at.is_some() && !before.row.locked_by_reset)?;
    let row = step(act, id, CredentialState::Active)?;
    let draft = act.entry(Event::CredentialUnlocked);
    write(act, row, draft)
}

pub(crate) fn revoke(
    act: &mut Act<'_, '_>,
    id: CredentialId,
    reason: Option<&str>,
) -> Result<(), ApplyError> {
    let row = step(act, id, CredentialState::Revoked)?;
    let draft = act.entry(Event::CredentialRevoked);
    let draft = match reason {
        Some(reason) => draft.commit("reason", reason),
        None => draft.fact("reason", "owner_ended"),
    };
    write(act, row, draft)
}

pub(crate) fn expire(act: &mut Act<'_, '_>, id: CredentialId) -> Result<(), ApplyError> {
    let row = step(act, id, CredentialState::Expired)?;
    require(
        row.row
            .not_after
            .is_some_and(|end| end < act.tx.now.as_micros()),
    )?;
    let draft = act.entry(Event::CredentialExpired);
    write(act, row, draft)
}

/// Revokes a credential whose owner leaves, unless it has ended already.
pub(crate) fn end_with_owner(
    act: &mut Act<'_, '_>,
    held: &SealedCredential,
) -> Result<(), ApplyError> {
    let state = held.state().ok_or(Refusal::Tampered)?;
    if !state.may_become(CredentialState::Revoked) {
        return Ok(());
    }
    let id = CredentialId::try_from(held.row.id.as_slice()).map_err(|_| Refusal::Tampered)?;
    revoke(act, id, None)
}

/// Locks what is active and remembers that it was.
pub(crate) fn lock_for_reset(act: &mut Act<'_, '_>, owner: PersonId) -> Result<(), ApplyError> {
    for mut row in SealedCredential::of_person(act.tx, owner)? {
        if row.state() == Some(CredentialState::Active) {
            CredentialState::Locked
                .name()
                .clone_into(&mut row.row.state);
            row.row.locked_by_reset = true;
            let draft = act
                .entry(Event::CredentialLocked)
                .fact("reason", "factor_reset");
            write(act, row, draft)?;
        }
    }
    Ok(())
}

/// Makes active again what the reset alone had locked.
pub(crate) fn restore_after_reset(
    act: &mut Act<'_, '_>,
    owner: PersonId,
) -> Result<(), ApplyError> {
    for mut row in SealedCredential::of_person(act.tx, owner)? {
        if row.row.locked_by_reset && row.state() == Some(CredentialState::Locked) {
            CredentialState::Active
                .name()
                .clone_into(&mut row.row.state);
            row.row.locked_by_reset = false;
            let draft = act
                .entry(Event::CredentialUnlocked)
                .fact("reason", "factor_enrolled");
            write(act, row, draft)?;
        }
    }
    Ok(())
}

/// The credential, moved to the state that is to follow.
fn step(
    act: &mut Act<'_, '_>,
    id: CredentialId,
    next: CredentialState,
) -> Result<SealedCredential, ApplyError> {
    let mut row = known(SealedCredential::find(act.tx, id.as_bytes())?)?;
    require(row.state().is_some_and(|state| state.may_become(next)))?;
    next.name().clone_into(&mut row.row.state);
    if next != CredentialState::Locked {
        row.row.locked_by_reset = false;
    }
    Ok(row)
}

pub(super) fn write(
    act: &mut Act<'_, '_>,
    row: SealedCredential,
    draft: Draft,
) -> Result<(), ApplyError> {
    let made_by = act.append(describe(draft, &row))?;
    row.update(act.tx, made_by)?;
    Ok(act.tx.bump(Area::Credentials)?)
}

/// Names the credential and its key as the row will hold them.
fn describe(draft: Draft, credential: &SealedCredential) -> Draft {
    let (row, key) = (&credential.row, &credential.key);
    let id = CredentialId::try_from(row.id.as_slice()).map(|id| id.to_string());
    let mut draft = draft.fact("state", row.state.as_str());
    if row.by_digest {
        draft = draft.fact("by_digest", 1);
    }
    draft.entry.object_kind = Some("credential".to_owned());
    draft.entry.object = id.clone().ok();
    draft.entry.credential = id.ok();
    draft.entry.agency = kyso_core::id::AgencyId::try_from(row.agency_id.as_slice())
        .map(|id| id.to_string())
        .ok();
    draft.entry.key = Some(KeyRecord {
        algorithm: key.algorithm.clone(),
        certificate_issuer: None,
        certificate_serial: None,
        certificate_sha256: row
            .chain
            .as_deref()
            .and_then(<[u8]>::first_chunk::<32>)
            .map(hex::encode),
        cka_id: hex::encode(&key.cka_id),
        purpose: if row.kind == CredentialKind::Seal.name() {
            "seal"
        } else {
            "sign"
        }
        .to_owned(),
    });
    draft
}
