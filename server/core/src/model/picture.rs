//! Pictures that signatures show (Decree 30/2020/NĐ-CP, appendix I, part II, 7 and 8).

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Owner;

/// The picture that the signatures of a person, or the seals of an agency, show.
///
/// Whoever sees a document believes it, so two people put it in force, and nobody their own.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Whose.
    pub owner: Owner,
    /// SHA-256 of the PNG.
    pub digest: [u8; 32],
    /// The real width of what is seen of it, in tenths of a millimetre.
    pub width: u16,
    /// The PNG itself, while it is on its way to where files are kept: changes that wait name it by its digest.
    #[serde(skip)]
    pub file: Option<Arc<[u8]>>,
}

impl fmt::Debug for Picture {
    /// Without the file: it is somebody's handwriting.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picture")
            .field("owner", &self.owner)
            .field("width", &self.width)
            .finish_non_exhaustive()
    }
}
