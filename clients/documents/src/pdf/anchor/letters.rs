//! Which letters the codes of a font are, and how wide (ISO 32000-2 §9.6–§9.10).

use std::collections::BTreeMap;

use lopdf::{Dictionary, Object};

use crate::appearance::Times;

use super::super::reader::Pdf;
use super::super::strings::string;
use super::super::text::{Cursor, Kind};

/// Codes that one map may name.
const MOST: usize = 70_000;

/// What a font's codes stand for.
pub(super) struct Letters {
    /// Bytes of one code.
    bytes: usize,
    named: BTreeMap<u32, String>,
    /// In ems.
    widths: BTreeMap<u32, f64>,
    default: Option<f64>,
    times: Option<Times>,
    /// Bytes that were read for them.
    pub(super) cost: usize,
}

impl Letters {
    pub(super) fn of(pdf: &Pdf<'_>, font: &Dictionary) -> Self {
        let below = pdf.array(font, b"DescendantFonts").first();
        let below = below.and_then(|one| pdf.resolve(one)?.as_dict().ok());
        let map = font.get(b"ToUnicode").and_then(Object::as_reference).ok();
        let map = map.and_then(|id| pdf.content(id));
        let mut letters = Self {
            cost: map.as_ref().map_or(0, Vec::len),
            bytes: if below.is_some() { 2 } else { 1 },
            named: map.map_or_else(BTreeMap::new, |map| unicode(&map)),
            widths: BTreeMap::new(),
            default: None,
            times: Times::open(),
        };
        match below {
            Some(below) => letters.wide(pdf, below),
            None => letters.simple(pdf, font),
        }
        letters
    }

    fn simple(&mut self, pdf: &Pdf<'_>, font: &Dictionary) {
        let first = pdf
            .member(font, b"FirstChar")
            .and_then(|one| one.as_i64().ok());
        let first = first
            .and_then(|first| u32::try_from(first).ok())
            .unwrap_or(0);
        for (code, width) in (first..).zip(pdf.array(font, b"Widths")) {
            if let Some(width) = ems(pdf, width) {
                self.widths.insert(code, width);
            }
        }
    }

    /// Widths by number of glyph: `c [w …]` or `c c w` (§9.7.4.3). Codes are numbers of glyphs in
    /// the one encoding that is known here, Identity-H.
    fn wide(&mut self, pdf: &Pdf<'_>, below: &Dictionary) {
        let default = pdf.member(below, b"DW").and_then(|one| ems(pdf, one));
        self.default = Some(default.unwrap_or(1.0));
        let mut all = pdf.array(below, b"W").iter();
        while let Some(first) = all.next().and_then(|one| code(pdf, one)) {
            if self.widths.len() > MOST {
                return;
            }
            match all.next().and_then(|one| pdf.resolve(one)) {
                Some(Object::Array(widths)) => {
                    for (code, width) in (first..).zip(widths) {
                        self.widths
                            .extend(ems(pdf, width).map(|width| (code, width)));
                    }
                }
                Some(last) => {
                    let last = code(pdf, last)
                        .unwrap_or(first)
                        .min(first.saturating_add(0xffff));
                    let width = all.next().and_then(|one| ems(pdf, one)).unwrap_or(1.0);
                    self.widths.extend((first..=last).map(|code| (code, width)));
                }
                None => return,
            }
        }
    }

    /// Each letter with its width in ems, and whether it is the one-byte code of a space.
    pub(super) fn read(&self, bytes: &[u8]) -> Vec<(String, f64, bool)> {
        let codes = bytes.chunks(self.bytes).map(|code| {
            let number = code
                .iter()
                .fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
            let letter = self.named.get(&number).cloned();
            let letter = letter.or_else(|| self.plain(number)).unwrap_or_default();
            let width = self.widths.get(&number).copied().or(self.default);
            let width = width.or_else(|| self.times.as_ref()?.width(&letter));
            (
                letter,
                width.unwrap_or(0.5),
                self.bytes == 1 && number == 32,
            )
        });
        codes.collect()
    }

    /// Latin letters of one byte; what else a font has without a map is not known.
    fn plain(&self, code: u32) -> Option<String> {
        let known = self.bytes == 1 && (32..127).contains(&code);
        known.then(|| char::from_u32(code).map(String::from))?
    }
}

fn ems(pdf: &Pdf<'_>, object: &Object) -> Option<f64> {
    let number = pdf.resolve(object)?.as_float().ok()?;
    Some(f64::from(number) / 1000.0)
}

fn code(pdf: &Pdf<'_>, object: &Object) -> Option<u32> {
    u32::try_from(pdf.resolve(object)?.as_i64().ok()?).ok()
}

/// The letters of a `ToUnicode` map (§9.10.3).
fn unicode(map: &[u8]) -> BTreeMap<u32, String> {
    let mut letters = BTreeMap::new();
    let mut cursor = Cursor::new(map, 0);
    while let Some(word) = cursor.until_word() {
        match word {
            b"beginbfchar" => {
                while letters.len() < MOST {
                    let Some((from, to)) = strings(&mut cursor, map) else {
                        break;
                    };
                    letters.insert(number(&from), utf16(&to));
                }
            }
            b"beginbfrange" => {
                while letters.len() < MOST {
                    let Some(()) = range(&mut cursor, map, &mut letters) else {
                        break;
                    };
                }
            }
            _ => {}
        }
    }
    letters
}

fn one_string(cursor: &mut Cursor<'_>, map: &[u8]) -> Option<Vec<u8>> {
    let mut ahead = cursor.clone();
    let value = ahead.value().filter(|value| value.kind == Kind::String)?;
    *cursor = ahead;
    string(value.of(map))
}

fn strings(cursor: &mut Cursor<'_>, map: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    Some((one_string(cursor, map)?, one_string(cursor, map)?))
}

/// `<from> <to> <first>` or `<from> <to> [<each> …]`.
fn range(cursor: &mut Cursor<'_>, map: &[u8], letters: &mut BTreeMap<u32, String>) -> Option<()> {
    let (from, to) = strings(cursor, map)?;
    let codes = number(&from)..=number(&to).min(number(&from).saturating_add(0xffff));
    let target = cursor.value()?;
    if let Some(each) = target.elements(map) {
        let each = each
            .iter()
            .map(|one| string(one.of(map)).unwrap_or_default());
        letters.extend(codes.zip(each.map(|one| utf16(&one))));
        return Some(());
    }
    let first = string(target.of(map))?;
    let (last, before) = first.split_last()?;
    for (further, code) in codes.enumerate().take(256) {
        let further = u8::try_from(further).ok()?;
        let letter = [before, &[last.wrapping_add(further)]].concat();
        letters.insert(code, utf16(&letter));
    }
    Some(())
}

fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    });
    char::decode_utf16(units).flatten().collect()
}
