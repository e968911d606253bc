//! The names of a bundle's parts.

use std::fmt;
use std::str::FromStr;

use crate::line::decimal;
use crate::note::MAX_NOTE_BYTES;
use crate::tiles::{TILE_WIDTH, Tile};

/// Parts that one list names, before the next list.
pub(super) const LISTED: usize = 4_096;

/// Which part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// The page that verifies the bundle.
    Page,
    /// What is exported, when and by whom.
    Statement,
    /// The keys that the exporter names.
    Keys,
    /// A checkpoint, by its size.
    Checkpoint(u64),
    /// A tile.
    Tile(Tile),
    /// Entries up to the next multiple of 256, by the number of the first.
    Entries(u64),
    /// What opens commitments of those entries.
    Disclosed(u64),
    /// A list of parts, by its number from 0.
    List(u64),
    /// The signed manifest.
    Manifest,
}

impl Name {
    /// The most bytes that such a part may have.
    pub(super) fn limit(&self) -> usize {
        match self {
            Self::Page => 1 << 20,
            Self::Statement | Self::Keys => 1 << 16,
            Self::Checkpoint(_) | Self::Manifest => MAX_NOTE_BYTES,
            Self::Tile(tile) => usize::from(tile.width()) * 32,
            Self::Entries(_) => usize::from(TILE_WIDTH) * (2 + crate::MAX_ENTRY_BYTES),
            Self::Disclosed(_) => 1 << 24,
            Self::List(_) => LISTED * 192,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page => f.write_str("verify.html"),
            Self::Statement => f.write_str("export"),
            Self::Keys => f.write_str("keys"),
            Self::Checkpoint(size) => write!(f, "checkpoint/{size}"),
            Self::Tile(tile) => tile.fmt(f),
            Self::Entries(first) => write!(f, "entries/{first}"),
            Self::Disclosed(first) => write!(f, "disclosed/{first}"),
            Self::List(number) => write!(f, "parts/{number}"),
            Self::Manifest => f.write_str("manifest"),
        }
    }
}

impl FromStr for Name {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let fixed = [Self::Page, Self::Statement, Self::Keys, Self::Manifest];
        if let Some(fixed) = fixed.into_iter().find(|fixed| fixed.to_string() == name) {
            return Ok(fixed);
        }
        if let Ok(tile) = name.parse() {
            return Ok(Self::Tile(tile));
        }
        let (kind, number) = name.split_once('/').ok_or(())?;
        let number = decimal(number).ok_or(())?;
        match kind {
            "checkpoint" => Ok(Self::Checkpoint(number)),
            "entries" => Ok(Self::Entries(number)),
            "disclosed" => Ok(Self::Disclosed(number)),
            "parts" => Ok(Self::List(number)),
            _ => Err(()),
        }
    }
}
