//! The field that is signed, and how it is shown (ISO 32000-2 §12.5.5, §12.7.5.5).

use lopdf::{Object, ObjectId};

use super::form::{self, Field};
use super::lock;
use super::page::{Page, Place, Turn, decimal, pages, rectangle};
use super::reader::Pdf;
use super::refusal::Refusal;
use super::request::{Appearance, Lock, Piece, Request, Target, Template};
use super::reserve;
use super::signature::string;
use super::update::Update;

/// Printed and locked (table 167).
pub(super) const FLAGS: u32 = 132;

/// Enters the signature with this number into its field; answers what the field locks.
pub(crate) fn enter(
    pdf: &Pdf<'_>,
    update: &mut Update<'_, '_>,
    fields: &[Field<'_>],
    request: &Request,
    signature: u32,
) -> Result<Option<Lock>, Refusal> {
    let mut new = match &request.reserved {
        Some(reserved) => reserve::enter(pdf, update, fields, reserved)?,
        None => Vec::new(),
    };
    match &request.target {
        Target::New { name, place } => {
            let number = update.reserve();
            add(
                pdf,
                update,
                number,
                name,
                place.as_ref(),
                request,
                signature,
            )?;
            new.push(number);
            form::enter(pdf, update, &new)?;
            Ok(request.lock.clone())
        }
        Target::Existing { name } => {
            let field = fields.iter().find(|field| field.name == *name);
            let field = field.ok_or(Refusal::NoField)?;
            fill(pdf, update, field, request.appearance.as_ref(), signature)?;
            form::enter(pdf, update, &new)?;
            lock::of_field(pdf, field.dictionary)
        }
    }
}

/// Whether the field may be signed as far as its name and kind go.
pub(crate) fn check(pdf: &Pdf<'_>, fields: &[Field<'_>], target: &Target) -> Result<(), Refusal> {
    let named: Vec<_> = fields
        .iter()
        .filter(|field| field.name == target.name())
        .collect();
    match (target, named.as_slice()) {
        (Target::New { name, .. }, _) if !is_name(name) => Err(Refusal::FieldName),
        (Target::New { name, .. }, _) if form::is_taken(fields, name) => Err(Refusal::FieldExists),
        (Target::Existing { .. }, []) => Err(Refusal::NoField),
        (Target::Existing { .. }, [field]) if !field.is_signature => {
            Err(Refusal::NotSignatureField)
        }
        (Target::Existing { .. }, [field]) if pdf.member(field.dictionary, b"V").is_some() => {
            Err(Refusal::FieldSigned)
        }
        (Target::New { .. }, _) | (Target::Existing { .. }, [_]) => Ok(()),
        (Target::Existing { .. }, _) => Err(Refusal::Malformed),
    }
}

/// A full stop stands between the names of fields (§12.7.4.2).
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|one| one == '.' || one.is_control())
}

fn add(
    pdf: &Pdf<'_>,
    update: &mut Update<'_, '_>,
    number: u32,
    name: &str,
    place: Option<&Place>,
    request: &Request,
    signature: u32,
) -> Result<(), Refusal> {
    let pages = pages(pdf)?;
    let index = place.map_or(Some(0), |place| place.page.checked_sub(1));
    let page = index
        .and_then(|index| pages.get(index))
        .ok_or(Refusal::NoPage)?;
    let rectangle = place.map_or(Ok([0.0; 4]), |place| page.rectangle(place))?;
    let mut more = String::new();
    if place.is_some() {
        let size = page.turn.size(rectangle);
        let form = draw(update, request.appearance.as_ref(), size, page.turn)?;
        more = format!(" /AP << /N {form} 0 R >>");
    }
    if let Some(lock) = &request.lock {
        // It must be an object of its own (table 235).
        let lock_number = update.reserve();
        let text = format!("<< /Type /SigFieldLock {} >>", lock.text());
        update.add(lock_number, text.into_bytes());
        more = format!("{more} /Lock {lock_number} 0 R");
    }
    let corners = rectangle.map(decimal).join(" ");
    let (page_number, generation) = page.id;
    let text = format!(
        "<< /Type /Annot /Subtype /Widget /FT /Sig /T {} /F {FLAGS} /Rect [{corners}] \
         /P {page_number} {generation} R /V {signature} 0 R{more} >>",
        string(name)
    );
    update.add(number, text.into_bytes());
    let (_, page_text) = update.open(page.id)?;
    update.append(page.id, &page_text, "Annots", number);
    Ok(())
}

fn fill(
    pdf: &Pdf<'_>,
    update: &mut Update<'_, '_>,
    field: &Field<'_>,
    appearance: Option<&Appearance>,
    signature: u32,
) -> Result<(), Refusal> {
    let (_, text) = update.open(field.id)?;
    update.set(field.id, &text, "V", format!("{signature} 0 R").as_bytes())?;
    let Some(widget) = field.widget else {
        return Ok(());
    };
    let dictionary = pdf.dictionary_of(widget)?;
    let shown = rectangle(pdf, dictionary, b"Rect").ok_or(Refusal::Malformed)?;
    if shown[0] >= shown[2] || shown[1] >= shown[3] {
        return Ok(());
    }
    let page = page_of(pdf, widget)?;
    let turn = page.map_or(Turn::None, |page| page.turn);
    let form = draw(update, appearance, turn.size(shown), turn)?;
    let (_, text) = update.open(widget)?;
    update.set(
        widget,
        &text,
        "AP",
        format!("<< /N {form} 0 R >>").as_bytes(),
    )
}

/// The page that shows the widget: by the widget's own word, else by the page's.
pub(crate) fn page_of(pdf: &Pdf<'_>, widget: ObjectId) -> Result<Option<Page>, Refusal> {
    let dictionary = pdf.dictionary_of(widget)?;
    let named = dictionary.get(b"P").and_then(Object::as_reference).ok();
    let found = pages(pdf)?.into_iter().find(|page| {
        Some(page.id) == named || {
            let page = pdf.document().get_dictionary(page.id);
            let annotations = page
                .map(|page| pdf.array(page, b"Annots"))
                .unwrap_or_default();
            annotations.contains(&Object::Reference(widget))
        }
    });
    Ok(found)
}

/// Writes the drawing; a field that is shown must have one, if only an empty one (PDF/A).
pub(super) fn draw(
    update: &mut Update<'_, '_>,
    appearance: Option<&Appearance>,
    (width, height): (f64, f64),
    turn: Turn,
) -> Result<u32, Refusal> {
    let empty = Appearance {
        width,
        height,
        ..Appearance::default()
    };
    let appearance = appearance.unwrap_or(&empty);
    let form = update.reserve();
    let numbers: Vec<u32> = appearance
        .objects
        .iter()
        .map(|_| update.reserve())
        .collect();
    for (number, object) in numbers.iter().zip(&appearance.objects) {
        update.add(*number, object.write(&numbers)?);
    }
    update.add(form, drawing(appearance, &numbers, turn)?);
    Ok(form)
}

/// A drawing as a form `XObject`, whose objects have these numbers.
pub(super) fn drawing(
    appearance: &Appearance,
    numbers: &[u32],
    turn: Turn,
) -> Result<Vec<u8>, Refusal> {
    let mut resources = appearance.resources.write(numbers)?;
    if resources.is_empty() {
        resources = b"<< >>".to_vec();
    }
    let head = format!(
        "<< /Type /XObject /Subtype /Form /BBox [0 0 {} {}] /Matrix [{} 0 0] /Length {} /Resources ",
        decimal(appearance.width),
        decimal(appearance.height),
        turn.matrix(),
        appearance.content.len()
    );
    let parts = [
        head.as_bytes(),
        &resources,
        b" >>\nstream\n",
        &appearance.content,
        b"\nendstream",
    ];
    Ok(parts.concat())
}

impl Template {
    pub(super) fn write(&self, numbers: &[u32]) -> Result<Vec<u8>, Refusal> {
        let mut text = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Bytes(bytes) => text.extend_from_slice(bytes),
                Piece::Reference(place) => {
                    let number = numbers.get(*place).ok_or(Refusal::Malformed)?;
                    text.extend_from_slice(format!("{number} 0 R").as_bytes());
                }
            }
        }
        Ok(text)
    }
}
