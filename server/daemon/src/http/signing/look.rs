//! Where a system wants the server to draw a signer's signature.

use kyso_api::management as wire;
use kyso_core::model::{Owner, Person};
use kyso_documents::appearance::POINTS;
use kyso_documents::pdf::{Place, Reserved};

use super::approved::Approved;
use crate::drawing::{Sketch, Spot};
use crate::http::desk::Desk;
use crate::http::error::Problem;
use crate::http::management::read;

/// Longest name of a person or a field, in bytes.
const NAME: usize = 200;

/// Where one signature goes, and the room for number and date.
#[derive(Debug)]
pub struct Look {
    /// `None` for the signer's registered name.
    spot: Option<Spot>,
    reserved: Option<Reserved>,
}

/// One for each file, or none at all.
///
/// # Errors
/// `invalid_field` naming `compose`.
pub fn looks(wanted: &wire::NewApproval) -> Result<Vec<Look>, Problem> {
    let compose = &wanted.compose;
    if !compose.is_empty() && compose.len() != wanted.files.len() {
        return Err(wrong());
    }
    compose.iter().map(Look::read).collect()
}

fn wrong() -> Problem {
    Problem::field("compose")
}

impl Look {
    fn read(wanted: &wire::Composition) -> Result<Self, Problem> {
        let name = |text: &String| read::text(text, "compose", NAME);
        let field = wanted.field.as_ref().map(name).transpose()?;
        let above = wanted.signer_name.as_ref().map(name).transpose()?;
        let spot = match (field, wanted.at, above) {
            (Some(field), None, None) => Some(Spot::Field(field)),
            (None, Some(at), None) => Some(Spot::At(place(at)?)),
            (None, None, above) => above.map(Spot::Above),
            _ => return Err(wrong()),
        };
        let reserved = match (wanted.number_at, wanted.date_at) {
            (Some(number), Some(date)) => Some(Reserved {
                number: place(number)?,
                date: place(date)?,
            }),
            (None, None) => None,
            _ => return Err(wrong()),
        };
        Ok(Self { spot, reserved })
    }

    /// With whose it is and what it shows.
    pub(super) fn sketch(self, person: &Person, approved: &Approved) -> Sketch {
        let own = || Spot::Above(person.name.clone());
        Sketch {
            spot: self.spot.unwrap_or_else(own),
            reserved: self.reserved,
            name: person.name.clone(),
            picture: approved.png.clone(),
            width: approved.width,
        }
    }
}

fn place(spot: wire::Spot) -> Result<Place, Problem> {
    let points = |tenths: u32| f64::from(tenths) / 10.0 * POINTS;
    Ok(Place {
        page: usize::try_from(spot.page).map_err(|_| wrong())?,
        left: points(spot.left),
        bottom: points(spot.bottom),
        width: points(spot.width),
        height: points(spot.height),
    })
}

/// The picture of the signer's handwriting. The rules want one where a person signs, and no words in its place
/// (appendix I, part II, 7), so without one nothing is drawn.
///
/// # Errors
/// `invalid_field` naming `compose` if there is none.
pub(super) async fn handwriting(desk: &Desk, person: &Person) -> Result<Approved, Problem> {
    let approved = Approved::of(desk, Owner::Person(person.id)).await?;
    approved.ok_or_else(|| {
        wrong().saying(
            "compose: no_picture: Người ký chưa có hình chữ ký được hai người duyệt.".to_owned(),
            "compose: no_picture: The signer has no picture of their handwriting that two people approved."
                .to_owned(),
        )
    })
}
