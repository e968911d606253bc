//! What signatures show.

use diesel::prelude::*;
use kyso_core::id::{AgencyId, PersonId};
use kyso_core::model::{Owner, Picture};

use super::sealed;
use crate::schema::picture;
use crate::seal::Field;

/// The picture of a person or an agency.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = picture, treat_none_as_null = true)]
pub(crate) struct PictureRow {
    pub(crate) owner_id: Vec<u8>,
    pub(crate) owner: String,
    pub(crate) digest: Option<Vec<u8>>,
    pub(crate) width: i64,
    pub(crate) made_by: i64,
    pub(crate) seal: Vec<u8>,
}

sealed!(PictureRow in picture, key owner_id, domain Picture,
events [PictureSet, PictureRemoved], |row| [
    Field::Bytes(&row.owner_id),
    Field::Text(&row.owner),
    Field::bytes(row.digest.as_deref()),
    Field::Int(row.width),
]);

impl From<&Picture> for PictureRow {
    fn from(picture: &Picture) -> Self {
        Self {
            owner_id: picture.owner.id().to_vec(),
            owner: picture.owner.kind().to_owned(),
            digest: Some(picture.digest.to_vec()),
            width: picture.width.into(),
            made_by: 0,
            seal: Vec::new(),
        }
    }
}

impl PictureRow {
    /// The picture, without its file; `None` also for one that was taken away.
    pub(crate) fn model(&self) -> Option<Picture> {
        let id = self.owner_id.as_slice();
        Some(Picture {
            owner: match self.owner.as_str() {
                "agency" => Owner::Agency(AgencyId::try_from(id).ok()?),
                "person" => Owner::Person(PersonId::try_from(id).ok()?),
                _ => return None,
            },
            digest: self.digest.as_deref()?.try_into().ok()?,
            width: self.width.try_into().ok()?,
            file: None,
        })
    }
}
