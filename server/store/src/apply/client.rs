//! Systems, their keys and grants.

use diesel::prelude::*;
use kyso_core::id::{ClientGrantId, ClientId, ClientKeyId};
use kyso_core::model::{
    Callback, Client, ClientGrant, ClientKey, ClientKeyMaterial, ClientMethod, GrantTarget,
};
use kyso_core::{Draft, Refusal};
use kyso_evidence::Event;

use super::{Act, known, require};
use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::rows::{
    AgencyRow, CallbackRow, ClientRow, GrantRow, KeyRow, SealedCredential, Table as _,
};
use crate::schema::{client, client_callback, client_key};
use crate::writer::tx::Area;

pub(crate) fn register(act: &mut Act<'_, '_>, client: &Client) -> Result<(), ApplyError> {
    let same = client::table
        .filter(
            client::name
                .eq(&client.name)
                .or(client::id.eq(client.id.as_bytes().as_slice())),
        )
        .count();
    let same: i64 = on_each!(&mut *act.tx.db, db => same.get_result(db))?;
    require(same == 0)?;
    let draft = about(
        act.entry(Event::ClientRegistered)
            .about("client", client.id),
        client.id,
    )
    .commit("name", client.name.as_bytes())
    .commit("display_name", client.display_name.as_bytes())
    .fact("method", client.method.name());
    let made_by = act.append(draft)?;
    ClientRow::from(client).insert(act.tx, made_by)?;
    Ok(act.tx.bump(Area::Clients)?)
}

/// Which client an entry concerns; `client` of the entry itself is the one that called.
fn about(draft: Draft, client: ClientId) -> Draft {
    draft.fact("of_client", client.to_string())
}

fn enabled(act: &mut Act<'_, '_>, id: ClientId) -> Result<ClientRow, ApplyError> {
    let row = known(ClientRow::find(act.tx, id.as_bytes())?)?;
    let now = act.tx.now.as_micros();
    require(row.disabled_at.is_none_or(|end| now < end))?;
    Ok(row)
}

pub(crate) fn disable(act: &mut Act<'_, '_>, id: ClientId) -> Result<(), ApplyError> {
    let mut row = enabled(act, id)?;
    row.disabled_at = Some(act.tx.now.as_micros());
    let made_by = act.append(about(
        act.entry(Event::ClientDisabled).about("client", id),
        id,
    ))?;
    row.update(act.tx, made_by)?;
    Ok(act.tx.bump(Area::Clients)?)
}

pub(crate) fn add_key(act: &mut Act<'_, '_>, key: &ClientKey) -> Result<(), ApplyError> {
    let client = enabled(act, key.client)?;
    require(fits(&key.material, ClientMethod::from_name(&client.method)))?;
    let row = KeyRow::from(key);
    require(KeyRow::peek(act.tx.db, &row.id)?.is_none())?;
    require_ones_own(act, key)?;
    let draft = about(
        act.entry(Event::ClientKeyAdded).about("client_key", key.id),
        key.client,
    )
    .fact("kind", row.kind.as_str());
    // What names the key in an audit: never a secret, and not even a secret's hash.
    let draft = match &key.material {
        ClientKeyMaterial::CertificateSha256(hash) => draft.fact("sha256", hex::encode(hash)),
        ClientKeyMaterial::PublicKey(spki) => {
            use sha2::Digest as _;
            draft.fact("sha256", hex::encode(sha2::Sha256::digest(spki)))
        }
        ClientKeyMaterial::SecretHash(_) => draft,
    };
    let made_by = act.append(draft)?;
    row.insert(act.tx, made_by)?;
    Ok(act.tx.bump(Area::Clients)?)
}

/// A certificate names its client by itself, so it is one client's only: with two, calls of one would be entered as the other's.
fn require_ones_own(act: &mut Act<'_, '_>, key: &ClientKey) -> Result<(), ApplyError> {
    let ClientKeyMaterial::CertificateSha256(hash) = &key.material else {
        return Ok(());
    };
    let same = client_key::table
        .filter(client_key::kind.eq("certificate_sha256"))
        .filter(client_key::material.eq(hash.as_slice()))
        .filter(client_key::revoked_at.is_null())
        .count();
    let same: i64 = on_each!(&mut *act.tx.db, db => same.get_result(db))?;
    require(same == 0)
}

/// A key counts only for the way in which its client proves itself.
const fn fits(material: &ClientKeyMaterial, method: Option<ClientMethod>) -> bool {
    matches!(
        (material, method),
        (
            ClientKeyMaterial::CertificateSha256(_),
            Some(ClientMethod::TlsClientAuth)
        ) | (
            ClientKeyMaterial::PublicKey(_),
            Some(ClientMethod::PrivateKeyJwt)
        ) | (
            ClientKeyMaterial::SecretHash(_),
            Some(ClientMethod::ClientSecret)
        )
    )
}

pub(crate) fn revoke_key(act: &mut Act<'_, '_>, id: ClientKeyId) -> Result<(), ApplyError> {
    let mut row = known(KeyRow::find(act.tx, id.as_bytes())?)?;
    require(row.revoked_at.is_none())?;
    row.revoked_at = Some(act.tx.now.as_micros());
    let client = row.model().ok_or(Refusal::Tampered)?.client;
    let draft = act.entry(Event::ClientKeyRevoked).about("client_key", id);
    let made_by = act.append(about(draft, client))?;
    row.update(act.tx, made_by)?;
    Ok(act.tx.bump(Area::Clients)?)
}

pub(crate) fn grant(act: &mut Act<'_, '_>, grant: &ClientGrant) -> Result<(), ApplyError> {
    enabled(act, grant.client)?;
    let (agency, credential) = match grant.target {
        GrantTarget::Agency(id) => {
            known(AgencyRow::find(act.tx, id.as_bytes())?)?;
            (Some(id.to_string()), None)
        }
        GrantTarget::Credential(id) => {
            known(SealedCredential::find(act.tx, id.as_bytes())?)?;
            (None, Some(id.to_string()))
        }
    };
    let row = GrantRow::from(grant);
    require(GrantRow::peek(act.tx.db, &row.id)?.is_none())?;
    let draft = act
        .entry(Event::ClientGranted)
        .about("client_grant", grant.id);
    let mut draft = about(draft, grant.client)
        .fact("explicit", i64::from(grant.explicit))
        .fact("raw_hash", i64::from(grant.raw_hash));
    (draft.entry.agency, draft.entry.credential) = (agency, credential);
    let made_by = act.append(draft)?;
    row.insert(act.tx, made_by)?;
    Ok(act.tx.bump(Area::Clients)?)
}

pub(crate) fn revoke_grant(act: &mut Act<'_, '_>, id: ClientGrantId) -> Result<(), ApplyError> {
    let mut row = known(GrantRow::find(act.tx, id.as_bytes())?)?;
    require(row.revoked_at.is_none())?;
    row.revoked_at = Some(act.tx.now.as_micros());
    let client = row.model().ok_or(Refusal::Tampered)?.client;
    let draft = act
        .entry(Event::ClientGrantRevoked)
        .about("client_grant", id);
    let made_by = act.append(about(draft, client))?;
    row.update(act.tx, made_by)?;
    Ok(act.tx.bump(Area::Clients)?)
}

/// Every column is written anew, so what somebody else may have written there does not stay.
pub(crate) fn set_callback(act: &mut Act<'_, '_>, callback: &Callback) -> Result<(), ApplyError> {
    enabled(act, callback.client)?;
    let row = CallbackRow::from(callback);
    let draft = act
        .entry(Event::ClientCallbackSet)
        .about("client", callback.client);
    let draft = about(draft, callback.client).commit("origin", callback.origin.as_bytes());
    let before = CallbackRow::peek(act.tx.db, &row.client_id)?;
    let made_by = act.append(draft)?;
    match before {
        Some(_) => row.update(act.tx, made_by)?,
        None => row.insert(act.tx, made_by)?,
    }
    Ok(act.tx.bump(Area::Clients)?)
}

pub(crate) fn remove_callback(act: &mut Act<'_, '_>, id: ClientId) -> Result<(), ApplyError> {
    known(CallbackRow::peek(act.tx.db, id.as_bytes())?)?;
    let draft = act.entry(Event::ClientCallbackRemoved).about("client", id);
    act.append(about(draft, id))?;
    let row = client_callback::table.find(id.as_bytes().as_slice());
    on_each!(&mut *act.tx.db, db => diesel::delete(row).execute(db))?;
    Ok(act.tx.bump(Area::Clients)?)
}
