//! Time stamps that an outside authority is asked for: which are due, who asks, and how each ended.
//!
//! A row is written with the outcome of its call, so that no signature is without the stamp it was to get,
//! and a repeated call, which has no outcome of its own, gets none twice. Rows carry no seal: they grant
//! nothing, and a token says itself what it is of.

mod claim;

use diesel::prelude::*;
use diesel::sql_types::{Binary, Nullable};
use kyso_core::custody::DigestOutcome;
use kyso_core::id::{ClientId, CredentialId, RequestId};
use kyso_core::journal::{JournalError, StampOrder};
use kyso_core::{Digest, HashAlgorithm, Timestamp};
use uuid::Uuid;

use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::journal::{JournalHandle, unread};
use crate::tables::time_stamp;
use crate::writer::tx::{Tx, insert_all};

pub use claim::{DueStamp, Stamped};

/// Where a time stamp stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StampState {
    /// Nobody stamped it in time, and nobody is asked any more.
    GivenUp,
    /// The token is there.
    Held,
    /// The authority is still to be asked, or to answer.
    Pending,
}

impl StampState {
    const ALL: [Self; 3] = [Self::GivenUp, Self::Held, Self::Pending];

    /// Its word in the table, in replies and on pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GivenUp => "given_up",
            Self::Held => "held",
            Self::Pending => "pending",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A time stamp that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStamp {
    /// Its id.
    pub id: Uuid,
    /// The call whose signature it is of.
    pub request: RequestId,
    /// The signature's place in that call.
    pub place: u32,
    /// Whose signature.
    pub credential: CredentialId,
    /// The system that asked.
    pub client: Option<ClientId>,
    /// The digest of the signature's value.
    pub imprint: Digest,
    /// Where it stands.
    pub state: StampState,
    /// Tries so far.
    pub tries: u32,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// The token, CMS in DER.
    pub token: Option<Vec<u8>>,
}

/// What waits for the authority.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StampQueue {
    /// How many.
    pub pending: u64,
    /// Since when the one that waits for longest does.
    pub oldest: Option<Timestamp>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = time_stamp, treat_none_as_default_value = false)]
struct StampRow {
    id: Vec<u8>,
    request_id: Vec<u8>,
    place: i64,
    credential_id: Vec<u8>,
    client_id: Option<Vec<u8>>,
    hash: String,
    imprint: Vec<u8>,
    state: String,
    tries: i64,
    asked_at: i64,
    next_at: i64,
    token: Option<Vec<u8>>,
}

impl StampRow {
    fn new(request: RequestId, order: &StampOrder, imprint: Digest, now: Timestamp) -> Self {
        Self {
            id: Uuid::now_v7().as_bytes().to_vec(),
            request_id: request.as_bytes().to_vec(),
            place: 0,
            credential_id: order.credential.as_bytes().to_vec(),
            client_id: order.client.map(|id| id.as_bytes().to_vec()),
            hash: imprint.algorithm().name().to_owned(),
            imprint: imprint.as_bytes().to_vec(),
            state: StampState::Pending.name().to_owned(),
            tries: 0,
            asked_at: now.as_micros(),
            next_at: now.as_micros(),
            token: None,
        }
    }

    fn read(self) -> Option<StoredStamp> {
        let client = self.client_id.as_deref().map(ClientId::try_from);
        let hash = HashAlgorithm::from_name(&self.hash)?;
        Some(StoredStamp {
            id: Uuid::from_slice(&self.id).ok()?,
            request: RequestId::try_from(self.request_id.as_slice()).ok()?,
            place: u32::try_from(self.place).ok()?,
            credential: CredentialId::try_from(self.credential_id.as_slice()).ok()?,
            client: client.transpose().ok()?,
            imprint: Digest::new(hash, &self.imprint).ok()?,
            state: StampState::from_name(&self.state)?,
            tries: u32::try_from(self.tries).unwrap_or(u32::MAX),
            asked_at: Timestamp::from_micros(self.asked_at),
            token: self.token,
        })
    }
}

/// Asks for a stamp over each signature; none if one of them did not leave.
pub(crate) fn order(
    tx: &mut Tx<'_>,
    request: RequestId,
    order: &StampOrder,
    outcomes: &[DigestOutcome],
) -> QueryResult<()> {
    let signatures = outcomes.iter().map(|outcome| match outcome {
        DigestOutcome::Signed(signature) => Some(signature),
        _ => None,
    });
    let Some(signatures) = signatures.collect::<Option<Vec<_>>>() else {
        return Ok(());
    };
    let mut rows = Vec::with_capacity(signatures.len());
    for (place, signature) in (0_i64..).zip(signatures) {
        let imprint = Digest::of(order.hash, signature);
        let row = StampRow::new(request, order, imprint, tx.now);
        rows.push(StampRow { place, ..row });
    }
    insert_all!(tx.db, time_stamp::table, rows)
}

impl JournalHandle {
    /// The time stamp with this id.
    ///
    /// # Errors
    /// If the database fails, or the row says nothing possible.
    pub async fn time_stamp(&self, id: Uuid) -> Result<Option<StoredStamp>, JournalError> {
        let found = self.pool.read(move |db| {
            let row = by_id(db, id)?;
            row.map(readable).transpose()
        });
        found.await.map_err(unread)
    }

    /// The time stamps of these calls, those of one call in the order of its signatures; without tokens.
    ///
    /// # Errors
    /// If the database fails, or a row says nothing possible.
    pub async fn time_stamps_of(
        &self,
        calls: Vec<RequestId>,
    ) -> Result<Vec<StoredStamp>, JournalError> {
        if calls.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.pool.read(move |db| {
            let rows = of_calls(db, &calls)?;
            rows.into_iter().map(readable).collect()
        });
        found.await.map_err(unread)
    }

    /// What waits for the authority.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn stamp_queue(&self) -> Result<StampQueue, JournalError> {
        let found = self.pool.read(|db| Ok::<_, StoreError>(queue(db)?));
        found.await.map_err(unread)
    }
}

fn readable(row: StampRow) -> Result<StoredStamp, StoreError> {
    let unreadable = || diesel::result::Error::DeserializationError("a time stamp".into());
    Ok(row.read().ok_or_else(unreadable)?)
}

fn by_id(db: &mut Db, id: Uuid) -> QueryResult<Option<StampRow>> {
    on_each!(db, db => time_stamp::table
        .find(id.as_bytes().as_slice())
        .select(StampRow::as_select())
        .first(db)
        .optional())
}

fn of_calls(db: &mut Db, calls: &[RequestId]) -> QueryResult<Vec<StampRow>> {
    let calls: Vec<&[u8]> = calls.iter().map(|id| id.as_bytes().as_slice()).collect();
    on_each!(db, db => time_stamp::table
        .filter(time_stamp::request_id.eq_any(calls))
        .order((time_stamp::request_id, time_stamp::place))
        // Some thousand tokens of six kilobytes each are more than a list is worth.
        .select((
            time_stamp::id,
            time_stamp::request_id,
            time_stamp::place,
            time_stamp::credential_id,
            time_stamp::client_id,
            time_stamp::hash,
            time_stamp::imprint,
            time_stamp::state,
            time_stamp::tries,
            time_stamp::asked_at,
            time_stamp::next_at,
            None::<Vec<u8>>.into_sql::<Nullable<Binary>>(),
        ))
        .load(db))
}

fn queue(db: &mut Db) -> QueryResult<StampQueue> {
    let (pending, oldest): (i64, Option<i64>) = on_each!(db, db => time_stamp::table
        .filter(time_stamp::state.eq(StampState::Pending.name()))
        .select((diesel::dsl::count_star(), diesel::dsl::min(time_stamp::asked_at)))
        .first(db))?;
    Ok(StampQueue {
        pending: u64::try_from(pending).unwrap_or_default(),
        oldest: oldest.map(Timestamp::from_micros),
    })
}
