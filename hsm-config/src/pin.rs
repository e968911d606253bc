//! Where a PIN comes from: a file, or a credential that systemd hands over. Never the profile.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::source::SecretName;

/// No token takes a longer PIN, so a longer file is some other file.
const LONGEST: u64 = 256;

/// Permission bits that a secret's file must not have.
const OTHERS: u32 = 0o077;

/// The same for a systemd credential. Where the credential file system knows ACLs, systemd lets the
/// service's user in by one, whose mask then shows as the group's right to read (mode 0440).
const OTHERS_BUT_MASK: u32 = 0o037;

/// Where a PIN is read from.
///
/// There is no inline form and no environment variable on purpose: profiles are copied and
/// shown, environments are inherited and listed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "SecretName")]
pub enum PinSource {
    /// The path of a file that only its owner may read (mode 0400 or 0600).
    File(PathBuf),
    /// The name of a credential that systemd puts into the service's credential directory
    /// (`LoadCredentialEncrypted=`, systemd.exec(5)).
    Credential(String),
}

/// Why there is no PIN. It names the file, never what the file holds.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// The file cannot be read.
    #[error("cannot read the PIN from {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others than the owner may read or change the file.
    #[error("{} has mode {mode:03o}: a PIN must be readable by its owner only", path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds no PIN: it is empty, too long or not UTF-8 text.
    #[error("{} holds no PIN", .0.display())]
    NotAPin(PathBuf),
    /// The credential's name is a path or empty.
    #[error("{0:?} is not the name of a credential")]
    InvalidName(String),
    /// The profile names a systemd credential, but systemd gave the process none.
    #[error("the profile names a systemd credential, but there is no credential directory")]
    NoCredentialDirectory,
}

impl From<SecretName> for PinSource {
    fn from(name: SecretName) -> Self {
        match name {
            SecretName::File(path) => Self::File(path),
            SecretName::Credential(name) => Self::Credential(name),
        }
    }
}

impl PinSource {
    /// Reads the PIN. One newline at its end is the editor's, not the PIN's, and is cut off.
    ///
    /// `credentials` is systemd's `$CREDENTIALS_DIRECTORY`, which the caller looks up, because
    /// configuration is read in one place.
    ///
    /// # Errors
    /// If the file cannot be read, holds no PIN, or is open to the group or to others.
    pub fn load(&self, credentials: Option<&Path>) -> Result<SecretString, PinError> {
        match self {
            Self::File(path) => read_private(path, OTHERS),
            Self::Credential(name) => {
                let directory = credentials.ok_or(PinError::NoCredentialDirectory)?;
                read_private(&credential_path(directory, name)?, OTHERS_BUT_MASK)
            }
        }
    }
}

fn credential_path(directory: &Path, name: &str) -> Result<PathBuf, PinError> {
    let plain = !name.is_empty() && name != "." && name != ".." && !name.contains('/');
    if plain {
        Ok(directory.join(name))
    } else {
        Err(PinError::InvalidName(name.to_owned()))
    }
}

fn read_private(path: &Path, forbidden: u32) -> Result<SecretString, PinError> {
    let unreadable = |source| PinError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    // The mode of the opened file, so that it cannot be exchanged between check and use.
    let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
    if mode & forbidden != 0 {
        return Err(PinError::TooOpen {
            path: path.to_owned(),
            mode,
        });
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(512));
    file.take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    parse(&bytes).ok_or_else(|| PinError::NotAPin(path.to_owned()))
}

fn parse(bytes: &[u8]) -> Option<SecretString> {
    let text = std::str::from_utf8(bytes).ok()?;
    let pin = text.strip_suffix('\n').unwrap_or(text);
    let fits = !pin.is_empty() && u64::try_from(pin.len()).is_ok_and(|length| length <= LONGEST);
    (fits && !pin.contains('\0')).then(|| SecretString::from(pin))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use secrecy::ExposeSecret;

    use super::*;

    fn written(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pin");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (directory, path)
    }

    #[test]
    fn one_newline_is_cut_off_and_no_more() {
        for (text, pin) in [("1234", "1234"), ("1234\n", "1234"), ("1234\n\n", "1234\n")] {
            let (_directory, path) = written(text, 0o600);
            let read = PinSource::File(path).load(None).unwrap();
            assert_eq!(read.expose_secret(), pin);
        }
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        for mode in [0o640, 0o604, 0o620, 0o602] {
            let (_directory, path) = written("1234", mode);
            let error = PinSource::File(path).load(None).unwrap_err();
            assert!(matches!(error, PinError::TooOpen { mode: found, .. } if found == mode));
        }
    }

    #[test]
    fn an_empty_or_endless_file_is_no_pin() {
        for text in ["", "\n", "a\0b", &"9".repeat(300)] {
            let (_directory, path) = written(text, 0o400);
            let error = PinSource::File(path).load(None).unwrap_err();
            assert!(matches!(error, PinError::NotAPin(_)));
        }
    }

    #[test]
    fn a_credential_is_a_name_in_the_directory() {
        let (directory, _path) = written("1234\n", 0o400);
        let found = PinSource::Credential("pin".into())
            .load(Some(directory.path()))
            .unwrap();
        assert_eq!(found.expose_secret(), "1234");
        for name in ["../pin", "", "..", "a/b"] {
            let error = PinSource::Credential(name.into()).load(Some(directory.path()));
            assert!(matches!(error, Err(PinError::InvalidName(_))), "{name}");
        }
        let absent = PinSource::Credential("pin".into()).load(None);
        assert!(matches!(absent, Err(PinError::NoCredentialDirectory)));
    }

    #[test]
    fn a_credential_may_show_the_mask_of_its_acl_and_no_more() {
        for (mode, fits) in [(0o400, true), (0o440, true), (0o460, false), (0o444, false)] {
            let (directory, _) = written("1234", mode);
            let read = PinSource::Credential("pin".into()).load(Some(directory.path()));
            assert_eq!(read.is_ok(), fits, "{mode:o}");
        }
    }

    #[test]
    fn an_error_does_not_tell_the_pin() {
        let (_directory, path) = written("987654", 0o644);
        let error = PinSource::File(path).load(None).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("987654"));
    }
}
