//! The entries that receipts are for.

use diesel::prelude::*;
use kyso_core::Timestamp;
use kyso_core::id::RequestId;

use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::tables::{attempt, attempt_outcome, audit_entry};

/// Which of the two entries of a call that uses a key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Half {
    /// Written before the HSM was asked.
    Intent,
    /// Written before the signature left; names the intent.
    #[default]
    Outcome,
}

/// The bytes of an entry as they are stored, and the time that stands beside them; `None` if there is none of that
/// number.
///
/// # Errors
/// If the database fails.
pub fn entry(db: &mut Db, sequence: i64) -> Result<Option<(Vec<u8>, Timestamp)>, StoreError> {
    let found: Option<(Vec<u8>, i64)> = on_each!(db, db => audit_entry::table
        .find(sequence)
        .select((audit_entry::entry, audit_entry::recorded_at))
        .first(db)
        .optional())?;
    Ok(found.map(|(entry, at)| (entry, Timestamp::from_micros(at))))
}

/// The number of such an entry of a call; `None` if the call used no key, or has not ended.
///
/// # Errors
/// If the database fails.
pub fn half_of(db: &mut Db, call: RequestId, half: Half) -> Result<Option<i64>, StoreError> {
    let call = call.as_bytes().as_slice();
    let found = match half {
        Half::Intent => on_each!(db, db => attempt::table
            .filter(attempt::request_id.eq(call))
            .select(attempt::sequence)
            .first(db)
            .optional())?,
        Half::Outcome => on_each!(db, db => attempt_outcome::table
            .find(call)
            .select(attempt_outcome::sequence)
            .first(db)
            .optional())?,
    };
    Ok(found)
}
