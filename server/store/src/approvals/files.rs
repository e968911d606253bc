//! The files behind requests for approval, and the pictures of their pages: bytes that mean nothing here, since they are
//! encrypted before they come.

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use kyso_core::Timestamp;
use kyso_core::id::{ApprovalId, RequestId};
use kyso_core::journal::JournalError;
use kyso_core::model::{Approval, ApprovalState};
use kyso_core::{Actor, Draft};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;

use crate::apply::{Act, require};
use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::journal::{JournalHandle, unread};
use crate::schema::{approval, approval_file};
use crate::writer::tx::Tx;

/// Requests that are found at once.
const ROUND: i64 = 100;

/// Which part of a request's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilePart {
    /// Whose.
    pub approval: ApprovalId,
    /// Place of the document in the request.
    pub document: usize,
    /// The picture of this page, counted from 1; 0 is the file itself.
    pub page: usize,
}

impl FilePart {
    fn key(&self) -> ([u8; 16], i64, i64) {
        let number = |one| i64::try_from(one).unwrap_or(i64::MAX);
        (
            *self.approval.as_bytes(),
            number(self.document),
            number(self.page),
        )
    }
}

impl JournalHandle {
    /// Keeps a part of a request that is about to be submitted. Each by itself, so that signatures pass between.
    ///
    /// # Errors
    /// If it is there already, or the journal cannot write.
    pub async fn keep_part(&self, part: FilePart, sealed: Vec<u8>) -> Result<(), JournalError> {
        let kept = self.run(move |tx| Ok(keep(tx, part, &sealed)?));
        kept.await.map_err(ApplyError::into_journal)
    }

    /// A part as it was kept; `None` once it was erased.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn part(&self, part: FilePart) -> Result<Option<Vec<u8>>, JournalError> {
        let (id, document, page) = part.key();
        let found = self.pool.read(move |db| {
            Ok(on_each!(db, db => approval_file::table
                .find((id.as_slice(), document, page))
                .select(approval_file::sealed)
                .first(db)
                .optional())?)
        });
        found.await.map_err(unread)
    }

    /// Requests that ended before `until` and still have their files, and ids of requests that never came though files
    /// for them did, before `unasked`: some of each.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn overdue_files(
        &self,
        until: Timestamp,
        unasked: Timestamp,
    ) -> Result<Vec<ApprovalId>, JournalError> {
        let found = self.pool.read(move |db| {
            let mut ids = ended(db, until)?;
            ids.extend(without_request(db, unasked)?);
            Ok(ids)
        });
        let ids = found.await.map_err(unread)?;
        let ids = ids.iter().map(|id| ApprovalId::try_from(id.as_slice()));
        Ok(ids.filter_map(Result::ok).collect())
    }

    /// Erases the files of a request, which is an entry; of one that never came there is nothing to say.
    ///
    /// # Errors
    /// If the journal cannot write.
    pub async fn erase_files(&self, id: ApprovalId) -> Result<(), JournalError> {
        let erased = self.run(move |tx| {
            erase(tx, id)?;
            if is_there(tx, id)? {
                enter(tx, id)
            } else {
                Ok(())
            }
        });
        erased.await.map_err(ApplyError::into_journal)
    }
}

fn keep(tx: &mut Tx<'_>, part: FilePart, sealed: &[u8]) -> QueryResult<()> {
    let (id, document, page) = part.key();
    let row = (
        approval_file::approval_id.eq(id.as_slice()),
        approval_file::document.eq(document),
        approval_file::part.eq(page),
        approval_file::sealed.eq(sealed),
        approval_file::came_at.eq(tx.now.as_micros()),
    );
    let insert = diesel::insert_into(approval_file::table).values(row);
    on_each!(&mut *tx.db, db => insert.execute(db)).map(drop)
}

/// A request is neither submitted nor shown nor approved without all that its signer is to be shown.
pub(crate) fn require_all(act: &mut Act<'_, '_>, submitted: &Approval) -> Result<(), ApplyError> {
    if submitted.files_key.is_none() {
        return Ok(());
    }
    let wanted: usize = submitted
        .files()
        .map(|(_, file)| file.pages.len() + 1)
        .sum();
    let kept = approval_file::table
        .filter(approval_file::approval_id.eq(submitted.id.as_bytes().as_slice()))
        .count();
    let kept: i64 = on_each!(&mut *act.tx.db, db => kept.get_result(db))?;
    require(usize::try_from(kept) == Ok(wanted))
}

type Ids = Vec<Vec<u8>>;

/// One row of each request's files, as the index has them.
macro_rules! first_parts {
    () => {
        approval_file::table
            .filter(approval_file::document.eq(0))
            .filter(approval_file::part.eq(0))
            .order(approval_file::came_at)
            .select(approval_file::approval_id)
    };
}

fn ended(db: &mut Db, until: Timestamp) -> QueryResult<Ids> {
    let over = ApprovalState::ALL
        .into_iter()
        .filter(|state| state.is_final());
    let over: Vec<&str> = over.map(ApprovalState::name).collect();
    let own = approval::table
        .filter(approval::id.eq(approval_file::approval_id))
        .filter(approval::state.eq_any(over))
        .filter(approval::state_at.le(until.as_micros()));
    let files = first_parts!().filter(exists(own)).limit(ROUND);
    on_each!(db, db => files.load(db))
}

fn without_request(db: &mut Db, unasked: Timestamp) -> QueryResult<Ids> {
    let own = approval::table.filter(approval::id.eq(approval_file::approval_id));
    let lost = first_parts!()
        .filter(approval_file::came_at.le(unasked.as_micros()))
        .filter(not(exists(own)))
        .limit(ROUND);
    on_each!(db, db => lost.load(db))
}

fn erase(tx: &mut Tx<'_>, id: ApprovalId) -> QueryResult<()> {
    let parts =
        approval_file::table.filter(approval_file::approval_id.eq(id.as_bytes().as_slice()));
    on_each!(&mut *tx.db, db => diesel::delete(parts).execute(db)).map(drop)
}

fn is_there(tx: &mut Tx<'_>, id: ApprovalId) -> QueryResult<bool> {
    let own = approval::table
        .filter(approval::id.eq(id.as_bytes().as_slice()))
        .count();
    let found: i64 = on_each!(&mut *tx.db, db => own.get_result(db))?;
    Ok(found > 0)
}

fn enter(tx: &mut Tx<'_>, id: ApprovalId) -> Result<(), ApplyError> {
    let draft = Draft::new(
        Event::ApprovalErased,
        Outcome::Ok,
        &Actor::system(),
        RequestId::random(),
    );
    tx.append(draft.about("approval", id))?;
    Ok(())
}
