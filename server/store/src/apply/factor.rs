//! Factors: enrolled by the person with a one-time code, changed, reset by two others.

use diesel::prelude::*;
use kyso_core::change::{Enrolment, TotpUse};
use kyso_core::id::PersonId;
use kyso_core::{Refusal, Timestamp};
use kyso_evidence::Event;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use super::{Act, credential, known, person, require, token};
use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::rows::{CodeRow, PasswordRow, Table as _, TotpRow, entry_about};
use crate::schema::{password_factor, totp_factor};
use crate::totp;
use crate::writer::tx::Area;

/// A new code takes the place of an older one, used or not.
pub(crate) fn issue_code(
    act: &mut Act<'_, '_>,
    id: PersonId,
    code: [u8; 32],
    expires_at: Timestamp,
) -> Result<(), ApplyError> {
    person::serving(act, id)?;
    // Whoever has factors loses them only by a reset, which needs two people.
    require(TotpRow::peek(act.tx.db, id.as_bytes())?.is_none())?;
    require_never_lost(act, id)?;
    let draft = act
        .entry(Event::FactorCodeIssued)
        .about("person", id)
        .fact("expires_at", expires_at.to_string());
    let made_by = act.append(draft)?;
    let row = CodeRow {
        person_id: id.as_bytes().to_vec(),
        code_hash: code.to_vec(),
        expires_at: expires_at.as_micros(),
        used_at: None,
        made_by: 0,
        seal: Vec::new(),
    };
    if CodeRow::peek(act.tx.db, id.as_bytes())?.is_some() {
        row.update(act.tx, made_by)
    } else {
        row.insert(act.tx, made_by)
    }
}

/// Nobody is given a role while a code is out with which they could enrol: whoever made it alone, as is right for somebody without power,
/// could enrol in their place once two others have given them some.
pub(crate) fn require_no_code_out(act: &mut Act<'_, '_>, id: PersonId) -> Result<(), ApplyError> {
    let code = CodeRow::peek(act.tx.db, id.as_bytes())?;
    let now = act.tx.now.as_micros();
    require(code.is_none_or(|code| code.used_at.is_some() || code.expires_at <= now))
}

/// Factors that the log tells of but that have no row were deleted behind the server's back: a code
/// would let somebody else enrol in the person's place without the reset that two decide on.
fn require_never_lost(act: &mut Act<'_, '_>, id: PersonId) -> Result<(), ApplyError> {
    let object = id.as_bytes().as_slice();
    let enrolled = entry_about(act.tx.db, &[Event::FactorEnrolled], object)?;
    let reset = entry_about(act.tx.db, &[Event::FactorReset], object)?;
    if enrolled.get(object) > reset.get(object) {
        return Err(act.tx.tampered("totp", *id.as_bytes()));
    }
    Ok(())
}

/// Uses up the code, stores the factors, and unlocks what only the reset had locked.
pub(crate) fn enrol(act: &mut Act<'_, '_>, enrolment: &Enrolment) -> Result<(), ApplyError> {
    person::serving(act, enrolment.person).map_err(|_| Refusal::UnknownObject)?;
    let code = usable_code(act, enrolment)?;
    require(TotpRow::peek(act.tx.db, enrolment.person.as_bytes())?.is_none())?;
    let draft = act
        .entry(Event::FactorEnrolled)
        .about("person", enrolment.person)
        .fact("row_version", enrolment.version);
    let made_by = act.append(draft)?;
    CodeRow {
        used_at: Some(act.tx.now.as_micros()),
        ..code
    }
    .update(act.tx, made_by)?;
    store_factors(act, enrolment, made_by)?;
    totp::accept(
        act.tx,
        TotpUse {
            person: enrolment.person,
            step: enrolment.step,
        },
        act.actor.source(),
    )?;
    credential::restore_after_reset(act, enrolment.person)?;
    Ok(act.tx.bump(Area::People)?)
}

fn usable_code(act: &mut Act<'_, '_>, enrolment: &Enrolment) -> Result<CodeRow, ApplyError> {
    // A used code and an unknown one are the same to the caller; one that was made unused again
    // is not, since its entry is no longer the latest about the person.
    let row = known(CodeRow::peek(act.tx.db, enrolment.person.as_bytes())?)?;
    if row.used_at.is_some() {
        return Err(Refusal::UnknownObject.into());
    }
    let row = crate::rows::trust(act.tx, row)?;
    let right: bool = row.code_hash.as_slice().ct_eq(&enrolment.code).into();
    if right && act.tx.now.as_micros() < row.expires_at {
        Ok(row)
    } else {
        Err(Refusal::UnknownObject.into())
    }
}

fn store_factors(
    act: &mut Act<'_, '_>,
    enrolment: &Enrolment,
    made_by: i64,
) -> Result<(), ApplyError> {
    let person_id = enrolment.person.as_bytes().to_vec();
    let totp = TotpRow {
        person_id: person_id.clone(),
        secret: enrolment.totp.clone(),
        row_version: enrolment.version,
        made_by: 0,
        seal: Vec::new(),
    };
    totp.insert(act.tx, made_by)?;
    let phc = enrolment.password.expose_secret().to_owned();
    PasswordRow {
        person_id,
        phc,
        made_by: 0,
        seal: Vec::new(),
    }
    .insert(act.tx, made_by)
}

pub(crate) fn change_password(
    act: &mut Act<'_, '_>,
    id: PersonId,
    phc: &SecretString,
    totp: TotpUse,
) -> Result<(), ApplyError> {
    totp::accept(act.tx, totp, act.actor.source())?;
    let mut row = known(PasswordRow::find(act.tx, id.as_bytes())?)?;
    phc.expose_secret().clone_into(&mut row.phc);
    let made_by = act.append(act.entry(Event::PasswordChanged).about("person", id))?;
    row.update(act.tx, made_by)?;
    token::end_families_of(act, id)?;
    Ok(act.tx.bump(Area::People)?)
}

/// Removes the factors, ends the log-ins and locks what could be signed with: whoever asked for the
/// reset could otherwise enrol in the person's place and sign at once.
pub(crate) fn reset(act: &mut Act<'_, '_>, id: PersonId) -> Result<(), ApplyError> {
    person::serving(act, id)?;
    let key = id.as_bytes().as_slice();
    let totp = diesel::delete(totp_factor::table.filter(totp_factor::person_id.eq(key)));
    on_each!(&mut *act.tx.db, db => totp.execute(db))?;
    let password =
        diesel::delete(password_factor::table.filter(password_factor::person_id.eq(key)));
    on_each!(&mut *act.tx.db, db => password.execute(db))?;
    act.append(act.entry(Event::FactorReset).about("person", id))?;
    token::end_families_of(act, id)?;
    person::close_sessions(act, id)?;
    credential::lock_for_reset(act, id)?;
    Ok(act.tx.bump(Area::People)?)
}
