//! Log-ins and tokens.

use diesel::prelude::*;
use kyso_core::change::{RefreshIssue, TokenIssue, TotpUse};
use kyso_core::id::{PersonId, TokenFamilyId};
use kyso_core::{Refusal, Timestamp};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;

use super::{Act, person, require};
use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::rows::{FamilyRow, PasswordRow, Table as _};
use crate::schema::{refresh_token, revoked_family, revoked_token, token_family, used_assertion};
use crate::throttle::{self, Factor};
use crate::totp;
use crate::writer::tx::Area;

/// The longest that an access token may live; a revoked family is forgotten after it.
pub(crate) const LONGEST_ACCESS: std::time::Duration = std::time::Duration::from_hours(24);

pub(crate) fn log_in(
    act: &mut Act<'_, '_>,
    family: TokenFamilyId,
    id: PersonId,
    totp: Option<TotpUse>,
) -> Result<(), ApplyError> {
    person::serving(act, id)?;
    let source = act.actor.source();
    throttle::clear(act.tx, id.as_bytes(), Factor::Password, source)?;
    if let Some(totp) = totp {
        totp::accept(act.tx, totp, source)?;
    }
    let mut draft = act
        .entry(Event::LoginSucceeded)
        .about("token_family", family);
    draft = draft
        .fact("person", id.to_string())
        .fact("totp", i64::from(totp.is_some()));
    draft.entry.session = Some(family.to_string());
    act.append(draft)?;
    Ok(())
}

/// Gives out a token. A refresh token that was used before ends its family: that stays, although
/// the caller is refused.
pub(crate) fn issue(
    act: &mut Act<'_, '_>,
    issue: &TokenIssue,
) -> Result<Option<Refusal>, ApplyError> {
    if let Some((jti, until)) = issue.assertion {
        use_assertion(act, jti, until)?;
    }
    if family_is_revoked(act, issue.family)? {
        return Err(Refusal::TokenInvalid.into());
    }
    if let Some(old) = issue.refresh.as_ref().and_then(|refresh| refresh.replaces) {
        match presented(act, issue.family, &old)? {
            Presented::InForce => {}
            Presented::Unknown => return Err(Refusal::TokenInvalid.into()),
            Presented::Reused => {
                end_family(act, issue.family, Outcome::Refused)?;
                return Ok(Some(Refusal::TokenInvalid));
            }
        }
    }
    let mut draft = act
        .entry(Event::TokenIssued)
        .about("token_family", issue.family);
    draft = draft.fact("refresh", i64::from(issue.refresh.is_some()));
    draft.entry.session = Some(issue.family.to_string());
    let made_by = act.append(draft)?;
    match &issue.refresh {
        Some(refresh) => store_refresh(act, issue, refresh, made_by)?,
        None => reseal(act, issue.family, made_by)?,
    }
    Ok(None)
}

fn use_assertion(act: &mut Act<'_, '_>, jti: [u8; 32], until: Timestamp) -> Result<(), ApplyError> {
    let now = act.tx.now.as_micros();
    let ended = diesel::delete(used_assertion::table.filter(used_assertion::expires_at.lt(now)));
    on_each!(&mut *act.tx.db, db => ended.execute(db))?;
    let same = used_assertion::table
        .filter(used_assertion::jti_hash.eq(jti.as_slice()))
        .count();
    let same: i64 = on_each!(&mut *act.tx.db, db => same.get_result(db))?;
    // One that has ended would be forgotten at once and could come again.
    if same > 0 || until.as_micros() < now {
        return Err(Refusal::TokenInvalid.into());
    }
    let row = (
        used_assertion::jti_hash.eq(jti.to_vec()),
        used_assertion::expires_at.eq(until.as_micros()),
    );
    let insert = diesel::insert_into(used_assertion::table).values(row);
    on_each!(&mut *act.tx.db, db => insert.execute(db))?;
    Ok(())
}

enum Presented {
    InForce,
    Reused,
    Unknown,
}

fn presented(
    act: &mut Act<'_, '_>,
    family: TokenFamilyId,
    hash: &[u8; 32],
) -> Result<Presented, ApplyError> {
    let Some(row) = FamilyRow::find(act.tx, family.as_bytes())? else {
        return Ok(Presented::Unknown);
    };
    if row.refresh == hash {
        if act.tx.now.as_micros() >= row.expires_at || row.revoked_at.is_some() {
            return Ok(Presented::Unknown);
        }
        return if is_of_password_in_force(act, &row)? {
            Ok(Presented::InForce)
        } else {
            Err(act.tx.tampered("token_family", *family.as_bytes()))
        };
    }
    let ours = refresh_token::table
        .filter(refresh_token::token_hash.eq(hash.as_slice()))
        .filter(refresh_token::family_id.eq(family.as_bytes().as_slice()))
        .count();
    let ours: i64 = on_each!(&mut *act.tx.db, db => ours.get_result(db))?;
    Ok(if ours > 0 {
        Presented::Reused
    } else {
        Presented::Unknown
    })
}

/// A new password and a reset end the families that they find; whoever hid one meanwhile must not
/// bring it back.
fn is_of_password_in_force(act: &mut Act<'_, '_>, family: &FamilyRow) -> Result<bool, ApplyError> {
    let Some(person) = &family.person_id else {
        return Ok(true);
    };
    let password = PasswordRow::find(act.tx, person)?;
    Ok(password.is_some_and(|password| password.made_by < family.made_by))
}

fn store_refresh(
    act: &mut Act<'_, '_>,
    issue: &TokenIssue,
    refresh: &RefreshIssue,
    made_by: i64,
) -> Result<(), ApplyError> {
    let row = FamilyRow {
        id: issue.family.as_bytes().to_vec(),
        client_id: issue.client.map(|id| id.as_bytes().to_vec()),
        person_id: refresh.person.map(|id| id.as_bytes().to_vec()),
        refresh: refresh.hash.to_vec(),
        expires_at: refresh.expires_at.as_micros(),
        revoked_at: None,
        made_by: 0,
        seal: Vec::new(),
    };
    match FamilyRow::peek(act.tx.db, &row.id)? {
        None => row.insert(act.tx, made_by)?,
        Some(old) => {
            // A family stays with the client and person that it began with.
            require(refresh.replaces.is_some())?;
            require(old.client_id == row.client_id && old.person_id == row.person_id)?;
            row.update(act.tx, made_by)?;
        }
    }
    let row = (
        refresh_token::token_hash.eq(refresh.hash.to_vec()),
        refresh_token::family_id.eq(issue.family.as_bytes().to_vec()),
    );
    let insert = diesel::insert_into(refresh_token::table).values(row);
    on_each!(&mut *act.tx.db, db => insert.execute(db))?;
    Ok(())
}

/// An access token of a family that has a refresh token: its row follows the latest entry.
fn reseal(act: &mut Act<'_, '_>, family: TokenFamilyId, made_by: i64) -> Result<(), ApplyError> {
    match FamilyRow::peek(act.tx.db, family.as_bytes())? {
        Some(row) => {
            use crate::rows::Sealed as _;
            if !row.is_intact(act.tx.sealer) {
                return Err(Refusal::Tampered.into());
            }
            row.update(act.tx, made_by)
        }
        None => Ok(()),
    }
}

pub(crate) fn revoke(
    act: &mut Act<'_, '_>,
    jti: [u8; 16],
    until: Timestamp,
) -> Result<(), ApplyError> {
    let now = act.tx.now.as_micros();
    let ended = diesel::delete(revoked_token::table.filter(revoked_token::expires_at.lt(now)));
    on_each!(&mut *act.tx.db, db => ended.execute(db))?;
    let same = revoked_token::table
        .filter(revoked_token::jti.eq(jti.as_slice()))
        .count();
    let same: i64 = on_each!(&mut *act.tx.db, db => same.get_result(db))?;
    // RFC 7009 §2.2: revoking what is revoked or has ended is no error.
    if same > 0 || until.as_micros() < now {
        return Ok(());
    }
    act.append(act.entry(Event::TokenRevoked).fact("kind", "access"))?;
    let row = (
        revoked_token::jti.eq(jti.to_vec()),
        revoked_token::expires_at.eq(until.as_micros()),
    );
    let insert = diesel::insert_into(revoked_token::table).values(row);
    on_each!(&mut *act.tx.db, db => insert.execute(db))?;
    Ok(act.tx.bump(Area::Tokens)?)
}

pub(crate) fn revoke_family(
    act: &mut Act<'_, '_>,
    family: TokenFamilyId,
) -> Result<(), ApplyError> {
    if family_is_revoked(act, family)? {
        return Ok(());
    }
    end_family(act, family, Outcome::Ok)
}

/// Ends every family that could still be refreshed for a person whose password is another or none
/// from now on. Access tokens need no row: they name the password that they were got with.
pub(crate) fn end_families_of(act: &mut Act<'_, '_>, person: PersonId) -> Result<(), ApplyError> {
    let alive = token_family::table
        .filter(token_family::person_id.eq(person.as_bytes().as_slice()))
        .filter(token_family::revoked_at.is_null())
        .filter(token_family::expires_at.gt(act.tx.now.as_micros()))
        .select(token_family::id)
        .order(token_family::id);
    let alive: Vec<Vec<u8>> = on_each!(&mut *act.tx.db, db => alive.load(db))?;
    for id in alive {
        let family = TokenFamilyId::try_from(id.as_slice()).map_err(|_| Refusal::Tampered)?;
        revoke_family(act, family)?;
    }
    Ok(())
}

fn family_is_revoked(act: &mut Act<'_, '_>, family: TokenFamilyId) -> Result<bool, ApplyError> {
    let id = family.as_bytes().as_slice();
    let ended = revoked_family::table
        .filter(revoked_family::family_id.eq(id))
        .count();
    let ended: i64 = on_each!(&mut *act.tx.db, db => ended.get_result(db))?;
    let row = FamilyRow::peek(act.tx.db, id)?;
    Ok(ended > 0 || row.is_some_and(|row| row.revoked_at.is_some()))
}

fn end_family(
    act: &mut Act<'_, '_>,
    family: TokenFamilyId,
    outcome: Outcome,
) -> Result<(), ApplyError> {
    let now = act.tx.now.as_micros();
    let mut draft = act.entry(Event::TokenRevoked).about("token_family", family);
    draft = draft.fact("kind", "family");
    if outcome == Outcome::Refused {
        draft = draft.fact("reason", "refresh_token_reused");
    }
    draft.entry.session = Some(family.to_string());
    let made_by = act.append(draft)?;
    if let Some(mut row) = FamilyRow::peek(act.tx.db, family.as_bytes())? {
        row.revoked_at = Some(now);
        row.update(act.tx, made_by)?;
    }
    let row = (
        revoked_family::family_id.eq(family.as_bytes().to_vec()),
        revoked_family::revoked_at.eq(now),
    );
    let insert = diesel::insert_into(revoked_family::table).values(row);
    on_each!(&mut *act.tx.db, db => insert.execute(db))?;
    Ok(act.tx.bump(Area::Tokens)?)
}
