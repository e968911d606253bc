//! What is wrong with a bundle, and where.

use std::io;

use super::held::TileFault;
use crate::checkpoint::CheckpointError;
use crate::key::SignatureError;
use crate::policy::Distrust;
use crate::tiles::Tile;
use crate::tree::InclusionError;
use crate::verify;

/// Why a bundle was not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It could not be read.
    #[error("the bundle could not be read")]
    Read(#[source] io::Error),
    /// The first thing found wrong.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<TileFault> for VerifyError {
    fn from(fault: TileFault) -> Self {
        Self::Fault(fault.into())
    }
}

/// The first thing found wrong with a bundle.
///
/// Displays in English; [`vietnamese`](Self::vietnamese) is the same sentence for people here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// What stands at this byte is nothing that a bundle has there.
    #[error("byte {0}: no bundle has this there")]
    Header(u64),
    /// The file ends too early.
    #[error("the file ends too early, after byte {0}")]
    CutOff(u64),
    /// Something follows the end.
    #[error("byte {0}: something follows the end of the bundle")]
    Trailing(u64),
    /// A part is longer than such a part can be.
    #[error("part {0} is too long")]
    TooLong(String),
    /// A part stands where another should.
    #[error("part {found} stands where {expected} should")]
    Order {
        /// What should come.
        expected: String,
        /// What came.
        found: String,
    },
    /// A part's bytes are not those that its list, or the manifest, names.
    #[error("part {0} was changed, or is not the one that the exporter listed")]
    Part(String),
    /// A part is not what such a part is.
    #[error("part {0} does not hold what its name says")]
    Form(String),
    /// Export key and log key are one: the checkpoint key signs nothing else.
    #[error("the manifest's key is the log's own key")]
    OneKey,
    /// A checkpoint is none.
    #[error("checkpoint {size}: {error}")]
    Checkpoint {
        /// The size in the part's name.
        size: u64,
        /// Why.
        error: CheckpointError,
    },
    /// A checkpoint is not believed.
    #[error("checkpoint {size}: {why}")]
    Distrust {
        /// The checkpoint's size.
        size: u64,
        /// Why.
        why: Distrust,
    },
    /// A tile is missing or wrong.
    #[error(transparent)]
    Tile(#[from] TileFault),
    /// An entry is missing, wrong or out of place.
    #[error(transparent)]
    Entry(#[from] verify::Fault),
    /// A file of entries ends before the entry of this number.
    #[error("entry {0} is missing")]
    Missing(u64),
    /// A file of entries goes on after its last entry.
    #[error("something was added after entry {0}")]
    Added(u64),
    /// The bundle does not hold the entry of this number, which was asked for.
    #[error("the bundle does not hold entry {0}")]
    NotHeld(u64),
    /// A disclosed value is not what the entry commits to.
    #[error("entry {sequence}: the value disclosed as {field} is not what the entry commits to")]
    Disclosed {
        /// The entry.
        sequence: u64,
        /// The field.
        field: String,
    },
    /// Entries and tiles do not make the tree that a checkpoint signs.
    #[error("the first {size} entries do not give the root in checkpoint {size}")]
    Root {
        /// The checkpoint's size.
        size: u64,
    },
    /// The manifest's beginning is not the statement at the bundle's beginning.
    #[error("the manifest states something else than the bundle's beginning")]
    Statement,
    /// The manifest is not signed by the key that counts.
    #[error("manifest: {0}")]
    Manifest(SignatureError),
    /// The bundle does not agree with what was given beside it.
    #[error("against number {number} of what was given beside it: {why}")]
    Beside {
        /// Which, from 1.
        number: usize,
        /// Why.
        why: BesideFault,
    },
}

/// How a bundle does not agree with something else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BesideFault {
    /// What is beside is itself not believed.
    #[error("it does not count: {0}")]
    Distrust(#[from] Distrust),
    /// A receipt does not hold.
    #[error("it does not count: {0}")]
    Inclusion(InclusionError),
    /// The log told two histories.
    #[error(
        "the log was forked or rewritten: its first {size} entries are others than the log signed before"
    )]
    Forked {
        /// Entries that were signed twice.
        size: u64,
    },
    /// The log was longer.
    #[error("tail cut off: entries {from} to {to} are missing")]
    CutTail {
        /// The first missing number.
        from: u64,
        /// The last one that the checkpoint counts.
        to: u64,
    },
    /// The entry is another than the receipt has.
    #[error("entry {0} is not the one that the receipt proves")]
    OtherEntry(u64),
    /// The bundle has no tiles for that size.
    #[error(
        "this bundle has no tiles to compare a tree of {size} entries with: {missing} is missing"
    )]
    Incomparable {
        /// The checkpoint's size.
        size: u64,
        /// The first tile that it would take.
        missing: Tile,
    },
}

impl Fault {
    /// A word for programs.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Header(_) | Self::Trailing(_) | Self::TooLong(_) => "not_a_bundle",
            Self::CutOff(_) => "file_cut_off",
            Self::Order { .. } => "part_out_of_place",
            Self::Part(_) => "part_changed",
            Self::Form(_) => "part_malformed",
            Self::OneKey => "one_key",
            Self::Checkpoint { .. } => "checkpoint_malformed",
            Self::Distrust { why, .. } => distrust_word(why),
            Self::Tile(TileFault::Missing(_)) => "tile_missing",
            Self::Tile(_) => "tile_wrong",
            Self::Entry(fault) => entry_word(fault),
            Self::Missing(_) => "entry_missing",
            Self::Added(_) => "entry_added",
            Self::NotHeld(_) => "entry_not_held",
            Self::Disclosed { .. } => "disclosed_wrong",
            Self::Root { .. } => "root_differs",
            Self::Statement => "statement_differs",
            Self::Manifest(_) => "manifest_not_signed",
            Self::Beside { why, .. } => match why {
                BesideFault::Distrust(_) | BesideFault::Inclusion(_) => "beside_not_believed",
                BesideFault::Forked { .. } => "forked",
                BesideFault::CutTail { .. } => "tail_cut_off",
                BesideFault::OtherEntry(_) => "entry_differs",
                BesideFault::Incomparable { .. } => "incomparable",
            },
        }
    }
}

const fn distrust_word(why: &Distrust) -> &'static str {
    match why {
        Distrust::Quorum { .. } => "too_few_witnesses",
        Distrust::Signature(SignatureError::OtherLog(_)) => "other_log",
        Distrust::Signature(SignatureError::Missing(_)) => "unsigned",
        Distrust::Signature(SignatureError::Invalid(_)) => "signature_invalid",
    }
}

const fn entry_word(fault: &verify::Fault) -> &'static str {
    match fault {
        verify::Fault::Gap { .. } | verify::Fault::CutTail { .. } => "entry_missing",
        verify::Fault::Duplicate(_) => "entry_twice",
        verify::Fault::Order { .. } | verify::Fault::Misplaced { .. } => "entry_out_of_place",
        verify::Fault::Changed(_) | verify::Fault::Rewritten { .. } => "entry_changed",
        verify::Fault::Malformed { .. } => "entry_malformed",
        verify::Fault::ForeignLog(_) => "entry_of_another_log",
        verify::Fault::TimeBackwards(_) => "time_backwards",
        verify::Fault::Projection { .. } => "column_differs",
        verify::Fault::WrongIntent(_) => "wrong_intent",
    }
}
