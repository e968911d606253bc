//! The verifier: reads a log once, in order, and names the first thing that is wrong with it.
//!
//! It holds the frontier and the intents still open, so a log of any length passes through it. It
//! never calls a log whole: a copy can only be shown complete as far as it goes, and its end can
//! be cut off unseen unless a [`Head`] from elsewhere says how long it was.

use std::collections::HashMap;
use std::fmt;

use crate::canonical::EntryError;
use crate::entry::Entry;
use crate::event::Event;
use crate::head::Head;
use crate::instant;
use crate::tree::{Frontier, Hash, leaf_hash};

/// How far an entry's time may lie before that of the one before it, in microseconds: the journal
/// refuses to go back further.
pub const TIME_TOLERANCE: i64 = 1_000_000;

/// One row of the log, as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The row's sequence number.
    pub sequence: u64,
    /// The entry's bytes.
    pub entry: &'a [u8],
    /// The stored leaf hash.
    pub leaf: Hash,
    /// The other columns, to be compared with the entry.
    pub projections: &'a [Projection<'a>],
}

/// A column of a row and the member of the entry that it repeats.
///
/// Projections are what searches run on: a changed one hides an entry without touching its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Projection<'a> {
    /// The member, by the names of [`Entry::member`].
    pub member: &'a str,
    /// The column's value, written as in the entry.
    pub value: Option<&'a str>,
}

/// The first thing found wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Rows are missing.
    #[error("gap: entry {expected} is missing, {found} follows")]
    Gap {
        /// The number that should come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// A number came twice in a row.
    #[error("entry {0} stands twice")]
    Duplicate(u64),
    /// A number came after larger ones.
    #[error("order: entry {found} comes where {expected} should")]
    Order {
        /// The number that should come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// The bytes do not have the stored leaf hash.
    #[error("entry {0} was changed: its bytes do not have the stored leaf hash")]
    Changed(u64),
    /// The bytes are no entry.
    #[error("row {sequence} holds no entry: {error}")]
    Malformed {
        /// The row.
        sequence: u64,
        /// Why.
        error: EntryError,
    },
    /// The entry says it belongs elsewhere in the log.
    #[error("order: row {row} holds entry {entry}")]
    Misplaced {
        /// The row's number.
        row: u64,
        /// The entry's own number.
        entry: u64,
    },
    /// The entry belongs to another log.
    #[error("entry {0} belongs to another log")]
    ForeignLog(u64),
    /// The entry is more than [`TIME_TOLERANCE`] older than the one before it.
    #[error("order: entry {0} is older than the one before it")]
    TimeBackwards(u64),
    /// A column differs from the entry.
    #[error("row {sequence}: column {member} differs from its entry")]
    Projection {
        /// The row.
        sequence: u64,
        /// The member.
        member: String,
    },
    /// An outcome names a leaf that is no open intent of the same request.
    #[error("outcome {0} names no open intent of its request")]
    WrongIntent(u64),
    /// At the head's size the tree has another root: something before it was changed.
    #[error("entries 0 to {} are not those the head file saw", size - 1)]
    Rewritten {
        /// The head's size.
        size: u64,
    },
    /// The log ends before the head.
    #[error("tail cut off: entries {from} to {to} are missing")]
    CutTail {
        /// The first missing number.
        from: u64,
        /// The last one that the head file saw.
        to: u64,
    },
}

/// What the verifier found where nothing is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Entries checked by this run.
    pub checked: u64,
    /// Frontier after the last entry: its size and root are what this copy shows.
    pub frontier: Frontier,
    /// Size of the head that this copy was compared with; `None` if there was none to compare.
    pub head: Option<u64>,
    /// Sequence numbers of intents without an outcome, ascending. Each is either still running or
    /// a defect; treat it as signed.
    pub open_intents: Vec<u64>,
    /// Outcomes whose intent may lie before the first entry checked.
    pub outside: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.frontier.size().checked_sub(1) {
            None => write!(f, "no entries in this copy")?,
            Some(last) => write!(f, "complete up to {last} as far as this copy shows")?,
        }
        match self.head {
            Some(size) => write!(f, "; agrees with a head of {size} entries")?,
            None => write!(f, "; no head was given, so a cut tail would not show")?,
        }
        match self.open_intents.as_slice() {
            [] => Ok(()),
            [first, ..] => {
                let count = self.open_intents.len();
                write!(f, "; {count} intents without outcome, the first is {first}")
            }
        }
    }
}

/// An intent whose outcome has not come yet.
#[derive(Debug)]
struct OpenIntent {
    sequence: u64,
    request: String,
}

/// The state of a run over a log.
#[derive(Debug)]
pub struct Verifier {
    start: u64,
    frontier: Frontier,
    log: Option<String>,
    time: i64,
    open: HashMap<Hash, OpenIntent>,
    outside: u64,
    head: Option<Head>,
}

impl Verifier {
    /// Starts at the first entry, or at the end of `known`, a frontier that was verified before.
    ///
    /// # Errors
    ///
    /// [`Fault::Rewritten`] if the head has the size of `known` but not its root.
    pub fn new(known: Frontier, head: Option<Head>) -> Result<Self, Fault> {
        let verifier = Self {
            start: known.size(),
            frontier: known,
            log: head.as_ref().map(|head| head.log().to_owned()),
            time: i64::MIN,
            open: HashMap::new(),
            outside: 0,
            head,
        };
        verifier.compare_head()?;
        Ok(verifier)
    }

    /// Checks the next row; after a fault the run is over.
    ///
    /// # Errors
    ///
    /// The first [`Fault`] of the row.
    pub fn push(&mut self, row: &Row<'_>) -> Result<(), Fault> {
        self.check_sequence(row.sequence)?;
        if leaf_hash(row.entry) != row.leaf {
            return Err(Fault::Changed(row.sequence));
        }
        let entry = Entry::parse(row.entry).map_err(|error| Fault::Malformed {
            sequence: row.sequence,
            error,
        })?;
        self.check_place(row.sequence, &entry)?;
        check_projections(row, &entry)?;
        self.follow_intent(row, entry)?;
        self.frontier.push(row.leaf);
        self.compare_head()
    }

    /// Ends the run.
    ///
    /// # Errors
    ///
    /// [`Fault::CutTail`] if the head saw more entries than came.
    pub fn finish(self) -> Result<Report, Fault> {
        let size = self.frontier.size();
        if let Some(head) = self.head.as_ref().filter(|head| head.size() > size) {
            return Err(Fault::CutTail {
                from: size,
                to: head.size() - 1,
            });
        }
        let mut open_intents: Vec<_> = self.open.values().map(|intent| intent.sequence).collect();
        open_intents.sort_unstable();
        Ok(Report {
            checked: size - self.start,
            // A head before the start was never met on the way.
            head: self
                .head
                .map(|head| head.size())
                .filter(|&seen| seen >= self.start),
            frontier: self.frontier,
            open_intents,
            outside: self.outside,
        })
    }

    /// The frontier after what was pushed.
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Id of the log that the entries name.
    pub(crate) fn log(&self) -> Option<&str> {
        self.log.as_deref()
    }

    fn check_sequence(&self, found: u64) -> Result<(), Fault> {
        let expected = self.frontier.size();
        if found == expected {
            Ok(())
        } else if found > expected {
            Err(Fault::Gap { expected, found })
        } else if found + 1 == expected && found >= self.start {
            Err(Fault::Duplicate(found))
        } else {
            Err(Fault::Order { expected, found })
        }
    }

    fn check_place(&mut self, row: u64, entry: &Entry) -> Result<(), Fault> {
        if entry.seq != row {
            return Err(Fault::Misplaced {
                row,
                entry: entry.seq,
            });
        }
        if *self.log.get_or_insert_with(|| entry.log.clone()) != entry.log {
            return Err(Fault::ForeignLog(row));
        }
        let time = instant::microseconds(&entry.time).unwrap_or(i64::MIN);
        if time < self.time.saturating_sub(TIME_TOLERANCE) {
            return Err(Fault::TimeBackwards(row));
        }
        self.time = time;
        Ok(())
    }

    /// Opens an intent or closes the one that this outcome names.
    fn follow_intent(&mut self, row: &Row<'_>, entry: Entry) -> Result<(), Fault> {
        if entry.event == Event::SignatureIntent {
            let intent = OpenIntent {
                sequence: row.sequence,
                request: entry.request,
            };
            self.open.insert(row.leaf, intent);
            return Ok(());
        }
        let Some(named) = entry.intent else {
            return Ok(());
        };
        let mut leaf = Hash::default();
        let decoded = hex::decode_to_slice(&named, &mut leaf);
        match self.open.remove(&leaf) {
            Some(intent) if intent.request == entry.request => Ok(()),
            None if decoded.is_ok() && self.start > 0 => {
                self.outside += 1;
                Ok(())
            }
            _ => Err(Fault::WrongIntent(row.sequence)),
        }
    }

    fn compare_head(&self) -> Result<(), Fault> {
        let size = self.frontier.size();
        let Some(head) = self.head.as_ref().filter(|head| head.size() == size) else {
            return Ok(());
        };
        if head.root() == self.frontier.root() {
            Ok(())
        } else {
            Err(Fault::Rewritten { size })
        }
    }
}

fn check_projections(row: &Row<'_>, entry: &Entry) -> Result<(), Fault> {
    let wrong = row.projections.iter().find(|column| {
        entry
            .member(column.member)
            .is_none_or(|member| member.as_deref() != column.value)
    });
    wrong.map_or(Ok(()), |column| {
        Err(Fault::Projection {
            sequence: row.sequence,
            member: column.member.to_owned(),
        })
    })
}
