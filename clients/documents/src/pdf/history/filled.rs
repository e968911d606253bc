//! Number and date, which must show what they say.

use lopdf::ObjectId;

use crate::appearance::Rules;
use crate::numbering::{Number, date_in_words, date_of_words};

use super::super::field::{drawing, page_of};
use super::super::form::Field;
use super::super::page::{Turn, rectangle};
use super::super::reader::Pdf;
use super::super::request::Appearance;
use super::super::reserve::{Reserved, value};
use super::Change;
use super::alteration::Alteration;
use super::appended::plain;
use super::node::Node;
use super::step::{Outcome, Step};

impl Step<'_, '_> {
    /// A field that was kept for number or date gets a value and the look of that value.
    pub(super) fn filled(&mut self, field: &Field<'_>) -> Outcome {
        let broken = Alteration::Filled.of(field.id);
        if field.widget != Some(field.id) {
            return Err(broken);
        }
        let part = self.changed(field.id, &[b"V", b"AP"])?;
        let dictionary = self.new.dictionary_of(field.id).map_err(|_| broken)?;
        let text = value(self.new, dictionary).ok_or(broken)?;
        let look = part.child(self.new, b"AP").ok_or(broken)?;
        let form = look.node().member(b"N").and_then(|node| node.reference());
        let form = form.filter(|form| self.is_added(*form) && look.has_only(&[b"N"]));
        let form = form.ok_or(broken)?;
        if !shows(self.new, field.id, &field.name, &text, form).unwrap_or(false) {
            return Err(broken);
        }
        self.changes.push(Change::Filled {
            field: field.name.clone(),
            text,
        });
        Ok(())
    }
}

/// Whether a drawing is the one that this library makes of a text.
pub(in crate::pdf) fn shows(
    pdf: &Pdf<'_>,
    field: ObjectId,
    name: &str,
    text: &str,
    form: ObjectId,
) -> Option<bool> {
    let page = page_of(pdf, field).ok()?;
    let (turn, unit) = page.map_or((Turn::None, 1.0), |page| (page.turn, page.unit));
    let shown = rectangle(pdf, pdf.dictionary_of(field).ok()?, b"Rect")?;
    let (width, height) = turn.size(shown);
    let appearance = look(name, text, width * unit, height * unit)?;
    let count = u32::try_from(appearance.objects.len()).ok()?;
    let numbers: Vec<u32> = (1..=count)
        .map(|place| form.0.saturating_add(place))
        .collect();
    let head = drawing(&appearance, &numbers, turn).ok()?;
    let mut expected = vec![(form.0, head)];
    for (number, object) in numbers.iter().zip(&appearance.objects) {
        expected.push((*number, object.write(&numbers).ok()?));
    }
    let mut all = expected.iter();
    Some(all.all(|(number, text)| is_as(pdf, (*number, 0), text).unwrap_or(false)))
}

/// The look of a number or a date, if the text is one.
fn look(name: &str, text: &str, width: f64, height: f64) -> Option<Appearance> {
    // The look has been the same since there are rules for it.
    let rules = Rules::newest();
    let line = if name == Reserved::NUMBER {
        let number: Number = text.parse().ok()?;
        (number.to_string() == text).then_some(rules.number)?
    } else {
        let date = date_of_words(text).ok()?;
        (date_in_words(date) == text).then_some(rules.date)?
    };
    line.set(text, width, height).ok()
}

/// Whether an object is as this text, its content unpacked.
fn is_as(pdf: &Pdf<'_>, id: ObjectId, expected: &[u8]) -> Option<bool> {
    const PACKING: [&[u8]; 3] = [b"Length", b"Filter", b"DecodeParms"];
    let wanted = Node::parse(expected)?;
    let Some(content) = wanted.content() else {
        let text = pdf.text(id).ok()?;
        return Some(Node::parse(&text)?.same(&wanted));
    };
    let (text, found) = pdf.stream(id)?;
    let head = Node::parse(&text)?;
    let mut differing = head.differing(&wanted)?.into_iter();
    let same = differing.all(|key| PACKING.contains(&key.as_slice()));
    let most = pdf.unpacked();
    Some(same && plain(&head, found, most)? == plain(&wanted, content, most)?)
}
