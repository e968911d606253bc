//! Values as they stand in the file, compared as a reader understands them: spaces, escapes and
//! the form of a string make no difference, every digit of a number does.

use std::collections::BTreeSet;

use lopdf::ObjectId;

use super::super::strings::string;
use super::super::text::{Cursor, Kind, Value, unescaped};

/// A value and the text that it stands in.
#[derive(Clone, Debug)]
pub(super) struct Node<'t> {
    text: &'t [u8],
    value: Value,
}

impl<'t> Node<'t> {
    pub(super) const fn new(text: &'t [u8], value: Value) -> Self {
        Self { text, value }
    }

    /// The value with which a text begins.
    pub(super) fn parse(text: &'t [u8]) -> Option<Self> {
        let value = Cursor::new(text, 0).value()?;
        Some(Self { text, value })
    }

    pub(super) const fn value(&self) -> &Value {
        &self.value
    }

    fn of(&self) -> &'t [u8] {
        self.text.get(self.value.span.clone()).unwrap_or_default()
    }

    /// The entries of a dictionary; what is null is absent.
    pub(super) fn entries(&self) -> Option<Vec<(Vec<u8>, Self)>> {
        let entries = self.value.entries(self.text)?.into_iter();
        let entries = entries.map(|entry| (entry.name, Self::new(self.text, entry.value)));
        Some(entries.filter(|(_, node)| !node.is_null()).collect())
    }

    fn is_null(&self) -> bool {
        self.of() == b"null"
    }

    /// What stands under a key of a dictionary.
    pub(super) fn member(&self, key: &[u8]) -> Option<Self> {
        let entries = self.entries()?.into_iter();
        let mut found = entries.filter(|(name, _)| name == key);
        found.next().map(|(_, node)| node)
    }

    pub(super) fn elements(&self) -> Option<Vec<Self>> {
        let elements = self.value.elements(self.text)?.into_iter();
        Some(elements.map(|value| Self::new(self.text, value)).collect())
    }

    pub(super) const fn reference(&self) -> Option<ObjectId> {
        match self.value.kind {
            Kind::Reference(number, generation) => Some((number, generation)),
            _ => None,
        }
    }

    /// The elements of an array that holds nothing but references.
    pub(super) fn references(&self) -> Option<Vec<ObjectId>> {
        self.elements()?.iter().map(Self::reference).collect()
    }

    /// Every reference in it, at any depth.
    pub(super) fn all_references(&self) -> Vec<ObjectId> {
        self.value.references(self.text)
    }

    /// The bytes of the stream that this dictionary begins, in a text that ends with it.
    pub(super) fn content(&self) -> Option<&'t [u8]> {
        let rest = self.text.get(self.value.span.end..)?;
        rest.strip_prefix(b"\nstream\n")?
            .strip_suffix(b"\nendstream")
    }

    pub(super) fn is_name(&self, name: &[u8]) -> bool {
        self.value.kind == Kind::Name && unescaped(self.of()) == name
    }

    pub(super) fn unsigned(&self) -> Option<u64> {
        self.value.unsigned(self.text)
    }

    /// Whether a reader understands both as one value.
    pub(super) fn same(&self, other: &Node<'_>) -> bool {
        if self.value.kind != other.value.kind {
            return false;
        }
        match self.value.kind {
            Kind::Word => self.of() == other.of(),
            // Their numbers are part of their kind.
            Kind::Reference(..) => true,
            Kind::Number => same_number(self.of(), other.of()),
            Kind::Name => unescaped(self.of()) == unescaped(other.of()),
            Kind::String => string(self.of()) == string(other.of()),
            Kind::Array => self.same_elements(other).unwrap_or(false),
            Kind::Dictionary => self.differing(other).is_some_and(|keys| keys.is_empty()),
        }
    }

    /// Whether two arrays begin with the same element.
    pub(super) fn same_first(&self, other: &Node<'_>) -> bool {
        let (mine, theirs) = (self.elements(), other.elements());
        let both = mine.as_deref().zip(theirs.as_deref());
        matches!(both, Some(([one, ..], [other, ..])) if one.same(other))
    }

    fn same_elements(&self, other: &Node<'_>) -> Option<bool> {
        let (mine, theirs) = (self.elements()?, other.elements()?);
        let mut pairs = mine.iter().zip(&theirs);
        Some(mine.len() == theirs.len() && pairs.all(|(one, other)| one.same(other)))
    }

    /// The keys of two dictionaries under which they are not the same; none if one of them cannot
    /// be read for certain.
    pub(super) fn differing(&self, other: &Node<'_>) -> Option<BTreeSet<Vec<u8>>> {
        let (mine, theirs) = (self.entries()?, other.entries()?);
        let has = |name: &[u8], node: &Node<'_>| {
            let mut found = theirs.iter().filter(|(key, _)| key == name);
            found.any(|(_, theirs)| node.same(theirs))
        };
        let changed = mine.iter().filter(|(name, node)| !has(name, node));
        let changed = changed.map(|(name, _)| name.clone());
        let new = theirs.iter().map(|(name, _)| name.clone());
        let new = new.filter(|name| !mine.iter().any(|(key, _)| key == name));
        Some(changed.chain(new).collect())
    }
}

/// Equal as decimal numbers, without a step through binary ones.
fn same_number(one: &[u8], other: &[u8]) -> bool {
    match (decimal(one), decimal(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

/// Sign, digits before and after the point that count.
fn decimal(text: &[u8]) -> Option<(bool, &[u8], &[u8])> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] | rest => (false, rest),
    };
    let point = digits.iter().position(|byte| *byte == b'.');
    let (whole, part) = digits.split_at(point.unwrap_or(digits.len()));
    let part = part.strip_prefix(b".").unwrap_or(part);
    let plain = [whole, part].concat();
    (!plain.is_empty() && plain.iter().all(u8::is_ascii_digit)).then_some(())?;
    let first = whole.iter().position(|byte| *byte != b'0');
    let last = part.iter().rposition(|byte| *byte != b'0');
    let whole = whole.get(first.unwrap_or(whole.len())..)?;
    let part = part.get(..last.map_or(0, |last| last.saturating_add(1)))?;
    let negative = negative && !(whole.is_empty() && part.is_empty());
    Some((negative, whole, part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        let one = Node::parse(one.as_bytes()).unwrap();
        one.same(&Node::parse(other.as_bytes()).unwrap())
    }

    #[test]
    fn what_a_reader_understands_alike_is_the_same() {
        for (one, other) in [
            ("<</A 1/B 2>>", "<< /B 2 /A 1 >>"),
            ("<</A null>>", "<<>>"),
            ("/A#42", "/AB"),
            ("(a\\(b\\051\\n)", "<6128 62290a>"),
            ("(\\7)", "<07>"),
            ("(a\\\nb\r\nc)", "(ab\nc)"),
            ("<4>", "(@)"),
            ("01.50", "1.5"),
            ("-0.0", "0"),
            ("+.5", "0.500"),
            ("[1 0 R%x\n]", "[ 1 0 R ]"),
        ] {
            assert!(same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn what_differs_in_one_thing_is_not_the_same() {
        for (one, other) in [
            ("595.32001", "595.32"),
            ("16777217", "16777216"),
            ("-1", "1"),
            ("1 0 R", "2 0 R"),
            ("1 0 R", "1 1 R"),
            ("/A", "(A)"),
            ("/A", "/a"),
            ("(a)", "(b)"),
            ("[1 2]", "[1]"),
            ("[1 2]", "[2 1]"),
            ("<</A 1>>", "<</A 1/B 2>>"),
            ("<</A<</B 1>>>>", "<</A<</B 2>>>>"),
            ("true", "false"),
            ("1.2.3", "1.23"),
        ] {
            assert!(!same(one, other) && !same(other, one), "{one} {other}");
        }
        let one = Node::parse(b"<</A 1/B 2/C 3>>").unwrap();
        let other = Node::parse(b"<</A 1/B 3/D 3>>").unwrap();
        let keys = one
            .differing(&other)
            .unwrap()
            .into_iter()
            .collect::<Vec<_>>();
        assert_eq!(keys, [b"B", b"C", b"D"]);
        let twice = Node::parse(b"<</A 1/A 1>>").unwrap();
        assert_eq!(one.differing(&twice), None);
    }
}
