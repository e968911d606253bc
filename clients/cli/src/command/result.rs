//! What became of the files of a list, one by one.

use std::path::Path;

use kyso_api::management::{TimeStampStanding, TimeStampState};
use serde::Serialize;

use crate::failure::Failure;
use crate::screen::Screen;

/// What became of one file.
#[derive(Debug, Serialize)]
pub(crate) struct FileResult {
    pub(crate) file: String,
    /// The file with the signature.
    pub(crate) signature: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<&'static str>,
    /// Where its time stamp stands, if one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) time_stamp: Option<TimeStampStanding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

impl FileResult {
    /// Of a file that was signed into another.
    pub(crate) fn of(file: &Path, target: &Path, time_stamp: Option<TimeStampStanding>) -> Self {
        Self {
            file: file.display().to_string(),
            signature: target.display().to_string(),
            warnings: Vec::new(),
            time_stamp,
            error: None,
        }
    }

    /// Whether it is signed and its time stamp is still to come.
    pub(crate) fn waits(&self) -> bool {
        let pending = |one: &TimeStampStanding| one.state == TimeStampState::Pending;
        self.error.is_none() && self.time_stamp.as_ref().is_some_and(pending)
    }
}

/// Shows what became of each file.
pub(crate) fn report(screen: &Screen, results: &[FileResult]) -> Result<(), Failure> {
    screen.table(results, &["file", "signature", "error"]);
    let failed = results.iter().any(|result| result.error.is_some());
    if failed {
        Err(Failure::Partial)
    } else {
        Ok(())
    }
}
