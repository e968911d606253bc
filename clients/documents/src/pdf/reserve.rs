//! Fields for number and date: empty in the revision that is signed first, filled later without a
//! change to anything else (ISO 32000-2 §12.7.5.3).

use lopdf::{Dictionary, decode_text_string};

use super::field::{FLAGS, draw, page_of};
use super::form::{self, Field};
use super::guard;
use super::history::shows;
use super::page::{Place, decimal, pages, rectangle};
use super::reader::Pdf;
use super::refusal::Refusal;
use super::request::Appearance;
use super::sign::identifier;
use super::signature::string;
use super::update::Update;

/// Places for number and date, which the first signature leaves open and a later one locks.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "verify", derive(serde::Serialize, serde::Deserialize))]
pub struct Reserved {
    /// Where the number with its symbol goes.
    pub number: Place,
    /// Where the date goes.
    pub date: Place,
}

impl Reserved {
    /// Name of the field for the number.
    pub const NUMBER: &'static str = "KysoNumber";
    /// Name of the field for the date.
    pub const DATE: &'static str = "KysoDate";

    const fn places(&self) -> [(&'static str, Place); 2] {
        [(Self::NUMBER, self.number), (Self::DATE, self.date)]
    }
}

/// A text field with what is written into it.
#[derive(Clone, Debug, PartialEq)]
pub struct TextField<'a> {
    /// Its full name.
    pub name: &'a str,
    /// The value.
    pub text: String,
    /// How the value is shown.
    pub appearance: Appearance,
}

/// Nobody types into it (table 227): what is written is drawn with it.
const READ_ONLY: u32 = 1;

/// Enters the fields; only the first signature can have them under it.
pub(super) fn enter(
    pdf: &Pdf<'_>,
    update: &mut Update<'_, '_>,
    fields: &[Field<'_>],
    reserved: &Reserved,
) -> Result<Vec<u32>, Refusal> {
    if fields.iter().any(|field| field.signature(pdf).is_some()) {
        return Err(Refusal::ReservedLate);
    }
    let entered = reserved.places().map(|(name, place)| {
        if form::is_taken(fields, name) {
            return Err(Refusal::FieldExists);
        }
        add(pdf, update, name, &place)
    });
    entered.into_iter().collect()
}

/// An empty field with an empty drawing. Its state has a name, which no reader needs because there
/// is one drawing; but a validator that follows changes takes a drawing without a state for one
/// that changes with every later revision.
fn add(
    pdf: &Pdf<'_>,
    update: &mut Update<'_, '_>,
    name: &str,
    place: &Place,
) -> Result<u32, Refusal> {
    let pages = pages(pdf)?;
    let index = place.page.checked_sub(1).ok_or(Refusal::NoPage)?;
    let page = pages.get(index).ok_or(Refusal::NoPage)?;
    let rectangle = page.rectangle(place)?;
    let number = update.reserve();
    let form = draw(update, None, page.turn.size(rectangle), page.turn)?;
    let corners = rectangle.map(decimal).join(" ");
    let text = format!(
        "<< /Type /Annot /Subtype /Widget /FT /Tx /T {} /Ff {READ_ONLY} /F {FLAGS} \
         /Rect [{corners}] /P {} {} R /DA (/TiRo 13 Tf 0 g) /AS /N /AP << /N {form} 0 R >> >>",
        string(name),
        page.id.0,
        page.id.1
    );
    update.add(number, text.into_bytes());
    let (_, page_text) = update.open(page.id)?;
    update.append(page.id, &page_text, "Annots", number);
    Ok(number)
}

/// The text in a field, if there is any.
pub(super) fn value(pdf: &Pdf<'_>, field: &Dictionary) -> Option<String> {
    let text = decode_text_string(pdf.member(field, b"V")?).ok()?;
    (!text.is_empty()).then_some(text)
}

/// Whether readers and printers show a field, all of them and always: printed (table 167, bit 3), neither invisible
/// (1), hidden (2) nor without a view (6, 9), and in no layer that can be switched off.
fn is_printed(pdf: &Pdf<'_>, field: &Dictionary) -> bool {
    const PRINT: i64 = 1 << 2;
    const UNSEEN: i64 = 1 | 1 << 1 | 1 << 5 | 1 << 8;
    let flags = pdf
        .member(field, b"F")
        .and_then(|flags| flags.as_i64().ok());
    let shown = flags.is_some_and(|flags| flags & PRINT != 0 && flags & UNSEEN == 0);
    shown && pdf.member(field, b"OC").is_none()
}

impl Pdf<'_> {
    /// Width and height, as they are seen, of a text field that is empty; in points.
    ///
    /// # Errors
    ///
    /// [`Refusal`] if there is no such field, or it is no empty text field that is shown.
    pub fn waiting(&self, name: &str) -> Result<(f64, f64), Refusal> {
        let fields = form::fields(self)?;
        self.waiting_in(&fields, name)?;
        let place = self.shown(name)?.ok_or(Refusal::NotReserved)?;
        Ok((place.width, place.height))
    }

    fn waiting_in<'f, 'p>(
        &self,
        fields: &'f [Field<'p>],
        name: &str,
    ) -> Result<&'f Field<'p>, Refusal> {
        let named: Vec<_> = fields.iter().filter(|field| field.name == name).collect();
        let [field] = named.as_slice() else {
            return Err(Refusal::NoField);
        };
        let kind = self.member(field.dictionary, b"FT");
        let is_text = kind.is_some_and(|kind| kind.as_name().is_ok_and(|kind| kind == b"Tx"));
        if !is_text || field.widget != Some(field.id) || !is_printed(self, field.dictionary) {
            return Err(Refusal::NotReserved);
        }
        if self.member(field.dictionary, b"V").is_some() {
            return Err(Refusal::FieldFilled);
        }
        Ok(field)
    }

    /// The text in a text field, empty if it waits; none if there is no such field.
    ///
    /// # Errors
    ///
    /// [`Refusal::Malformed`] if the form cannot be read.
    pub fn text_of(&self, name: &str) -> Result<Option<String>, Refusal> {
        let fields = form::fields(self)?;
        let mut named = fields.iter().filter(|field| field.name == name);
        let (first, second) = (named.next(), named.next());
        if second.is_some() {
            return Err(Refusal::Malformed);
        }
        let text = first.map(|field| value(self, field.dictionary).unwrap_or_default());
        Ok(text)
    }

    /// Whether a text field that is filled shows its text, and nothing else: as this library draws number and date.
    ///
    /// # Errors
    ///
    /// [`Refusal`] if the form cannot be read.
    #[cfg(feature = "verify")]
    pub(crate) fn shows_text(&self, name: &str) -> Result<bool, Refusal> {
        let fields = form::fields(self)?;
        let named = fields.iter().find(|field| field.name == name);
        let shows = |field: &Field<'_>| {
            let text = value(self, field.dictionary)?;
            let look = self.dictionary(field.dictionary, b"AP")?;
            let form = look.get(b"N").ok()?.as_reference().ok()?;
            shows(self, field.id, name, &text, form)
        };
        Ok(named.and_then(shows).unwrap_or(false))
    }

    /// What has to be appended to the file so that these empty text fields are filled.
    ///
    /// # Errors
    ///
    /// [`Refusal`] if a field is not there, filled already, or locked by a signature.
    pub fn fill(&self, texts: &[TextField<'_>]) -> Result<Vec<u8>, Refusal> {
        let fields = form::fields(self)?;
        let mut update = Update::new(self);
        for text in texts {
            guard::check(self, &fields, text.name, false)?;
            let field = self.waiting_in(&fields, text.name)?;
            self.fill_one(&mut update, field, text)?;
        }
        let what: Vec<&[u8]> = texts.iter().map(|one| one.text.as_bytes()).collect();
        let identifier = identifier(self.file(), &what.concat());
        Ok(update.write(&identifier)?.into_bytes())
    }

    fn fill_one(
        &self,
        update: &mut Update<'_, '_>,
        field: &Field<'_>,
        text: &TextField<'_>,
    ) -> Result<(), Refusal> {
        let page = page_of(self, field.id)?.ok_or(Refusal::Malformed)?;
        let shown = rectangle(self, field.dictionary, b"Rect").ok_or(Refusal::Malformed)?;
        let form = draw(
            update,
            Some(&text.appearance),
            page.turn.size(shown),
            page.turn,
        )?;
        let (_, dictionary) = update.open(field.id)?;
        let value = string(&text.text);
        update.set(field.id, &dictionary, "V", value.as_bytes())?;
        let drawing = format!("<< /N {form} 0 R >>");
        update.set(field.id, &dictionary, "AP", drawing.as_bytes())
    }
}
