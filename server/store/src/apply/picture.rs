//! What signatures show: put in force by two people, taken away by one.

use diesel::prelude::*;
use kyso_core::model::{Owner, Picture};
use kyso_core::{Draft, Refusal};
use kyso_evidence::Event;
use sha2::{Digest as _, Sha256};

use super::{Act, known, require};
use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::rows::{AgencyRow, PersonRow, PictureRow, Table as _};
use crate::schema::picture_file;
use crate::writer::tx::Area;

/// Keeps the file of a picture that is proposed; one that is there already is the same.
pub(crate) fn keep(act: &mut Act<'_, '_>, picture: &Picture) -> Result<(), ApplyError> {
    let png = known(picture.file.as_deref())?;
    let digest: [u8; 32] = Sha256::digest(png).into();
    require(digest == picture.digest)?;
    let row = (
        picture_file::digest.eq(digest.as_slice()),
        picture_file::png.eq(png),
    );
    let insert = diesel::insert_into(picture_file::table)
        .values(row)
        .on_conflict_do_nothing();
    on_each!(&mut *act.tx.db, db => insert.execute(db))?;
    Ok(())
}

/// Puts a picture in force, in the place of the one before.
pub(crate) fn set(act: &mut Act<'_, '_>, picture: &Picture) -> Result<(), ApplyError> {
    let before = PictureRow::find(act.tx, picture.owner.id())?;
    let mut draft = about(act, Event::PictureSet, picture.owner)?
        .fact("sha256", hex::encode(picture.digest))
        .fact("width", format!("{} mm", f64::from(picture.width) / 10.0));
    if let Some(replaced) = before.as_ref().and_then(|row| row.digest.as_deref()) {
        draft = draft.fact("replaces", hex::encode(replaced));
    }
    let made_by = act.append(draft)?;
    let row = PictureRow::from(picture);
    if before.is_some() {
        row.update(act.tx, made_by)?;
    } else {
        row.insert(act.tx, made_by)?;
    }
    Ok(act.tx.bump(Area::People)?)
}

/// Takes it away; the file stays, for whoever asks what a signature showed.
pub(crate) fn remove(act: &mut Act<'_, '_>, owner: Owner) -> Result<(), ApplyError> {
    let mut row = known(PictureRow::find(act.tx, owner.id())?)?;
    let digest = row.digest.take().ok_or(Refusal::UnknownObject)?;
    let draft = about(act, Event::PictureRemoved, owner)?.fact("sha256", hex::encode(digest));
    let made_by = act.append(draft)?;
    row.update(act.tx, made_by)?;
    Ok(act.tx.bump(Area::People)?)
}

/// An entry about the picture of somebody who is there.
fn about(act: &mut Act<'_, '_>, event: Event, owner: Owner) -> Result<Draft, ApplyError> {
    let agency = match owner {
        Owner::Agency(_) => known(AgencyRow::find(act.tx, owner.id())?)?.id,
        Owner::Person(_) => known(PersonRow::find(act.tx, owner.id())?)?.agency_id,
    };
    let mut draft = act.entry(event).about("picture", owner);
    let agency = kyso_core::id::AgencyId::try_from(agency.as_slice());
    draft.entry.agency = agency.ok().map(|id| id.to_string());
    Ok(draft.fact("owner", owner.kind()))
}
