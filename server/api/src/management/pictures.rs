//! Pictures that signatures show: `pictures/{owner}`, `changes/{id}/picture`.

use serde::{Deserialize, Serialize};

use super::Id;
use crate::Secret;

/// `PUT pictures/{owner}`: makes a pending change.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPicture {
    /// PNG with a transparent background, base64; 512 KiB at most. A seal is red, handwriting blue.
    pub png: String,
    /// The real width of what is seen of it, in tenths of a millimetre: from 50 to 1000.
    pub width: u16,
    /// One-time password of the proposer; absent where the log-in's own is still fresh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otp: Option<Secret>,
}

/// The picture that the signatures of a person, or the seals of an agency, show.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Picture {
    /// The person or the agency.
    pub owner: Id,
    /// SHA-256 of the PNG, hexadecimal.
    pub sha256: String,
    /// The real width of what is seen of it, in tenths of a millimetre.
    pub width: u16,
    /// The PNG, base64.
    pub png: String,
}

impl std::fmt::Debug for Picture {
    /// Without the PNG: it is somebody's handwriting.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Picture")
            .field("owner", &self.owner)
            .field("sha256", &self.sha256)
            .finish_non_exhaustive()
    }
}
