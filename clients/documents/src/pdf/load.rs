//! Loading with `lopdf`, as little of a file as its structure needs.

use std::collections::HashSet;

use lopdf::{Dictionary, Document, Error, LoadOptions, Object, ObjectId};

use super::limits::Limits;
use super::refusal::Refusal;
use super::sections::Sections;

/// More object streams than this are not a document.
const MAX_OBJECT_STREAMS: usize = 10_000;

/// What one stream may be unpacked to, in bytes: `lopdf` counts each alone, but a small file can
/// hold thousands. A list of objects is a stream too, and may need more than an equal share; all
/// together stay within sixteen times the limit.
pub(crate) fn share(file: &[u8], sections: &Sections, limits: &Limits) -> Result<usize, Refusal> {
    let streams = memchr::memmem::find_iter(file, b"/ObjStm").count().max(1);
    if streams > MAX_OBJECT_STREAMS {
        return Err(Refusal::TooManyObjects);
    }
    let list = sections.all().filter_map(|one| one.unpacked(file)).max();
    let equal = limits.unpacked.checked_div(streams).unwrap_or(0);
    let share = equal.max(list.unwrap_or(0));
    if share > limits.unpacked || share.saturating_mul(streams) > limits.unpacked.saturating_mul(16)
    {
        return Err(Refusal::TooDense);
    }
    Ok(share)
}

/// Loads a file of which no stream is unpacked to more than this.
pub(crate) fn load(file: &[u8], unpacked: usize) -> Result<Document, Refusal> {
    let options = LoadOptions {
        filter: Some(without_content),
        max_decompressed_size: Some(unpacked),
        ..LoadOptions::default()
    };
    Document::load_mem_with_options(file, options).map_err(|error| match error {
        Error::Decompress(_) => Refusal::TooDense,
        _ => Refusal::Damaged,
    })
}

/// Forgets what is most of a file and no part of its structure: the content of pages and pictures,
/// and of the tags that say what is a heading or a paragraph all but what they refer to.
#[expect(clippy::unnecessary_wraps, reason = "the signature is lopdf's")]
fn without_content(id: ObjectId, object: &mut Object) -> Option<(ObjectId, Object)> {
    match object {
        Object::Stream(stream) => {
            if !stream.dict.has_type(b"ObjStm") {
                // An empty one would be read again.
                stream.content = vec![0];
            }
            return Some((id, Object::Null));
        }
        Object::Dictionary(dictionary) if is_tag(dictionary) => {
            let mut named = HashSet::new();
            collect_all(dictionary, &mut named);
            *object = Object::Array(named.into_iter().map(Object::Reference).collect());
        }
        _ => {}
    }
    Some((id, object.clone()))
}

/// A structure element (ISO 32000-2 table 355) with nothing in it that a form, a signature or a
/// lock could mean.
fn is_tag(dictionary: &Dictionary) -> bool {
    const KEYS: [&[u8]; 14] = [
        b"Type",
        b"S",
        b"P",
        b"Pg",
        b"K",
        b"ID",
        b"A",
        b"C",
        b"R",
        b"Lang",
        b"Alt",
        b"E",
        b"ActualText",
        b"NS",
    ];
    let parent = dictionary.get(b"P").and_then(Object::as_reference);
    dictionary.has_type(b"StructElem")
        && parent.is_ok()
        && dictionary
            .iter()
            .all(|(key, _)| KEYS.contains(&key.as_slice()))
}

/// Everything that an object refers to.
pub(crate) fn collect(object: &Object, found: &mut HashSet<ObjectId>) {
    each_reference(object, &mut |id| {
        found.insert(id);
    });
}

/// Calls this with every reference in an object, as often as it stands there.
pub(crate) fn each_reference(object: &Object, call: &mut impl FnMut(ObjectId)) {
    match object {
        Object::Reference(id) => call(*id),
        Object::Array(elements) => elements.iter().for_each(|one| each_reference(one, call)),
        Object::Dictionary(dictionary) => {
            dictionary
                .iter()
                .for_each(|(_, one)| each_reference(one, call));
        }
        Object::Stream(stream) => {
            stream
                .dict
                .iter()
                .for_each(|(_, one)| each_reference(one, call));
        }
        _ => {}
    }
}

fn collect_all(dictionary: &Dictionary, found: &mut HashSet<ObjectId>) {
    dictionary.iter().for_each(|(_, one)| collect(one, found));
}
