//! People, their roles and their authority.

use diesel::prelude::*;
use kyso_core::Refusal;
use kyso_core::id::{AuthorityId, PersonId, RoleGrantId, StampingSessionId};
use kyso_core::model::{AuthorityRecord, Person, Role, RoleGrant};
use kyso_evidence::Event;

use super::{Act, credential, known, require};
use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::rows::{AgencyRow, AuthorityRow, PersonRow, RoleRow, SealedCredential, Table as _};
use crate::schema::{authority, person, role_grant};
use crate::tables::{stamping_session, stamping_session_end};
use crate::writer::tx::Area;

pub(crate) fn register(act: &mut Act<'_, '_>, person: &Person) -> Result<(), ApplyError> {
    known(AgencyRow::find(act.tx, person.agency.as_bytes())?)?;
    let same = person::table
        .filter(
            person::login
                .eq(&person.login)
                .or(person::id.eq(person.id.as_bytes().as_slice())),
        )
        .count();
    let same: i64 = on_each!(&mut *act.tx.db, db => same.get_result(db))?;
    require(same == 0)?;
    let mut draft = act
        .entry(Event::PersonRegistered)
        .about("person", person.id)
        .commit("login", person.login.as_bytes())
        .commit("name", person.name.as_bytes())
        .commit("position", person.position.as_bytes())
        .commit("email", person.email.as_bytes())
        .fact("position_required", i64::from(person.position_required));
    draft.entry.agency = Some(person.agency.to_string());
    let made_by = act.append(draft)?;
    PersonRow::from(person).insert(act.tx, made_by)?;
    Ok(act.tx.bump(Area::People)?)
}

/// A person in service.
pub(crate) fn serving(act: &mut Act<'_, '_>, id: PersonId) -> Result<PersonRow, ApplyError> {
    let row = known(PersonRow::find(act.tx, id.as_bytes())?)?;
    let now = act.tx.now.as_micros();
    require(row.ended_at.is_none_or(|end| now < end))?;
    Ok(row)
}

/// Roles, authority and credentials go with the person, each with its own entry.
pub(crate) fn end(act: &mut Act<'_, '_>, id: PersonId) -> Result<(), ApplyError> {
    let mut row = serving(act, id)?;
    for role in roles_of(act, id)? {
        withdraw(act, role)?;
    }
    close_sessions(act, id)?;
    for record in authorities_of(act, id)? {
        close(act, record)?;
    }
    for held in SealedCredential::of_person(act.tx, id)? {
        credential::end_with_owner(act, &held)?;
    }
    row.ended_at = Some(act.tx.now.as_micros());
    let made_by = act.append(act.entry(Event::PersonEnded).about("person", id))?;
    row.update(act.tx, made_by)?;
    act.tx.bump(Area::Credentials)?;
    Ok(act.tx.bump(Area::People)?)
}

fn roles_of(act: &mut Act<'_, '_>, id: PersonId) -> Result<Vec<RoleRow>, ApplyError> {
    Ok(on_each!(&mut *act.tx.db, db => role_grant::table
        .filter(role_grant::person_id.eq(id.as_bytes().as_slice()))
        .filter(role_grant::revoked_at.is_null())
        .order(role_grant::id)
        .select(RoleRow::as_select())
.load(db))?)
}

/// Closes the stamping sessions that this person opened: a mandate ends with the office.
pub(super) fn close_sessions(act: &mut Act<'_, '_>, clerk: PersonId) -> Result<(), ApplyError> {
    let now = act.tx.now.as_micros();
    let ended = stamping_session_end::table.select(stamping_session_end::session_id);
    let open: Vec<Vec<u8>> = on_each!(&mut *act.tx.db, db => stamping_session::table
        .filter(stamping_session::opened_by.eq(clerk.as_bytes().as_slice()))
        .filter(stamping_session::expires_at.gt(now))
        .filter(stamping_session::id.ne_all(ended))
        .order(stamping_session::id)
        .select(stamping_session::id)
        .load(db))?;
    for id in open {
        let id = StampingSessionId::try_from(id.as_slice()).map_err(|_| Refusal::Tampered)?;
        crate::signing::end_session(act.tx, act.actor, id, act.request)?;
    }
    Ok(())
}

fn authorities_of(act: &mut Act<'_, '_>, id: PersonId) -> Result<Vec<AuthorityRow>, ApplyError> {
    Ok(on_each!(&mut *act.tx.db, db => authority::table
        .filter(authority::person_id.eq(id.as_bytes().as_slice()))
        .filter(authority::ended_at.is_null())
        .order(authority::id)
        .select(AuthorityRow::as_select())
.load(db))?)
}

pub(crate) fn grant_role(act: &mut Act<'_, '_>, grant: &RoleGrant) -> Result<(), ApplyError> {
    serving(act, grant.person)?;
    if let Some(agency) = grant.agency {
        known(AgencyRow::find(act.tx, agency.as_bytes())?)?;
    }
    let row = RoleRow::from(grant);
    require(RoleRow::peek(act.tx.db, &row.id)?.is_none())?;
    let held = roles_of(act, grant.person)?;
    require(held.iter().all(|other| may_stand_beside(other, &row)))?;
    let mut draft = act
        .entry(Event::RoleGranted)
        .about("role_grant", grant.id)
        .fact("person", grant.person.to_string())
        .fact("role", grant.role.name());
    draft.entry.agency = grant.agency.map(|agency| agency.to_string());
    let made_by = act.append(draft)?;
    row.insert(act.tx, made_by)?;
    Ok(act.tx.bump(Area::People)?)
}

/// The same role is not held twice, and a security officer holds no other.
fn may_stand_beside(held: &RoleRow, wanted: &RoleRow) -> bool {
    let officer = Role::SecurityOfficer.name();
    let apart = (held.role == officer) == (wanted.role == officer);
    apart && (held.role != wanted.role || held.agency_id != wanted.agency_id)
}

pub(crate) fn revoke_role(act: &mut Act<'_, '_>, id: RoleGrantId) -> Result<(), ApplyError> {
    let row = known(RoleRow::find(act.tx, id.as_bytes())?)?;
    require(row.revoked_at.is_none())?;
    let clerk = RoleRow::model(&row).filter(|grant| grant.role == Role::RecordsClerk);
    withdraw(act, row)?;
    if let Some(grant) = clerk {
        close_sessions(act, grant.person)?;
    }
    Ok(act.tx.bump(Area::People)?)
}

fn withdraw(act: &mut Act<'_, '_>, mut row: RoleRow) -> Result<(), ApplyError> {
    let model = row.model().ok_or(Refusal::Tampered)?;
    row.revoked_at = Some(act.tx.now.as_micros());
    let mut draft = act
        .entry(Event::RoleRevoked)
        .about("role_grant", model.id)
        .fact("person", model.person.to_string())
        .fact("role", model.role.name());
    draft.entry.agency = model.agency.map(|agency| agency.to_string());
    let made_by = act.append(draft)?;
    row.update(act.tx, made_by)
}

pub(crate) fn record_authority(
    act: &mut Act<'_, '_>,
    record: &AuthorityRecord,
) -> Result<(), ApplyError> {
    serving(act, record.person)?;
    known(AgencyRow::find(act.tx, record.agency.as_bytes())?)?;
    let row = AuthorityRow::from(record);
    require(AuthorityRow::peek(act.tx.db, &row.id)?.is_none())?;
    require(row.valid_from < row.valid_until)?;
    let mut draft = act
        .entry(Event::AuthorityRecorded)
        .about("authority", record.id)
        .commit("basis", record.basis.as_bytes())
        .fact("person", record.person.to_string())
        .fact("kind", record.kind.name())
        .fact("valid_from", record.valid_from.to_string())
        .fact("valid_until", record.valid_until.to_string());
    draft.entry.agency = Some(record.agency.to_string());
    let made_by = act.append(draft)?;
    row.insert(act.tx, made_by)?;
    Ok(act.tx.bump(Area::People)?)
}

pub(crate) fn end_authority(act: &mut Act<'_, '_>, id: AuthorityId) -> Result<(), ApplyError> {
    let row = known(AuthorityRow::find(act.tx, id.as_bytes())?)?;
    require(row.ended_at.is_none())?;
    close(act, row)?;
    Ok(act.tx.bump(Area::People)?)
}

fn close(act: &mut Act<'_, '_>, mut row: AuthorityRow) -> Result<(), ApplyError> {
    let model = row.model().ok_or(Refusal::Tampered)?;
    row.ended_at = Some(act.tx.now.as_micros());
    let mut draft = act
        .entry(Event::AuthorityEnded)
        .about("authority", model.id)
        .fact("person", model.person.to_string());
    draft.entry.agency = Some(model.agency.to_string());
    let made_by = act.append(draft)?;
    row.update(act.tx, made_by)
}
