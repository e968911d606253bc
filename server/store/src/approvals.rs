//! Requests for approval, read: one, a signer's tabs, what is unfinished, who is to be called back.
//!
//! Every row that is shown or acted on has a seal that fits, made by the latest entry about it; one
//! that has not is left out, and an alarm.

pub(crate) mod files;
mod page;

use diesel::dsl::max;
use diesel::prelude::*;
use kyso_core::Timestamp;
use kyso_core::id::{ApprovalId, ClientId, PersonId};
use kyso_core::journal::JournalError;
use kyso_core::model::{Approval, ApprovalState};
use kyso_evidence::entry::Outcome;
use zeroize::Zeroizing;

use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::journal::{JournalHandle, unread};
use crate::rows::{Alarm, ApprovalRow, Latest, Sealed as _, names, readable, trusted};
use crate::schema::approval;
use crate::tables::audit_entry;

pub use files::FilePart;
pub use page::{ApprovalFilter, Asked, PageStart};

/// Most that [`JournalHandle::count_approvals`] counts of a state: more is "many" to whoever reads it.
pub const COUNTED: i64 = 1000;

impl JournalHandle {
    /// The request with this id.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn approval(&self, id: ApprovalId) -> Result<Option<Approval>, JournalError> {
        Ok(self.approvals_of(vec![id]).await?.pop())
    }

    /// The requests with these ids that are there, each once, in no order.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn approvals_of(&self, ids: Vec<ApprovalId>) -> Result<Vec<Approval>, JournalError> {
        self.approvals_by(move |db| by_ids(db, &ids)).await
    }

    /// The request that this system submitted under this key.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn submitted(
        &self,
        client: ClientId,
        key: String,
    ) -> Result<Option<Approval>, JournalError> {
        let rows = self
            .approvals_by(move |db| by_key(db, client, &key))
            .await?;
        Ok(rows.into_iter().next())
    }

    /// What the SAD of a request is made of, where its system waits for it in one call: nothing that it
    /// holds could be remembered by a retry, or by another server, but each server of this log can make
    /// it again.
    pub fn awaited_sad(&self, id: ApprovalId) -> Zeroizing<[u8; 32]> {
        self.sealer.awaited_sad(id.as_bytes())
    }

    /// What the handle of a request is made of, which a system that lost it is given again.
    pub fn handle_secret(&self, id: ApprovalId) -> Zeroizing<[u8; 32]> {
        let name = [b"handle".as_slice(), id.as_bytes()].concat();
        self.sealer.awaited_sad(&name)
    }

    /// A page of requests, and from where on the next one goes, if there is one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn approvals(
        &self,
        filter: ApprovalFilter,
    ) -> Result<(Vec<Approval>, Option<PageStart>), JournalError> {
        self.approvals_with(move |db| page::of(db, &filter)).await
    }

    /// How many requests of a person are in these states, no more than [`COUNTED`] of each.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count_approvals(
        &self,
        person: PersonId,
        states: &'static [ApprovalState],
    ) -> Result<u32, JournalError> {
        let counted = self.pool.read(move |db| count(db, person, states));
        counted.await.map_err(unread)
    }

    /// Requests whose time is over although nobody said so, those first that are over for longest. Few at a
    /// time: what is left comes with the next round.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn overdue_approvals(&self, now: Timestamp) -> Result<Vec<Approval>, JournalError> {
        self.approvals_by(move |db| overdue(db, now)).await
    }

    /// Requests that were approved before `until` and of whose end the row does not tell, as a server may have
    /// stopped between; in the order of their approval, after this one. With them the last of the round, even
    /// of rows that are not trusted; `None` when there are no more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn unfinished_approvals(
        &self,
        until: Timestamp,
        after: Option<Place>,
    ) -> Result<(Vec<Approval>, Option<Place>), JournalError> {
        self.approvals_with(move |db| {
            let rows = unfinished(db, until, after)?;
            let full = i64::try_from(rows.len()).is_ok_and(|count| count == ROUND);
            let last = rows.last().filter(|_| full);
            let last = last.map(|row| (row.state_at, row.id.clone()));
            Ok((rows, last))
        })
        .await
    }

    async fn approvals_by(
        &self,
        find: impl FnOnce(&mut Db) -> QueryResult<Vec<ApprovalRow>> + Send + 'static,
    ) -> Result<Vec<Approval>, JournalError> {
        let found = self.approvals_with(|db| Ok((find(db)?, ())));
        Ok(found.await?.0)
    }

    /// With what is told of the rows as they were found, before those go that are not trusted.
    async fn approvals_with<T: Send + 'static>(
        &self,
        find: impl FnOnce(&mut Db) -> QueryResult<(Vec<ApprovalRow>, T)> + Send + 'static,
    ) -> Result<(Vec<Approval>, T), JournalError> {
        let sealer = std::sync::Arc::clone(&self.sealer);
        let found = self.pool.read(move |db| {
            db.begin_read()?;
            let rows = find(db).and_then(|(rows, told)| Ok((latest(db, &rows)?, rows, told)));
            db.rollback()?;
            let (latest, rows, told) = rows?;
            let mut alarms: Vec<Alarm> = Vec::new();
            let rows = trusted(&sealer, rows, &latest, &mut alarms);
            let models = readable(rows, &mut alarms, ApprovalRow::model);
            Ok::<_, StoreError>((models, told, alarms))
        });
        let (models, told, alarms) = found.await.map_err(unread)?;
        self.report(alarms).await?;
        Ok((models, told))
    }
}

/// The latest entry about each of these rows.
fn latest(db: &mut Db, rows: &[ApprovalRow]) -> QueryResult<Latest> {
    let ids: Vec<&[u8]> = rows.iter().map(|row| row.id.as_slice()).collect();
    let found: Vec<(Option<Vec<u8>>, Option<i64>)> = on_each!(db, db => audit_entry::table
        .filter(audit_entry::object_id.eq_any(ids))
        .filter(audit_entry::outcome.eq(Outcome::Ok.as_str()))
        .filter(audit_entry::event.eq_any(names(ApprovalRow::EVENTS)))
        .group_by(audit_entry::object_id)
        .select((audit_entry::object_id, max(audit_entry::sequence)))
        .load(db))?;
    let known = found.into_iter();
    Ok(known
        .filter_map(|(id, sequence)| Some((id?, sequence?)))
        .collect())
}

fn by_ids(db: &mut Db, ids: &[ApprovalId]) -> QueryResult<Vec<ApprovalRow>> {
    let ids: Vec<&[u8]> = ids.iter().map(|id| id.as_bytes().as_slice()).collect();
    on_each!(db, db => approval::table
        .filter(approval::id.eq_any(ids))
        .select(ApprovalRow::as_select())
        .load(db))
}

fn by_key(db: &mut Db, client: ClientId, key: &str) -> QueryResult<Vec<ApprovalRow>> {
    on_each!(db, db => approval::table
        .filter(approval::client_id.eq(client.as_bytes().as_slice()))
        .filter(approval::submission.eq(key))
        .select(ApprovalRow::as_select())
        .load(db))
}

fn count(db: &mut Db, person: PersonId, states: &[ApprovalState]) -> Result<u32, StoreError> {
    let mut count = 0;
    for state in states {
        let some: Vec<i64> = on_each!(&mut *db, db => approval::table
            .filter(approval::person_id.eq(person.as_bytes().as_slice()))
            .filter(approval::state.eq(state.name()))
            .limit(COUNTED)
            .select(approval::state_at)
            .load(db))?;
        count += some.len();
    }
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Few at a time: what is left comes with the next round.
const ROUND: i64 = 200;

fn overdue(db: &mut Db, now: Timestamp) -> QueryResult<Vec<ApprovalRow>> {
    let open = [ApprovalState::Waiting.name(), ApprovalState::Opened.name()];
    on_each!(db, db => approval::table
        .filter(approval::state.eq_any(open))
        .filter(approval::open_until.le(now.as_micros()))
        .order(approval::open_until)
        .limit(ROUND)
        .select(ApprovalRow::as_select())
        .load(db))
}

/// When a request came into its state, and its id: where a round goes on.
pub type Place = (i64, Vec<u8>);

fn unfinished(
    db: &mut Db,
    until: Timestamp,
    after: Option<Place>,
) -> QueryResult<Vec<ApprovalRow>> {
    let (at, id) = after.unwrap_or((i64::MIN, Vec::new()));
    let same = approval::state_at.eq(at).and(approval::id.gt(id));
    on_each!(db, db => approval::table
        .filter(approval::state.eq(ApprovalState::Approved.name()))
        .filter(approval::state_at.le(until.as_micros()))
        .filter(approval::state_at.gt(at).or(same.clone()))
        .order((approval::state_at, approval::id))
        .limit(ROUND)
        .select(ApprovalRow::as_select())
        .load(db))
}
