//! What a document lacks before it is sealed, in words that only this program has: what the process says of a stranger's
//! file goes into an entry.

use kyso_documents::appearance::{NoRules, Undrawable};
use kyso_documents::pdf::{Alteration, Refusal};
use kyso_documents::seal::{NotReady, Obstacle};
use serde::{Deserialize, Serialize};

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lacking {
    /// The file is not read, or cannot be signed so.
    Refused(Refusal),
    /// Something was changed since the person signed.
    Changed(Alteration),
    /// Something has to come before the seal.
    Missing(Obstacle),
    /// The server cannot draw what the seal shows.
    Undrawn(Undrawn),
}

/// Why nothing is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undrawn {
    /// No picture was approved.
    NoPicture,
    /// There is no person's signature to lie upon.
    NoPlace,
    /// What would be drawn is not as the rules want it, or does not fit.
    Undrawable,
}

impl Lacking {
    /// A code, and the sentence in Vietnamese and in English.
    pub const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Refused(why) => (why.code(), why.vietnamese(), why.english()),
            Self::Changed(why) => (why.code(), why.vietnamese(), why.english()),
            Self::Missing(why) => (why.code(), why.vietnamese(), why.english()),
            Self::Undrawn(Undrawn::NoPicture) => (
                "no_picture",
                "Cơ quan chưa có hình con dấu được hai người duyệt.",
                "The agency has no picture of its seal that two people approved.",
            ),
            Self::Undrawn(Undrawn::NoPlace) => (
                "no_place",
                "Chữ ký của cá nhân không hiển thị, nên không có chỗ đặt con dấu.",
                "The person's signature is not shown, so the seal has no place.",
            ),
            Self::Undrawn(Undrawn::Undrawable) => (
                "undrawable",
                "Không trình bày được chữ ký của cơ quan trên tệp này theo thể thức.",
                "The agency's signature cannot be drawn on this file by the rules.",
            ),
        }
    }
}

impl From<NotReady> for Lacking {
    fn from(why: NotReady) -> Self {
        match why {
            NotReady::Refused(refusal) => Self::Refused(refusal),
            NotReady::Changed(unexplained) => Self::Changed(unexplained.alteration),
            NotReady::Missing(obstacle) => Self::Missing(obstacle),
        }
    }
}

impl From<Refusal> for Lacking {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Undrawn> for Lacking {
    fn from(why: Undrawn) -> Self {
        Self::Undrawn(why)
    }
}

impl From<Undrawable> for Lacking {
    fn from(_: Undrawable) -> Self {
        Self::Undrawn(Undrawn::Undrawable)
    }
}

impl From<NoRules> for Lacking {
    fn from(_: NoRules) -> Self {
        Self::Undrawn(Undrawn::Undrawable)
    }
}
