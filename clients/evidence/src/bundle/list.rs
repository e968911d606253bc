//! What makes a bundle one: lists of its parts, each with length and SHA-256, and the manifest that
//! names the lists.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::name::{LISTED, Name};
use super::statement::Statement;

/// The parts that came since the last list, and a line for each list before.
#[derive(Debug, Default)]
pub(super) struct Lists {
    lines: String,
    count: usize,
    closed: u64,
    manifest: String,
}

/// Hash in lowercase hex, length in bytes, name.
fn line(name: &Name, content: &[u8]) -> String {
    let hash = hex::encode(Sha256::digest(content));
    format!("{hash} {} {name}\n", content.len())
}

impl Lists {
    /// Notes a part.
    pub(super) fn add(&mut self, name: &Name, content: &[u8]) {
        self.lines.push_str(&line(name, content));
        self.count += 1;
    }

    /// Whether the next part must be a list.
    pub(super) const fn is_full(&self) -> bool {
        self.count >= LISTED
    }

    /// Whether every part is in a list.
    pub(super) const fn is_closed(&self) -> bool {
        self.count == 0
    }

    /// The list of what was noted, and begins the next one.
    pub(super) fn close(&mut self) -> (Name, String) {
        let name = Name::List(self.closed);
        let list = std::mem::take(&mut self.lines);
        let line = line(&name, list.as_bytes());
        // Writing to a string does not fail.
        let _ = write!(self.manifest, "part {line}");
        self.closed += 1;
        self.count = 0;
        (name, list)
    }

    /// The text of the manifest, once all is listed.
    pub(super) fn manifest(&self, statement: &Statement) -> String {
        format!("{statement}{}", self.manifest)
    }
}

/// What names the first line in which two lists differ; a name that the other does not have is
/// named as well.
pub(super) fn first_difference(ours: &str, theirs: &str) -> String {
    let mut theirs = theirs.lines();
    let differs = ours.lines().find(|line| theirs.next() != Some(line));
    let line = differs.or_else(|| theirs.next()).unwrap_or_default();
    line.rsplit(' ').next().unwrap_or_default().to_owned()
}
