//! How far the officers' own system was told of alarms and disputes.
//!
//! One row says from which place in the log on it still has to be told. It is moved on when that system has answered, so a
//! crash repeats a call rather than lose it; the entry's leaf hash is the call's id. Nothing here is in the way of whoever
//! signs: an alarm is told after it is durable.

use diesel::prelude::*;
use kyso_core::Timestamp;
use kyso_core::journal::JournalError;

use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::{ApplyError, StoreError};
use crate::journal::{JournalHandle, unread};
use crate::read::{Signal, first_from};
use crate::tables::alarm_call;
use crate::writer::tx::Tx;

/// A call to be made, held by the server that claimed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueAlarm {
    /// What is to be told.
    pub signal: Signal,
    /// Tries so far, this one included.
    pub tries: u32,
}

#[derive(Debug, Clone, Copy, Queryable, Selectable, Insertable)]
#[diesel(table_name = alarm_call)]
struct Told {
    id: i64,
    place: i64,
    tries: i64,
    next_at: i64,
}

impl Told {
    /// Where to begin if nothing was told yet: with the log itself.
    const FIRST: Self = Self {
        id: 1,
        place: 0,
        tries: 0,
        next_at: 0,
    };
}

impl JournalHandle {
    /// Claims the first signal that was not told of, if it is due: no other server sees it as due before `until`. A server
    /// that stops meanwhile leaves it to be told then.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn claim_alarm(&self, until: Timestamp) -> Result<Option<DueAlarm>, JournalError> {
        // Most of the time nothing is due, and to see that needs no transaction of the writer.
        let now = self.clock.now();
        let read = self.pool.read(move |db| due(db, now));
        if read.await.map_err(unread)?.is_none() {
            return Ok(None);
        }
        let claimed = self.run(move |tx| claim(tx, until));
        claimed.await.map_err(ApplyError::into_journal)
    }

    /// The system has answered, or is not told of this one any more.
    ///
    /// # Errors
    /// If the journal cannot write.
    pub async fn end_alarm(&self, told: i64) -> Result<(), JournalError> {
        let next = Told {
            place: told.saturating_add(1),
            ..Told::FIRST
        };
        let ended = self.run(move |tx| Ok(move_on(tx, told, next)?));
        ended.await.map_err(ApplyError::into_journal)
    }

    /// The system did not answer; it is tried again at this time.
    ///
    /// # Errors
    /// If the journal cannot write.
    pub async fn postpone_alarm(&self, due: &DueAlarm, at: Timestamp) -> Result<(), JournalError> {
        let here = due.signal.sequence;
        let next = Told {
            id: 1,
            place: here,
            tries: i64::from(due.tries),
            next_at: at.as_micros(),
        };
        let moved = self.run(move |tx| Ok(move_on(tx, here, next)?));
        moved.await.map_err(ApplyError::into_journal)
    }
}

fn due(db: &mut Db, now: Timestamp) -> Result<Option<(Told, Signal)>, StoreError> {
    let row: Option<Told> = on_each!(&mut *db, db => alarm_call::table
        .select(Told::as_select())
        .first(db)
        .optional())?;
    let place = row.unwrap_or(Told::FIRST);
    if place.next_at > now.as_micros() {
        return Ok(None);
    }
    let signal = first_from(db, place.place)?;
    Ok(signal.map(|signal| (place, signal)))
}

/// Looked for again here, under the writer's lock: another server may have been first.
fn claim(tx: &mut Tx<'_>, until: Timestamp) -> Result<Option<DueAlarm>, ApplyError> {
    let found = due(tx.db, tx.now)?;
    let Some((place, signal)) = found else {
        return Ok(None);
    };
    let tries = place.tries.saturating_add(1);
    let held = Told {
        id: 1,
        place: signal.sequence,
        tries,
        next_at: until.as_micros(),
    };
    put(tx.db, held)?;
    let tries = u32::try_from(tries).unwrap_or(u32::MAX);
    Ok(Some(DueAlarm { signal, tries }))
}

fn put(db: &mut Db, place: Told) -> QueryResult<()> {
    let insert = diesel::insert_into(alarm_call::table)
        .values(place)
        .on_conflict(alarm_call::id)
        .do_update()
        .set((
            alarm_call::place.eq(place.place),
            alarm_call::tries.eq(place.tries),
            alarm_call::next_at.eq(place.next_at),
        ));
    on_each!(db, db => insert.execute(db)).map(drop)
}

/// Only from there: a claim may have been over before its answer came, and another server have gone on.
fn move_on(tx: &mut Tx<'_>, from: i64, next: Told) -> QueryResult<()> {
    let row = alarm_call::table.filter(alarm_call::place.eq(from));
    let update = diesel::update(row).set((
        alarm_call::place.eq(next.place),
        alarm_call::tries.eq(next.tries),
        alarm_call::next_at.eq(next.next_at),
    ));
    on_each!(&mut *tx.db, db => update.execute(db)).map(drop)
}
