//! Agencies: registered, given codes, moved, renamed, ended.

use std::sync::Arc;

use diesel::prelude::*;
use kyso_core::id::AgencyId;
use kyso_core::model::{Agency, AgencyCode, CodeFormat};
use kyso_core::{Draft, Refusal, Snapshot, Timestamp};
use kyso_evidence::Event;

use super::{Act, known, require};
use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::rows::{AgencyRow, CodeOfAgency, Table as _, format_name, readable};
use crate::schema::agency_code;
use crate::writer::tx::Area;

pub(crate) fn register(act: &mut Act<'_, '_>, agency: &Agency) -> Result<(), ApplyError> {
    require(AgencyRow::peek(act.tx.db, agency.id.as_bytes())?.is_none())?;
    let parent = *agency.parent.first();
    if let Some(parent) = parent {
        known(AgencyRow::find(act.tx, parent.as_bytes())?)?;
    }
    let draft = act
        .entry(Event::AgencyRegistered)
        .about("agency", agency.id);
    let mut draft = draft
        .commit("name", agency.name.first().as_bytes())
        .fact("valid_from", agency.valid_from.to_string());
    draft.entry.agency = Some(agency.id.to_string());
    if let Some(parent) = parent {
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

/// Ends one code of an agency; it stays the agency's, so that it never names another one.
pub(crate) fn end_code(
    act: &mut Act<'_, '_>,
    id: AgencyId,
    format: CodeFormat,
    code: &str,
) -> Result<(), ApplyError> {
    let row = known(AgencyRow::find(act.tx, id.as_bytes())?)?;
    require(goes_on(&row, act.tx.now))?;
    let held = agency_code::table
        .filter(agency_code::agency_id.eq(id.as_bytes().as_slice()))
        .filter(agency_code::format.eq(format_name(format)))
        .filter(agency_code::code.eq(code))
        .filter(agency_code::valid_until.is_null());
    let now = act.tx.now.as_micros();
    let update = diesel::update(held).set(agency_code::valid_until.eq(now));
    let ended = on_each!(&mut *act.tx.db, db => update.execute(db))?;
    known((ended == 1).then_some(()))?;
    let mut draft = act.entry(Event::AgencyCodeEnded).fact("code", code);
    draft.entry.agency = Some(id.to_string());
    act.append(draft)?;
    Ok(act.tx.bump(Area::Agencies)?)
}

/// Puts an agency under another one from a time on, never before now; that one stays and never comes to lie below it.
pub(crate) fn relocate(
    act: &mut Act<'_, '_>,
    id: AgencyId,
    parent: Option<AgencyId>,
    at: Option<Timestamp>,
) -> Result<(), ApplyError> {
    let from = act.tx.now.or_later(at);
    let (row, mut agency) = standing(act, id, from)?;
    if let Some(parent) = parent {
        check_above(act, id, parent, from)?;
    }
    let before = *agency.parent.at(from);
    require(before != parent && agency.parent.has_room(from))?;
    agency.parent.change(from, parent);
    let mut draft = act.entry(Event::AgencyMoved).fact("at", from.to_string());
    for (fact, place) in [("from", before), ("to", parent)] {
        if let Some(place) = place {
            draft = draft.fact(fact, place.to_string());
        }
    }
    write_standing(act, row, &agency, draft)
}

/// Gives an agency another name from a time on, never before now.
pub(crate) fn rename(
    act: &mut Act<'_, '_>,
    id: AgencyId,
    new: &str,
    at: Timestamp,
) -> Result<(), ApplyError> {
    let from = at.max(act.tx.now);
    let (row, mut agency) = standing(act, id, from)?;
    require(agency.name.at(from) != new && agency.name.has_room(from))?;
    agency.name.change(from, new.to_owned());
    let draft = act.entry(Event::AgencyRenamed);
    let draft = draft
        .commit("name", new.as_bytes())
        .fact("at", from.to_string());
    write_standing(act, row, &agency, draft)
}

/// The row of an agency that is there at that time, and what it says.
fn standing(
    act: &mut Act<'_, '_>,
    id: AgencyId,
    from: Timestamp,
) -> Result<(AgencyRow, Agency), ApplyError> {
    let row = known(AgencyRow::find(act.tx, id.as_bytes())?)?;
    require(goes_on(&row, from))?;
    let agency = row.model(Vec::new()).ok_or(Refusal::Tampered)?;
    Ok((row, agency))
}

/// Writes names and places of an agency into its row.
fn write_standing(
    act: &mut Act<'_, '_>,
    mut row: AgencyRow,
    agency: &Agency,
    draft: Draft,
) -> Result<(), ApplyError> {
    let mut draft = draft.about("agency", agency.id);
    draft.entry.agency = Some(agency.id.to_string());
    row.plan(agency).map_err(|_| Refusal::Tampered)?;
    let made_by = act.append(draft)?;
    row.update(act.tx, made_by)?;
    Ok(act.tx.bump(Area::Agencies)?)
}

/// The agency above and all above that are there from then on for good, and none of them comes to be the one that moves.
fn check_above(
    act: &mut Act<'_, '_>,
    id: AgencyId,
    parent: AgencyId,
    from: Timestamp,
) -> Result<(), ApplyError> {
    let mut alarms = Vec::new();
    let rows = AgencyRow::all_trusted(act.tx.db, act.tx.sealer, &mut alarms)?;
    let agencies = readable(rows, &mut alarms, |row| row.model(Vec::new()));
    // A ring could close over one that is left out here and put back later.
    if !alarms.is_empty() {
        return Err(Refusal::Tampered.into());
    }
    let tree = Snapshot {
        agencies: Arc::new(agencies.into_iter().map(|one| (one.id, one)).collect()),
        ..Snapshot::default()
    };
    require(tree.may_stand_under(id, parent, from))
}
