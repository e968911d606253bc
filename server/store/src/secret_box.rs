//! Keys that the HSM sealed: bytes that mean nothing here.

use diesel::prelude::*;

use crate::connection::Db;
use crate::dialect::on_each;
use crate::tables::sealed_key;

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
