//! What the writer knows by heart: where the log ends, the policy epoch, grants in use, intents
//! still open. All of it can be read again from the database.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;
use kyso_core::Timestamp;
use kyso_core::id::{BootId, RequestId};
use kyso_core::journal::JournalError;
use kyso_evidence::tree::Hash;
use kyso_evidence::{Entry, Frontier, leaf_hash};
use uuid::Uuid;

use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::failed;
use crate::observe::Figures;
use crate::signing::{Grants, OpenIntent};
use crate::tables::{audit_entry, policy_epoch};
use crate::writer::moves::Move;
use crate::writer::watch::Watch;

/// The state of one log under one writer.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// Id of the log.
    pub(crate) log: String,
    /// This run of the server.
    pub(crate) boot: BootId,
    /// Where the log ends.
    pub(crate) frontier: Frontier,
    /// Leaf of the last entry.
    pub(crate) last_leaf: Option<Hash>,
    /// Time of the last entry.
    pub(crate) last_time: Timestamp,
    /// The policy epoch as this transaction sees it.
    pub(crate) epoch: i64,
    /// Areas of policy that this transaction has moved.
    pub(crate) moves: Vec<Move>,
    /// Entries that this writer appended, by itself.
    pub(crate) appended: u64,
    /// SADs and stamping sessions in use.
    pub(crate) grants: Grants,
    /// Intents of this boot without an outcome.
    pub(crate) open: HashMap<RequestId, OpenIntent>,
    /// Where to look for them if they must be read again: no intent before it is open.
    pub(crate) open_from: i64,
    /// Entries that are durable.
    pub(crate) committed_size: u64,
    /// Counters for metrics.
    pub(crate) figures: Arc<Figures>,
    /// Whom the writer tells that it is about to ask the database, and in which turn it is.
    pub(crate) pulse: Option<(Arc<Watch>, u64)>,
}

/// From where a successor of the writer goes on: what was durable last.
#[derive(Debug, Clone)]
pub(crate) struct Anchor {
    log: String,
    boot: BootId,
    frontier: Frontier,
    last_leaf: Option<Hash>,
    last_time: Timestamp,
    epoch: i64,
    open: HashMap<RequestId, OpenIntent>,
    open_from: i64,
    figures: Arc<Figures>,
}

impl Anchor {
    /// Where the log ended.
    pub(crate) const fn frontier(&self) -> &Frontier {
        &self.frontier
    }
}

/// What an undone transaction must give back.
#[derive(Debug)]
pub(crate) struct Mark {
    frontier: Frontier,
    last_leaf: Option<Hash>,
    last_time: Timestamp,
    epoch: i64,
    appended: u64,
    grants: usize,
}

/// Nothing is signed under a lease that ended.
pub(crate) fn lease_ended() -> JournalError {
    JournalError::Unavailable("this server's lease could not be renewed".to_owned())
}

/// Rows read at once while following the log.
const PAGE: i64 = 4_096;

impl Ledger {
    /// From where a successor would go on, if what is known now is durable.
    pub(crate) fn anchor(&self) -> Anchor {
        Anchor {
            log: self.log.clone(),
            boot: self.boot,
            frontier: self.frontier.clone(),
            last_leaf: self.last_leaf,
            last_time: self.last_time,
            epoch: self.epoch,
            open: self.open.clone(),
            open_from: self.open_from,
            figures: Arc::clone(&self.figures),
        }
    }

    /// What a successor knows. Grants in use are read again, since nobody knows what became of
    /// those that the one before it was about to use.
    pub(crate) fn resume(anchor: Anchor) -> Self {
        Self {
            committed_size: anchor.frontier.size(),
            log: anchor.log,
            boot: anchor.boot,
            frontier: anchor.frontier,
            last_leaf: anchor.last_leaf,
            last_time: anchor.last_time,
            epoch: anchor.epoch,
            moves: Vec::new(),
            appended: 0,
            grants: Grants::default(),
            open: anchor.open,
            open_from: anchor.open_from,
            figures: anchor.figures,
            pulse: None,
        }
    }

    /// The writer lives, and is about to ask the database something.
    ///
    /// # Errors
    /// If it was deposed meanwhile: then it must not.
    pub(crate) fn touch(&self) -> Result<(), JournalError> {
        self.pulse
            .as_ref()
            .map_or(Ok(()), |(watch, turn)| watch.touch(*turn))
    }

    /// Before an intent: another server may close it once this one's lease has ended.
    ///
    /// # Errors
    /// If the lease ended.
    pub(crate) fn require_lease(&self) -> Result<(), JournalError> {
        if self.figures.lease_holds() {
            Ok(())
        } else {
            Err(lease_ended())
        }
    }

    /// The state to return to.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            frontier: self.frontier.clone(),
            last_leaf: self.last_leaf,
            last_time: self.last_time,
            epoch: self.epoch,
            appended: self.appended,
            grants: self.grants.mark(),
        }
    }

    /// Forgets what an undone transaction had done, and keeps what it had not touched.
    pub(crate) fn return_to(&mut self, mark: &Mark) {
        self.frontier = mark.frontier.clone();
        self.last_leaf = mark.last_leaf;
        self.last_time = mark.last_time;
        self.epoch = mark.epoch;
        self.moves.retain(|(at, _)| *at <= mark.epoch);
        self.appended = mark.appended;
        self.grants.return_to(mark.grants);
    }

    /// Whether this writer appended entries since: what it followed of other servers' is none of its own.
    pub(crate) const fn has_grown(&self, mark: &Mark) -> bool {
        self.appended > mark.appended
    }

    /// Whether the database has this leaf at this place; it waits for the journal's lock first.
    pub(crate) fn holds(
        db: &mut Db,
        sequence: Option<u64>,
        leaf: Option<Hash>,
    ) -> Result<bool, JournalError> {
        let sequence = sequence
            .and_then(|sequence| i64::try_from(sequence).ok())
            .unwrap_or(-1);
        let stored = db.begin().and_then(|()| leaf_at(db, sequence));
        let ended = db.rollback();
        let stored = stored
            .and_then(|stored| ended.map(|()| stored))
            .map_err(|e| failed(&e))?;
        Ok(stored.as_deref() == leaf.as_ref().map(<[u8; 32]>::as_slice))
    }

    /// Sequence of the next entry.
    pub(crate) fn next(&self) -> Result<i64, JournalError> {
        i64::try_from(self.frontier.size())
            .map_err(|_| JournalError::Unavailable("the log is full".to_owned()))
    }

    /// Follows what other servers appended since: under the journal's lock nobody appends now.
    pub(crate) fn follow(&mut self, db: &mut Db) -> Result<(), JournalError> {
        self.follow_until(db, u64::MAX)
    }

    /// Follows the log as far as this size, or to its end.
    pub(crate) fn follow_until(&mut self, db: &mut Db, size: u64) -> Result<(), JournalError> {
        while self.frontier.size() < size {
            let left = i64::try_from(size - self.frontier.size()).unwrap_or(i64::MAX);
            self.touch()?;
            let rows = entries_from(db, self.next()?, left.min(PAGE)).map_err(|e| failed(&e))?;
            let full = rows.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
            for row in rows {
                self.follow_row(row)?;
            }
            if !full {
                break;
            }
        }
        Ok(())
    }

    fn follow_row(&mut self, row: Followed) -> Result<(), JournalError> {
        let (sequence, entry, stored, recorded_at) = row;
        let leaf = leaf_hash(&entry);
        if leaf != stored.as_slice() {
            return Err(JournalError::Rewound); // the entry is not the one that was written
        }
        if sequence != self.next()? {
            return Err(JournalError::Rewound); // a gap: rows before this one are gone
        }
        self.frontier.push(leaf);
        self.last_leaf = Some(leaf);
        self.last_time = self.last_time.max(Timestamp::from_micros(recorded_at));
        if self.grants.is_empty() {
            Ok(())
        } else {
            self.forget_what_it_used(&entry)
        }
    }

    /// Another server used or ended what this entry names. The entry says so, not the columns beside it: whoever owns the database
    /// could have this server go on by what it knows.
    fn forget_what_it_used(&mut self, entry: &[u8]) -> Result<(), JournalError> {
        let entry = Entry::parse(entry).map_err(|_| JournalError::Rewound)?;
        let named = [entry.grant, entry.object].into_iter().flatten();
        for id in named.filter_map(|id| Uuid::try_parse(&id).ok()) {
            self.grants.stale(id.as_bytes());
        }
        Ok(())
    }

    /// Takes over which intents are open, keeping what is known of those.
    pub(crate) fn reopen(&mut self, mut open: HashMap<RequestId, OpenIntent>) {
        for (request, known) in self.open.drain() {
            open.entry(request).and_modify(|found| *found = known);
        }
        self.open = open;
    }

    /// Reads the policy epoch, which other servers may have moved: forwards only, or who lost their
    /// power before would have it again.
    pub(crate) fn read_epoch(&mut self, db: &mut Db) -> Result<(), JournalError> {
        let stored = epoch(db).map_err(|error| failed(&error))?;
        if stored < self.epoch {
            return Err(JournalError::Rewound);
        }
        self.epoch = stored;
        Ok(())
    }
}

/// The policy epoch: each area holds the epoch at which it last moved, so the highest is now's.
pub(crate) fn epoch(db: &mut Db) -> QueryResult<i64> {
    Ok(counters(db)?.into_iter().max().unwrap_or(0))
}

/// The epoch at which each area last moved, as the database has it.
pub(crate) fn counters(db: &mut Db) -> QueryResult<Vec<i64>> {
    on_each!(db, db => policy_epoch::table.select(policy_epoch::counter).load(db))
}

/// Sequence, entry, stored leaf and time.
type Followed = (i64, Vec<u8>, Vec<u8>, i64);

fn entries_from(db: &mut Db, from: i64, limit: i64) -> QueryResult<Vec<Followed>> {
    use audit_entry as entry;
    on_each!(db, db => entry::table
        .filter(entry::sequence.ge(from))
        .order(entry::sequence)
        .limit(limit)
        .select((
            entry::sequence,
            entry::entry,
            entry::leaf_hash,
            entry::recorded_at,
        ))
        .load(db))
}

fn leaf_at(db: &mut Db, sequence: i64) -> QueryResult<Option<Vec<u8>>> {
    on_each!(db, db => audit_entry::table
        .filter(audit_entry::sequence.eq(sequence))
        .select(audit_entry::leaf_hash)
        .first(db)
        .optional())
}
