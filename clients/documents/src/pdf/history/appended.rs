//! What one update holds: its objects, each where its list says, and nothing between them.
//!
//! A list that points into what was there before would switch on what a signer never saw; two
//! objects with one number, or one that no list names, are read differently by different readers.
//! All of that is refused (ISO 32000-2 §7.5.4–§7.5.8).

use std::collections::{BTreeMap, BTreeSet};

use lopdf::xref::XrefEntry;
use lopdf::{Dictionary, Object, ObjectId, Stream};

use super::super::reader::Pdf;
use super::super::sections::{Form, Section};
use super::super::text::{Cursor, Value};
use super::alteration::Alteration;
use super::node::Node;

/// An object as it stands.
struct Tile {
    at: usize,
    value: Value,
    content: Option<std::ops::Range<usize>>,
}

/// The objects that an update writes, new or again.
#[derive(Debug)]
pub(super) struct Appended {
    pub(super) objects: BTreeSet<ObjectId>,
}

/// Where the update with this section ends: after its mark of the end and one end of line.
pub(super) fn end(file: &[u8], section: &Section) -> Option<usize> {
    let mut cursor = Cursor::new(file, section.start);
    match section.form {
        Form::Table { .. } => {
            table(&mut cursor)?;
            cursor.value()?;
        }
        Form::Stream { .. } => {
            tile(file, &mut cursor, None)?;
        }
    }
    cursor.keyword(b"startxref")?;
    (usize::try_from(cursor.unsigned()?).ok()? == section.start).then_some(())?;
    cursor.skip_white();
    cursor.take(b"%%EOF").then_some(())?;
    cursor.take(b"\r");
    cursor.take(b"\n");
    Some(cursor.place())
}

/// Reads the update between a place and its section.
pub(super) fn read(from: usize, old: &Pdf<'_>, new: &Pdf<'_>) -> Result<Appended, Alteration> {
    let section = &new.sections().last;
    let tiles = tiles(from, new).ok_or(Alteration::Structure)?;
    let listed = listed(new, &tiles).ok_or(Alteration::Structure)?;
    if section.has(new.file(), b"XRefStm") {
        return Err(Alteration::Structure);
    }
    let mut objects = BTreeSet::new();
    for (number, entry) in &listed {
        let agreed = new.document().reference_table.get(*number);
        if !agrees(agreed, entry) {
            return Err(Alteration::Structure);
        }
        let before = old.document().reference_table.get(*number);
        if before.is_some() && agrees(before, entry) {
            continue;
        }
        match entry {
            XrefEntry::Normal { offset, generation } => {
                let id = (*number, *generation);
                let here = tiles.get(&id);
                let here = here.is_some_and(|tile| u32::try_from(tile.at) == Ok(*offset));
                here.then_some(()).ok_or(Alteration::Structure)?;
                objects.insert(id);
            }
            XrefEntry::Compressed { container, .. } => {
                let here = tiles.contains_key(&(*container, 0));
                here.then_some(()).ok_or(Alteration::Structure)?;
                objects.insert((*number, 0));
            }
            _ if is_used(before) => return Err(Alteration::Freed),
            _ => {}
        }
    }
    rest_is_as_it_was(old, new, &listed).ok_or(Alteration::Structure)?;
    every_tile_is_listed(new, &tiles, &listed).ok_or(Alteration::Structure)?;
    packed(new, &tiles, &listed).ok_or(Alteration::Structure)?;
    if let Form::Stream { number } = section.form {
        let taken = is_used(old.document().reference_table.get(number));
        (!taken).then_some(()).ok_or(Alteration::Structure)?;
        objects.remove(&(number, 0));
    }
    for (id, tile) in &tiles {
        if is_container(new.file(), tile) {
            let taken = is_used(old.document().reference_table.get(id.0));
            (!taken).then_some(()).ok_or(Alteration::Structure)?;
            objects.remove(id);
        }
    }
    Ok(Appended { objects })
}

pub(super) const fn is_used(entry: Option<&XrefEntry>) -> bool {
    matches!(
        entry,
        Some(XrefEntry::Normal { .. } | XrefEntry::Compressed { .. })
    )
}

fn agrees(one: Option<&XrefEntry>, other: &XrefEntry) -> bool {
    use XrefEntry::{Compressed, Free, Normal, UnusableFree};
    match (one, other) {
        (
            Some(Normal { offset, generation }),
            Normal {
                offset: o,
                generation: g,
            },
        ) => offset == o && generation == g,
        (
            Some(Compressed { container, index }),
            Compressed {
                container: c,
                index: i,
            },
        ) => container == c && index == i,
        (None | Some(Free | UnusableFree), Free | UnusableFree) => true,
        _ => false,
    }
}

/// What the section does not list lies where it lay.
fn rest_is_as_it_was(
    old: &Pdf<'_>,
    new: &Pdf<'_>,
    listed: &BTreeMap<u32, XrefEntry>,
) -> Option<()> {
    let (before, now) = (old.document(), new.document());
    let (before, now) = (&before.reference_table, &now.reference_table);
    let numbers = before.entries.keys().chain(now.entries.keys());
    for number in numbers.filter(|number| !listed.contains_key(number)) {
        let same = match (before.get(*number), now.get(*number)) {
            (before, Some(now)) => agrees(before, now),
            (before, None) => !is_used(before),
        };
        same.then_some(())?;
    }
    Some(())
}

/// Every object from a place to the section, or with it if that is an object.
fn tiles(from: usize, new: &Pdf<'_>) -> Option<BTreeMap<ObjectId, Tile>> {
    let (file, section) = (new.file(), &new.sections().last);
    let mut cursor = Cursor::new(file, from);
    let mut tiles = BTreeMap::new();
    loop {
        cursor.skip_space();
        let at = cursor.place();
        let last = at == section.start;
        if at > section.start {
            return None;
        }
        if let (true, Form::Table { .. }) = (last, section.form) {
            return Some(tiles);
        }
        let (id, tile) = tile(file, &mut cursor, Some(new))?;
        tiles.insert(id, tile).is_none().then_some(())?;
        if last {
            return Some(tiles);
        }
    }
}

/// The object that comes next; its length may be an object of its own, which is asked for in the
/// file.
fn tile(file: &[u8], cursor: &mut Cursor<'_>, pdf: Option<&Pdf<'_>>) -> Option<(ObjectId, Tile)> {
    let at = cursor.place();
    let id = cursor.object_header()?;
    let value = cursor.value()?;
    let content = match cursor.clone().keyword(b"stream") {
        None => None,
        Some(()) => Some(cursor.content(length(file, &value, pdf)?)?),
    };
    cursor.keyword(b"endobj")?;
    Some((id, Tile { at, value, content }))
}

/// The length of a stream, which may be an object of its own.
fn length(file: &[u8], value: &Value, pdf: Option<&Pdf<'_>>) -> Option<u64> {
    let length = Node::new(file, value.clone()).member(b"Length")?;
    let Some(id) = length.reference() else {
        return length.unsigned();
    };
    let object = pdf?.document().get_object(id).ok()?;
    u64::try_from(object.as_i64().ok()?).ok()
}

fn is_container(file: &[u8], tile: &Tile) -> bool {
    let kind = Node::new(file, tile.value.clone()).member(b"Type");
    tile.content.is_some() && kind.is_some_and(|kind| kind.is_name(b"ObjStm"))
}

/// What the section lists, each number once.
fn listed(new: &Pdf<'_>, tiles: &BTreeMap<ObjectId, Tile>) -> Option<BTreeMap<u32, XrefEntry>> {
    let section = &new.sections().last;
    match section.form {
        Form::Table { .. } => table(&mut Cursor::new(new.file(), section.start)),
        Form::Stream { .. } => {
            let tile = tiles.values().find(|tile| tile.at == section.start)?;
            stream(new, tile)
        }
    }
}

/// Reads a table up to its trailer.
fn table(cursor: &mut Cursor<'_>) -> Option<BTreeMap<u32, XrefEntry>> {
    let mut listed = BTreeMap::new();
    cursor.keyword(b"xref")?;
    while cursor.keyword(b"trailer").is_none() {
        let (first, count) = (cursor.unsigned()?, cursor.unsigned()?);
        for place in 0..count {
            let number = u32::try_from(first.checked_add(place)?).ok()?;
            let (offset, generation) = (cursor.unsigned()?, cursor.unsigned()?);
            let entry = if cursor.keyword(b"n").is_some() {
                XrefEntry::Normal {
                    offset: offset.try_into().ok()?,
                    generation: generation.try_into().ok()?,
                }
            } else {
                cursor.keyword(b"f")?;
                XrefEntry::Free
            };
            listed.insert(number, entry).is_none().then_some(())?;
        }
    }
    Some(listed)
}

/// Reads a stream of entries (§7.5.8.3); one of an unknown kind is not understood.
fn stream(new: &Pdf<'_>, tile: &Tile) -> Option<BTreeMap<u32, XrefEntry>> {
    let dictionary = Node::new(new.file(), tile.value.clone());
    let content = new.file().get(tile.content.clone()?)?;
    let content = plain(&dictionary, content, new.unpacked())?;
    let numbers = |key: &[u8]| -> Option<Vec<u64>> {
        let array = dictionary.member(key)?.elements()?;
        array.iter().map(Node::unsigned).collect()
    };
    let widths: Vec<usize> = numbers(b"W")?
        .into_iter()
        .filter_map(|width| usize::try_from(width).ok())
        .collect();
    let [kind, second, third] = widths.try_into().ok()?;
    let size = dictionary.member(b"Size")?.unsigned()?;
    let index = numbers(b"Index").unwrap_or_else(|| vec![0, size]);
    let width = usize::checked_add(kind, second)?.checked_add(third)?;
    let mut rows = content.chunks_exact(Some(width).filter(|width| *width > 0)?);
    let mut listed = BTreeMap::new();
    for run in index.chunks(2) {
        let [first, count] = run else { return None };
        for place in 0..*count {
            let number = u32::try_from(first.checked_add(place)?).ok()?;
            let entry = row(rows.next()?, [kind, second])?;
            listed.insert(number, entry).is_none().then_some(())?;
        }
    }
    let rest = rows.next().is_some() || !rows.remainder().is_empty();
    (!rest).then_some(listed)
}

fn row(row: &[u8], [kind, second]: [usize; 2]) -> Option<XrefEntry> {
    let (first, rest) = row.split_at_checked(kind)?;
    let (middle, last) = rest.split_at_checked(second)?;
    let kind = if kind == 0 { 1 } else { number(first)? };
    let (middle, last) = (number(middle)?, number(last)?);
    Some(match kind {
        0 => XrefEntry::Free,
        1 => XrefEntry::Normal {
            offset: middle.try_into().ok()?,
            generation: last.try_into().ok()?,
        },
        2 => XrefEntry::Compressed {
            container: middle.try_into().ok()?,
            index: last.try_into().ok()?,
        },
        _ => return None,
    })
}

/// Big-endian; nothing is zero.
fn number(bytes: &[u8]) -> Option<u64> {
    bytes.iter().try_fold(0_u64, |number, byte| {
        number.checked_mul(256)?.checked_add(u64::from(*byte))
    })
}

/// The stream's bytes without their filter, of which only one kind is met in lists.
pub(super) fn plain(dictionary: &Node<'_>, content: &[u8], most: usize) -> Option<Vec<u8>> {
    let Some(filter) = dictionary.member(b"Filter") else {
        return Some(content.to_vec());
    };
    filter.is_name(b"FlateDecode").then_some(())?;
    let mut parameters = Dictionary::new();
    for key in ["Predictor", "Columns", "Colors", "BitsPerComponent"] {
        let found = dictionary.member(b"DecodeParms");
        let found = found.and_then(|all| all.member(key.as_bytes()));
        if let Some(number) = found {
            let number = i64::try_from(number.unsigned()?).ok()?;
            parameters.set(key, Object::Integer(number));
        }
    }
    let mut head = Dictionary::new();
    head.set("Filter", Object::Name(b"FlateDecode".to_vec()));
    if !parameters.is_empty() {
        head.set("DecodeParms", Object::Dictionary(parameters));
    }
    let stream = Stream::new(head, content.to_vec());
    stream.decompressed_content_with_limit(most).ok()
}

/// Only the stream that is the list itself need not be on it.
fn every_tile_is_listed(
    new: &Pdf<'_>,
    tiles: &BTreeMap<ObjectId, Tile>,
    listed: &BTreeMap<u32, XrefEntry>,
) -> Option<()> {
    let section = &new.sections().last;
    for (id, tile) in tiles {
        let here = XrefEntry::Normal {
            offset: u32::try_from(tile.at).ok()?,
            generation: id.1,
        };
        let entry = listed.get(&id.0);
        let own = tile.at == section.start && entry.is_none();
        (own || agrees(entry, &here)).then_some(())?;
    }
    Some(())
}

/// Every object in an object stream is listed as such: readers differ in whether they see others.
fn packed(
    new: &Pdf<'_>,
    tiles: &BTreeMap<ObjectId, Tile>,
    listed: &BTreeMap<u32, XrefEntry>,
) -> Option<()> {
    for (id, tile) in tiles {
        if !is_container(new.file(), tile) {
            continue;
        }
        let dictionary = Node::new(new.file(), tile.value.clone());
        let objects = dictionary.member(b"N")?.unsigned()?;
        let indices: BTreeSet<u64> = listed
            .values()
            .filter_map(|entry| match entry {
                XrefEntry::Compressed { container, index } if *container == id.0 => {
                    Some(u64::from(*index))
                }
                _ => None,
            })
            .collect();
        let complete = u64::try_from(indices.len()).ok()? == objects;
        let inside = indices.last().is_none_or(|last| *last < objects);
        (complete && inside && !dictionary_has(&dictionary, b"Extends")).then_some(())?;
    }
    Some(())
}

fn dictionary_has(dictionary: &Node<'_>, key: &[u8]) -> bool {
    dictionary.member(key).is_some()
}
