//! Calls that tell a system of the end of its request: which are due, who makes them, and how each ended.
//!
//! A row is written with the request's end and goes when the system has answered, or is given up. Its id stays the
//! same through all tries, so that a system which was told twice can know it. Rows carry no seal: one that somebody
//! else wrote can only repeat what a trusted request says, to where a trusted row says.

use diesel::prelude::*;
use kyso_core::Timestamp;
use kyso_core::id::{ApprovalId, ClientId};
use kyso_core::journal::JournalError;
use kyso_core::{Actor, Draft};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use uuid::Uuid;

use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::{ApplyError, StoreError};
use crate::journal::{JournalHandle, unread};
use crate::schema::{approval, callback_due};
use crate::writer::tx::{Tx, insert_all};

/// A call to be made, held by the server that claimed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueCall {
    /// The same for each try.
    pub id: Uuid,
    /// Of the end of which request.
    pub approval: ApprovalId,
    /// Whose request.
    pub client: ClientId,
    /// Tries so far, this one included.
    pub tries: u32,
}

#[derive(Insertable)]
#[diesel(table_name = callback_due, treat_none_as_default_value = false)]
struct DueRow {
    id: Vec<u8>,
    approval_id: Vec<u8>,
    tries: i64,
    next_at: i64,
}

/// Lets the system be told, as soon as this transaction is durable.
pub(crate) fn put(tx: &mut Tx<'_>, approval_id: Vec<u8>) -> QueryResult<()> {
    let row = DueRow {
        id: Uuid::now_v7().as_bytes().to_vec(),
        approval_id,
        tries: 0,
        next_at: tx.now.as_micros(),
    };
    insert_all!(tx.db, callback_due::table, [row])
}

impl JournalHandle {
    /// Claims the call that is due longest, of no system in `but`: nobody else sees it as due before `until`, so it
    /// is not made twice at once. A server that stops meanwhile leaves it to be made again then.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn claim_call(
        &self,
        but: Vec<ClientId>,
        until: Timestamp,
    ) -> Result<Option<DueCall>, JournalError> {
        // Most of the time nothing is due, and to see that needs no transaction of the writer.
        let (now, busy) = (self.clock.now(), but.clone());
        let read = self
            .pool
            .read(move |db| Ok::<_, StoreError>(first(db, &busy, now)?));
        if read.await.map_err(unread)?.is_none() {
            return Ok(None);
        }
        let claimed = self.run(move |tx| claim(tx, &but, until));
        claimed.await.map_err(ApplyError::into_journal)
    }

    /// The system has answered, or there is nothing to tell any more.
    ///
    /// # Errors
    /// If the journal cannot write.
    pub async fn end_call(&self, call: DueCall) -> Result<(), JournalError> {
        let ended = self.run(move |tx| Ok(remove(tx, call.id)?));
        ended.await.map_err(ApplyError::into_journal)
    }

    /// The system did not answer; it is tried again at this time.
    ///
    /// # Errors
    /// If the journal cannot write.
    pub async fn postpone_call(&self, call: DueCall, next: Timestamp) -> Result<(), JournalError> {
        let moved = self.run(move |tx| Ok(put_off(tx, call.id, next)?));
        moved.await.map_err(ApplyError::into_journal)
    }

    /// It is not tried again; the entry says why, in one word.
    ///
    /// # Errors
    /// If the journal cannot write.
    pub async fn give_up_call(
        &self,
        call: DueCall,
        because: &'static str,
    ) -> Result<(), JournalError> {
        let given_up = self.run(move |tx| {
            let actor = Actor::system();
            let draft = Draft::new(
                Event::CallbackFailed,
                Outcome::Failed,
                &actor,
                actor.request(),
            )
            .about("approval", call.approval)
            .fact("of_client", call.client.to_string())
            .fact("tries", i64::from(call.tries))
            .fact("because", because);
            tx.append(draft)?;
            Ok(remove(tx, call.id)?)
        });
        given_up.await.map_err(ApplyError::into_journal)
    }
}

type Found = (Vec<u8>, Vec<u8>, Vec<u8>, i64);

fn first(db: &mut Db, but: &[ClientId], now: Timestamp) -> QueryResult<Option<Found>> {
    let but: Vec<&[u8]> = but.iter().map(|id| id.as_bytes().as_slice()).collect();
    on_each!(db, db => callback_due::table
        .inner_join(approval::table.on(approval::id.eq(callback_due::approval_id)))
        .filter(callback_due::next_at.le(now.as_micros()))
        .filter(approval::client_id.ne_all(but))
        .order((callback_due::next_at, callback_due::id))
        .select((callback_due::id, approval::id, approval::client_id, callback_due::tries))
        .first(db)
        .optional())
}

/// Looked for again here, under the writer's lock: another server may have been first.
fn claim(
    tx: &mut Tx<'_>,
    but: &[ClientId],
    until: Timestamp,
) -> Result<Option<DueCall>, ApplyError> {
    let Some((id, approval, client, tries)) = first(tx.db, but, tx.now)? else {
        return Ok(None);
    };
    let row = callback_due::table.find(&id);
    let update = diesel::update(row).set((
        callback_due::tries.eq(tries.saturating_add(1)),
        callback_due::next_at.eq(until.as_micros()),
    ));
    on_each!(&mut *tx.db, db => update.execute(db))?;
    let unreadable = || JournalError::Unavailable("a call that is due cannot be read".to_owned());
    let read = || {
        Some(DueCall {
            id: Uuid::from_slice(&id).ok()?,
            approval: ApprovalId::try_from(approval.as_slice()).ok()?,
            client: ClientId::try_from(client.as_slice()).ok()?,
            tries: u32::try_from(tries.saturating_add(1)).unwrap_or(u32::MAX),
        })
    };
    Ok(Some(read().ok_or_else(unreadable)?))
}

fn remove(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<()> {
    let row = callback_due::table.find(id.as_bytes().as_slice());
    on_each!(&mut *tx.db, db => diesel::delete(row).execute(db))?;
    Ok(())
}

fn put_off(tx: &mut Tx<'_>, id: Uuid, next: Timestamp) -> QueryResult<()> {
    let row = callback_due::table.find(id.as_bytes().as_slice());
    let update = diesel::update(row).set(callback_due::next_at.eq(next.as_micros()));
    on_each!(&mut *tx.db, db => update.execute(db))?;
    Ok(())
}
