//! Upkeep: the lease of this run of the server, and intents that nobody will close any more.

use std::collections::HashMap;
use std::time::Duration;

use diesel::prelude::*;
use kyso_core::custody::DigestOutcome;
use kyso_core::draft::Draft;
use kyso_core::id::{BootId, RequestId};
use kyso_core::journal::JournalError;
use kyso_core::{Actor, Timestamp};
use kyso_evidence::entry::{Entry, KeyRecord, Outcome, ResultRecord, ResultState};
use kyso_evidence::{Event, leaf_hash};
use uuid::Uuid;

use super::OpenIntent;
use super::orphans::Orphans;
use super::outcome::close;
use super::spoilt::Spoilt;
use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::{ApplyError, failed};
use crate::tables::{attempt, attempt_outcome, audit_entry, boot};
use crate::writer::tx::{Tx, alarm, insert_all};

/// Most intents of a run that are looked at in one transaction.
const SWEEP: usize = 256;

/// What upkeep needs to know.
#[derive(Debug, Clone)]
pub(crate) struct Upkeep {
    /// Names whoever holds the head file; its earlier runs are over.
    pub(crate) instance: [u8; 16],
    /// Whether all earlier runs are over, since nobody else can open the database.
    pub(crate) alone: bool,
    /// Calls to close.
    pub(crate) orphans: Orphans,
    /// Intents that cannot be closed.
    pub(crate) spoilt: Spoilt,
    /// How long a lease lasts, of the database's time.
    pub(crate) lease: Duration,
}

#[derive(Insertable)]
#[diesel(table_name = boot, treat_none_as_default_value = false)]
struct BootRow<'a> {
    id: &'a [u8],
    instance: &'a [u8],
    started_at: i64,
    open_from: i64,
    lease_until: i64,
    swept: i64,
}

/// Enters this run of the server, with its first lease.
pub(crate) fn enter(
    db: &mut Db,
    id: BootId,
    instance: &[u8; 16],
    now: Timestamp,
    open_from: i64,
    lease: Duration,
) -> QueryResult<()> {
    let lease_until = db.time()? + span(lease);
    let (id, started_at) = (id.as_bytes(), now.as_micros());
    let row = BootRow {
        id,
        instance,
        started_at,
        open_from,
        lease_until,
        swept: 0,
    };
    insert_all!(db, boot::table, [row])?;
    Ok(())
}

fn span(lease: Duration) -> i64 {
    i64::try_from(lease.as_micros()).unwrap_or(i64::MAX)
}

impl Upkeep {
    /// Renews the lease, on a database that is still durable.
    pub(crate) fn renew(&self, tx: &mut Tx<'_>) -> Result<(), JournalError> {
        tx.db
            .require_durable()
            .map_err(|error| JournalError::Unavailable(error.to_string()))?;
        let now = tx.db.time().map_err(|error| failed(&error))?;
        renew(tx, now.saturating_add(span(self.lease))).map_err(ApplyError::into_journal)
    }

    /// Closes orphans, and sweeps runs that are over. Apart from the lease: what cannot be swept
    /// must not end this server's own.
    pub(crate) fn sweep(&self, tx: &mut Tx<'_>) -> Result<(), JournalError> {
        self.close_all(tx).map_err(ApplyError::into_journal)
    }

    /// What was swept is durable.
    pub(crate) fn swept(&self) {
        self.spoilt.told();
    }

    fn close_all(&self, tx: &mut Tx<'_>) -> Result<(), ApplyError> {
        let now = tx.db.time()?;
        self.close_orphans(tx)?;
        for (id, open_from) in self.over(tx, now)? {
            self.sweep_run(tx, &id, open_from)?;
        }
        Ok(())
    }

    fn close_orphans(&self, tx: &mut Tx<'_>) -> Result<(), ApplyError> {
        let waiting = self.orphans.waiting();
        for request in &waiting {
            let open = tx.ledger.open.get(request).cloned();
            if let Some(open) = &open {
                self.close(tx, *request, open)?;
            }
            // If this transaction is undone they are open again, and the next round closes them.
            self.orphans.looked_for(request, open.is_some());
        }
        Ok(())
    }

    /// Closes what a run that is over left open. It is swept once nothing is.
    fn sweep_run(&self, tx: &mut Tx<'_>, id: &[u8], open_from: i64) -> Result<(), ApplyError> {
        let open = self.spoilt.last(open_intents(tx.db, id, open_from)?);
        let mut closed = 0;
        for (request, intent) in open.iter().take(SWEEP) {
            closed += usize::from(self.close(tx, *request, intent)?);
        }
        if closed == open.len() {
            let row = boot::table.find(id);
            let update = diesel::update(row).set(boot::swept.eq(1));
            on_each!(tx.db, db => update.execute(db))?;
        }
        if closed > 0 {
            let mut draft = system_draft(Event::JournalRecovered, Outcome::Ok, RequestId::random());
            draft.entry.count = u64::try_from(closed).ok();
            tx.append(draft)?;
        }
        Ok(())
    }

    /// Closes an intent as unknown, or finds that its entry does not let it be closed: that keeps no
    /// other open.
    fn close(
        &self,
        tx: &mut Tx<'_>,
        request: RequestId,
        open: &OpenIntent,
    ) -> Result<bool, ApplyError> {
        match tx.nested(|tx| close_unknown(tx, request, open)) {
            Ok(()) => {
                self.spoilt.closed(&request);
                Ok(true)
            }
            Err(ApplyError::Journal(JournalError::Entry(why))) => {
                self.keep_open(tx, request, &why)?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn keep_open(&self, tx: &mut Tx<'_>, request: RequestId, why: &str) -> Result<(), ApplyError> {
        if self.spoilt.found(request) {
            tracing::error!(%request, why, "an open intent cannot be closed");
            tx.ledger.figures.alarm();
            tx.append(alarm(
                "signature_intent",
                Uuid::from_bytes(*request.as_bytes()),
            ))?;
        }
        Ok(())
    }

    /// Runs that are over and not yet swept.
    fn over(&self, tx: &mut Tx<'_>, now: i64) -> QueryResult<Vec<(Vec<u8>, i64)>> {
        let own = tx.ledger.boot;
        let rows: Vec<(Vec<u8>, Vec<u8>, i64, i64)> = on_each!(tx.db, db => boot::table
            .filter(boot::swept.eq(0))
            .filter(boot::id.ne(own.as_bytes().as_slice()))
            .select((boot::id, boot::instance, boot::lease_until, boot::open_from))
            .load(db))?;
        let over =
            |instance: &[u8], lease: i64| self.alone || instance == self.instance || lease < now;
        Ok(rows
            .into_iter()
            .filter(|(_, instance, lease, _)| over(instance, *lease))
            .map(|(id, _, _, open_from)| (id, open_from))
            .collect())
    }
}

/// A live server's intents are not swept; where to look for them once it has died moves along. One
/// that was paused beyond its lease may have been swept meanwhile: what it begins from now on is
/// swept again once it has died.
fn renew(tx: &mut Tx<'_>, lease_until: i64) -> Result<(), ApplyError> {
    let oldest = tx.ledger.open.values().map(|open| open.sequence).min();
    let open_from = match oldest {
        Some(sequence) => sequence,
        None => tx.ledger.next()?,
    };
    let id = tx.ledger.boot;
    let row = boot::table.find(id.as_bytes().as_slice());
    let update = diesel::update(row).set((
        boot::lease_until.eq(lease_until),
        boot::open_from.eq(open_from),
        boot::swept.eq(0),
    ));
    on_each!(tx.db, db => update.execute(db))?;
    tx.ledger.open_from = open_from;
    Ok(())
}

/// The open intents of a run, by request; nothing but their sequence is known of them.
pub(crate) fn open_intents(
    db: &mut Db,
    id: &[u8],
    from: i64,
) -> QueryResult<HashMap<RequestId, OpenIntent>> {
    let closed = attempt_outcome::request_id;
    let rows: Vec<(Vec<u8>, i64)> = on_each!(db, db => attempt::table
        .left_join(attempt_outcome::table.on(closed.eq(attempt::request_id)))
        .filter(attempt::sequence.ge(from))
        .filter(attempt::boot_id.eq(id))
        .filter(closed.nullable().is_null())
        .select((attempt::request_id, attempt::sequence))
        .load(db))?;
    let open = |sequence| OpenIntent {
        sequence,
        uses: None,
        keyed: true,
    };
    Ok(rows
        .into_iter()
        .filter_map(|(id, sequence)| {
            Some((RequestId::try_from(id.as_slice()).ok()?, open(sequence)))
        })
        .collect())
}

/// Nobody can say whether the key was used: treat it as used. Nothing is given back.
fn close_unknown(tx: &mut Tx<'_>, request: RequestId, open: &OpenIntent) -> Result<(), ApplyError> {
    let (intent, leaf) = read_intent(tx.db, request, open.sequence)?;
    let outcomes = vec![DigestOutcome::Unknown; intent.digests.len()];
    let mut draft = unknown(intent, &leaf, request);
    close(tx, request, open, &outcomes, &mut draft)
}

/// The entry of an intent and its leaf hash.
///
/// # Errors
/// [`JournalError::Entry`] if it is not there as it was written: no outcome is made from another.
fn read_intent(
    db: &mut Db,
    request: RequestId,
    sequence: i64,
) -> Result<(Entry, Vec<u8>), ApplyError> {
    let row: Option<(Vec<u8>, Vec<u8>)> = on_each!(db, db => audit_entry::table
        .find(sequence)
        .select((audit_entry::entry, audit_entry::leaf_hash))
        .first(db)
        .optional())?;
    let spoilt = |why: &str| JournalError::Entry(why.to_owned());
    let (bytes, leaf) = row.ok_or_else(|| spoilt("the entry of an intent is gone"))?;
    if leaf_hash(&bytes) != leaf.as_slice() {
        return Err(spoilt("the entry of an intent was changed").into());
    }
    let entry = Entry::parse(&bytes).map_err(|_| spoilt("an intent cannot be read back"))?;
    if entry.event != Event::SignatureIntent || entry.request != request.to_string() {
        return Err(spoilt("an entry is not the intent that its row names").into());
    }
    Ok((entry, leaf))
}

fn unknown(intent: Entry, leaf: &[u8], request: RequestId) -> Draft {
    let mut draft = system_draft(Event::SignatureOutcome, Outcome::Unknown, request);
    let result = ResultRecord {
        sha256: None,
        state: ResultState::Unknown,
    };
    draft.entry.results = vec![result; intent.digests.len()];
    draft.entry.agency = intent.agency;
    draft.entry.authority = intent.authority;
    draft.entry.client = intent.client;
    draft.entry.credential = intent.credential;
    draft.entry.digests = intent.digests;
    draft.entry.grant = intent.grant;
    draft.entry.intent = Some(hex::encode(leaf));
    draft.entry.key = intent.key.map(|key| KeyRecord {
        certificate_issuer: None,
        certificate_serial: None,
        ..key
    });
    draft.entry.purpose = intent.purpose;
    draft.entry.scheme = intent.scheme;
    draft.entry.session = intent.session;
    draft
}

fn system_draft(event: Event, outcome: Outcome, request: RequestId) -> Draft {
    Draft::new(event, outcome, &Actor::system(), request)
}
