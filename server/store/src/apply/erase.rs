//! A person is forgotten: what tells who they were goes. Every entry stays, and so does every proof.
//!
//! Entries name people by ids, which mean nothing without the rows here, and hold texts as salted hashes, which mean
//! nothing without salt and text.

use diesel::prelude::*;
use kyso_core::Refusal;
use kyso_core::change::Erasure;
use kyso_core::id::{CredentialId, PersonId};
use kyso_core::journal::JournalError;
use kyso_core::model::{CredentialState, Owner};
use kyso_evidence::Event;

use super::{Act, credential, known, picture, require};
use crate::blocks;
use crate::dialect::on_each;
use crate::error::{ApplyError, StoreError};
use crate::read::AuditFilter;
use crate::rows::{PersonRow, PictureRow, SealedCredential, Table as _};
use crate::schema::{
    authority, certificate, credential_key, enrolment_code, password_factor, picture_file,
    totp_factor,
};
use crate::tables::{audit_entry, audit_opening};
use crate::writer::tx::Area;

/// What stands for a name that was erased.
const ERASED: &str = "đã xoá";

/// Entries whose openings go with one statement.
const AT_ONCE: usize = 500;

/// Erases, if the person and each of their certificates ended long enough ago.
pub(super) fn person(act: &mut Act<'_, '_>, erasure: &Erasure) -> Result<(), ApplyError> {
    let (id, before) = (erasure.person, erasure.ended_before.as_micros());
    let mut row = known(PersonRow::find(act.tx, id.as_bytes())?)?;
    require(row.name != ERASED && row.ended_at.is_some_and(|end| end <= before))?;
    let held = SealedCredential::of_person(act.tx, id)?;
    for one in &held {
        let end = ended_at(act, one)?;
        require(end.is_some_and(|end| end <= before))?;
    }
    openings(act, id, &held)?;
    pictures(act, id)?;
    for one in held {
        holder(act, one)?;
    }
    factors(act, id)?;
    row.login = format!("erased.{id}");
    ERASED.clone_into(&mut row.name);
    row.position.clear();
    row.email.clear();
    let draft = act.entry(Event::PersonErased).about("person", id);
    let made_by = act.append(match &erasure.reason {
        Some(reason) => draft.commit("reason", reason.as_bytes()),
        None => draft.fact("ended_before", erasure.ended_before.to_string()),
    })?;
    row.update(act.tx, made_by)?;
    act.tx.bump(Area::Credentials)?;
    Ok(act.tx.bump(Area::People)?)
}

/// When a credential ended: its certificate's last day, or the day of its revocation. `None` if it has not.
fn ended_at(act: &mut Act<'_, '_>, held: &SealedCredential) -> Result<Option<i64>, ApplyError> {
    match held.state() {
        Some(CredentialState::Expired) => Ok(held.row.not_after),
        Some(CredentialState::Revoked) => Ok(on_each!(&mut *act.tx.db, db => audit_entry::table
            .find(held.row.made_by)
            .select(audit_entry::recorded_at)
            .first(db)
            .optional())?),
        _ => Ok(None),
    }
}

/// Certificate and certificate request hold the name. Without them the credential is one that was revoked.
fn holder(act: &mut Act<'_, '_>, mut held: SealedCredential) -> Result<(), ApplyError> {
    let id = held.row.id.clone();
    let chain = held.row.chain.take().unwrap_or_default();
    (held.row.not_before, held.row.not_after) = (None, None);
    CredentialState::Revoked
        .name()
        .clone_into(&mut held.row.state);
    let draft = act.entry(Event::CredentialErased);
    credential::write(act, held, draft)?;
    let key = credential_key::table.filter(credential_key::credential_id.eq(&id));
    let request = diesel::update(key).set(credential_key::request.eq(Vec::<u8>::new()));
    on_each!(&mut *act.tx.db, db => request.execute(db))?;
    if let Some(leaf) = chain.first_chunk::<32>() {
        let own = certificate::table.filter(certificate::sha256.eq(leaf.as_slice()));
        on_each!(&mut *act.tx.db, db => diesel::delete(own).execute(db))?;
    }
    Ok(())
}

fn factors(act: &mut Act<'_, '_>, id: PersonId) -> Result<(), ApplyError> {
    let key = id.as_bytes().as_slice();
    let password = password_factor::table.filter(password_factor::person_id.eq(key));
    on_each!(&mut *act.tx.db, db => diesel::delete(password).execute(db))?;
    let totp = totp_factor::table.filter(totp_factor::person_id.eq(key));
    on_each!(&mut *act.tx.db, db => diesel::delete(totp).execute(db))?;
    let code = enrolment_code::table.filter(enrolment_code::person_id.eq(key));
    on_each!(&mut *act.tx.db, db => diesel::delete(code).execute(db))?;
    Ok(())
}

/// Every picture that was ever in force for the person, by the entries that put it there.
fn pictures(act: &mut Act<'_, '_>, id: PersonId) -> Result<(), ApplyError> {
    let owner = Owner::Person(id);
    let shown = PictureRow::find(act.tx, owner.id())?;
    if shown.is_some_and(|row| row.digest.is_some()) {
        picture::remove(act, owner)?;
    }
    let set: Vec<Vec<u8>> = on_each!(&mut *act.tx.db, db => audit_entry::table
        .filter(audit_entry::object_id.eq(id.as_bytes().as_slice()))
        .filter(audit_entry::event.eq(Event::PictureSet.name()))
        .select(audit_entry::entry)
        .load(db))?;
    for digest in set.iter().filter_map(|entry| sha256_of(entry)) {
        let file = picture_file::table.filter(picture_file::digest.eq(digest));
        on_each!(&mut *act.tx.db, db => diesel::delete(file).execute(db))?;
    }
    Ok(())
}

fn sha256_of(entry: &[u8]) -> Option<Vec<u8>> {
    let entry: serde_json::Value = serde_json::from_slice(entry).ok()?;
    hex::decode(entry["data"]["sha256"].as_str()?).ok()
}

/// Salts and texts of all entries about the person, their authority and credentials, and of all that they did.
fn openings(
    act: &mut Act<'_, '_>,
    id: PersonId,
    held: &[SealedCredential],
) -> Result<(), ApplyError> {
    let key = id.as_bytes().as_slice();
    let mut objects: Vec<Vec<u8>> = on_each!(&mut *act.tx.db, db => authority::table
        .filter(authority::person_id.eq(key))
        .select(authority::id)
        .load(db))?;
    objects.push(key.to_vec());
    let about: Vec<i64> = on_each!(&mut *act.tx.db, db => audit_entry::table
        .filter(audit_entry::object_id.eq_any(objects.into_iter().map(Some)))
        .select(audit_entry::sequence)
        .load(db))?;
    close(act, &about)?;
    let actor = AuditFilter {
        actor: Some(id),
        ..AuditFilter::default()
    };
    found(act, actor)?;
    for one in held {
        let credential = CredentialId::try_from(one.row.id.as_slice());
        let credential = Some(credential.map_err(|_| Refusal::Tampered)?);
        let filter = AuditFilter {
            credential,
            ..AuditFilter::default()
        };
        found(act, filter)?;
    }
    Ok(())
}

/// The same for entries that an officer would find by these words.
fn found(act: &mut Act<'_, '_>, mut filter: AuditFilter) -> Result<(), ApplyError> {
    loop {
        let page = blocks::find(act.tx.db, act.tx.sealer, &filter, AT_ONCE)
            .map_err(|error| unread(&error))?;
        let sequences: Vec<i64> = page
            .entries
            .iter()
            .map(|(sequence, ..)| *sequence)
            .collect();
        close(act, &sequences)?;
        match page.next {
            Some(next) => filter.after = Some(next),
            None => return Ok(()),
        }
    }
}

fn unread(error: &StoreError) -> ApplyError {
    JournalError::Unavailable(error.to_string()).into()
}

fn close(act: &mut Act<'_, '_>, sequences: &[i64]) -> Result<(), ApplyError> {
    for some in sequences.chunks(AT_ONCE) {
        let opened = audit_opening::table.filter(audit_opening::sequence.eq_any(some));
        on_each!(&mut *act.tx.db, db => diesel::delete(opened).execute(db))?;
    }
    Ok(())
}
