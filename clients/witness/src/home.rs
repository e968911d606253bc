//! The directory of a witness.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use kyso_evidence::checkpoint::SignedCheckpoint;
use kyso_evidence::cosignature::Cosigner;
use kyso_evidence::key::WitnessKey;
use kyso_evidence::note::{KeyName, NoteSignature};
use zeroize::Zeroizing;

use crate::durable;
use crate::secret::{self, SecretError};
use crate::state::{State, StateError};

const LOCK: &str = "lock";
const KEY: &str = "key";
const STATE: &str = "state";

/// Why a directory is not, or does not become, that of a witness.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// A file cannot be read or written.
    #[error("{0}: {1}")]
    File(PathBuf, #[source] io::Error),
    /// Another process uses the directory.
    #[error("another process uses {0}")]
    InUse(PathBuf),
    /// A witness lives here already, or what is left of one.
    #[error("{0} is there already")]
    Taken(PathBuf),
    /// Others than its owner may read the secret key.
    #[error("others than its owner may read {0}")]
    Exposed(PathBuf),
    /// The key file holds none.
    #[error("{0}: {1}")]
    Key(PathBuf, #[source] SecretError),
    /// No state: a witness without one could be led into a second history.
    #[error("{0} is missing")]
    Forgotten(PathBuf),
    /// The state is not this witness's.
    #[error("{0}: {1}")]
    State(PathBuf, #[source] StateError),
    /// The system gives no randomness.
    #[error("the system gives no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    /// Two keys for one log; a log that changes its key replaces it here.
    #[error("the log {0} is named twice")]
    TwoKeys(KeyName),
}

/// Makes a witness in a directory, which is made too, and answers its public key.
///
/// # Errors
///
/// Every [`HomeError`]; [`HomeError::Taken`] rather than a second key in the place of the first.
pub fn found(directory: &Path, name: KeyName) -> Result<WitnessKey, HomeError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|error| HomeError::File(directory.to_owned(), error))?;
    let home = Home::lock(directory)?;
    for file in [KEY, STATE].map(|name| home.path(name)) {
        if file.exists() {
            return Err(HomeError::Taken(file));
        }
    }
    let (cosigner, line) = secret::made(name)?;
    home.write(STATE, State::default().to_string().as_bytes())?;
    home.write(KEY, line.as_bytes())?;
    Ok(cosigner.key().clone())
}

/// A directory that no other process uses meanwhile.
#[derive(Debug)]
pub(crate) struct Home {
    directory: PathBuf,
    /// The kernel holds the lock as long as this is open, and gives it back when the process dies.
    _lock: File,
}

impl Home {
    /// Takes the directory for this process.
    ///
    /// # Errors
    ///
    /// [`HomeError::InUse`], [`HomeError::File`].
    pub(crate) fn lock(directory: &Path) -> Result<Self, HomeError> {
        let path = directory.join(LOCK);
        let failed = |error| HomeError::File(path.clone(), error);
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                directory: directory.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(HomeError::InUse(directory.to_owned())),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// The secret key.
    ///
    /// # Errors
    ///
    /// [`HomeError::Exposed`], [`HomeError::Key`], [`HomeError::File`].
    pub(crate) fn cosigner(&self) -> Result<Cosigner, HomeError> {
        let path = self.path(KEY);
        let failed = |error| HomeError::File(path.clone(), error);
        let mode = fs::metadata(&path).map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(HomeError::Exposed(path));
        }
        let line = Zeroizing::new(fs::read_to_string(&path).map_err(failed)?);
        secret::parse(&line).map_err(|error| HomeError::Key(path, error))
    }

    /// The state that the witness with this key left, to be gone on with.
    ///
    /// # Errors
    ///
    /// [`HomeError::Forgotten`], [`HomeError::State`], [`HomeError::File`].
    pub(crate) fn memory(self, witness: &WitnessKey) -> Result<Memory, HomeError> {
        let path = self.path(STATE);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(HomeError::Forgotten(path));
            }
            Err(error) => return Err(HomeError::File(path, error)),
        };
        let state = State::parse(&bytes, witness).map_err(|why| HomeError::State(path, why))?;
        let state = Some(state);
        Ok(Memory { home: self, state })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), HomeError> {
        durable::write(&self.directory, name, bytes)
            .map_err(|error| HomeError::File(self.path(name), error))
    }
}

/// The state in memory, which is what the disk holds.
#[derive(Debug)]
pub(crate) struct Memory {
    home: Home,
    /// None after a write failed: what the disk holds then only a restart can tell.
    state: Option<State>,
}

/// The state cannot be written, or could not before; nothing is cosigned until a restart.
#[derive(Debug, thiserror::Error)]
#[error("the state cannot be kept")]
pub(crate) struct Lost;

impl Memory {
    /// What was seen so far.
    ///
    /// # Errors
    ///
    /// [`Lost`].
    pub(crate) const fn state(&self) -> Result<&State, Lost> {
        match &self.state {
            Some(state) => Ok(state),
            None => Err(Lost),
        }
    }

    /// Keeps a cosigned checkpoint as its log's last one, and only then gives the cosignature back.
    ///
    /// # Errors
    ///
    /// [`Lost`].
    pub(crate) fn keep(
        &mut self,
        signed: SignedCheckpoint,
        cosignature: NoteSignature,
    ) -> Result<NoteSignature, Lost> {
        let mut state = self.state.take().ok_or(Lost)?;
        state.put(signed);
        let written = self.home.write(STATE, state.to_string().as_bytes());
        written.map_err(|_| Lost)?;
        self.state = Some(state);
        Ok(cosignature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> KeyName {
        "witness.example".parse().unwrap()
    }

    fn mode(file: &Path) -> u32 {
        fs::metadata(file).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_directory_is_founded_once_and_is_its_owners() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("a/witness");
        let key = found(&directory, name()).unwrap();
        assert_eq!(mode(&directory), 0o700);
        for file in [KEY, STATE, LOCK] {
            assert_eq!(mode(&directory.join(file)), 0o600, "{file}");
        }
        let again = found(&directory, name());
        assert!(matches!(again, Err(HomeError::Taken(_))), "{again:?}");
        let home = Home::lock(&directory).unwrap();
        assert_eq!(*home.cosigner().unwrap().key(), key);
        assert!(home.memory(&key).is_ok());
        fs::remove_file(directory.join(KEY)).unwrap();
        let over_a_state = found(&directory, name());
        assert!(matches!(over_a_state, Err(HomeError::Taken(_))));
    }

    #[test]
    fn a_directory_has_one_user_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let first = Home::lock(directory.path()).unwrap();
        let second = Home::lock(directory.path());
        assert!(matches!(second, Err(HomeError::InUse(_))), "{second:?}");
        drop(first);
        assert!(Home::lock(directory.path()).is_ok());
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        found(directory.path(), name()).unwrap();
        let key = directory.path().join(KEY);
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
            let read = Home::lock(directory.path()).unwrap().cosigner();
            assert!(matches!(read, Err(HomeError::Exposed(_))), "{mode:o}");
        }
    }

    #[test]
    fn a_witness_without_its_state_does_not_begin_anew() {
        let directory = tempfile::tempdir().unwrap();
        let key = found(directory.path(), name()).unwrap();
        fs::remove_file(directory.path().join(STATE)).unwrap();
        let memory = Home::lock(directory.path()).unwrap().memory(&key);
        assert!(matches!(memory, Err(HomeError::Forgotten(_))), "{memory:?}");
    }
}
