//! Many documents at once: by one call, under one session, by one one-time password.

use std::collections::HashMap;

use kyso_evidence::entry::Outcome;
use kyso_evidence::{Entry, Event};

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

/// What is too many, and the calls whose approvals were counted: the first's place, and how many.
#[derive(Debug)]
pub(super) struct Bulk {
    most: u64,
    calls: HashMap<String, (i64, u64)>,
}

impl Bulk {
    pub(super) fn new(most: u64) -> Self {
        Self {
            most,
            calls: HashMap::new(),
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
        let (first, count) = match self.calls.get(&entry.request) {
            Some(known) => *known,
            None => self.counted(db, at, entry)?,
        };
        Ok(if first == at { count } else { 0 })
    }

    fn counted(&mut self, db: &mut Db, at: i64, entry: &Entry) -> Result<(i64, u64), StoreError> {
        let near = at.saturating_sub(REACH)..at.saturating_add(REACH);
        let given = look::of_call(db, Event::ApprovalGiven, &entry.request, near)?;
        let known = (given.first().copied().unwrap_or(at), wide(given.len()));
        self.calls.insert(entry.request.clone(), known);
        Ok(known)
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
