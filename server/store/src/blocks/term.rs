//! What can be searched for, each as four bytes of a hash.

use aws_lc_rs::digest::{SHA256, digest};

use crate::read::AuditFilter;

/// A column and a value that occurs in it. Two may share their four bytes: then a block is read in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Term<'a> {
    Actor(&'a [u8]),
    Agency(&'a [u8]),
    Client(&'a [u8]),
    Credential(&'a [u8]),
    Event(&'a str),
    /// The number of a document that an entry names.
    Number(u32),
    /// Stands in each block in which every number is a term. A block without it, since older servers made none or some
    /// of what names documents could not be read, is read whatever the number.
    Numbered,
    Outcome(&'a str),
    Request(&'a [u8]),
}

impl Term<'_> {
    /// The first four bytes of SHA-256 over the column's letter and the value; never to be changed.
    pub(super) fn hash(self) -> u32 {
        let number;
        let (column, value) = match self {
            Self::Actor(id) => (b'a', id),
            Self::Agency(id) => (b'g', id),
            Self::Client(id) => (b'c', id),
            Self::Credential(id) => (b'k', id),
            Self::Event(name) => (b'e', name.as_bytes()),
            Self::Number(named) => {
                number = named.to_be_bytes();
                (b'n', number.as_slice())
            }
            Self::Numbered => (b'N', [].as_slice()),
            Self::Outcome(name) => (b'o', name.as_bytes()),
            Self::Request(id) => (b'r', id),
        };
        let hash = digest(&SHA256, &[&[column], value].concat());
        let first = hash.as_ref().iter().take(4);
        first.fold(0, |sum, byte| (sum << 8) | u32::from(*byte))
    }
}

/// Hashes of what a block must hold for one of its entries to pass a filter, its time apart.
#[derive(Debug)]
pub(super) struct Wanted {
    /// Each of these.
    pub(super) all: Vec<u32>,
    /// One of these, if there are any.
    pub(super) any: Vec<u32>,
    /// This number of a document, and what says that all numbers are there.
    pub(super) number: Option<(u32, u32)>,
}

/// What this filter wants.
pub(super) fn wanted(filter: &AuditFilter) -> Wanted {
    let terms = [
        filter.actor.as_ref().map(|id| Term::Actor(id.as_bytes())),
        filter.agency.as_ref().map(|id| Term::Agency(id.as_bytes())),
        filter.client.as_ref().map(|id| Term::Client(id.as_bytes())),
        filter
            .credential
            .as_ref()
            .map(|id| Term::Credential(id.as_bytes())),
        filter
            .request
            .as_ref()
            .map(|id| Term::Request(id.as_bytes())),
        filter.event.as_deref().map(Term::Event),
        filter.outcome.as_deref().map(Term::Outcome),
    ];
    let events = filter.events.iter().map(|event| Term::Event(event.name()));
    Wanted {
        all: terms.into_iter().flatten().map(Term::hash).collect(),
        any: events.map(Term::hash).collect(),
        number: filter
            .number
            .as_ref()
            .map(|asked| (Term::Number(asked.number).hash(), Term::Numbered.hash())),
    }
}
