//! Agencies: registered, given codes, ended.

use diesel::prelude::*;
use kyso_core::Timestamp;
use kyso_core::id::AgencyId;
use kyso_core::model::{Agency, AgencyCode};
use kyso_evidence::Event;

use super::{Act, known, require};
use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::rows::{AgencyRow, CodeOfAgency, Table as _};
use crate::schema::agency_code;
use crate::writer::tx::Area;

pub(crate) fn register(act: &mut Act<'_, '_>, agency: &Agency) -> Result<(), ApplyError> {
    require(AgencyRow::peek(act.tx.db, agency.id.as_bytes())?.is_none())?;
    if let Some(parent) = agency.parent {
        known(AgencyRow::find(act.tx, parent.as_bytes())?)?;
    }
    let draft = act
        .entry(Event::AgencyRegistered)
        .about("agency", agency.id);
    let mut draft = draft
        .commit("name", agency.name.as_bytes())
        .fact("valid_from", agency.valid_from.to_string());
    draft.entry.agency = Some(agency.id.to_string());
    if let Some(parent) = agency.parent {
        draft = draft.fact("parent", parent.to_string());
    }
    let made_by = act.append(draft)?;
    AgencyRow::from(agency).insert(act.tx, made_by)?;
    for code in &agency.codes {
        insert_code(act, agency.id, code)?;
    }
    Ok(act.tx.bump(Area::Agencies)?)
}

pub(crate) fn add_code(
    act: &mut Act<'_, '_>,
    id: AgencyId,
    code: &AgencyCode,
) -> Result<(), ApplyError> {
    let row = known(AgencyRow::find(act.tx, id.as_bytes())?)?;
    require(goes_on(&row, act.tx.now))?;
    insert_code(act, id, code)?;
    let mut draft = act
        .entry(Event::AgencyAliasAdded)
        .fact("code", code.code.clone());
    draft.entry.agency = Some(id.to_string());
    act.append(draft)?;
    Ok(act.tx.bump(Area::Agencies)?)
}

/// One code names one agency, for ever: a code in an old document must not change its meaning.
fn insert_code(act: &mut Act<'_, '_>, id: AgencyId, code: &AgencyCode) -> Result<(), ApplyError> {
    let row = CodeOfAgency::new(id, code);
    let same = agency_code::table
        .filter(agency_code::format.eq(&row.format))
        .filter(agency_code::code.eq(&row.code))
        .count();
    let same: i64 = on_each!(&mut *act.tx.db, db => same.get_result(db))?;
    require(same == 0)?;
    let insert = diesel::insert_into(agency_code::table).values(&row);
    on_each!(&mut *act.tx.db, db => insert.execute(db))?;
    Ok(())
}

/// Whether an agency's end has not come.
fn goes_on(row: &AgencyRow, now: Timestamp) -> bool {
    row.valid_until.is_none_or(|end| now.as_micros() < end)
}

/// Ends an agency, never before now nor before it began; until its end comes, another may be set.
pub(crate) fn end(act: &mut Act<'_, '_>, id: AgencyId, at: Timestamp) -> Result<(), ApplyError> {
    let mut row = known(AgencyRow::find(act.tx, id.as_bytes())?)?;
    let at = at.max(act.tx.now);
    require(goes_on(&row, act.tx.now) && at.as_micros() >= row.valid_from)?;
    row.valid_until = Some(at.as_micros());
    let mut draft = act
        .entry(Event::AgencyEnded)
        .about("agency", id)
        .fact("at", at.to_string());
    draft.entry.agency = Some(id.to_string());
    let made_by = act.append(draft)?;
    row.update(act.tx, made_by)?;
    Ok(act.tx.bump(Area::Agencies)?)
}
