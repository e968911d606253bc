//! What became of a SAD, use by use.

use diesel::prelude::*;
use kyso_core::journal::JournalError;
use kyso_core::model::SadHash;
use kyso_evidence::entry::ResultState;
use kyso_evidence::{Entry, Event};

use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::journal::{JournalHandle, unread};
use crate::tables::{audit_entry, consumption, release, sad};

/// What became of a SAD.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SadUse {
    /// Uses that were taken and not given back.
    pub taken: u64,
    /// Signatures that left the server.
    pub signed: u64,
    /// Digests for which the key was asked, or may have been, and whose signature did not leave.
    pub unknown: u64,
    /// Calls whose intent has no outcome yet: what becomes of their digests nobody knows so far.
    pub running: u64,
}

impl JournalHandle {
    /// What became of the SAD with this hash.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn sad_use(&self, hash: SadHash) -> Result<SadUse, JournalError> {
        let found = self.pool.read(move |db| sad_use(db, hash));
        found.await.map_err(unread)
    }
}

fn sad_use(db: &mut Db, hash: SadHash) -> Result<SadUse, StoreError> {
    use ResultState::{NotAttempted, Signed};
    let id: Option<Vec<u8>> = on_each!(&mut *db, db => sad::table
        .filter(sad::hash.eq(hash.as_bytes().as_slice()))
        .select(sad::id)
        .first(db)
        .optional())?;
    let Some(id) = id else {
        return Ok(SadUse::default());
    };
    let taken = taken(db, &id)?;
    let intents: i64 = on_each!(&mut *db, db => audit_entry::table
        .filter(audit_entry::grant_id.eq(&id))
        .filter(audit_entry::event.eq(Event::SignatureIntent.name()))
        .count()
        .get_result(db))?;
    let ends: Vec<Vec<u8>> = on_each!(db, db => audit_entry::table
        .filter(audit_entry::grant_id.eq(&id))
        .filter(audit_entry::event.eq(Event::SignatureOutcome.name()))
        .select(audit_entry::entry)
        .load(db))?;
    let running = u64::try_from(intents)
        .unwrap_or(0)
        .saturating_sub(u64::try_from(ends.len()).unwrap_or(0));
    let ends = ends.iter().filter_map(|bytes| Entry::parse(bytes).ok());
    let results: Vec<ResultState> = ends
        .flat_map(|end| end.results)
        .map(|one| one.state)
        .collect();
    let count = |is: fn(ResultState) -> bool| {
        let found = results.iter().filter(|state| is(**state)).count();
        u64::try_from(found).unwrap_or(u64::MAX)
    };
    Ok(SadUse {
        taken: u64::try_from(taken).unwrap_or(0),
        signed: count(|state| state == Signed),
        unknown: count(|state| !matches!(state, Signed | NotAttempted)),
        running,
    })
}

/// Uses of a grant, be it a SAD or a stamping session, that were taken and not given back.
pub(crate) fn taken(db: &mut Db, grant: &[u8]) -> QueryResult<i64> {
    let spans: Vec<i64> = on_each!(&mut *db, db => consumption::table
        .filter(consumption::grant_id.eq(grant))
        .select(consumption::span)
        .load(db))?;
    let given_back: i64 = on_each!(db, db => release::table
        .filter(release::grant_id.eq(grant))
        .count()
        .get_result(db))?;
    let all = spans.into_iter().fold(0, i64::saturating_add);
    Ok(all.saturating_sub(given_back))
}
