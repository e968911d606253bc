//! What a bundle was found to show.

use std::fmt;

use super::disclosed::Disclosed;
use super::statement::Statement;
use crate::policy::Cosignature;

/// Whose word a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// The verifying person gave it.
    Given,
    /// The bundle itself names it: whoever made the bundle may have made the key.
    Bundle,
}

/// What the verifier found where nothing is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What the bundle states, which was found true as far as a bundle can show it.
    pub statement: Statement,
    /// Id of the log that the entries name.
    pub log: String,
    /// Where the log's key is from, and the witnesses.
    pub log_key: KeySource,
    /// Where the manifest's key is from.
    pub export_key: KeySource,
    /// Which witnesses cosigned the largest checkpoint.
    pub cosignatures: Vec<Cosignature>,
    /// Sizes of the checkpoints that it agrees with, of those given beside it.
    pub beside: Vec<u64>,
    /// Values that were disclosed, each of which is what its entry commits to.
    pub disclosed: u64,
    /// Numbers of intents without an outcome in the bundle, ascending; treat them as signed.
    pub open_intents: Vec<u64>,
    /// Outcomes whose intent lies before the bundle.
    pub outside: u64,
    /// Whether the page in the bundle is the one that this program would put there.
    pub page_is_ours: bool,
}

impl Report {
    /// Whether somebody else than the exporter says how long the log is: a witness whose key was
    /// given.
    pub fn is_witnessed(&self) -> bool {
        self.log_key == KeySource::Given && !self.cosignatures.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let range = self.statement.range();
        let (first, last) = (range.start, range.end.saturating_sub(1));
        write!(
            f,
            "entries {first} to {last}: complete up to {last} as far as this copy shows"
        )?;
        if self.beside.is_empty() {
            write!(
                f,
                "; nothing was given beside it, so a cut tail would not show"
            )?;
        }
        if self.log_key == KeySource::Bundle {
            write!(f, "; checked against the keys in the bundle itself")?;
        }
        Ok(())
    }
}

/// How far a verification has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Entries checked.
    pub entries: u64,
    /// Entries that the bundle states.
    pub of: u64,
    /// Bytes read.
    pub bytes: u64,
}

/// Looks on while a bundle is verified. What it sees is proven only when [`verify`] has come to its
/// end.
///
/// [`verify`]: super::verify
pub trait Watch {
    /// Up to 256 entries further.
    fn progress(&mut self, _: Progress) {}

    /// An entry, by its number.
    fn entry(&mut self, _: u64, _: &[u8]) {}

    /// A value that opens a commitment of the entry of that number.
    fn disclosed(&mut self, _: u64, _: &Disclosed) {}
}

impl Watch for () {}
