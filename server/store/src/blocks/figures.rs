//! Counts over the log.

use std::collections::{BTreeMap, HashSet};

use diesel::prelude::*;
use kyso_core::Timestamp;
use kyso_core::id::{AgencyId, CredentialId};

use super::block::{Block, HOUR, load};
use super::build::made_anew;
use super::{SPAN, STRETCH};
use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::seal::Sealer;
use crate::tables::audit_entry;

/// Signatures that left the server in one hour for one agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfHour {
    /// When the hour begins.
    pub hour: Timestamp,
    /// Whose keys signed; `None` for keys that belong to no agency.
    pub agency: Option<AgencyId>,
    /// How many.
    pub signatures: u64,
}

/// Signatures by hour and agency, in all hours that this span touches; `to` itself is not in it.
///
/// # Errors
/// If the database fails.
pub fn signatures_by_hour(
    db: &mut Db,
    sealer: &Sealer,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<OfHour>, StoreError> {
    let hours = from.as_micros().div_euclid(HOUR)..=(to.as_micros() - 1).div_euclid(HOUR);
    let mut sums = BTreeMap::new();
    each(db, sealer, |block| {
        let here = block
            .signed
            .iter()
            .filter(|((hour, _), _)| hours.contains(hour));
        for (place, count) in here {
            let sum: &mut u64 = sums.entry(*place).or_default();
            *sum = sum.saturating_add(*count);
        }
    })?;
    let each = sums.into_iter().map(|((hour, agency), signatures)| OfHour {
        hour: Timestamp::from_micros(hour.saturating_mul(HOUR)),
        agency: agency.and_then(|id| AgencyId::try_from(id.as_slice()).ok()),
        signatures,
    });
    Ok(each.collect())
}

/// Credentials with at least one signature in the log.
pub(crate) fn used_credentials(
    db: &mut Db,
    sealer: &Sealer,
) -> Result<HashSet<CredentialId>, StoreError> {
    let mut used = HashSet::new();
    each(db, sealer, |block| used.extend(block.used.iter().copied()))?;
    let ids = used
        .iter()
        .filter_map(|id| CredentialId::try_from(id.as_slice()).ok());
    Ok(ids.collect())
}

/// Shows each block, made from its entries where it has no row.
fn each(db: &mut Db, sealer: &Sealer, mut show: impl FnMut(&Block)) -> Result<(), StoreError> {
    let blocks = size(db)?.saturating_add(SPAN - 1) / SPAN;
    for from in (0..blocks).step_by(usize::try_from(STRETCH).unwrap_or(1)) {
        let numbers = from..blocks.min(from.saturating_add(STRETCH));
        let rows = load(db, sealer, numbers.clone())?;
        for number in numbers {
            match rows.get(&number) {
                Some(block) => show(block),
                None => show(&made_anew(db, number)?),
            }
        }
    }
    Ok(())
}

/// How many entries the log has.
pub(super) fn size(db: &mut Db) -> QueryResult<i64> {
    let last: Option<i64> = on_each!(db, db => audit_entry::table
        .select(audit_entry::sequence)
        .order(audit_entry::sequence.desc())
        .first(db)
        .optional())?;
    Ok(last.map_or(0, |last| last.saturating_add(1)))
}
