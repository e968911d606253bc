//! Many documents at once: by one call, under one session, by one one-time password.

use std::collections::HashMap;
use std::ops::Range;

use diesel::QueryResult;
use kyso_evidence::entry::Outcome;
use kyso_evidence::{Entry, Event};
use uuid::Uuid;

use super::{Verdict, look};
use crate::connection::Db;
use crate::error::StoreError;

pub(super) const EVENTS: &[Event] = &[
    Event::ApprovalGiven,
    Event::SessionOpened,
    Event::SignatureIntent,
];

/// No transaction of approvals has more entries than this.
const REACH: i64 = 4_096;

/// What is too many, and the approvals around the entry that is judged.
#[derive(Debug)]
pub(super) struct Bulk {
    most: u64,
    near: Window,
}

/// The approvals of a stretch of the log by their calls. Read as a whole, since many entries in a row ask for the calls
/// around them: looked up one by one, each would cost as much as the stretch.
#[derive(Debug, Default)]
struct Window {
    stretch: Range<i64>,
    /// The first approval of each call, and how many there are.
    calls: HashMap<Uuid, (i64, u64)>,
}

impl Window {
    /// Whether all that the call of this entry approved lies in it.
    fn holds(&self, at: i64) -> bool {
        let around = at.saturating_sub(REACH).max(0)..at.saturating_add(REACH);
        self.stretch.start <= around.start && around.end <= self.stretch.end
    }

    /// The one around this entry and as far again before it, where the next ones will lie: a view goes down.
    fn read(db: &mut Db, at: i64) -> QueryResult<Self> {
        let start = at.saturating_sub(REACH.saturating_mul(2)).max(0);
        let stretch = start..at.saturating_add(REACH);
        let given = look::calls_of(db, Event::ApprovalGiven, stretch.clone())?;
        let mut calls = HashMap::new();
        for (place, call) in given {
            let Ok(call) = Uuid::from_slice(&call) else {
                continue;
            };
            let (_, count) = calls.entry(call).or_insert((place, 0));
            *count += 1;
        }
        Ok(Self { stretch, calls })
    }
}

impl Bulk {
    pub(super) fn new(most: u64) -> Self {
        Self {
            most,
            near: Window::default(),
        }
    }

    pub(super) fn judge(
        &mut self,
        db: &mut Db,
        at: i64,
        entry: &Entry,
    ) -> Result<Verdict, StoreError> {
        let (why, count) = match (entry.event, entry.outcome) {
            (Event::SignatureIntent, _) => ("one_call", wide(entry.digests.len())),
            (Event::SessionOpened, Outcome::Ok) => ("one_session", limit(entry)),
            (Event::ApprovalGiven, Outcome::Ok) => ("one_password", self.given(db, at, entry)?),
            _ => return Ok(None),
        };
        Ok((count > self.most).then_some((why, Some(count))))
    }

    /// How many one call approved: said at its first entry, so that it is told once.
    fn given(&mut self, db: &mut Db, at: i64, entry: &Entry) -> Result<u64, StoreError> {
        if !self.near.holds(at) {
            self.near = Window::read(db, at)?;
        }
        let call = Uuid::parse_str(&entry.request).ok();
        let known = call.and_then(|call| self.near.calls.get(&call));
        // A row whose columns are not what its entry says is an approval of its own.
        let (first, count) = known.copied().unwrap_or((at, 1));
        Ok(if first == at { count } else { 0 })
    }
}

/// How many stamps a session was opened for.
fn limit(entry: &Entry) -> u64 {
    let limit = look::number(entry, "limit");
    limit.and_then(|limit| limit.try_into().ok()).unwrap_or(0)
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
