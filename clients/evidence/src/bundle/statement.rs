//! What a bundle says of itself: the part `export`, and the beginning of the manifest.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use crate::checkpoint::Checkpoint;
use crate::instant;
use crate::line::{decimal, hash, to_base64};
use crate::tree::Hash;

const HEADER: &str = "kyso-export/v1";

/// The longest name of who exported, in bytes.
pub const MAX_EXPORTER_BYTES: usize = 200;

/// Who exported: an id as entries have it, such as `person 0199…`, and nothing personal.
///
/// Not empty, one line, without control characters, at most [`MAX_EXPORTER_BYTES`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exporter(String);

/// Why text is not an [`Exporter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("who exported is one line of at most {MAX_EXPORTER_BYTES} bytes")]
pub struct ExporterError;

impl FromStr for Exporter {
    type Err = ExporterError;

    fn from_str(text: &str) -> Result<Self, ExporterError> {
        let fits = (1..=MAX_EXPORTER_BYTES).contains(&text.len());
        if fits && !text.contains(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ExporterError)
        }
    }
}

impl fmt::Display for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is exported: of which log, which entries, under which checkpoint, when and by whom.
///
/// Displays as the part's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub(super) origin: String,
    pub(super) range: Range<u64>,
    pub(super) size: u64,
    pub(super) root: Hash,
    pub(super) time: String,
    pub(super) exporter: Exporter,
}

impl Statement {
    /// `None` if there is no such range in that tree, or the time is not as entries have it.
    pub(super) fn new(
        range: Range<u64>,
        checkpoint: &Checkpoint,
        time: String,
        exporter: Exporter,
    ) -> Option<Self> {
        let statement = Self {
            origin: checkpoint.origin().to_owned(),
            range,
            size: checkpoint.size(),
            root: *checkpoint.root(),
            time,
            exporter,
        };
        statement.is_possible().then_some(statement)
    }

    fn is_possible(&self) -> bool {
        !self.range.is_empty()
            && self.range.end <= self.size
            && instant::microseconds(&self.time).is_some()
    }

    /// Reads the part from its one spelling.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut lines = text.strip_prefix(HEADER)?.strip_prefix('\n')?.lines();
        let mut line = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let origin = line("log")?.to_owned();
        let (start, end) = line("range")?.split_once(' ')?;
        let (size, root) = line("tree")?.split_once(' ')?;
        let statement = Self {
            origin,
            range: decimal(start)?..decimal(end)?,
            size: decimal(size)?,
            root: hash(root)?,
            time: line("time")?.to_owned(),
            exporter: line("by")?.parse().ok()?,
        };
        let same = statement.to_string().as_bytes() == bytes;
        (same && statement.is_possible()).then_some(statement)
    }

    /// The log's origin.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Numbers of the entries that the bundle holds.
    pub const fn range(&self) -> &Range<u64> {
        &self.range
    }

    /// Entries in the tree of the largest checkpoint.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Root of that tree.
    pub const fn root(&self) -> &Hash {
        &self.root
    }

    /// When, by the exporter's clock; RFC 3339 UTC with six decimals.
    pub fn time(&self) -> &str {
        &self.time
    }

    /// Who.
    pub const fn exporter(&self) -> &Exporter {
        &self.exporter
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.range;
        writeln!(f, "{HEADER}\nlog {}\nrange {start} {end}", self.origin)?;
        writeln!(f, "tree {} {}", self.size, to_base64(&self.root))?;
        writeln!(f, "time {}\nby {}", self.time, self.exporter)
    }
}
