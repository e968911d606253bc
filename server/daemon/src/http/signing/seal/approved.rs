//! The picture of an agency's seal, where two people approved one.

use kyso_core::id::AgencyId;
use kyso_core::model::Owner;
use kyso_documents::appearance::Picture;
use kyso_documents::seal::ApprovedSeal;

use super::super::{Failure, broken};
use super::wanted::Kind;
use crate::http::desk::Desk;
use crate::http::management::stored;

/// A picture that two people approved, not decoded yet.
pub(super) struct Approved {
    /// SHA-256 of the PNG.
    pub(super) digest: [u8; 32],
    /// In tenths of a millimetre.
    width: u16,
    png: Vec<u8>,
}

impl Approved {
    /// That of this agency; copies and appendices show none.
    pub(super) async fn of(
        desk: &Desk,
        kind: &Kind,
        agency: AgencyId,
    ) -> Result<Option<Self>, Failure> {
        let snapshot = desk.policy().snapshot();
        let picture = snapshot.people.pictures.get(&Owner::Agency(agency));
        let Some(picture) = picture.filter(|_| matches!(kind, Kind::Issue { .. })) else {
            return Ok(None);
        };
        let png = stored::picture(desk.app(), picture.digest).await;
        Ok(Some(Self {
            digest: picture.digest,
            width: picture.width,
            png: png.map_err(Failure::Answered)?,
        }))
    }

    /// Decodes it.
    pub(super) fn picture(&self) -> Result<Picture, Failure> {
        Picture::read(&self.png).map_err(|error| Failure::Answered(broken(&error)))
    }

    /// What the seal may show.
    pub(super) fn shown_with<'p>(&self, picture: &'p Picture) -> ApprovedSeal<'p> {
        ApprovedSeal {
            picture,
            width: f64::from(self.width) / 10.0,
        }
    }
}
