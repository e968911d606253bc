//! Keys that the HSM sealed: bytes that mean nothing here.

use diesel::prelude::*;
use kyso_core::id::RequestId;
use kyso_core::journal::JournalError;
use kyso_core::{Actor, Draft};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use sha2::{Digest as _, Sha256};

use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::journal::JournalHandle;
use crate::tables::sealed_key;
use crate::writer::tx::Tx;

/// A key as the HSM sealed it.
#[derive(Clone, PartialEq, Eq, Queryable)]
pub struct SealedKey {
    /// Its version; the highest is the one in force.
    pub version: i64,
    /// Version ‖ key id ‖ IV ‖ ciphertext.
    pub blob: Vec<u8>,
}

impl std::fmt::Debug for SealedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedKey(version {})", self.version)
    }
}

/// All versions of the key for this purpose, the newest first.
///
/// # Errors
/// If the database fails.
pub(crate) fn sealed_keys(db: &mut Db, purpose: &str) -> QueryResult<Vec<SealedKey>> {
    on_each!(db, db => sealed_key::table
        .filter(sealed_key::purpose.eq(purpose))
        .order(sealed_key::version.desc())
        .select((sealed_key::version, sealed_key::blob))
        .load(db))
}

impl JournalHandle {
    /// Stores a further version of a sealed key, with its entry; a version is never replaced.
    ///
    /// # Errors
    /// If that version is there already, or the journal cannot write.
    pub async fn store_sealed_key(
        &self,
        purpose: &'static str,
        key: SealedKey,
    ) -> Result<(), JournalError> {
        let request = RequestId::random();
        let stored = self.run(move |tx| {
            store(tx.db, purpose, &key)?;
            enter(tx, purpose, &key, request)
        });
        stored.await.map_err(ApplyError::into_journal)
    }
}

fn enter(
    tx: &mut Tx<'_>,
    purpose: &str,
    key: &SealedKey,
    request: RequestId,
) -> Result<(), ApplyError> {
    let draft = Draft::new(Event::KeySealed, Outcome::Ok, &Actor::system(), request)
        .fact("purpose", purpose.to_owned())
        .fact("version", key.version)
        .fact("sha256", hex::encode(Sha256::digest(&key.blob)));
    tx.append(draft)?;
    Ok(())
}

/// Enters the keys that were stored before the log began: rows cannot be sealed without one.
pub(crate) fn enter_all(tx: &mut Tx<'_>, request: RequestId) -> Result<(), ApplyError> {
    let keys: Vec<(String, i64, Vec<u8>)> = on_each!(&mut *tx.db, db => sealed_key::table
        .order((sealed_key::purpose, sealed_key::version))
        .load(db))?;
    for (purpose, version, blob) in keys {
        enter(tx, &purpose, &SealedKey { version, blob }, request)?;
    }
    Ok(())
}

/// Stores a further version of the key for this purpose; a version is never replaced.
///
/// # Errors
/// If that version is there already, or the database fails.
pub(crate) fn store(db: &mut Db, purpose: &str, key: &SealedKey) -> QueryResult<()> {
    let row = (
        sealed_key::purpose.eq(purpose),
        sealed_key::version.eq(key.version),
        sealed_key::blob.eq(&key.blob),
    );
    let insert = diesel::insert_into(sealed_key::table).values(row);
    on_each!(db, db => insert.execute(db))?;
    Ok(())
}
