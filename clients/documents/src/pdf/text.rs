//! The text of PDF objects as it stands in the file, with the place of every value.
//!
//! A parsed object that is written again is another text: numbers lose digits, names their
//! escapes. Validators compare, and judge an older signature by it. So an object that must change
//! is copied from the file and changed at one place.

use std::collections::HashSet;
use std::ops::Range;

/// How deep arrays and dictionaries may nest.
const MAX_DEPTH: usize = 64;

/// What a value is (ISO 32000-2 §7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `null`, `true`, `false`.
    Word,
    Number,
    Name,
    /// In either form.
    String,
    Array,
    Dictionary,
    /// Object number and generation.
    Reference(u32, u16),
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) kind: Kind,
    pub(crate) span: Range<usize>,
}

/// One key of a dictionary with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Without the slash, escapes undone.
    pub(crate) name: Vec<u8>,
    pub(crate) key: Value,
    pub(crate) value: Value,
}

pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

const fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

const fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !is_delimiter(byte)
}

/// Text that is read from front to back.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(text: &'a [u8], at: usize) -> Self {
        Self { text, at }
    }

    pub(crate) const fn place(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_while(&mut self, test: impl Fn(u8) -> bool) {
        let rest = self.rest();
        let length = rest.iter().position(|byte| !test(*byte));
        self.at = self.at.saturating_add(length.unwrap_or(rest.len()));
    }

    /// White space alone.
    pub(crate) fn skip_white(&mut self) {
        self.skip_while(is_space);
    }

    /// White space and comments.
    pub(crate) fn skip_space(&mut self) {
        self.skip_white();
        while self.peek() == Some(b'%') {
            self.skip_while(|byte| byte != b'\r' && byte != b'\n');
            self.skip_while(is_space);
        }
    }

    /// Takes these bytes if they come next.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> bool {
        let found = self.rest().starts_with(bytes);
        if found {
            self.at = self.at.saturating_add(bytes.len());
        }
        found
    }

    /// Takes a keyword that ends where it ends, after white space.
    pub(crate) fn keyword(&mut self, word: &[u8]) -> Option<()> {
        self.skip_space();
        let mut ahead = self.clone();
        let whole = ahead.take(word) && !ahead.peek().is_some_and(is_regular);
        whole.then(|| *self = ahead)
    }

    /// A word that is no value, after white space.
    pub(crate) fn word(&mut self) -> Option<&'a [u8]> {
        self.skip_space();
        let from = self.at;
        self.skip_while(is_regular);
        self.text.get(from..self.at).filter(|word| !word.is_empty())
    }

    /// The next word that is no value; values before it are passed over.
    pub(crate) fn until_word(&mut self) -> Option<&'a [u8]> {
        let mut ahead = self.clone();
        while ahead.value().is_some() {
            *self = ahead.clone();
        }
        self.word()
    }

    /// Passes over the bytes of a picture in a content stream (§8.9.7).
    pub(crate) fn skip_image(&mut self) {
        let rest = self.rest();
        let end = rest.windows(4).position(|window| {
            matches!(window, [before, b'E', b'I', after] if is_space(*before) && is_space(*after))
        });
        let length = end.map_or(rest.len(), |end| end.saturating_add(3));
        self.at = self.at.saturating_add(length);
    }

    /// An unsigned whole number, after white space.
    pub(crate) fn unsigned(&mut self) -> Option<u64> {
        self.skip_space();
        let from = self.at;
        self.skip_while(is_regular);
        number(self.text.get(from..self.at)?)
    }

    /// `n g obj`, which stands before every object.
    pub(crate) fn object_header(&mut self) -> Option<(u32, u16)> {
        let id = (self.unsigned()?, self.unsigned()?);
        self.keyword(b"obj")?;
        Some((id.0.try_into().ok()?, id.1.try_into().ok()?))
    }

    /// A stream of this length: it begins after one end of line (§7.3.8.1).
    pub(crate) fn content(&mut self, length: u64) -> Option<Range<usize>> {
        self.keyword(b"stream")?;
        self.take(b"\r");
        self.take(b"\n").then_some(())?;
        let end = self.at.checked_add(usize::try_from(length).ok()?)?;
        self.text.get(self.at..end)?;
        let content = self.at..end;
        self.at = end;
        self.keyword(b"endstream")?;
        Some(content)
    }

    /// The next value, after white space.
    pub(crate) fn value(&mut self) -> Option<Value> {
        self.value_at(MAX_DEPTH)
    }

    fn value_at(&mut self, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        self.skip_space();
        let from = self.at;
        let kind = match self.peek()? {
            b'/' => self.name(),
            b'(' => self.literal_string()?,
            b'[' => self.array(depth)?,
            b'<' if self.rest().starts_with(b"<<") => self.dictionary(depth)?,
            b'<' => self.hexadecimal_string()?,
            b'0'..=b'9' => self.reference().unwrap_or_else(|| self.number()),
            b'+' | b'-' | b'.' => self.number(),
            byte if is_regular(byte) => self.constant()?,
            _ => return None,
        };
        let span = from..self.at;
        Some(Value { kind, span })
    }

    fn name(&mut self) -> Kind {
        self.at = self.at.saturating_add(1);
        self.skip_while(is_regular);
        Kind::Name
    }

    fn number(&mut self) -> Kind {
        self.skip_while(is_regular);
        Kind::Number
    }

    fn constant(&mut self) -> Option<Kind> {
        let known = [&b"null"[..], b"true", b"false"];
        let found = known.into_iter().any(|word| self.keyword(word).is_some());
        found.then_some(Kind::Word)
    }

    fn reference(&mut self) -> Option<Kind> {
        let mut ahead = self.clone();
        let (object, generation) = (ahead.unsigned()?, ahead.unsigned()?);
        ahead.keyword(b"R")?;
        *self = ahead;
        let kind = Kind::Reference(object.try_into().ok()?, generation.try_into().ok()?);
        Some(kind)
    }

    fn literal_string(&mut self) -> Option<Kind> {
        let mut open = 0_u32;
        let mut bytes = self.rest().iter().enumerate();
        while let Some((place, byte)) = bytes.next() {
            match byte {
                b'\\' => drop(bytes.next()),
                b'(' => open = open.checked_add(1)?,
                b')' => open = open.checked_sub(1)?,
                _ => {}
            }
            if open == 0 {
                self.at = self.at.saturating_add(place).saturating_add(1);
                return Some(Kind::String);
            }
        }
        None
    }

    fn hexadecimal_string(&mut self) -> Option<Kind> {
        self.take(b"<");
        self.skip_while(|byte| byte.is_ascii_hexdigit() || is_space(byte));
        self.take(b">").then_some(Kind::String)
    }

    fn array(&mut self, depth: usize) -> Option<Kind> {
        self.take(b"[");
        while !self.closes(b"]") {
            self.value_at(depth)?;
        }
        Some(Kind::Array)
    }

    fn dictionary(&mut self, depth: usize) -> Option<Kind> {
        self.take(b"<<");
        while !self.closes(b">>") {
            let key = self.value_at(depth)?;
            (key.kind == Kind::Name).then_some(())?;
            self.value_at(depth)?;
        }
        Some(Kind::Dictionary)
    }

    fn closes(&mut self, bracket: &[u8]) -> bool {
        self.skip_space();
        self.take(bracket)
    }
}

/// Digits alone.
fn number(digits: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(digits).ok()?;
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(())?;
    text.parse().ok()
}

impl Value {
    /// Its text.
    pub(crate) fn of<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        text.get(self.span.clone()).unwrap_or_default()
    }

    /// A whole number that is not negative.
    pub(crate) fn unsigned(&self, text: &[u8]) -> Option<u64> {
        number(self.of(text))
    }

    /// The place before its closing bracket, for an array or a dictionary.
    pub(crate) const fn end_inside(&self) -> usize {
        let bracket = match self.kind {
            Kind::Dictionary => 2,
            _ => 1,
        };
        self.span.end.saturating_sub(bracket)
    }

    /// The elements of an array.
    pub(crate) fn elements(&self, text: &[u8]) -> Option<Vec<Self>> {
        (self.kind == Kind::Array).then_some(())?;
        let mut cursor = Cursor::new(text, self.span.start.checked_add(1)?);
        let mut elements = Vec::new();
        while !cursor.closes(b"]") {
            elements.push(cursor.value()?);
        }
        Some(elements)
    }

    /// Every reference in it, at any depth.
    pub(crate) fn references(&self, text: &[u8]) -> Vec<(u32, u16)> {
        let inside = match self.kind {
            Kind::Reference(number, generation) => return vec![(number, generation)],
            Kind::Dictionary => self
                .entries(text)
                .map(|all| all.into_iter().map(|one| one.value).collect()),
            _ => self.elements(text),
        };
        let inside = inside.unwrap_or_default();
        inside.iter().flat_map(|one| one.references(text)).collect()
    }

    /// The entries of a dictionary; none if a key stands twice, as readers differ in which counts.
    pub(crate) fn entries(&self, text: &[u8]) -> Option<Vec<Entry>> {
        (self.kind == Kind::Dictionary).then_some(())?;
        let mut cursor = Cursor::new(text, self.span.start.checked_add(2)?);
        let (mut entries, mut names) = (Vec::new(), HashSet::new());
        while !cursor.closes(b">>") {
            let key = cursor.value()?;
            let name = unescaped(key.of(text));
            let value = cursor.value()?;
            names.insert(name.clone()).then_some(())?;
            entries.push(Entry { name, key, value });
        }
        Some(entries)
    }
}

/// The value of a key; what is null is absent (ISO 32000-2 §7.3.7).
pub(crate) fn find<'e>(entries: &'e [Entry], text: &[u8], name: &[u8]) -> Option<&'e Value> {
    let found = entries.iter().find(|entry| entry.name == name);
    found
        .map(|entry| &entry.value)
        .filter(|value| value.of(text) != b"null")
}

/// A name without its slash and with `#xx` undone (ISO 32000-2 §7.3.5).
pub(crate) fn unescaped(name: &[u8]) -> Vec<u8> {
    let mut bytes = name.iter().copied().skip(1).peekable();
    let mut plain = Vec::with_capacity(name.len());
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let digits = (ahead.next().and_then(digit), ahead.next().and_then(digit));
        if let (b'#', (Some(high), Some(low))) = (byte, digits) {
            plain.push(high << 4 | low);
            bytes = ahead;
        } else {
            plain.push(byte);
        }
    }
    plain
}

/// The value of a hexadecimal digit.
pub(crate) fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// Bytes as digits, in lower case.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| DIGITS.get(usize::from(digit)))
        .collect()
}

#[cfg(test)]
mod tests;
