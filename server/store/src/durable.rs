//! Small files that must survive a power cut.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Replaces a file whole or not at all: temporary file, fsync, rename, fsync of the directory. Without the last one a
/// power cut could bring the old file back after somebody relied on the new one.
///
/// # Errors
/// If one of these fails; the old file is then still there, or the new one is.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    // Not `with_extension`: two files of one folder may differ in theirs alone.
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    let temporary = PathBuf::from(temporary);
    let mut file = File::create(&temporary)?;
    file.write_all(content)?;
    file.sync_data()?;
    fs::rename(&temporary, path)?;
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}
