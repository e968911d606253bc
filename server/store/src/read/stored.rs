//! Single facts that only the database knows.

use std::collections::HashMap;

use diesel::prelude::*;
use kyso_core::Timestamp;
use kyso_core::id::{
    ClientId, CredentialId, PendingChangeId, PersonId, StampingSessionId, TokenFamilyId,
};
use kyso_core::model::PendingChange;

use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::rows::{CodeRow, FamilyRow, PendingRow, Sealed as _, Table as _};
use crate::sad_use::taken;
use crate::schema::{credential_key, enrolment_code, refresh_token};
use crate::seal::Sealer;
use crate::tables::audit_entry;

/// Whether the log has no entry yet.
///
/// # Errors
/// If the database fails.
pub fn is_empty(db: &mut Db) -> Result<bool, StoreError> {
    let first: Option<i64> = on_each!(db, db => audit_entry::table
        .select(audit_entry::sequence)
        .first(db)
        .optional())?;
    Ok(first.is_none())
}

/// The PKCS#10 request of a credential's key, DER.
///
/// # Errors
/// If the database fails.
pub fn certificate_request(db: &mut Db, id: CredentialId) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(on_each!(db, db => credential_key::table
        .filter(credential_key::credential_id.eq(id.as_bytes().as_slice()))
        .select(credential_key::request)
        .first(db)
        .optional())?)
}

/// How many stamps each of these sessions has used up: what was taken less what was given back.
///
/// # Errors
/// If the database fails.
pub fn session_uses(
    db: &mut Db,
    ids: &[StampingSessionId],
) -> Result<HashMap<StampingSessionId, u32>, StoreError> {
    let mut uses = HashMap::with_capacity(ids.len());
    for id in ids {
        let taken = taken(db, id.as_bytes())?;
        uses.insert(*id, u32::try_from(taken).unwrap_or(0));
    }
    Ok(uses)
}

/// A proposed change and what became of it.
#[derive(Debug, Clone)]
pub struct ChangeRecord {
    /// The proposal.
    pub change: PendingChange,
    /// `pending`, `approved` or `rejected`.
    pub state: String,
    /// Who decided.
    pub decided_by: Option<PersonId>,
}

/// The last proposals, the youngest first; decided ones too. They are for reading: what policy
/// decides over is the snapshot's.
///
/// # Errors
/// If the database fails.
pub fn changes(
    db: &mut Db,
    state: Option<&str>,
    before: Option<PendingChangeId>,
    limit: u16,
) -> Result<Vec<ChangeRecord>, StoreError> {
    use crate::schema::pending_change;
    // Ids are UUIDv7, so their order is that of the proposals.
    let before = before.map_or_else(|| vec![0xff; 16], |id| id.as_bytes().to_vec());
    let states: Vec<&str> = state.map_or(vec!["approved", "pending", "rejected"], |s| vec![s]);
    let rows: Vec<PendingRow> = on_each!(db, db => pending_change::table
        .filter(pending_change::id.lt(&before))
        .filter(pending_change::state.eq_any(&states))
        .order(pending_change::id.desc())
        .limit(i64::from(limit))
        .select(PendingRow::as_select())
        .load(db))?;
    Ok(rows.iter().filter_map(record).collect())
}

fn record(row: &PendingRow) -> Option<ChangeRecord> {
    let decided_by = row.decided_by.as_deref();
    Some(ChangeRecord {
        change: row.model()?,
        state: row.state.clone(),
        decided_by: decided_by.and_then(|id| PersonId::try_from(id).ok()),
    })
}

/// Whom an enrolment code lets enrol, if it is unused and intact at `now`; enrolling checks again.
///
/// # Errors
/// If the database fails.
pub(crate) fn enrolment_person(
    db: &mut Db,
    sealer: &Sealer,
    code: &[u8; 32],
    now: Timestamp,
) -> Result<Option<PersonId>, StoreError> {
    let row: Option<CodeRow> = on_each!(db, db => enrolment_code::table
        .filter(enrolment_code::code_hash.eq(code.as_slice()))
        .select(CodeRow::as_select())
        .first(db)
        .optional())?;
    let row = row.filter(|row| {
        row.is_intact(sealer) && row.used_at.is_none() && now.as_micros() < row.expires_at
    });
    Ok(row.and_then(|row| PersonId::try_from(row.person_id.as_slice()).ok()))
}

/// Whose a refresh token is; whether it may still be used is decided when the next is issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshRecord {
    /// Its family.
    pub family: TokenFamilyId,
    /// The client it was given to.
    pub client: Option<ClientId>,
    /// The person it stands for.
    pub person: Option<PersonId>,
    /// End of the family's refresh token in force.
    pub expires_at: Timestamp,
}

/// Finds a refresh token, in force or used, by SHA-256 of its value; `None` too if the family's
/// row is not intact.
///
/// # Errors
/// If the database fails.
pub(crate) fn refresh_record(
    db: &mut Db,
    sealer: &Sealer,
    hash: &[u8; 32],
) -> Result<Option<RefreshRecord>, StoreError> {
    let family: Option<Vec<u8>> = on_each!(&mut *db, db => refresh_token::table
        .filter(refresh_token::token_hash.eq(hash.as_slice()))
        .select(refresh_token::family_id)
        .first(db)
        .optional())?;
    let Some(family) = family else {
        return Ok(None);
    };
    let row = FamilyRow::peek(db, &family)?.filter(|row| row.is_intact(sealer));
    Ok(row.as_ref().and_then(refresh_of))
}

fn refresh_of(row: &FamilyRow) -> Option<RefreshRecord> {
    let client = row.client_id.as_deref();
    let person = row.person_id.as_deref();
    Some(RefreshRecord {
        family: TokenFamilyId::try_from(row.id.as_slice()).ok()?,
        client: client.map(ClientId::try_from).transpose().ok()?,
        person: person.map(PersonId::try_from).transpose().ok()?,
        expires_at: Timestamp::from_micros(row.expires_at),
    })
}
