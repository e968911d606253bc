//! What was added to a PDF after each of its signatures, and whether it is explained.
//!
//! A signature is over a state of the file; what follows is an update, and a reader shows both as
//! one. So every update is judged against the state before it, one after the other: what it writes
//! must be asked for by a rule (a further signature with its look, number and date in the fields
//! that were kept for them, validation data), and everything else must be as it was, to the digit.
//! Nothing is repaired, and what is not understood is not explained. Hide, replace and
//! hide-and-replace attacks (Mainka, Mladenov and Rohlmann, NDSS 2021), incremental saving,
//! wrapping and overlays all end there.

mod alteration;
mod annotations;
mod appended;
mod fields;
mod filled;
mod locks;
mod node;
mod part;
mod signed;
mod step;
mod validation;

#[cfg(feature = "verify")]
use std::collections::HashSet;

use lopdf::ObjectId;

use super::form;
use super::guard;
use super::limits::Limits;
use super::reader::Pdf;
use super::refusal::Refusal;
use super::sections::Section;
use super::signatures::{Coverage, Embedded};
use super::text::{Cursor, is_space};

pub use alteration::Alteration;
pub(super) use filled::shows;

/// Revisions that are judged, at most.
const MOST: usize = 64;

/// What was added after a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Later {
    /// Nothing.
    Nothing,
    /// Only what may be added, in its order.
    Explained(Vec<Change>),
    /// Something else.
    Unexplained(Unexplained),
}

impl Later {
    /// Nothing was added, or only what may be.
    pub const fn is_explained(&self) -> bool {
        !matches!(self, Self::Unexplained(_))
    }

    /// Is not explained if one of these fields has to explain it: nothing vouches for what they
    /// show.
    #[cfg(feature = "verify")]
    pub(crate) fn without(&mut self, broken: &HashSet<String>) {
        let Self::Explained(changes) = self else {
            return;
        };
        let is_broken = |change: &Change| matches!(change, Change::Signed { field, .. } if broken.contains(field));
        if changes.iter().any(is_broken) {
            *self = Self::Unexplained(Alteration::NotIntact.somewhere());
        }
    }
}

/// One thing that may be added after a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A further signature, in a new field or in one that waited. What it shows may lie over other
    /// things, so it counts only if it is intact.
    Signed {
        /// Full name of its field.
        field: String,
        /// Whether it is shown in a field that was not there before.
        new_and_visible: bool,
    },
    /// A time stamp over the document.
    Stamped {
        /// Full name of its field.
        field: String,
    },
    /// Number or date, in the field that was kept for it.
    Filled {
        /// Full name of the field.
        field: String,
        /// What it says and shows.
        text: String,
    },
    /// Certificates and revocation data for later checks.
    ValidationData,
    /// The program and the time of the change.
    Information,
}

/// What is not explained, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unexplained {
    /// Why it is not.
    pub alteration: Alteration,
    /// The object, by number and generation, if it is one.
    pub object: Option<(u32, u16)>,
}

impl Alteration {
    const fn of(self, object: ObjectId) -> Unexplained {
        Unexplained {
            alteration: self,
            object: Some(object),
        }
    }

    const fn somewhere(self) -> Unexplained {
        Unexplained {
            alteration: self,
            object: None,
        }
    }
}

/// An update and what it did.
struct Revision {
    /// Where it ends.
    end: usize,
    changes: Result<Vec<Change>, Unexplained>,
}

impl Pdf<'_> {
    /// What was added after each signature, in the order of [`signatures`](Self::signatures).
    ///
    /// Whether later signatures are intact is not looked at here: see
    /// [`verify`](super::verify).
    ///
    /// # Errors
    ///
    /// [`Refusal`] if the form cannot be read.
    pub fn later(&self, limits: &Limits) -> Result<Vec<Later>, Refusal> {
        self.later_than(&self.signatures()?, limits)
    }

    /// The same of signatures that were read before: all of this file.
    pub(crate) fn later_than(
        &self,
        signatures: &[Embedded],
        limits: &Limits,
    ) -> Result<Vec<Later>, Refusal> {
        let earlier = signatures
            .iter()
            .filter(|one| one.coverage == Coverage::EarlierRevision);
        let ends: Vec<usize> = earlier.filter_map(Embedded::end).collect();
        let revisions = ends
            .iter()
            .min()
            .map(|first| self.revisions(*first, limits));
        let locks = locks::of_all(self)?;
        let later = signatures.iter().map(|signature| {
            match (signature.coverage, &revisions, signature.end()) {
                (Coverage::WholeFile, ..) => Later::Nothing,
                (Coverage::EarlierRevision, Some(revisions), Some(end)) => {
                    self.since(end, revisions, locks.get(&signature.field))
                }
                _ => Later::Unexplained(Alteration::Unclear.somewhere()),
            }
        });
        Ok(later.collect())
    }

    /// Whether the signature in a field, made or prepared, says itself that it locks another field: by its transform
    /// (`FieldMDP`), which validators follow, not by a lock of its field alone.
    ///
    /// # Errors
    ///
    /// [`Refusal::Malformed`] if the form cannot be read.
    pub fn locks(&self, signed: &str, field: &str) -> Result<bool, Refusal> {
        let fields = form::fields(self)?;
        let named = fields.iter().find(|one| one.name == signed);
        let signature = named.and_then(|one| one.signature(self));
        Ok(signature.is_some_and(|signature| guard::states_lock(self, signature, field)))
    }

    /// Where the state of the file ends that its last update follows.
    #[cfg(feature = "verify")]
    pub(crate) fn before_last(&self) -> Option<usize> {
        appended::end(self.file(), self.sections().earlier.first()?)
    }

    /// Where what its last update writes begins, with all of the file if it has none. None if that cannot be told.
    #[cfg(feature = "verify")]
    pub(crate) fn last_begins(&self) -> Option<usize> {
        if self.sections().earlier.is_empty() {
            return Some(0);
        }
        let mut cursor = Cursor::new(self.file(), self.before_last()?);
        cursor.skip_space();
        Some(cursor.place())
    }

    /// Everything that was added after a place, judged by what the signature forbids.
    fn since(
        &self,
        end: usize,
        revisions: &Result<Vec<Revision>, Unexplained>,
        locks: Option<&locks::Locks>,
    ) -> Later {
        let revisions = match revisions {
            Ok(revisions) => revisions,
            Err(unexplained) => return Later::Unexplained(*unexplained),
        };
        let at = revisions.iter().position(|one| self.is_end(end, one.end));
        let Some(after) = at.and_then(|at| revisions.get(at.saturating_add(1)..)) else {
            return Later::Unexplained(Alteration::Unclear.somewhere());
        };
        let mut all = Vec::new();
        for revision in after {
            match &revision.changes {
                Ok(changes) => all.extend_from_slice(changes),
                Err(unexplained) => return Later::Unexplained(*unexplained),
            }
        }
        match locks.map_or(Ok(()), |locks| locks.allow(&all)) {
            Ok(()) if all.is_empty() => Later::Nothing,
            Ok(()) => Later::Explained(all),
            Err(alteration) => Later::Unexplained(alteration.somewhere()),
        }
    }

    /// A signature may end before the end of line that follows the mark of the end.
    fn is_end(&self, signed: usize, end: usize) -> bool {
        let between = self.file().get(signed..end);
        between.is_some_and(|between| matches!(between, b"" | b"\n" | b"\r" | b"\r\n"))
    }

    /// The first signed revision and all updates after it, each judged.
    fn revisions(&self, first: usize, limits: &Limits) -> Result<Vec<Revision>, Unexplained> {
        let broken = Alteration::Structure.somewhere();
        let after: Vec<&Section> = self
            .sections()
            .all()
            .take_while(|section| section.start >= first)
            .collect();
        let mut rest = self.sections().all().skip(after.len());
        if rest.any(|section| section.start >= first)
            || !after.is_sorted_by(|later, earlier| later.start > earlier.start)
        {
            return Err(broken);
        }
        let mut ends = Vec::new();
        for section in after.iter().rev() {
            ends.push(appended::end(self.file(), section).ok_or(broken)?);
        }
        let first_end = self.first_end(first);
        let mut cost = ends
            .iter()
            .fold(first_end, |sum, end| sum.saturating_add(*end));
        cost = cost.checked_div(4).unwrap_or(cost);
        if ends.len() > MOST || cost > limits.bytes {
            return Err(Alteration::TooMany.somewhere());
        }
        let last = ends.last().copied().unwrap_or(first_end);
        let rest = self.file().get(last..).unwrap_or_default();
        rest.iter()
            .all(|byte| is_space(*byte))
            .then_some(())
            .ok_or(broken)?;
        self.judged(first_end, &ends, limits)
    }

    /// The end of the first signed revision with the end of line after it.
    fn first_end(&self, first: usize) -> usize {
        let rest = self.file().get(first..).unwrap_or_default();
        let ended = first.checked_sub(1).and_then(|last| self.file().get(last));
        if matches!(ended, Some(b'\r' | b'\n')) {
            return first;
        }
        let line = match rest {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        first.saturating_add(line)
    }

    fn judged(
        &self,
        first: usize,
        ends: &[usize],
        limits: &Limits,
    ) -> Result<Vec<Revision>, Unexplained> {
        let unreadable = Alteration::Unreadable.somewhere();
        let state = |end: usize| {
            let file = self.file().get(..end).ok_or(unreadable)?;
            Pdf::read(file, limits).map_err(|_| unreadable)
        };
        let mut old = state(first)?;
        let mut revisions = vec![Revision {
            end: first,
            changes: Ok(Vec::new()),
        }];
        for end in ends {
            // The last state mostly is the file, which is read already: one document less in memory.
            let read = (*end < self.file().len()).then(|| state(*end));
            let read = read.transpose()?;
            let new = read.as_ref().unwrap_or(self);
            let changes = follows(&old, new)
                .and_then(|()| appended::read(old.file().len(), &old, new))
                .map_err(Alteration::somewhere)
                .and_then(|appended| step::judge(&old, new, appended));
            revisions.push(Revision { end: *end, changes });
            old = read.unwrap_or(old);
        }
        Ok(revisions)
    }
}

/// That the last section of an update leads to those of the state before it, one by one. Through another
/// `Prev` the file would show what an older section lists, or one that lay hidden in what was signed.
fn follows(old: &Pdf<'_>, new: &Pdf<'_>) -> Result<(), Alteration> {
    let before = old.sections().all().map(|section| section.start);
    let now = new.sections().earlier.iter().map(|section| section.start);
    now.eq(before).then_some(()).ok_or(Alteration::Structure)
}
