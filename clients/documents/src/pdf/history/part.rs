//! A dictionary or array with the object that holds it.

use std::collections::BTreeSet;
use std::rc::Rc;

use lopdf::ObjectId;

use super::super::reader::Pdf;
use super::super::text::{Kind, Value};
use super::node::Node;

/// A dictionary or array, where it stands.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) holder: ObjectId,
    text: Rc<Vec<u8>>,
    value: Value,
}

impl Part {
    /// The dictionary or array that is this object.
    pub(super) fn of(pdf: &Pdf<'_>, holder: ObjectId) -> Option<Self> {
        let text = pdf.text(holder).ok()?;
        let value = Node::parse(&text)?.value().clone();
        let text = Rc::new(text);
        Some(Self {
            holder,
            text,
            value,
        })
    }

    pub(super) fn node(&self) -> Node<'_> {
        Node::new(&self.text, self.value.clone())
    }

    /// The dictionary or array under a key, here or in an object of its own. `None` if there is
    /// nothing, or nothing that can be read.
    pub(super) fn child(&self, pdf: &Pdf<'_>, key: &[u8]) -> Option<Self> {
        let node = self.node().member(key)?;
        match node.value().kind {
            Kind::Reference(number, generation) => Self::of(pdf, (number, generation)),
            Kind::Array | Kind::Dictionary => Some(Self {
                value: node.value().clone(),
                ..self.clone()
            }),
            _ => None,
        }
    }

    /// The keys under which two dictionaries differ.
    pub(super) fn differing(&self, other: &Self) -> Option<BTreeSet<Vec<u8>>> {
        self.node().differing(&other.node())
    }

    /// Whether every key of a dictionary is one of these.
    pub(super) fn has_only(&self, keys: &[&[u8]]) -> bool {
        let entries = self.node().entries();
        entries.is_some_and(|all| all.iter().all(|(key, _)| keys.contains(&key.as_slice())))
    }

    /// The references of an array that holds nothing else.
    pub(super) fn references(&self) -> Option<Vec<ObjectId>> {
        self.node().references()
    }
}
