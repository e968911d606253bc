//! Many people or agencies from one CSV file, and how far the roll-out has come.

use serde::{Deserialize, Serialize};

/// Reply of `POST imports/persons` and `imports/agencies` (`text/csv`, `?dry_run=true`).
///
/// Nothing is applied when there is an error; sending the same file again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ImportReply {
    /// Rows read, without the heading.
    pub rows: u32,
    /// Rows that made something; in a dry run, that would.
    pub applied: u32,
    /// Rows that were there already.
    pub unchanged: u32,
    /// What is wrong, the first fault of each row.
    pub errors: Vec<RowError>,
}

/// What is wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RowError {
    /// Number of the row, the heading being 1, as a spreadsheet shows it.
    pub row: u32,
    /// Heading of the column.
    pub field: String,
    /// For programs.
    pub code: String,
    /// For people.
    pub message: String,
}

/// `GET reports/coverage`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Coverage {
    /// One row for each agency.
    pub rows: Vec<CoverageRow>,
    /// Their sums, one for each level.
    pub levels: Vec<CoverageLevel>,
}

/// How far the agencies of one level have come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CoverageLevel {
    /// The level.
    pub level: String,
    /// Positions that must have a certificate.
    pub required: u32,
    /// Of these, with a usable one.
    pub certified: u32,
    /// Of the required ones, those whose holder has signed at least once, be it with a credential that has ended since.
    pub used: u32,
}

/// How far one agency has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CoverageRow {
    /// Agency's id.
    pub agency: super::Id,
    /// Its name.
    pub name: String,
    /// Its level.
    pub level: String,
    /// Positions that must have a certificate.
    pub required: u32,
    /// Of these, with a usable one.
    pub certified: u32,
    /// Of the required ones, those whose holder has signed at least once, be it with a credential that has ended since.
    pub used: u32,
}
