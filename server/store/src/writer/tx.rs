//! One transaction of the writer, as those who change state see it.

use diesel::prelude::*;
use kyso_core::id::RequestId;
use kyso_core::journal::JournalError;
use kyso_core::{Draft, Refusal, Timestamp};
use kyso_evidence::entry::{Entry, Outcome};
use kyso_evidence::tree::Hash;
use kyso_evidence::{Event, leaf_hash};
use uuid::Uuid;

use super::ledger::Ledger;
use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::{ApplyError, failed};
use crate::openings;
use crate::seal::Sealer;
use crate::tables::{audit_entry, audit_opening, policy_epoch};

/// Inserts rows. SQLite, which is called and not asked over a network, gets them one by one, each by
/// the same cached statement: to parse a statement costs it more than to run it. PostgreSQL gets
/// them in few statements, each with so many rows at most, since one binds no more than 65,535 values.
macro_rules! insert_all {
    ($db:expr, $table:expr, $rows:expr) => {{
        let rows = $rows;
        match &mut *$db {
            $crate::connection::Db::Sqlite(db) => rows.iter().try_for_each(|row| {
                diesel::insert_into($table).values(row).execute(db)?;
                diesel::QueryResult::Ok(())
            }),
            $crate::connection::Db::Postgres(db) => rows.chunks(512).try_for_each(|chunk| {
                match chunk {
                    [row] => diesel::insert_into($table).values(row).execute(db)?,
                    _ => diesel::insert_into($table).values(chunk).execute(db)?,
                };
                diesel::QueryResult::Ok(())
            }),
        }
    }};
}
pub(crate) use insert_all;

/// One transaction of the journal writer.
#[derive(Debug)]
pub(crate) struct Tx<'a> {
    /// The writer's connection; inside the transaction.
    pub(crate) db: &'a mut Db,
    /// The time of every entry of this transaction; never before that of an earlier entry.
    pub(crate) now: Timestamp,
    /// Makes and checks the seals of rows.
    pub(crate) sealer: &'a Sealer,
    /// What the writer knows by heart.
    pub(crate) ledger: &'a mut Ledger,
}

/// An entry that was appended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Appended {
    /// Its sequence number, the `made_by` of rows that it makes.
    pub(crate) sequence: i64,
    /// Its leaf hash.
    pub(crate) leaf: Hash,
}

/// A part of the policy snapshot that is reloaded as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Area {
    Agencies,
    Clients,
    Credentials,
    People,
    Pending,
    Sessions,
    Tokens,
}

impl Area {
    /// How many there are, each with a row from the first migration on.
    pub(crate) const COUNT: usize = 7;

    /// Name in the table.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Agencies => "agencies",
            Self::Clients => "clients",
            Self::Credentials => "credentials",
            Self::People => "people",
            Self::Pending => "pending",
            Self::Sessions => "sessions",
            Self::Tokens => "tokens",
        }
    }
}

/// The row of an entry. Its columns but the first three only repeat the entry.
#[derive(Insertable)]
#[diesel(table_name = audit_entry, treat_none_as_default_value = false)]
struct EntryRow<'a> {
    sequence: i64,
    entry: &'a [u8],
    leaf_hash: &'a [u8],
    recorded_at: i64,
    event: &'a str,
    outcome: &'a str,
    request_id: Id,
    actor_kind: &'a str,
    actor_id: Option<Id>,
    client_id: Option<Id>,
    agency_id: Option<Id>,
    credential_id: Option<Id>,
    object_id: Option<Id>,
    grant_id: Option<Id>,
    reason: Option<String>,
}

#[derive(Insertable)]
#[diesel(table_name = audit_opening, treat_none_as_default_value = false)]
struct OpeningRow {
    sequence: i64,
    openings: String,
}

type Id = Vec<u8>;

impl Tx<'_> {
    /// Appends an entry: gives it sequence, time, boot and log, and stores what opens it.
    ///
    /// # Errors
    /// [`JournalError::Entry`] for one that does not fit the schema.
    pub(crate) fn append(&mut self, mut draft: Draft) -> Result<Appended, JournalError> {
        self.append_in_place(&mut draft)
    }

    /// As [`append`](Self::append), for a draft that may have to be appended again.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn append_in_place(&mut self, draft: &mut Draft) -> Result<Appended, JournalError> {
        self.ledger.touch()?;
        let Draft { entry, openings } = draft;
        self.stamp(entry)?;
        let bytes = entry
            .to_bytes()
            .map_err(|error| JournalError::Entry(error.to_string()))?;
        let appended = Appended {
            sequence: self.ledger.next()?,
            leaf: leaf_hash(&bytes),
        };
        self.insert_entry(entry, &bytes, appended)?;
        if !openings.is_empty() {
            let row = OpeningRow {
                sequence: appended.sequence,
                openings: openings::pack(openings)?,
            };
            insert_all!(self.db, audit_opening::table, [row]).map_err(|error| failed(&error))?;
        }
        self.ledger.frontier.push(appended.leaf);
        self.ledger.appended += 1;
        self.ledger.last_leaf = Some(appended.leaf);
        self.ledger.last_time = self.now;
        Ok(appended)
    }

    fn stamp(&self, entry: &mut Entry) -> Result<(), JournalError> {
        entry.seq = self.ledger.frontier.size();
        entry.time = self.now.to_string();
        entry.boot = self.ledger.boot.to_string();
        entry.log.clone_from(&self.ledger.log);
        if entry.epoch == 0 {
            entry.epoch = u64::try_from(self.ledger.epoch)
                .map_err(|_| JournalError::Entry("negative epoch".to_owned()))?;
        }
        Ok(())
    }

    fn insert_entry(
        &mut self,
        entry: &Entry,
        bytes: &[u8],
        appended: Appended,
    ) -> Result<(), JournalError> {
        let row = EntryRow {
            sequence: appended.sequence,
            entry: bytes,
            leaf_hash: &appended.leaf,
            recorded_at: self.now.as_micros(),
            event: entry.event.name(),
            outcome: entry.outcome.as_str(),
            request_id: id(&entry.request)?,
            actor_kind: entry.actor.kind.as_str(),
            actor_id: optional_id(entry.actor.id.as_deref())?,
            client_id: optional_id(entry.client.as_deref())?,
            agency_id: optional_id(entry.agency.as_deref())?,
            credential_id: optional_id(entry.credential.as_deref())?,
            object_id: optional_id(entry.object.as_deref())?,
            grant_id: optional_id(entry.grant.as_deref())?,
            reason: entry.reason.clone(),
        };
        let insert = diesel::insert_into(audit_entry::table).values(&row);
        on_each!(self.db, db => insert.execute(db)).map_err(|error| failed(&error))?;
        Ok(())
    }

    /// Moves the policy epoch, so that whoever was authorized before asks again.
    ///
    /// # Errors
    /// If the database fails, or the area's row is gone.
    pub(crate) fn bump(&mut self, area: Area) -> Result<(), JournalError> {
        let row = policy_epoch::table.filter(policy_epoch::area.eq(area.name()));
        let next = self.ledger.epoch.checked_add(1);
        let next = next.ok_or(JournalError::Rewound)?; // no change of ours comes so far
        let update = diesel::update(row).set(policy_epoch::counter.eq(next));
        let moved = on_each!(self.db, db => update.execute(db)).map_err(|error| failed(&error))?;
        if moved != 1 {
            return Err(JournalError::Rewound); // nobody would learn of the change
        }
        self.ledger.epoch = next;
        self.ledger.moves.push((next, area));
        Ok(())
    }

    /// Runs `work` under a savepoint: if it is refused or fails, nothing of it stays.
    ///
    /// # Errors
    /// Those of `work`.
    pub(crate) fn nested<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, ApplyError>,
    ) -> Result<T, ApplyError> {
        self.db.savepoint()?;
        let mark = self.ledger.mark();
        match work(self) {
            Ok(value) => {
                self.db.keep()?;
                Ok(value)
            }
            Err(error) => {
                self.db.undo()?;
                self.ledger.return_to(&mark);
                Err(error)
            }
        }
    }

    /// Writes what was found wrong into the log, once.
    ///
    /// # Errors
    /// If the journal cannot write.
    pub(crate) fn raise_alarms(&mut self) -> Result<(), JournalError> {
        for finding in self.ledger.grants.take_findings() {
            self.append(alarm(finding.kind, Uuid::from_bytes(finding.object)))?;
        }
        Ok(())
    }

    /// Sequence and event of the latest entry about this object: a row that grants power holds
    /// only while the entry that made it is that one.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) fn latest_entry(
        &mut self,
        object: &[u8],
    ) -> Result<Option<(i64, String)>, JournalError> {
        latest_entry(self.db, object).map_err(|error| failed(&error))
    }
}

/// Sequence and event of the latest successful entry about this object. What was refused changed
/// nothing: were it counted, anybody could end a session by trying to close it.
pub(crate) fn latest_entry(db: &mut Db, object: &[u8]) -> QueryResult<Option<(i64, String)>> {
    on_each!(db, db => audit_entry::table
        .filter(audit_entry::object_id.eq(object))
        .filter(audit_entry::outcome.eq(Outcome::Ok.as_str()))
        .order(audit_entry::sequence.desc())
        .select((audit_entry::sequence, audit_entry::event))
        .first(db)
        .optional())
}

/// The entry of a row that was changed behind the server's back.
///
/// It names the row as facts: an entry *about* it would pass for the latest one of its life.
pub(crate) fn alarm(kind: &str, object: Uuid) -> Draft {
    let system = kyso_core::Actor::system();
    Draft::new(
        Event::AlarmRaised,
        Outcome::Failed,
        &system,
        RequestId::random(),
    )
    .because(Refusal::Tampered)
    .fact("found_kind", kind)
    .fact("found", object.to_string())
}

fn id(text: &str) -> Result<Id, JournalError> {
    let id = Uuid::try_parse(text)
        .map_err(|_| JournalError::Entry("an id of the entry is not a UUID".to_owned()))?;
    Ok(id.as_bytes().to_vec())
}

fn optional_id(text: Option<&str>) -> Result<Option<Id>, JournalError> {
    text.map(id).transpose()
}
