//! The cross-reference sections of a file, from the last to the first (ISO 32000-2 §7.5.4–§7.5.8).
//!
//! What they list is read by `lopdf`; here is what the next section must agree with: the form, the
//! trailer as it stands, and which object numbers are taken.

use std::collections::HashSet;

use super::limits::Limits;
use super::refusal::Refusal;
use super::text::{Cursor, Entry, find, is_space};

/// How far before the end `startxref` is looked for, in bytes.
const TAIL: usize = 2048;

/// The largest trailer, in bytes; most have a hundred.
const MAX_TRAILER: usize = 64 << 10;

/// How a section lists its objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As text, in this many subsections.
    Table {
        subsections: usize,
        /// Objects in all of them.
        entries: u64,
    },
    /// As a stream, which is the object with this number.
    Stream { number: u32 },
}

/// One section with its trailer.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    /// Where it begins.
    pub(crate) start: usize,
    pub(crate) form: Form,
    pub(crate) trailer: Vec<Entry>,
}

impl Section {
    /// A whole number of the trailer.
    pub(crate) fn number(&self, file: &[u8], name: &[u8]) -> Option<u64> {
        find(&self.trailer, file, name)?.unsigned(file)
    }

    /// Bytes that a stream of entries is unpacked to: their number times their width.
    pub(crate) fn unpacked(&self, file: &[u8]) -> Option<usize> {
        let numbers = |name| -> Option<Vec<u64>> {
            let array = find(&self.trailer, file, name)?.elements(file)?;
            array.iter().map(|one| one.unsigned(file)).collect()
        };
        let width = numbers(b"W")?.into_iter().fold(0, u64::saturating_add);
        let counts = numbers(b"Index").map(|index| index.into_iter().skip(1).step_by(2).collect());
        let counts: Vec<u64> = counts.or_else(|| Some(vec![self.number(file, b"Size")?]))?;
        let entries = counts.into_iter().fold(0, u64::saturating_add);
        usize::try_from(entries.saturating_mul(width)).ok()
    }

    const fn entries(&self) -> u64 {
        match self.form {
            Form::Table { entries, .. } => entries,
            Form::Stream { .. } => 0,
        }
    }

    pub(crate) fn has(&self, file: &[u8], name: &[u8]) -> bool {
        find(&self.trailer, file, name).is_some()
    }
}

/// All sections, the last first; there is at least one.
#[derive(Clone, Debug)]
pub(crate) struct Sections {
    pub(crate) last: Section,
    pub(crate) earlier: Vec<Section>,
}

impl Sections {
    /// Follows the file's own pointers and repairs nothing: what is repaired differently by
    /// somebody else is another document.
    pub(crate) fn read(file: &[u8], limits: &Limits) -> Result<Self, Refusal> {
        let start = last_start(file)?;
        let last = section(file, start, limits)?;
        // Sections may share their text: what is read is counted, not what is there.
        let mut entries = last.entries();
        let mut seen = HashSet::from([start]);
        let mut earlier: Vec<Section> = Vec::new();
        let mut next = previous(file, &last)?;
        while let Some(start) = next {
            if !seen.insert(start) {
                return Err(Refusal::Damaged);
            }
            if seen.len() > limits.sections {
                return Err(Refusal::TooManyObjects);
            }
            let section = section(file, start, limits)?;
            entries = entries.saturating_add(section.entries());
            if entries > u64::from(limits.objects).saturating_mul(4) {
                return Err(Refusal::TooManyObjects);
            }
            next = previous(file, &section)?;
            earlier.push(section);
        }
        Ok(Self { last, earlier })
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Section> {
        std::iter::once(&self.last).chain(&self.earlier)
    }

    /// The section that was written first.
    pub(crate) fn first(&self) -> &Section {
        self.earlier.last().unwrap_or(&self.last)
    }
}

fn previous(file: &[u8], section: &Section) -> Result<Option<usize>, Refusal> {
    match find(&section.trailer, file, b"Prev") {
        None => Ok(None),
        Some(value) => {
            let place = value.unsigned(file).ok_or(Refusal::Damaged)?;
            usize::try_from(place)
                .map(Some)
                .map_err(|_| Refusal::Damaged)
        }
    }
}

/// Where the last section begins: what stands after `startxref`, which stands before the end and nothing after it.
pub(crate) fn last_start(file: &[u8]) -> Result<usize, Refusal> {
    let from = file.len().saturating_sub(TAIL);
    let tail = file.get(from..).unwrap_or_default();
    let word = b"startxref";
    let found = tail.windows(word.len()).rposition(|window| window == word);
    let place = found
        .and_then(|place| place.checked_add(word.len()))
        .ok_or(Refusal::Damaged)?;
    let mut cursor = Cursor::new(tail, place);
    let start = cursor.unsigned().ok_or(Refusal::Damaged)?;
    let rest = tail.get(cursor.place()..).unwrap_or_default();
    let rest = rest.trim_ascii_start();
    let rest = rest.strip_prefix(b"%%EOF").ok_or(Refusal::Damaged)?;
    if !rest.iter().all(|byte| is_space(*byte)) {
        return Err(Refusal::AfterEnd);
    }
    match usize::try_from(start) {
        Ok(start) if start > 0 => Ok(start),
        _ => Err(Refusal::Damaged),
    }
}

fn section(file: &[u8], start: usize, limits: &Limits) -> Result<Section, Refusal> {
    let section = parse(file, start).ok_or(Refusal::Damaged)?;
    if section.has(file, b"Encrypt") {
        return Err(Refusal::Encrypted);
    }
    match section.number(file, b"Size") {
        None | Some(0) => Err(Refusal::Damaged),
        Some(size) if size > u64::from(limits.objects) => Err(Refusal::TooManyObjects),
        Some(_) => Ok(section),
    }
}

fn parse(file: &[u8], start: usize) -> Option<Section> {
    let mut cursor = Cursor::new(file, start);
    let form = if cursor.take(b"xref") {
        skip_table(&mut cursor)?
    } else {
        let (number, _) = cursor.object_header()?;
        Form::Stream { number }
    };
    let end = cursor.place().saturating_add(MAX_TRAILER).min(file.len());
    let mut cursor = Cursor::new(file.get(..end)?, cursor.place());
    let trailer = cursor.value()?.entries(file)?;
    if let Form::Stream { .. } = form {
        cursor.keyword(b"stream")?;
        let kind = find(&trailer, file, b"Type")?;
        (kind.of(file) == b"/XRef").then_some(())?;
    }
    Some(Section {
        start,
        form,
        trailer,
    })
}

/// Passes over the entries to the trailer, and counts.
fn skip_table(cursor: &mut Cursor<'_>) -> Option<Form> {
    let (mut subsections, mut entries) = (0_usize, 0_u64);
    while cursor.keyword(b"trailer").is_none() {
        cursor.unsigned()?;
        let count = cursor.unsigned()?;
        for _ in 0..count {
            cursor.unsigned()?;
            cursor.unsigned()?;
            cursor.keyword(b"n").or_else(|| cursor.keyword(b"f"))?;
        }
        subsections = subsections.checked_add(1)?;
        entries = entries.checked_add(count)?;
    }
    Some(Form::Table {
        subsections,
        entries,
    })
}
