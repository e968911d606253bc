//! A PDF as it was read: its objects by `lopdf`, its text by ourselves.

use std::collections::HashSet;

use lopdf::xref::XrefEntry;
use lopdf::{Dictionary, Document, Object, ObjectId};

use super::limits::Limits;
use super::load;
use super::packed::Packed;
use super::refusal::{Refusal, Warning};
use super::sections::{Form, Section, Sections};
use super::text::{Cursor, Kind, find};

/// Bytes of object streams that are kept unpacked.
const KEPT: usize = 64 << 20;

/// A PDF that can be signed, as far as its structure goes.
#[derive(Debug)]
pub struct Pdf<'a> {
    file: &'a [u8],
    sections: Sections,
    document: Document,
    unpacked: usize,
    packed: Packed,
    next_number: u32,
    warnings: Vec<Warning>,
}

impl<'a> Pdf<'a> {
    /// Reads a PDF, within these limits.
    ///
    /// # Errors
    ///
    /// [`Refusal`] if it is too large, encrypted, or not to be read as it is written.
    pub fn read(file: &'a [u8], limits: &Limits) -> Result<Self, Refusal> {
        if file.len() > limits.bytes {
            return Err(Refusal::TooLarge);
        }
        if !is_header(file) {
            return Err(Refusal::NotPdf);
        }
        let sections = Sections::read(file, limits)?;
        let unpacked = load::share(file, &sections, limits)?;
        let document = load::load(file, unpacked)?;
        if document.xref_recovery.is_some() || document.xref_start != sections.last.start {
            return Err(Refusal::Damaged);
        }
        if document.was_encrypted() || document.is_encrypted() {
            return Err(Refusal::Encrypted);
        }
        let mut pdf = Self {
            file,
            sections,
            document,
            unpacked,
            packed: Packed::default(),
            next_number: 0,
            warnings: Vec::new(),
        };
        pdf.count(limits.objects)?;
        Ok(pdf)
    }

    /// What validators may dislike.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    pub(crate) const fn file(&self) -> &'a [u8] {
        self.file
    }

    pub(crate) const fn document(&self) -> &Document {
        &self.document
    }

    pub(crate) const fn sections(&self) -> &Sections {
        &self.sections
    }

    /// What one stream may be unpacked to, in bytes.
    pub(crate) const fn unpacked(&self) -> usize {
        self.unpacked
    }

    /// The first object number that nothing in the file uses or names.
    pub(crate) const fn next_number(&self) -> u32 {
        self.next_number
    }

    /// The object, with references followed.
    pub(crate) fn resolve<'o>(&'o self, object: &'o Object) -> Option<&'o Object> {
        self.document
            .dereference(object)
            .ok()
            .map(|(_, object)| object)
    }

    /// What stands under a key, with references followed; null is absent.
    pub(crate) fn member<'o>(
        &'o self,
        dictionary: &'o Dictionary,
        key: &[u8],
    ) -> Option<&'o Object> {
        let object = self.resolve(dictionary.get(key).ok()?)?;
        (!object.is_null()).then_some(object)
    }

    /// The dictionary with this number.
    pub(crate) fn dictionary_of(&self, id: ObjectId) -> Result<&Dictionary, Refusal> {
        let found = self.document.get_dictionary(id);
        found.map_err(|_| Refusal::Malformed)
    }

    /// The dictionary under a key, with references followed.
    pub(crate) fn dictionary<'o>(
        &'o self,
        dictionary: &'o Dictionary,
        key: &[u8],
    ) -> Option<&'o Dictionary> {
        self.member(dictionary, key)?.as_dict().ok()
    }

    /// The array under a key, with references followed; empty if there is none.
    pub(crate) fn array<'o>(&'o self, dictionary: &'o Dictionary, key: &[u8]) -> &'o [Object] {
        let array = self
            .member(dictionary, key)
            .and_then(|array| array.as_array().ok());
        array.map_or(&[], Vec::as_slice)
    }

    /// The catalog and its number.
    pub(crate) fn catalog(&self) -> Result<(ObjectId, &Dictionary), Refusal> {
        let root = self
            .document
            .trailer
            .get(b"Root")
            .and_then(Object::as_reference);
        let root = root.map_err(|_| Refusal::Malformed)?;
        Ok((root, self.dictionary_of(root)?))
    }

    /// The text of a dictionary or array with this number, as it stands in the file or in an
    /// object stream.
    pub(crate) fn text(&self, id: ObjectId) -> Result<Vec<u8>, Refusal> {
        let text = match self.document.reference_table.get(id.0) {
            Some(XrefEntry::Normal { offset, .. }) => self.text_at(*offset, id),
            Some(XrefEntry::Compressed { container, index }) => {
                self.text_in(*container, *index, id.0)
            }
            _ => None,
        };
        text.filter(|text| self.agrees(id, text))
            .ok_or(Refusal::Malformed)
    }

    fn text_at(&self, offset: u32, id: ObjectId) -> Option<Vec<u8>> {
        let mut cursor = Cursor::new(self.file, usize::try_from(offset).ok()?);
        (cursor.object_header()? == id).then_some(())?;
        let value = cursor.value()?;
        cursor.keyword(b"endobj")?;
        Some(value.of(self.file).to_vec())
    }

    /// The dictionary of a stream, as it stands in the file, and its bytes.
    pub(crate) fn stream(&self, id: ObjectId) -> Option<(Vec<u8>, &'a [u8])> {
        let Some(XrefEntry::Normal { offset, .. }) = self.document.reference_table.get(id.0) else {
            return None;
        };
        let mut cursor = Cursor::new(self.file, usize::try_from(*offset).ok()?);
        (cursor.object_header()? == id).then_some(())?;
        let value = cursor.value()?;
        let entries = value.entries(self.file)?;
        let length = find(&entries, self.file, b"Length")?;
        let length = match length.kind {
            Kind::Reference(number, generation) => {
                let object = self.document.get_object((number, generation)).ok()?;
                u64::try_from(object.as_i64().ok()?).ok()?
            }
            _ => length.unsigned(self.file)?,
        };
        let content = cursor.content(length)?;
        Some((value.of(self.file).to_vec(), self.file.get(content)?))
    }

    /// The bytes of a stream without its filters.
    pub(crate) fn content(&self, id: ObjectId) -> Option<Vec<u8>> {
        let (_, content) = self.stream(id)?;
        let head = &self.document.get_object(id).ok()?.as_stream().ok()?.dict;
        if self.member(head, b"Filter").is_none() {
            return Some(content.to_vec());
        }
        let stream = lopdf::Stream::new(head.clone(), content.to_vec());
        stream.decompressed_content_with_limit(self.unpacked).ok()
    }

    /// An object stream begins with pairs of number and place (ISO 32000-2 §7.5.7).
    fn text_in(&self, container: u32, index: u16, number: u32) -> Option<Vec<u8>> {
        let stream = self
            .document
            .get_object((container, 0))
            .ok()?
            .as_stream()
            .ok()?;
        let unpack = || stream.decompressed_content_with_limit(self.unpacked).ok();
        let content = self.packed.content(container, KEPT, unpack)?;
        let first = self
            .resolve(stream.dict.get(b"First").ok()?)?
            .as_i64()
            .ok()?;
        let mut header = Cursor::new(&content, 0);
        for _ in 0..index {
            header.unsigned()?;
            header.unsigned()?;
        }
        (header.unsigned()? == u64::from(number)).then_some(())?;
        let place = usize::try_from(first)
            .ok()?
            .checked_add(usize::try_from(header.unsigned()?).ok()?)?;
        Some(Cursor::new(&content, place).value()?.of(&content).to_vec())
    }

    /// Whether `lopdf` read the same keys, or as many elements: two readers of one text that
    /// differ are a file to keep away from.
    fn agrees(&self, id: ObjectId, text: &[u8]) -> bool {
        let Some(value) = Cursor::new(text, 0).value() else {
            return false;
        };
        match (self.document.get_object(id), value.kind) {
            (Ok(Object::Dictionary(read)), Kind::Dictionary) => {
                value.entries(text).is_some_and(|entries| {
                    entries.len() == read.len() && entries.iter().all(|one| read.has(&one.name))
                })
            }
            (Ok(Object::Array(read)), Kind::Array) => value
                .elements(text)
                .is_some_and(|elements| elements.len() == read.len()),
            _ => false,
        }
    }

    /// Finds the numbers that are taken, and what is odd about the file.
    fn count(&mut self, most: u32) -> Result<(), Refusal> {
        let objects = usize::try_from(most).unwrap_or(usize::MAX);
        if self.document.objects.len() > objects {
            return Err(Refusal::TooManyObjects);
        }
        let named = self.references();
        let listed = self.document.reference_table.entries.keys().copied();
        let loaded = self.document.objects.keys().map(|id| id.0);
        let taken = listed.chain(loaded).chain(named.iter().map(|id| id.0));
        let taken = taken
            .chain(self.sections.all().filter_map(stream_number))
            .max();
        let sizes = self
            .sections
            .all()
            .filter_map(|one| one.number(self.file, b"Size"));
        let size = sizes.max().and_then(|size| u32::try_from(size).ok());
        let next = taken.unwrap_or(0).checked_add(1).max(size);
        self.next_number = next
            .filter(|next| *next <= most)
            .ok_or(Refusal::TooManyObjects)?;
        self.warnings = self.oddities(&named);
        Ok(())
    }

    /// What validators may dislike, given everything that is referred to.
    fn oddities(&self, named: &HashSet<ObjectId>) -> Vec<Warning> {
        let hybrid = self
            .sections
            .all()
            .any(|one| one.has(self.file, b"XRefStm"));
        let dangling = named
            .iter()
            .any(|id| !self.document.objects.contains_key(id));
        let first = self.sections.first().form;
        let gaps = matches!(first, Form::Table { subsections, .. } if subsections > 1);
        let sizes = self
            .sections
            .all()
            .map(|one| one.number(self.file, b"Size"));
        let shrunk = !sizes.is_sorted_by(|later, earlier| later >= earlier);
        let usage = self.says(b"Perms", b"UR3") || self.says(b"Perms", b"UR");
        [
            (hybrid, Warning::Hybrid),
            (dangling, Warning::Dangling),
            (gaps && self.document.linearization.is_none(), Warning::Gaps),
            (shrunk, Warning::Shrunk),
            (self.says(b"AcroForm", b"XFA"), Warning::Xfa),
            (usage, Warning::UsageRights),
        ]
        .into_iter()
        .filter_map(|(found, warning)| found.then_some(warning))
        .collect()
    }

    /// Whether a dictionary of the catalog has this key.
    fn says(&self, dictionary: &[u8], key: &[u8]) -> bool {
        let catalog = self.catalog().ok().map(|(_, catalog)| catalog);
        let found = catalog.and_then(|catalog| self.dictionary(catalog, dictionary));
        found.is_some_and(|found| self.member(found, key).is_some())
    }

    /// Everything that an object or a trailer refers to.
    fn references(&self) -> HashSet<ObjectId> {
        let mut found = HashSet::new();
        for object in self.document.objects.values() {
            load::collect(object, &mut found);
        }
        for entry in self.sections.all().flat_map(|one| &one.trailer) {
            found.extend(entry.value.references(self.file));
        }
        found
    }
}

/// `%PDF-` and a version (§7.5.2). It must come first: places are counted from here.
fn is_header(file: &[u8]) -> bool {
    matches!(
        file.strip_prefix(b"%PDF-"),
        Some([b'0'..=b'9', b'.', b'0'..=b'9', ..])
    )
}

fn stream_number(section: &Section) -> Option<u32> {
    match section.form {
        Form::Stream { number } => Some(number),
        Form::Table { .. } => None,
    }
}
