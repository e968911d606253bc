//! What this server had signed last, outside the database.

use std::io;
use std::path::PathBuf;

use anyhow::Context as _;
use kyso_evidence::checkpoint::{Checkpoint, SignedCheckpoint};
use kyso_evidence::key::LogKey;
use kyso_store::durable;

/// The file of the last checkpoint, and what it holds.
///
/// It holds the signed note itself, so that nobody without the HSM's key can make one; whoever puts an older one back
/// is found out by witnesses and by receipts.
#[derive(Debug)]
pub(super) struct Memory {
    path: PathBuf,
    last: Option<SignedCheckpoint>,
}

impl Memory {
    /// Reads the file, if it is there.
    ///
    /// # Errors
    /// If it cannot be read, or this log's key did not sign what it holds.
    pub(super) fn read(path: PathBuf, key: &LogKey) -> anyhow::Result<Self> {
        let last = match std::fs::read(&path) {
            Ok(bytes) => Some(verified(&bytes, key)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => Some(Err(error.into())),
        };
        let named = || format!("audit.checkpoint_file {}", path.display());
        let last = last.transpose().with_context(named)?;
        Ok(Self { path, last })
    }

    /// The last checkpoint that was signed.
    pub(super) fn last(&self) -> Option<&Checkpoint> {
        self.last.as_ref().map(SignedCheckpoint::unverified)
    }

    /// The same, with its signature.
    pub(super) const fn signed(&self) -> Option<&SignedCheckpoint> {
        self.last.as_ref()
    }

    /// Makes this the last one, durably: from then on it may leave.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(super) fn put(&mut self, signed: SignedCheckpoint) -> io::Result<()> {
        durable::replace(&self.path, signed.to_string().as_bytes())?;
        self.last = Some(signed);
        Ok(())
    }
}

/// A checkpoint that this key signed.
pub(super) fn verified(bytes: &[u8], key: &LogKey) -> anyhow::Result<SignedCheckpoint> {
    let signed = SignedCheckpoint::parse(bytes)?;
    if signed.unverified().origin() != key.label().name().as_str() {
        anyhow::bail!("it is of another log");
    }
    signed.verified_by(key)?;
    Ok(signed)
}
