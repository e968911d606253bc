//! One server at a time asks for a time stamp, and its end is written once.

use diesel::prelude::*;
use kyso_core::id::RequestId;
use kyso_core::journal::JournalError;
use kyso_core::{Actor, Draft, Timestamp};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;

use super::{StampRow, StampState, StoredStamp, by_id};
use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::{ApplyError, StoreError};
use crate::journal::{JournalHandle, unread};
use crate::tables::time_stamp;
use crate::writer::tx::Tx;

/// An update of this stamp's row, while no end of it was written.
macro_rules! pending {
    ($stamp:expr) => {
        diesel::update(
            time_stamp::table
                .filter(time_stamp::id.eq($stamp.id.as_bytes().as_slice()))
                .filter(time_stamp::state.eq(StampState::Pending.name())),
        )
    };
}

/// A time stamp to be asked for, held by the server that claimed it; its tries count this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueStamp(pub StoredStamp);

/// Seconds by which two clocks may differ, a slow answer and an hour's drift included.
const APART: u64 = 600;

/// A token that was checked, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// The token, CMS in DER.
    pub token: Vec<u8>,
    /// SHA-256 of the token, hex.
    pub sha256: String,
    /// The authority's time, RFC 3339.
    pub time: String,
    /// The token's number at its authority, hex.
    pub serial: String,
    /// The policy it was made under, dotted.
    pub policy: String,
    /// Seconds by which the authority's time is ahead of this server's clock.
    pub ahead: i64,
}

impl Stamped {
    /// Whether the authority's clock and ours are so far apart that one must be wrong.
    const fn clocks_differ(&self) -> bool {
        self.ahead.unsigned_abs() > APART
    }
}

impl JournalHandle {
    /// Claims the time stamp that is due longest: nobody else sees it as due before `until`, so it is not
    /// asked for twice at once. A server that stops meanwhile leaves it to be asked for again then.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn claim_stamp(&self, until: Timestamp) -> Result<Option<DueStamp>, JournalError> {
        // Most of the time nothing is due, and to see that needs no transaction of the writer.
        let now = self.clock.now();
        let read = self
            .pool
            .read(move |db| Ok::<_, StoreError>(first(db, now)?));
        if read.await.map_err(unread)?.is_none() {
            return Ok(None);
        }
        let claimed = self.run(move |tx| claim(tx, until));
        claimed.await.map_err(ApplyError::into_journal)
    }

    /// The token came: the entry tells of it, and the row holds it. If its end was written before, nothing.
    ///
    /// # Errors
    /// If the journal cannot write.
    pub async fn hold_stamp(&self, due: DueStamp, stamped: Stamped) -> Result<(), JournalError> {
        let held = self.run(move |tx| {
            let draft = entry(Event::TimestampReceived, Outcome::Ok, &due.0);
            let draft = draft
                .fact("time", stamped.time.as_str())
                .fact("serial", stamped.serial.as_str())
                .fact("policy", stamped.policy.as_str())
                .fact("token_sha256", stamped.sha256.as_str())
                .fact("ahead_seconds", stamped.ahead);
            if end(tx, &due.0, draft, Some(&stamped.token))? && stamped.clocks_differ() {
                tx.append(alarm_of_clocks(&due.0, stamped.ahead))?;
            }
            Ok(())
        });
        held.await.map_err(ApplyError::into_journal)
    }

    /// There was no usable answer; the authority is asked again at this time.
    ///
    /// # Errors
    /// If the journal cannot write.
    pub async fn postpone_stamp(&self, due: DueStamp, next: Timestamp) -> Result<(), JournalError> {
        let moved = self.run(move |tx| {
            let update = pending!(due.0).set(time_stamp::next_at.eq(next.as_micros()));
            on_each!(&mut *tx.db, db => update.execute(db))?;
            Ok(())
        });
        moved.await.map_err(ApplyError::into_journal)
    }

    /// It is not asked for any more; the entry says why, in one word.
    ///
    /// # Errors
    /// If the journal cannot write.
    pub async fn give_up_stamp(
        &self,
        due: DueStamp,
        because: &'static str,
    ) -> Result<(), JournalError> {
        let given_up = self.run(move |tx| {
            let draft = entry(Event::TimestampFailed, Outcome::Failed, &due.0);
            end(tx, &due.0, draft.fact("because", because), None).map(drop)
        });
        given_up.await.map_err(ApplyError::into_journal)
    }
}

fn first(db: &mut Db, now: Timestamp) -> QueryResult<Option<StampRow>> {
    on_each!(db, db => time_stamp::table
        .filter(time_stamp::state.eq(StampState::Pending.name()))
        .filter(time_stamp::next_at.le(now.as_micros()))
        .order((time_stamp::next_at, time_stamp::id))
        .select(StampRow::as_select())
        .first(db)
        .optional())
}

/// Looked for again here, under the writer's lock: another server may have been first.
fn claim(tx: &mut Tx<'_>, until: Timestamp) -> Result<Option<DueStamp>, ApplyError> {
    let Some(mut row) = first(tx.db, tx.now)? else {
        return Ok(None);
    };
    row.tries = row.tries.saturating_add(1);
    let found = time_stamp::table.find(row.id.clone());
    let update = diesel::update(found).set((
        time_stamp::tries.eq(row.tries),
        time_stamp::next_at.eq(until.as_micros()),
    ));
    on_each!(&mut *tx.db, db => update.execute(db))?;
    let due = row.read();
    if due.is_none() {
        // It waits like one that failed, or it would be the first again, and keep all others waiting.
        tracing::error!("the row of a time stamp cannot be read: it was changed by hand");
    }
    Ok(due.map(DueStamp))
}

/// Under the id of the call, so that whoever follows a call finds its stamps.
fn entry(event: Event, outcome: Outcome, stamp: &StoredStamp) -> Draft {
    let mut draft = Draft::new(event, outcome, &Actor::system(), stamp.request)
        .about("time_stamp", stamp.id)
        .fact("place", i64::from(stamp.place))
        .fact("tries", i64::from(stamp.tries));
    draft.entry.credential = Some(stamp.credential.to_string());
    draft
}

/// Which of the two clocks is wrong, a person finds out: nothing here is set or corrected by either.
fn alarm_of_clocks(stamp: &StoredStamp, ahead: i64) -> Draft {
    let actor = Actor::system();
    Draft::new(
        Event::AlarmRaised,
        Outcome::Failed,
        &actor,
        RequestId::random(),
    )
    .fact("alarm", "time_stamp_clock")
    .fact("time_stamp", stamp.id.to_string())
    .fact("ahead_seconds", ahead)
}

/// A claim may have been over before its answer came, and somebody else was first: then there is an end,
/// and nothing is written. Whether this was it.
fn end(
    tx: &mut Tx<'_>,
    stamp: &StoredStamp,
    draft: Draft,
    token: Option<&[u8]>,
) -> Result<bool, ApplyError> {
    let row = by_id(tx.db, stamp.id)?;
    let pending = |row: &StampRow| row.state == StampState::Pending.name();
    if !row.as_ref().is_some_and(pending) {
        return Ok(false);
    }
    tx.append(draft)?;
    let state = token.map_or(StampState::GivenUp, |_| StampState::Held);
    let update = pending!(stamp).set((
        time_stamp::state.eq(state.name()),
        time_stamp::token.eq(token),
    ));
    on_each!(&mut *tx.db, db => update.execute(db))?;
    Ok(true)
}
