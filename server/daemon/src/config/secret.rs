//! Where a secret comes from: a file that only its owner may read, or a systemd credential.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use kyso_hsm_config::SecretName;
use secrecy::SecretString;
use serde::Deserialize;
use zeroize::Zeroizing;

/// A longer file is some other file.
const LONGEST: u64 = 64 * 1024;

/// Permission bits that a secret's file must not have.
const OTHERS: u32 = 0o077;

/// The same for a systemd credential. Where the credential file system knows ACLs, systemd lets the
/// service's user in by one, whose mask then shows as the group's right to read (mode 0440).
const OTHERS_BUT_MASK: u32 = 0o037;

/// Where a secret is read from. There is no inline form and no command-line option on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "SecretName")]
pub enum SecretSource {
    /// The path of a file with mode 0400 or 0600.
    File(PathBuf),
    /// The name of a credential that systemd hands to the service (systemd.exec(5)).
    Credential(String),
}

/// Why there is no secret. It names the file, never what the file holds.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("cannot read the secret from {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others than the owner may read or change the file.
    #[error("{} has mode {mode:03o}: a secret must be readable by its owner only", path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is empty, too long or not UTF-8.
    #[error("{} holds no secret text", .0.display())]
    NotText(PathBuf),
    /// The name is a path or empty, or systemd gave the process no credentials.
    #[error("there is no systemd credential {0:?}")]
    NoCredential(String),
}

impl From<SecretName> for SecretSource {
    fn from(name: SecretName) -> Self {
        match name {
            SecretName::File(path) => Self::File(path),
            SecretName::Credential(name) => Self::Credential(name),
        }
    }
}

impl SecretSource {
    /// Reads the secret, without the white space at its end.
    ///
    /// # Errors
    /// If it cannot be read, holds no text, or is open to the group or to others.
    pub fn load(&self) -> Result<SecretString, SecretError> {
        match self {
            Self::File(path) => read_private(path, OTHERS),
            Self::Credential(name) => read_private(&credential(name)?, OTHERS_BUT_MASK),
        }
    }

    pub(super) fn path_mut(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::File(path) => Some(path),
            Self::Credential(_) => None,
        }
    }
}

/// systemd's `$CREDENTIALS_DIRECTORY`, if the process runs as its service.
pub(crate) fn credentials_directory() -> Option<PathBuf> {
    std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from)
}

fn credential(name: &str) -> Result<PathBuf, SecretError> {
    let plain = !matches!(name, "" | "." | "..") && !name.contains('/');
    let directory = credentials_directory().filter(|_| plain);
    directory
        .map(|directory| directory.join(name))
        .ok_or_else(|| SecretError::NoCredential(name.to_owned()))
}

fn read_private(path: &Path, forbidden: u32) -> Result<SecretString, SecretError> {
    let unreadable = |source| SecretError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    // The mode of the opened file, so that it cannot be exchanged between check and use.
    let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
    if mode & forbidden != 0 {
        return Err(SecretError::TooOpen {
            path: path.to_owned(),
            mode,
        });
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
    file.take(LONGEST)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    let text = std::str::from_utf8(&bytes)
        .map(str::trim_end)
        .unwrap_or_default();
    if text.is_empty() || u64::try_from(bytes.len()).is_ok_and(|length| length >= LONGEST) {
        return Err(SecretError::NotText(path.to_owned()));
    }
    Ok(SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions, write};

    use secrecy::ExposeSecret;

    use super::*;

    fn source(text: &[u8], mode: u32) -> (tempfile::TempDir, SecretSource) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write(&path, text).unwrap();
        set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        (folder, SecretSource::File(path))
    }

    #[test]
    fn reads_a_private_file() {
        let (_folder, source) = source(b"postgres://x\n", 0o600);
        assert_eq!(source.load().unwrap().expose_secret(), "postgres://x");
    }

    #[test]
    fn refuses_a_file_that_others_may_read() {
        for mode in [0o640, 0o604, 0o620] {
            let (_folder, source) = source(b"canary", mode);
            let error = source.load().unwrap_err();
            assert!(matches!(error, SecretError::TooOpen { .. }), "{mode:o}");
            assert!(!error.to_string().contains("canary"));
        }
    }

    #[test]
    fn refuses_what_is_not_a_text() {
        for bytes in [&b""[..], b"\n", b"\xff\xfe"] {
            let (_folder, source) = source(bytes, 0o600);
            assert!(
                matches!(source.load(), Err(SecretError::NotText(_))),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn a_credential_is_a_name_not_a_path() {
        for name in ["", "..", "a/b"] {
            let source = SecretSource::Credential(name.to_owned());
            assert!(
                matches!(source.load(), Err(SecretError::NoCredential(_))),
                "{name}"
            );
        }
    }
}
