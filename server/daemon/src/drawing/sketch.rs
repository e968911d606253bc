//! A signer's signature drawn into a file that came without it, by the rules of the day (Decree 30/2020/NĐ-CP, appendix
//! I, part II, 7): their handwriting, which two people approved, between their position and their name. The words are in
//! the document already, so none are drawn.

use std::fmt;

use kyso_documents::appearance::{Drawn, NoRules, Picture, Rules, Undrawable, WrongPicture};
use kyso_documents::pdf::{NoAnchor, Pdf, Place, Prepared, Refusal, Request, Reserved, Target};
use kyso_documents::seal::NotReady;
use serde::{Deserialize, Serialize};
use time::UtcOffset;
use time::macros::offset;

use super::{DRAWN, Question, Unshown};
use crate::documents;

/// Documents tell Việt Nam's time.
const VIETNAM: UtcOffset = offset!(+7);
/// What new fields are called, with a number after it.
const FIELD: &str = "KysoSigner";

/// Where the signature is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Spot {
    /// In this field, which waits.
    Field(String),
    /// In the middle of this place.
    At(Place),
    /// Above this name, and under a position.
    Above(String),
}

/// A signature that is to be drawn.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Sketch {
    /// Where.
    pub spot: Spot,
    /// Room for number and date.
    pub reserved: Option<Reserved>,
    /// The signer's name, which readers list.
    pub name: String,
    /// The approved picture, PNG; it goes to the process by itself.
    #[serde(skip)]
    pub picture: Vec<u8>,
    /// Its real width, in tenths of a millimetre.
    pub width: u16,
}

impl fmt::Debug for Sketch {
    /// Without the picture: it is somebody's handwriting.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sketch")
            .field("spot", &self.spot)
            .finish_non_exhaustive()
    }
}

impl Sketch {
    /// What is to be appended to this file.
    pub(super) fn update(&self, file: &[u8], question: &Question) -> Result<Vec<u8>, Unshown> {
        let limits = question.limits();
        let pdf = Pdf::read(file, &limits)?;
        let time = question.now.to_offset(VIETNAM);
        let drawn = self.drawn(&pdf, Rules::at(time.date())?)?;
        let request = Request {
            reserved: self.reserved,
            appearance: Some(drawn.appearance),
            hash: documents::hash(question.hash),
            name: Some(self.name.clone()),
            ..Request::new(self.target(&pdf, drawn.place)?, time)
        };
        let update = pdf.prepare(&request)?;
        bounded(&update).ok_or_else(|| Undrawable::Picture(WrongPicture::TooLarge).into())
    }

    fn drawn(&self, pdf: &Pdf<'_>, rules: &Rules) -> Result<Drawn, Unshown> {
        let picture = Picture::read(&self.picture).map_err(Undrawable::from)?;
        let width = f64::from(self.width) / 10.0;
        Ok(match &self.spot {
            Spot::Field(name) => {
                let place = pdf.shown(name)?.ok_or_else(unshown)?;
                rules.person_in_field(&picture, width, &place)?
            }
            Spot::At(place) => rules.person_within(&picture, width, place)?,
            Spot::Above(name) => rules.person(&picture, width, &pdf.gap(name)?)?,
        })
    }

    fn target(&self, pdf: &Pdf<'_>, place: Place) -> Result<Target, Refusal> {
        Ok(match &self.spot {
            Spot::Field(name) => Target::Existing { name: name.clone() },
            Spot::At(_) | Spot::Above(_) => Target::New {
                name: pdf.free_name(FIELD)?,
                place: Some(place),
            },
        })
    }
}

fn bounded(prepared: &Prepared) -> Option<Vec<u8>> {
    let update = prepared.unsigned();
    (update.len() <= DRAWN).then(|| update.to_vec())
}

fn unshown() -> Unshown {
    Unshown::of(
        "no_place",
        "Ô chữ ký không hiển thị trên trang nào.",
        "The field of the signature is shown on no page.",
    )
}

impl From<Refusal> for Unshown {
    fn from(why: Refusal) -> Self {
        NotReady::from(why).into()
    }
}

impl From<NoAnchor> for Unshown {
    fn from(why: NoAnchor) -> Self {
        Self::of(why.code(), why.vietnamese(), why.english())
    }
}

impl From<NoRules> for Unshown {
    fn from(why: NoRules) -> Self {
        let vietnamese = "Không có thể thức trình bày chữ ký nào có hiệu lực vào ngày này.";
        Self::of("no_rules", vietnamese, &why.to_string())
    }
}

impl From<Undrawable> for Unshown {
    fn from(why: Undrawable) -> Self {
        match why {
            Undrawable::NoRoom => Self::of(
                "no_room",
                "Vị trí không đủ chỗ cho hình chữ ký.",
                "The place has no room for the picture of the signature.",
            ),
            why => Self::of(
                "undrawable",
                "Không trình bày được chữ ký theo thể thức.",
                &format!("The signature cannot be drawn by the rules: {why}."),
            ),
        }
    }
}
