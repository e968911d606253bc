//! The use of a key that made one signature.

use kyso_core::id::CredentialId;
use kyso_evidence::Entry;

use super::signatures::{outcomes_of, read};
use crate::blocks;
use crate::connection::Db;
use crate::error::StoreError;
use crate::seal::Sealer;

/// Uses that are read at once.
const PAGE: usize = 256;
/// Pages that are looked through: thousands of uses of one key.
const PAGES: usize = 16;

/// The outcome of the call in which this key made the signature whose value has this SHA-256, if it is among the key's
/// latest. Entries that are not as they were written say nothing.
///
/// # Errors
/// If the database fails.
pub fn key_use(
    db: &mut Db,
    sealer: &Sealer,
    credential: CredentialId,
    value: [u8; 32],
) -> Result<Option<Entry>, StoreError> {
    let value = hex::encode(value);
    let mut filter = outcomes_of(credential, i64::MAX);
    for _ in 0..PAGES {
        let found = blocks::find(db, sealer, &filter, PAGE)?;
        let mut outcomes = found.entries.iter().filter_map(read);
        if let Some(entry) = outcomes.find(|entry| made(entry, &value)) {
            return Ok(Some(entry));
        }
        match found.next {
            Some(next) => filter.before = Some(next),
            None => break,
        }
    }
    Ok(None)
}

fn made(entry: &Entry, value: &str) -> bool {
    let values = entry.results.iter().map(|one| one.sha256.as_deref());
    values.flatten().any(|one| one == value)
}
