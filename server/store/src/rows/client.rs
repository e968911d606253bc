//! Systems, their keys and their grants.

use diesel::prelude::*;
use kyso_core::Timestamp;
use kyso_core::id::{AgencyId, ClientGrantId, ClientId, ClientKeyId, CredentialId};
use kyso_core::model::{
    Callback, Client, ClientGrant, ClientKey, ClientKeyMaterial, ClientMethod, GrantTarget,
};

use super::sealed;
use crate::schema::{client, client_callback, client_grant, client_key};
use crate::seal::Field;

/// A system.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = client, treat_none_as_null = true)]
pub(crate) struct ClientRow {
    pub(crate) id: Vec<u8>,
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) method: String,
    pub(crate) disabled_at: Option<i64>,
    pub(crate) made_by: i64,
    pub(crate) seal: Vec<u8>,
}

sealed!(ClientRow in client, key id, domain Client,
events [ClientRegistered, ClientDisabled], |row| [
    Field::Bytes(&row.id),
    Field::Text(&row.name),
    Field::Text(&row.method),
    Field::int(row.disabled_at),
]);

impl From<&Client> for ClientRow {
    fn from(client: &Client) -> Self {
        Self {
            id: client.id.as_bytes().to_vec(),
            name: client.name.clone(),
            display_name: client.display_name.clone(),
            method: client.method.name().to_owned(),
            disabled_at: client.disabled_at.map(Timestamp::as_micros),
            made_by: 0,
            seal: Vec::new(),
        }
    }
}

impl ClientRow {
    pub(crate) fn model(&self) -> Option<Client> {
        Some(Client {
            id: ClientId::try_from(self.id.as_slice()).ok()?,
            name: self.name.clone(),
            display_name: self.display_name.clone(),
            method: ClientMethod::from_name(&self.method)?,
            disabled_at: self.disabled_at.map(Timestamp::from_micros),
        })
    }
}

/// A key of a system.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = client_key, treat_none_as_null = true)]
pub(crate) struct KeyRow {
    pub(crate) id: Vec<u8>,
    pub(crate) client_id: Vec<u8>,
    pub(crate) kind: String,
    pub(crate) material: Vec<u8>,
    pub(crate) revoked_at: Option<i64>,
    pub(crate) made_by: i64,
    pub(crate) seal: Vec<u8>,
}

sealed!(KeyRow in client_key, key id, domain ClientKey,
events [ClientKeyAdded, ClientKeyRevoked], |row| [
    Field::Bytes(&row.id),
    Field::Bytes(&row.client_id),
    Field::Text(&row.kind),
    Field::Bytes(&row.material),
    Field::int(row.revoked_at),
]);

impl From<&ClientKey> for KeyRow {
    fn from(key: &ClientKey) -> Self {
        let (kind, material) = match &key.material {
            ClientKeyMaterial::CertificateSha256(hash) => ("certificate_sha256", hash.to_vec()),
            ClientKeyMaterial::PublicKey(spki) => ("public_key", spki.clone()),
            ClientKeyMaterial::SecretHash(phc) => ("secret_hash", phc.clone().into_bytes()),
        };
        Self {
            id: key.id.as_bytes().to_vec(),
            client_id: key.client.as_bytes().to_vec(),
            kind: kind.to_owned(),
            material,
            revoked_at: None,
            made_by: 0,
            seal: Vec::new(),
        }
    }
}

impl KeyRow {
    pub(crate) fn model(&self) -> Option<ClientKey> {
        let material = match self.kind.as_str() {
            "certificate_sha256" => {
                ClientKeyMaterial::CertificateSha256(self.material.as_slice().try_into().ok()?)
            }
            "public_key" => ClientKeyMaterial::PublicKey(self.material.clone()),
            "secret_hash" => {
                ClientKeyMaterial::SecretHash(String::from_utf8(self.material.clone()).ok()?)
            }
            _ => return None,
        };
        Some(ClientKey {
            id: ClientKeyId::try_from(self.id.as_slice()).ok()?,
            client: ClientId::try_from(self.client_id.as_slice()).ok()?,
            material,
        })
    }
}

/// What a system was granted.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = client_grant, treat_none_as_null = true)]
pub(crate) struct GrantRow {
    pub(crate) id: Vec<u8>,
    pub(crate) client_id: Vec<u8>,
    pub(crate) target_kind: String,
    pub(crate) target_id: Vec<u8>,
    pub(crate) allows_explicit: bool,
    pub(crate) allows_raw_hash: bool,
    pub(crate) revoked_at: Option<i64>,
    pub(crate) made_by: i64,
    pub(crate) seal: Vec<u8>,
}

sealed!(GrantRow in client_grant, key id, domain ClientGrant,
events [ClientGranted, ClientGrantRevoked], |row| [
    Field::Bytes(&row.id),
    Field::Bytes(&row.client_id),
    Field::Text(&row.target_kind),
    Field::Bytes(&row.target_id),
    Field::Flag(row.allows_explicit),
    Field::Flag(row.allows_raw_hash),
    Field::int(row.revoked_at),
]);

impl From<&ClientGrant> for GrantRow {
    fn from(grant: &ClientGrant) -> Self {
        let (kind, target) = match grant.target {
            GrantTarget::Agency(id) => ("agency", id.as_bytes().to_vec()),
            GrantTarget::Credential(id) => ("credential", id.as_bytes().to_vec()),
        };
        Self {
            id: grant.id.as_bytes().to_vec(),
            client_id: grant.client.as_bytes().to_vec(),
            target_kind: kind.to_owned(),
            target_id: target,
            allows_explicit: grant.explicit,
            allows_raw_hash: grant.raw_hash,
            revoked_at: None,
            made_by: 0,
            seal: Vec::new(),
        }
    }
}

impl GrantRow {
    pub(crate) fn model(&self) -> Option<ClientGrant> {
        let target = self.target_id.as_slice();
        Some(ClientGrant {
            id: ClientGrantId::try_from(self.id.as_slice()).ok()?,
            client: ClientId::try_from(self.client_id.as_slice()).ok()?,
            target: match self.target_kind.as_str() {
                "agency" => GrantTarget::Agency(AgencyId::try_from(target).ok()?),
                "credential" => GrantTarget::Credential(CredentialId::try_from(target).ok()?),
                _ => return None,
            },
            explicit: self.allows_explicit,
            raw_hash: self.allows_raw_hash,
        })
    }
}

/// Where a system is called back.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = client_callback, primary_key(client_id))]
pub(crate) struct CallbackRow {
    pub(crate) client_id: Vec<u8>,
    pub(crate) origin: String,
    pub(crate) secret: Vec<u8>,
    pub(crate) made_by: i64,
    pub(crate) seal: Vec<u8>,
}

sealed!(CallbackRow in client_callback, key client_id, domain Callback,
events [ClientCallbackSet, ClientCallbackRemoved], |row| [
    Field::Bytes(&row.client_id),
    Field::Text(&row.origin),
    Field::Bytes(&row.secret),
]);

impl From<&Callback> for CallbackRow {
    fn from(callback: &Callback) -> Self {
        Self {
            client_id: callback.client.as_bytes().to_vec(),
            origin: callback.origin.clone(),
            secret: callback.secret.clone(),
            made_by: 0,
            seal: Vec::new(),
        }
    }
}

impl CallbackRow {
    pub(crate) fn model(&self) -> Option<Callback> {
        Some(Callback {
            client: ClientId::try_from(self.client_id.as_slice()).ok()?,
            origin: self.origin.clone(),
            secret: self.secret.clone(),
        })
    }
}
