//! Stamping sessions that are over: what was stamped in them is still asked for.

use std::collections::HashMap;

use diesel::prelude::*;
use kyso_core::Timestamp;
use kyso_core::id::{CredentialId, PersonId, StampingSessionId};
use kyso_core::model::StampingSession;

use super::rows::{SessionRow, session_by_id};
use crate::connection::{Db, MultiBackend};
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::seal::Sealer;
use crate::tables::{stamping_session, stamping_session_end};

/// Whose sessions: those of these seals, and those that this person opened.
#[derive(Debug, Clone)]
pub struct EndedOf {
    /// Who opened them.
    pub opened_by: PersonId,
    /// Or of which seals they are.
    pub seals: Vec<CredentialId>,
    /// Only sessions opened before this time: that of the last one of the page before.
    pub before: Option<Timestamp>,
    /// At most so many.
    pub limit: u16,
}

/// Sessions that were closed or whose time is over, the youngest first. A row that somebody changed is left out.
///
/// # Errors
/// If the database fails.
pub fn ended_sessions(
    db: &mut Db,
    sealer: &Sealer,
    of: &EndedOf,
    now: Timestamp,
) -> Result<Vec<StampingSession>, StoreError> {
    let seals: Vec<Vec<u8>> = of.seals.iter().map(|id| id.as_bytes().to_vec()).collect();
    let closed = stamping_session_end::table.select(stamping_session_end::session_id);
    let over = stamping_session::expires_at
        .le(now.as_micros())
        .or(stamping_session::id.eq_any(closed));
    let theirs = stamping_session::opened_by
        .eq(of.opened_by.as_bytes().to_vec())
        .or(stamping_session::credential_id.eq_any(seals));
    let mut query = stamping_session::table
        .filter(over)
        .filter(theirs)
        .order((
            stamping_session::opened_at.desc(),
            stamping_session::id.desc(),
        ))
        .limit(i64::from(of.limit))
        .select(SessionRow::as_select())
        .into_boxed::<MultiBackend>();
    if let Some(before) = of.before {
        query = query.filter(stamping_session::opened_at.lt(before.as_micros()));
    }
    let rows: Vec<SessionRow> = query.load(db)?;
    let found: Vec<StampingSession> = rows.iter().filter_map(|row| row.open(sealer)).collect();
    with_ends(db, found)
}

/// The session with this id, over or not, if its row is as a server wrote it.
///
/// # Errors
/// If the database fails.
pub fn session_of_id(
    db: &mut Db,
    sealer: &Sealer,
    id: StampingSessionId,
) -> Result<Option<StampingSession>, StoreError> {
    let row = session_by_id(db, id.as_bytes())?;
    let found = row.and_then(|row| row.open(sealer));
    Ok(with_ends(db, found.into_iter().collect())?.pop())
}

/// With the times at which they were closed.
fn with_ends(
    db: &mut Db,
    mut sessions: Vec<StampingSession>,
) -> Result<Vec<StampingSession>, StoreError> {
    let ids: Vec<Vec<u8>> = sessions
        .iter()
        .map(|one| one.id.as_bytes().to_vec())
        .collect();
    let ends: Vec<(Vec<u8>, i64)> = on_each!(db, db => stamping_session_end::table
        .filter(stamping_session_end::session_id.eq_any(ids))
        .select((stamping_session_end::session_id, stamping_session_end::closed_at))
        .load(db))?;
    let ends: HashMap<Vec<u8>, i64> = ends.into_iter().collect();
    for session in &mut sessions {
        let closed = ends.get(session.id.as_bytes().as_slice());
        session.closed_at = closed.map(|at| Timestamp::from_micros(*at));
    }
    Ok(sessions)
}
