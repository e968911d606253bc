//! What opens the commitments of entries: salts and values, which may be erased but not exchanged.

use diesel::prelude::*;

use super::{StoredRow, VerifyError};
use crate::connection::Db;
use crate::dialect::on_each;
use crate::openings;
use crate::tables::audit_opening;

/// Holds what is stored for these entries against what they commit to.
pub(super) fn check(db: &mut Db, rows: &[StoredRow]) -> Result<(), VerifyError> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return Ok(());
    };
    let stored: Vec<(i64, String)> = on_each!(db, db => audit_opening::table
        .filter(audit_opening::sequence.between(first.sequence, last.sequence))
        .order(audit_opening::sequence)
        .select((audit_opening::sequence, audit_opening::openings))
        .load(db))?;
    for (sequence, packed) in stored {
        let row = rows.binary_search_by_key(&sequence, |row| row.sequence);
        let entry = row.ok().and_then(|at| rows.get(at)).map(|row| &*row.entry);
        let opened = openings::open(entry.unwrap_or_default(), &packed);
        if let Some(field) = opened.tampered.into_iter().next() {
            return Err(VerifyError::Opening { sequence, field });
        }
    }
    Ok(())
}
