//! One incremental update: objects that are new or changed, and the section that lists them
//! (ISO 32000-2 §7.5.6). Not one byte of what was there is written again.

use std::collections::BTreeMap;

use lopdf::ObjectId;

use super::reader::Pdf;
use super::refusal::Refusal;
use super::sections::Form;
use super::text::{Cursor, Kind, Value, find, hexadecimal};

/// Keys of a trailer that speak of one section only.
pub(super) const OF_ONE_SECTION: [&[u8]; 14] = [
    b"Size",
    b"Prev",
    b"XRefStm",
    b"ID",
    b"Type",
    b"Index",
    b"W",
    b"Length",
    b"Filter",
    b"DecodeParms",
    b"F",
    b"FFilter",
    b"FDecodeParms",
    b"DL",
];

/// An object that is changed: its text, and what goes in at which place.
#[derive(Debug)]
struct Change {
    text: Vec<u8>,
    pieces: Vec<(std::ops::Range<usize>, Vec<u8>)>,
}

/// The objects of an update, by number.
#[derive(Debug)]
pub(crate) struct Update<'p, 'a> {
    pdf: &'p Pdf<'a>,
    changed: BTreeMap<ObjectId, Change>,
    new: BTreeMap<u32, Vec<u8>>,
    /// What is appended to the array under a key of the dictionary that begins there in an object.
    appended: BTreeMap<(ObjectId, usize, &'static str), (Value, Vec<u32>)>,
    next: u32,
}

impl<'p, 'a> Update<'p, 'a> {
    pub(crate) const fn new(pdf: &'p Pdf<'a>) -> Self {
        Self {
            pdf,
            changed: BTreeMap::new(),
            new: BTreeMap::new(),
            appended: BTreeMap::new(),
            next: pdf.next_number(),
        }
    }

    /// A number for a new object.
    pub(crate) const fn reserve(&mut self) -> u32 {
        let number = self.next;
        self.next = number.saturating_add(1);
        number
    }

    pub(crate) fn add(&mut self, number: u32, body: Vec<u8>) {
        self.new.insert(number, body);
    }

    /// The text of an object that will be changed, with its value.
    pub(crate) fn open(&mut self, id: ObjectId) -> Result<(Vec<u8>, Value), Refusal> {
        let text = match self.changed.get(&id) {
            Some(change) => change.text.clone(),
            None => self.pdf.text(id)?,
        };
        let value = Cursor::new(&text, 0).value().ok_or(Refusal::Malformed)?;
        self.changed.entry(id).or_insert_with(|| Change {
            text: text.clone(),
            pieces: Vec::new(),
        });
        Ok((text, value))
    }

    /// Puts these bytes in place of a part of the object's original text.
    pub(crate) fn replace(&mut self, id: ObjectId, part: std::ops::Range<usize>, with: &[u8]) {
        if let Some(change) = self.changed.get_mut(&id) {
            change.pieces.push((part, with.to_vec()));
        }
    }

    /// Gives a key of a dictionary in the object this value, whether it is there or not.
    pub(crate) fn set(
        &mut self,
        id: ObjectId,
        dictionary: &Value,
        key: &str,
        value: &[u8],
    ) -> Result<(), Refusal> {
        let (text, _) = self.open(id)?;
        let entries = dictionary.entries(&text).ok_or(Refusal::Malformed)?;
        let there = entries.iter().find(|one| one.name == key.as_bytes());
        if let Some(entry) = there {
            let spaced = [b" ", value].concat();
            self.replace(id, entry.value.span.clone(), &spaced);
        } else {
            let entry = [b"/", key.as_bytes(), b" ", value].concat();
            self.insert_last(id, dictionary, &entry);
        }
        Ok(())
    }

    /// Puts bytes before the closing bracket.
    pub(crate) fn insert_last(&mut self, id: ObjectId, within: &Value, bytes: &[u8]) {
        let end = within.end_inside();
        self.replace(id, end..end, &[b" ", bytes].concat());
    }

    /// Appends a reference to the array under a key, wherever that array stands. All of one array
    /// are written together: it may have to be made.
    pub(crate) fn append(
        &mut self,
        id: ObjectId,
        dictionary: &Value,
        key: &'static str,
        reference: u32,
    ) {
        let place = (id, dictionary.span.start, key);
        let none = || (dictionary.clone(), Vec::new());
        self.appended
            .entry(place)
            .or_insert_with(none)
            .1
            .push(reference);
    }

    fn append_all(
        &mut self,
        id: ObjectId,
        dictionary: &Value,
        key: &str,
        references: &[u32],
    ) -> Result<(), Refusal> {
        let (text, _) = self.open(id)?;
        let entries = dictionary.entries(&text).ok_or(Refusal::Malformed)?;
        let reference = written(references);
        match find(&entries, &text, key.as_bytes()) {
            None => self.set(id, dictionary, key, format!("[{reference}]").as_bytes()),
            Some(array) if array.kind == Kind::Array => {
                self.insert_last(id, array, reference.as_bytes());
                Ok(())
            }
            Some(value) => match value.kind {
                Kind::Reference(number, generation) => {
                    self.append_there((number, generation), id, dictionary, key, &reference)
                }
                _ => Err(Refusal::Malformed),
            },
        }
    }

    /// As [`append`](Self::append), for an array that is an object of its own; one that is missing
    /// counts as null and is made here.
    fn append_there(
        &mut self,
        array: ObjectId,
        id: ObjectId,
        dictionary: &Value,
        key: &str,
        reference: &str,
    ) -> Result<(), Refusal> {
        if self
            .pdf
            .document()
            .get_object(array)
            .map_or(true, lopdf::Object::is_null)
        {
            return self.set(id, dictionary, key, format!("[{reference}]").as_bytes());
        }
        let (_, value) = self.open(array)?;
        if value.kind != Kind::Array {
            return Err(Refusal::Malformed);
        }
        self.insert_last(array, &value, reference.as_bytes());
        Ok(())
    }

    /// Writes everything after a file of this length.
    pub(crate) fn write(mut self, identifier: &[u8; 16]) -> Result<Written, Refusal> {
        for ((id, _, key), (dictionary, references)) in std::mem::take(&mut self.appended) {
            self.append_all(id, &dictionary, key, &references)?;
        }
        let pdf = self.pdf;
        let mut out = Written::after(pdf.file());
        let mut next = self.next;
        for (id, change) in self.changed {
            if !change.pieces.is_empty() {
                out.object(id, &change.apply())?;
            }
        }
        for (number, body) in self.new {
            out.object((number, 0), &body)?;
        }
        match pdf.sections().last.form {
            Form::Table { .. } => out.table(pdf, next, identifier)?,
            Form::Stream { .. } => {
                let number = next;
                next = number.saturating_add(1);
                out.stream(pdf, number, next, identifier)?;
            }
        }
        Ok(out)
    }
}

impl Change {
    /// Pieces are put in from the last to the first, so that places stay right; those at one place
    /// keep their order.
    fn apply(mut self) -> Vec<u8> {
        self.pieces.sort_by_key(|(part, _)| (part.start, part.end));
        let mut out = Vec::with_capacity(self.text.len());
        let mut from = 0;
        for (part, with) in self.pieces {
            out.extend_from_slice(self.text.get(from..part.start).unwrap_or_default());
            out.extend_from_slice(&with);
            from = part.end;
        }
        out.extend_from_slice(self.text.get(from..).unwrap_or_default());
        out
    }
}

/// The bytes of an update as they are written.
#[derive(Debug)]
pub(crate) struct Written {
    /// Length of the file that they follow.
    before: usize,
    bytes: Vec<u8>,
    /// Where each object begins, in the whole file.
    places: BTreeMap<ObjectId, u32>,
}

impl Written {
    /// A file that ends without an end of line gets one; after a lone CR another CR, because LF
    /// would make one end of line of the two and belong to what was signed before.
    fn after(file: &[u8]) -> Self {
        let bytes = match file.last() {
            Some(b'\n') => vec![],
            Some(b'\r') => vec![b'\r'],
            _ => vec![b'\n'],
        };
        Self {
            before: file.len(),
            bytes,
            places: BTreeMap::new(),
        }
    }

    /// Where the body of a new object begins, in the update.
    pub(crate) fn body(&self, id: ObjectId) -> Option<usize> {
        let place = usize::try_from(*self.places.get(&id)?).ok()?;
        place
            .checked_sub(self.before)?
            .checked_add(header(id).len())
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn place(&self) -> Result<u32, Refusal> {
        let place = self.before.saturating_add(self.bytes.len());
        u32::try_from(place).map_err(|_| Refusal::TooLarge)
    }

    fn object(&mut self, id: ObjectId, body: &[u8]) -> Result<(), Refusal> {
        let place = self.place()?;
        self.places.insert(id, place);
        self.text(&header(id));
        self.bytes.extend_from_slice(body);
        self.text("\nendobj\n");
        Ok(())
    }

    fn text(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Runs of numbers that follow each other.
    fn runs(&self) -> Vec<Vec<(ObjectId, u32)>> {
        let mut runs: Vec<Vec<(ObjectId, u32)>> = Vec::new();
        for (id, place) in &self.places {
            let follows = |run: &&mut Vec<(ObjectId, u32)>| {
                run.last()
                    .is_some_and(|(last, _)| last.0.checked_add(1) == Some(id.0))
            };
            match runs.last_mut().filter(follows) {
                Some(run) => run.push((*id, *place)),
                None => runs.push(vec![(*id, *place)]),
            }
        }
        runs
    }

    fn table(&mut self, pdf: &Pdf<'_>, size: u32, identifier: &[u8; 16]) -> Result<(), Refusal> {
        let start = self.place()?;
        self.text("xref\n");
        for run in self.runs() {
            let first = run.first().map_or(0, |(id, _)| id.0);
            self.text(&format!("{first} {}\n", run.len()));
            for (id, place) in run {
                self.text(&format!("{place:010} {:05} n \n", id.1));
            }
        }
        self.text("trailer\n<<");
        self.trailer(pdf, size, identifier);
        self.text(" >>\n");
        self.end(start);
        Ok(())
    }

    /// A cross-reference stream lists itself as well (ISO 32000-2 §7.5.8). It is not compressed:
    /// there is not enough of it.
    fn stream(
        &mut self,
        pdf: &Pdf<'_>,
        number: u32,
        size: u32,
        identifier: &[u8; 16],
    ) -> Result<(), Refusal> {
        let start = self.place()?;
        self.places.insert((number, 0), start);
        let runs = self.runs();
        let index: Vec<String> = runs
            .iter()
            .filter_map(|run| Some(format!("{} {}", run.first()?.0.0, run.len())))
            .collect();
        let entries: Vec<u8> = runs.iter().flatten().flat_map(entry).collect();
        self.text(&format!(
            "{number} 0 obj\n<< /Type /XRef /W [1 4 2] /Index [{}]",
            index.join(" ")
        ));
        self.text(&format!(" /Length {}", entries.len()));
        self.trailer(pdf, size, identifier);
        self.text(" >>\nstream\n");
        self.bytes.extend_from_slice(&entries);
        self.text("\nendstream\nendobj\n");
        self.end(start);
        Ok(())
    }

    /// What the last trailer says of the whole file, as it says it.
    fn trailer(&mut self, pdf: &Pdf<'_>, size: u32, identifier: &[u8; 16]) {
        let last = &pdf.sections().last;
        for entry in &last.trailer {
            if !OF_ONE_SECTION.contains(&entry.name.as_slice()) {
                self.text(" ");
                self.bytes.extend_from_slice(entry.key.of(pdf.file()));
                self.text(" ");
                self.bytes.extend_from_slice(entry.value.of(pdf.file()));
            }
        }
        let first = find(&last.trailer, pdf.file(), b"ID").and_then(|id| id.elements(pdf.file()));
        // The first part names the document for ever, the second this revision (§14.4).
        if let Some([first, _]) = first.as_deref() {
            self.text(" /ID [");
            self.bytes.extend_from_slice(first.of(pdf.file()));
            self.text(&format!(" <{}>]", hexadecimal(identifier)));
        }
        self.text(&format!(" /Size {size} /Prev {}", last.start));
    }

    fn end(&mut self, start: u32) {
        self.text(&format!("startxref\n{start}\n%%EOF\n"));
    }
}

/// References with spaces between them.
pub(crate) fn written(references: &[u32]) -> String {
    let references: Vec<String> = references
        .iter()
        .map(|number| format!("{number} 0 R"))
        .collect();
    references.join(" ")
}

fn header(id: ObjectId) -> String {
    format!("{} {} obj\n", id.0, id.1)
}

/// Kind, place and generation, big-endian (ISO 32000-2 table 18).
fn entry((id, place): &(ObjectId, u32)) -> Vec<u8> {
    [&[1][..], &place.to_be_bytes(), &id.1.to_be_bytes()].concat()
}
