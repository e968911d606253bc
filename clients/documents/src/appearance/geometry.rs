//! Where pictures go, in numbers: points on the page as it is shown.

use crate::pdf::Place;

use super::picture::Picture;
use super::rules::Rules;
use super::{Drawn, POINTS, Undrawable};

/// The smallest and the largest width of a picture, in millimetres.
pub(super) const SMALLEST: f64 = 5.0;
pub(super) const LARGEST: f64 = 100.0;

/// The room between the line with the signer's position and the one with the name, in points as
/// in [`Place`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// The page, from 1.
    pub page: usize,
    /// The middle of both lines, from the left edge.
    pub centre: f64,
    /// The lower edge of the position, from the lower edge of the page.
    pub top: f64,
    /// The upper edge of the name.
    pub bottom: f64,
}

impl Rules {
    /// A handwritten signature of this width in millimetres, centred between position and name;
    /// smaller if the lines are too near to each other, because it need not be of real size.
    ///
    /// # Errors
    ///
    /// [`Undrawable`] for a picture of another colour or with few pixels, and for sizes that make no
    /// sense.
    pub fn person(&self, picture: &Picture, width: f64, gap: &Gap) -> Result<Drawn, Undrawable> {
        picture.check(self.person)?;
        let room = (f64::INFINITY, gap.top - gap.bottom);
        let size = fit(size(picture, width)?, room)?;
        let middle = (gap.centre, f64::midpoint(gap.top, gap.bottom));
        Ok(draw(picture, gap.page, middle, size))
    }

    /// A handwritten signature of this width in millimetres in the middle of a place that somebody chose; smaller if the
    /// place is. The signature takes no more of the place than is seen of it, since a seal goes by that.
    ///
    /// # Errors
    ///
    /// As [`Rules::person`].
    pub fn person_within(
        &self,
        picture: &Picture,
        width: f64,
        place: &Place,
    ) -> Result<Drawn, Undrawable> {
        picture.check(self.person)?;
        let size = fit(size(picture, width)?, (place.width, place.height))?;
        Ok(draw(picture, place.page, place.middle(), size))
    }

    /// The same for a field that is there already, whose size cannot be another: the drawing is as large as the field.
    ///
    /// # Errors
    ///
    /// As [`Rules::person`].
    pub fn person_in_field(
        &self,
        picture: &Picture,
        width: f64,
        field: &Place,
    ) -> Result<Drawn, Undrawable> {
        let seen = self.person_within(picture, width, field)?.place;
        let (left, bottom) = (seen.left - field.left, seen.bottom - field.bottom);
        let at = [left, bottom, seen.width, seen.height];
        Ok(Drawn {
            appearance: picture.appearance((field.width, field.height), at),
            place: *field,
        })
    }

    /// A seal of this real width in millimetres upon the left of the person's image, which is in
    /// this place. It is signed later and so lies above.
    ///
    /// # Errors
    ///
    /// [`Undrawable`] for a picture of another colour or with few pixels, and for sizes that make no
    /// sense.
    pub fn seal(&self, picture: &Picture, width: f64, person: &Place) -> Result<Drawn, Undrawable> {
        picture.check(self.seal.image)?;
        let size = size(picture, width)?;
        let right = person.left + person.width * self.seal.overlap;
        let middle = (right - size.0 / 2.0, person.middle().1);
        Ok(draw(picture, person.page, middle, size))
    }
}

/// Width and height in points.
fn size(picture: &Picture, width: f64) -> Result<(f64, f64), Undrawable> {
    let (across, down) = picture.pixels();
    let height = width * f64::from(down) / f64::from(across);
    let sane = |millimetres: f64| (SMALLEST..=LARGEST).contains(&millimetres);
    if !(sane(width) && height <= LARGEST) {
        return Err(Undrawable::Size);
    }
    Ok((width * POINTS, height * POINTS))
}

fn fit((width, height): (f64, f64), room: (f64, f64)) -> Result<(f64, f64), Undrawable> {
    let scale = (room.0 / width).min(room.1 / height).min(1.0);
    if scale * width >= SMALLEST * POINTS {
        return Ok((width * scale, height * scale));
    }
    Err(Undrawable::NoRoom)
}

fn draw(
    picture: &Picture,
    page: usize,
    (across, up): (f64, f64),
    (width, height): (f64, f64),
) -> Drawn {
    let place = Place {
        page,
        left: across - width / 2.0,
        bottom: up - height / 2.0,
        width,
        height,
    };
    Drawn {
        appearance: picture.appearance((width, height), [0.0, 0.0, width, height]),
        place,
    }
}
