//! What a drawing must know of a document: how large its pages are, and where fields are shown.

use super::field::page_of;
use super::form;
use super::page::{Place, pages, rectangle};
use super::reader::Pdf;
use super::refusal::Refusal;

/// The size of a page as it is shown, in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sheet {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Pdf<'_> {
    /// The size of a page, counted from 1.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoPage`], or [`Refusal::Malformed`] if there is no tree of pages.
    pub fn sheet(&self, page: usize) -> Result<Sheet, Refusal> {
        let pages = pages(self)?;
        let index = page.checked_sub(1).ok_or(Refusal::NoPage)?;
        let (width, height) = pages.get(index).ok_or(Refusal::NoPage)?.size();
        Ok(Sheet { width, height })
    }

    /// Where the field with this full name is shown, if it is: a seal goes upon the signature
    /// before it.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoField`], or [`Refusal::Malformed`].
    pub fn shown(&self, field: &str) -> Result<Option<Place>, Refusal> {
        let fields = form::fields(self)?;
        let field = fields.iter().find(|one| one.name == field);
        let Some(widget) = field.ok_or(Refusal::NoField)?.widget else {
            return Ok(None);
        };
        let page = page_of(self, widget)?;
        let dictionary = self.document().get_dictionary(widget);
        let rectangle = dictionary.map(|widget| rectangle(self, widget, b"Rect"));
        let rectangle = rectangle.map_err(|_| Refusal::Malformed)?;
        let Some((page, rectangle)) = page.zip(rectangle) else {
            return Ok(None);
        };
        let index = pages(self)?.iter().position(|one| one.id == page.id);
        let place = index.map(|index| page.place(index.saturating_add(1), rectangle));
        Ok(place.filter(|place| place.width > 0.0 && place.height > 0.0))
    }
}
