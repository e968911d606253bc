//! Files that are there whole or not at all, also after the power went.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Puts a file of these bytes in the place of the one of that name, readable by its owner only.
///
/// Only one process may write in the directory: the new file has a fixed name until it is renamed.
///
/// # Errors
///
/// What the file system says. What the disk holds is then known only after a restart.
pub(crate) fn write(directory: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let new = directory.join(format!("{name}.new"));
    remove_left_over(&new)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, directory.join(name))?;
    // The name, too, has to be on the disk.
    File::open(directory)?.sync_all()
}

/// A process that was killed leaves its half of a file, perhaps with another mode.
fn remove_left_over(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_replaced_whole_whatever_was_left_over() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("state");
        let half = directory.path().join("state.new");
        fs::write(&half, "half of a longer one").unwrap();
        fs::set_permissions(&half, fs::Permissions::from_mode(0o644)).unwrap();
        for text in ["first", "2"] {
            write(directory.path(), "state", text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
            let mode = fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            assert!(!half.exists());
        }
    }
}
