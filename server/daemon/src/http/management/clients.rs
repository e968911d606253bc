//! Systems: registration, keys, grants, and their end.

use actix_web::{HttpResponse, web};
use kyso_api::Secret;
use kyso_api::management::{
    Client as Wire, ClientAuthMethod, ClientKey as WireKey, Created, Grant as WireGrant, List,
    NewClient, NewClientKey, NewGrant, PendingReply,
};
use kyso_api::problem::ProblemCode;
use kyso_core::change::PowerChange;
use kyso_core::id::{ClientGrantId, ClientId, ClientKeyId};
use kyso_core::model::{Client, ClientGrant, ClientKey, ClientMethod, GrantTarget, Role};
use kyso_core::{Change, Refusal, Snapshot, Timestamp};

use super::client_key;
use super::{NAME, WORD, pending, read, scope};
use crate::http::body::Json;
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// `GET clients`: for those who look after systems, and for clerks, who open sessions for them.
///
/// # Errors
/// [`Problem`].
pub async fn list(desk: Desk) -> Result<HttpResponse, Problem> {
    let (snapshot, now) = (desk.policy().snapshot(), desk.now());
    let items = seen(&desk, &snapshot)?
        .into_iter()
        .map(|client| wire(&snapshot, client, now))
        .collect();
    Ok(HttpResponse::Ok().json(List::<Wire> { items }))
}

/// Every system, by id, if the caller may see systems.
///
/// # Errors
/// `forbidden`.
pub fn seen<'a>(desk: &Desk, snapshot: &'a Snapshot) -> Result<Vec<&'a Client>, Problem> {
    let (caller, now) = (desk.person()?, desk.now());
    let clerk = snapshot.holds_anywhere_at(caller, Role::RecordsClerk, now);
    if !clerk && !scope::is_overseer(snapshot, caller, now) {
        return Err(Refusal::Forbidden.into());
    }
    let mut clients: Vec<&Client> = snapshot.clients.by_id.values().collect();
    clients.sort_unstable_by_key(|client| client.id);
    Ok(clients)
}

fn wire(snapshot: &Snapshot, client: &Client, now: Timestamp) -> Wire {
    let auth_method = match client.method {
        ClientMethod::ClientSecret => ClientAuthMethod::ClientSecret,
        ClientMethod::PrivateKeyJwt => ClientAuthMethod::PrivateKeyJwt,
        ClientMethod::TlsClientAuth => ClientAuthMethod::TlsClientAuth,
    };
    let grants = snapshot
        .clients
        .grants
        .get(&client.id)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let callback = snapshot.clients.callbacks.get(&client.id);
    let keys = snapshot.clients.keys.iter();
    let keys = keys.filter(|key| key.client == client.id);
    Wire {
        id: client.id.to_string(),
        client_id: client.name.clone(),
        name: client.display_name.clone(),
        auth_method,
        enabled: client.disabled_at.is_none_or(|end| now < end),
        keys: keys.map(wire_key).collect(),
        grants: grants.iter().map(wire_grant).collect(),
        callback: callback.map(|callback| callback.origin.clone()),
    }
}

fn wire_key(key: &ClientKey) -> WireKey {
    WireKey {
        id: key.id.to_string(),
        fingerprint: client_key::fingerprint(&key.material),
    }
}

fn wire_grant(grant: &ClientGrant) -> WireGrant {
    let (agency, credential) = match grant.target {
        GrantTarget::Agency(id) => (Some(id.to_string()), None),
        GrantTarget::Credential(id) => (None, Some(id.to_string())),
    };
    WireGrant {
        id: grant.id.to_string(),
        agency,
        credential,
        explicit: grant.explicit,
        raw_hash: grant.raw_hash,
    }
}

const fn method(wire: ClientAuthMethod) -> ClientMethod {
    match wire {
        ClientAuthMethod::ClientSecret => ClientMethod::ClientSecret,
        ClientAuthMethod::PrivateKeyJwt => ClientMethod::PrivateKeyJwt,
        ClientAuthMethod::TlsClientAuth => ClientMethod::TlsClientAuth,
    }
}

/// `POST clients`: a system without power; its key is then a change of its own.
///
/// # Errors
/// [`Problem`].
pub async fn register(desk: Desk, wanted: Json<NewClient>) -> Result<HttpResponse, Problem> {
    let wanted = wanted.0;
    let client = client(&wanted)?;
    let (id, method) = (client.id, client.method);
    // A bad key is refused before the client exists.
    let key = wanted
        .key
        .as_deref()
        .map(|text| client_key::read(text, method))
        .transpose()?;
    desk.change(Change::RegisterClient(client)).await?;
    match key {
        Some(material) => {
            let key = ClientKey {
                id: ClientKeyId::random(),
                client: id,
                material,
            };
            pending::propose(&desk, PowerChange::AddClientKey(key), wanted.otp.as_ref()).await
        }
        None => Ok(HttpResponse::Created().json(Created { id: id.to_string() })),
    }
}

fn client(wanted: &NewClient) -> Result<Client, Problem> {
    let name = read::text(&wanted.client_id, "client_id", WORD)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if !name.bytes().all(plain) {
        return Err(Problem::field("client_id"));
    }
    Ok(Client {
        id: ClientId::random(),
        name,
        display_name: read::text(&wanted.name, "name", NAME)?,
        method: method(wanted.auth_method),
        disabled_at: None,
    })
}

/// `POST clients/{id}/keys`: proposes; another approves.
///
/// # Errors
/// [`Problem`].
pub async fn add_key(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<NewClientKey>,
) -> Result<HttpResponse, Problem> {
    let id: ClientId = read::path_id(&path)?;
    let snapshot = desk.policy().snapshot();
    let client = snapshot.client(id, desk.now());
    let client = client.ok_or_else(|| Problem::from(ProblemCode::NotFound))?;
    let NewClientKey { key, otp } = wanted.0;
    let material = match (client.method, key) {
        (ClientMethod::ClientSecret, None) => return add_secret(&desk, id, otp.as_ref()).await,
        (method, Some(text)) => client_key::read(&text, method)?,
        (_, None) => return Err(Problem::field("key")),
    };
    let key = ClientKey {
        id: ClientKeyId::random(),
        client: id,
        material,
    };
    pending::propose(&desk, PowerChange::AddClientKey(key), otp.as_ref()).await
}

/// A shared secret is made here, shown to whoever proposes it, and works only after its approval.
async fn add_secret(
    desk: &Desk,
    client: ClientId,
    otp: Option<&Secret>,
) -> Result<HttpResponse, Problem> {
    let (secret, material) = client_key::new_secret(desk.app(), desk.call.source).await?;
    let key = ClientKey {
        id: ClientKeyId::random(),
        client,
        material,
    };
    let mut change = pending::put(desk, PowerChange::AddClientKey(key), otp).await?;
    change.client_secret = Some(secret);
    Ok(HttpResponse::Accepted().json(PendingReply { change }))
}

/// `DELETE clients/{id}/keys/{key}`.
///
/// # Errors
/// [`Problem`].
pub async fn revoke_key(
    desk: Desk,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (client, key) = path.into_inner();
    let (client, key): (ClientId, ClientKeyId) = (read::path_id(&client)?, read::path_id(&key)?);
    let snapshot = desk.policy().snapshot();
    let known = snapshot
        .clients
        .keys
        .iter()
        .any(|k| k.id == key && k.client == client);
    if !known {
        return Err(ProblemCode::NotFound.into());
    }
    desk.change(Change::RevokeClientKey(key)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST clients/{id}/grants`: proposes; another approves.
///
/// # Errors
/// [`Problem`].
pub async fn grant(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<NewGrant>,
) -> Result<HttpResponse, Problem> {
    let wanted = wanted.0;
    let grant = ClientGrant {
        id: ClientGrantId::random(),
        client: read::path_id(&path)?,
        target: target(&wanted)?,
        explicit: wanted.explicit,
        raw_hash: wanted.raw_hash,
    };
    if !desk
        .policy()
        .snapshot()
        .clients
        .by_id
        .contains_key(&grant.client)
    {
        return Err(ProblemCode::NotFound.into());
    }
    pending::propose(&desk, PowerChange::GrantClient(grant), wanted.otp.as_ref()).await
}

fn target(wanted: &NewGrant) -> Result<GrantTarget, Problem> {
    match (&wanted.agency, &wanted.credential) {
        (Some(agency), None) => Ok(GrantTarget::Agency(read::id(agency, "agency")?)),
        (None, Some(credential)) => {
            Ok(GrantTarget::Credential(read::id(credential, "credential")?))
        }
        _ => Err(Problem::field("agency")),
    }
}

/// `DELETE clients/{id}/grants/{grant}`.
///
/// # Errors
/// [`Problem`].
pub async fn revoke_grant(
    desk: Desk,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (client, grant) = path.into_inner();
    let (client, grant): (ClientId, ClientGrantId) =
        (read::path_id(&client)?, read::path_id(&grant)?);
    let snapshot = desk.policy().snapshot();
    let grants = snapshot
        .clients
        .grants
        .get(&client)
        .map(Vec::as_slice)
        .unwrap_or_default();
    if !grants.iter().any(|known| known.id == grant) {
        return Err(ProblemCode::NotFound.into());
    }
    desk.change(Change::RevokeClientGrant(grant)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST clients/{id}/disable`.
///
/// # Errors
/// [`Problem`].
pub async fn disable(desk: Desk, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    desk.change(Change::DisableClient(read::path_id(&path)?))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

#[cfg(test)]
mod tests {
    use kyso_core::id::AgencyId;

    use super::*;

    fn wanted(agency: Option<&str>, credential: Option<&str>) -> NewGrant {
        NewGrant {
            agency: agency.map(str::to_owned),
            credential: credential.map(str::to_owned),
            explicit: false,
            raw_hash: false,
            otp: None,
        }
    }

    #[test]
    fn a_grant_names_exactly_one_thing() {
        let id = AgencyId::random();
        let text = id.to_string();
        assert_eq!(
            target(&wanted(Some(&text), None)).unwrap(),
            GrantTarget::Agency(id)
        );
        assert!(target(&wanted(None, Some(&text))).is_ok());
        for (agency, credential) in [
            (None, None),
            (Some(text.as_str()), Some(text.as_str())),
            (Some("x"), None),
        ] {
            assert!(target(&wanted(agency, credential)).is_err());
        }
    }

    #[test]
    fn a_client_id_is_plain() {
        let wanted = |id: &str| NewClient {
            client_id: id.to_owned(),
            name: "Quản lý văn bản".into(),
            auth_method: ClientAuthMethod::PrivateKeyJwt,
            key: None,
            otp: None,
        };
        assert!(client(&wanted("dms.hatinh")).is_ok());
        for bad in ["", "a b", "a:b", "hệ", "a/b"] {
            assert!(client(&wanted(bad)).is_err(), "{bad:?}");
        }
    }
}
