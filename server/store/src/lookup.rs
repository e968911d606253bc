//! What the log was begun for, how the clocks differ, and what calls to sign wait for.

use std::collections::HashMap;

use diesel::prelude::*;
use kyso_core::Timestamp;
use kyso_core::id::StampingSessionId;
use kyso_evidence::Entry;
use kyso_evidence::entry::Fact;

use crate::connection::Access;
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::read::session_uses;
use crate::store::Database;
use crate::tables::audit_entry;

impl Database {
    /// What the log was begun for, as its entry 0 says; `None` on an empty log.
    ///
    /// # Errors
    /// If the database fails.
    pub fn environment(&self) -> Result<Option<String>, StoreError> {
        let mut db = self.open(Access::Read)?;
        let query = audit_entry::table.find(0).select(audit_entry::entry);
        let bytes: Option<Vec<u8>> = on_each!(&mut db, db => query.first(db).optional())?;
        let entry = bytes.and_then(|bytes| Entry::parse(&bytes).ok());
        let fact = entry.and_then(|mut entry| entry.data.remove("environment"));
        Ok(match fact {
            Some(Fact::Text(text)) => Some(text),
            _ => None,
        })
    }

    /// As [`session_uses`], for a call that waits for it: no reader of the log is in its way.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn uses_of_sessions(
        &self,
        ids: Vec<StampingSessionId>,
    ) -> Result<HashMap<StampingSessionId, u32>, StoreError> {
        let lookups = self.lookups();
        lookups.read(move |db| session_uses(db, &ids)).await
    }

    /// Microseconds by which the database's clock is ahead of `now`'s, as far as one question and
    /// its answer can tell.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn clock_offset(
        &self,
        now: impl Fn() -> Timestamp + Send + 'static,
    ) -> Result<i64, StoreError> {
        let lookups = self.lookups();
        lookups
            .read(move |db| {
                let before = now().as_micros();
                let theirs = db.time()?;
                let after = now().as_micros();
                Ok(theirs.saturating_sub(before.midpoint(after)))
            })
            .await
    }
}
