//! The time that a signature shows in its text, as appendices and copies have it (Decree 30/2020/NĐ-CP, appendix I, part II,
//! 9 and 10).

use lopdf::{Object, ObjectId};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::form;
use super::super::reader::Pdf;
use super::shown::Reading;

/// Operators that are read of a look: a few lines of text have a dozen.
const MOST_OPERATORS: usize = 20_000;
/// Bytes of a time with seconds and offset.
const LENGTH: usize = 25;

impl Pdf<'_> {
    /// The first time with seconds and offset (ISO 8601) that a field shows in words; none where it shows none, or its
    /// letters cannot be told.
    pub fn written_time(&self, field: &str) -> Option<OffsetDateTime> {
        let fields = form::fields(self).ok()?;
        let widget = fields.iter().find(|one| one.name == field)?.widget?;
        let words = Reading::new(self, MOST_OPERATORS).words(self.look_of(widget)?);
        let each = words.char_indices();
        let mut times = each.filter_map(|(at, _)| time(words.get(at..at.checked_add(LENGTH)?)?));
        times.next()
    }

    fn look_of(&self, widget: ObjectId) -> Option<ObjectId> {
        let looks = self.dictionary(self.dictionary_of(widget).ok()?, b"AP")?;
        looks.get(b"N").and_then(Object::as_reference).ok()
    }
}

fn time(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}
