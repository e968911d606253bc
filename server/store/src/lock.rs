//! Lock files: a second server on the same database or head file stops before it does harm.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::error::StoreError;

/// Holds a lock file until it is dropped.
#[derive(Debug)]
pub(crate) struct LockFile {
    file: File,
}

impl LockFile {
    /// Locks the file beside `path` with `.lock` added to its name.
    pub(crate) fn beside(path: &Path) -> Result<Self, StoreError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let path = PathBuf::from(name);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(_) => Err(StoreError::Locked(path)),
        }
    }

    /// The 16 bytes kept in the file, drawn when it is first locked: they name whoever holds it,
    /// so that earlier runs of the same holder are known to be over.
    pub(crate) fn instance(&mut self) -> Result<[u8; 16], StoreError> {
        let mut instance = [0; 16];
        self.file.rewind()?;
        if self.file.read_exact(&mut instance).is_ok() {
            return Ok(instance);
        }
        getrandom::fill(&mut instance).map_err(|_| StoreError::Random)?;
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(&instance)?;
        self.file.sync_all()?;
        Ok(instance)
    }
}
