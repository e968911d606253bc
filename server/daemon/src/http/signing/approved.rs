//! The picture of a person's handwriting or of an agency's seal, where two people approved one.

use kyso_core::model::Owner;

use crate::http::desk::Desk;
use crate::http::error::Problem;
use crate::http::management::stored;

/// A picture that two people approved, not decoded yet.
pub(super) struct Approved {
    /// SHA-256 of the PNG.
    pub(super) digest: [u8; 32],
    /// In tenths of a millimetre.
    pub(super) width: u16,
    pub(super) png: Vec<u8>,
}

impl Approved {
    /// The one in force for this owner.
    pub(super) async fn of(desk: &Desk, owner: Owner) -> Result<Option<Self>, Problem> {
        let snapshot = desk.policy().snapshot();
        let Some(picture) = snapshot.people.pictures.get(&owner) else {
            return Ok(None);
        };
        Ok(Some(Self {
            digest: picture.digest,
            width: picture.width,
            png: stored::picture(desk.app(), picture.digest).await?,
        }))
    }
}
