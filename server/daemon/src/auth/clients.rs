//! How systems prove who they are at the token endpoint: an assertion signed with their key
//! (RFC 7523), a TLS certificate (RFC 8705), or a shared secret for compatibility.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_api::oauth::{ClientAuthentication, JWT_BEARER};
use kyso_core::actor::Proof;
use kyso_core::id::{ClientId, ClientKeyId};
use kyso_core::model::{Client, ClientKey, ClientKeyMaterial, ClientMethod};
use kyso_core::{Snapshot, Timestamp};
use secrecy::SecretString;

use super::assertion::Assertion;
use crate::app::App;

/// Why nobody knows which system asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// No secret can be compared now.
    #[error("busy")]
    Busy,
    /// The client is not who it says, or says nothing. One answer for all of it.
    #[error("client authentication failed")]
    Invalid,
}

/// A system that proved itself.
#[derive(Debug, Clone, Copy)]
pub struct ProvenClient {
    /// Which.
    pub id: ClientId,
    /// With which of its keys.
    pub key: ClientKeyId,
    /// How.
    pub proof: Proof,
    /// The certificate that its tokens are bound to.
    pub certificate: Option<[u8; 32]>,
    /// Hash of client and `jti` of its assertion, and the assertion's end: to be used once.
    pub assertion: Option<([u8; 32], Timestamp)>,
}

/// Reads `Authorization: Basic` with form-encoded parts (RFC 6749 §2.3.1).
pub fn basic(header: &str) -> Option<(String, SecretString)> {
    let (scheme, value) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = STANDARD.decode(value.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decode_form(id)?, SecretString::from(decode_form(secret)?)))
}

fn decode_form(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

impl App {
    /// Finds out which system asks, from this address.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn authenticate_client(
        &self,
        form: &ClientAuthentication,
        basic: Option<(String, SecretString)>,
        certificate: Option<[u8; 32]>,
        source: Option<IpAddr>,
    ) -> Result<ProvenClient, ClientError> {
        let several = [
            basic.is_some(),
            form.client_secret.is_some(),
            form.client_assertion.is_some(),
        ];
        if several.iter().filter(|one| **one).count() > 1 {
            return Err(ClientError::Invalid);
        }
        let snapshot = self.snapshot();
        if let Some(assertion) = &form.client_assertion {
            if form.client_assertion_type.as_deref() != Some(JWT_BEARER) {
                return Err(ClientError::Invalid);
            }
            return self.check_assertion(&snapshot, assertion.expose(), form.client_id.as_deref());
        }
        if let Some((name, secret)) = basic {
            return self.check_secret(&name, secret, source).await;
        }
        let name = form.client_id.as_deref().ok_or(ClientError::Invalid)?;
        if let Some(secret) = &form.client_secret {
            let secret = SecretString::from(secret.expose());
            return self.check_secret(name, secret, source).await;
        }
        let client = self.client_named(&snapshot, name, ClientMethod::TlsClientAuth)?;
        check_certificate(
            &snapshot,
            client.id,
            certificate.ok_or(ClientError::Invalid)?,
        )
    }

    fn client_named(
        &self,
        snapshot: &Snapshot,
        name: &str,
        method: ClientMethod,
    ) -> Result<Client, ClientError> {
        let id = snapshot
            .clients
            .by_name
            .get(name)
            .ok_or(ClientError::Invalid)?;
        let client = snapshot
            .client(*id, self.now())
            .ok_or(ClientError::Invalid)?;
        if client.method == method {
            Ok(client.clone())
        } else {
            Err(ClientError::Invalid)
        }
    }

    /// The same work is done for a client that is not there.
    async fn check_secret(
        &self,
        name: &str,
        secret: SecretString,
        source: Option<IpAddr>,
    ) -> Result<ProvenClient, ClientError> {
        let turn = self.passwords.turn(source);
        let turn = turn.map_err(|_| ClientError::Busy)?;
        let snapshot = self.snapshot();
        let client = self
            .client_named(&snapshot, name, ClientMethod::ClientSecret)
            .ok();
        let hashes = client
            .as_ref()
            .map_or_else(Vec::new, |client| secrets(&snapshot, client.id));
        drop(snapshot);
        let mut right = None;
        let nobody = hashes.is_empty().then_some((None, None));
        let each = hashes
            .into_iter()
            .map(|(key, hash)| (Some(key), Some(hash)));
        for (key, hash) in each.chain(nobody) {
            let same = self.passwords.matches(&turn, secret.clone(), hash).await;
            if same.map_err(|_| ClientError::Busy)? {
                right = key;
            }
        }
        match (client, right) {
            (Some(client), Some(key)) => Ok(ProvenClient {
                id: client.id,
                key,
                proof: Proof::ClientSecret,
                certificate: None,
                assertion: None,
            }),
            _ => Err(ClientError::Invalid),
        }
    }

    fn check_assertion(
        &self,
        snapshot: &Snapshot,
        text: &str,
        named: Option<&str>,
    ) -> Result<ProvenClient, ClientError> {
        let parts = Assertion::read(text).ok_or(ClientError::Invalid)?;
        let name = parts.claims.sub.as_str();
        if parts.claims.iss != name || named.is_some_and(|named| named != name) {
            return Err(ClientError::Invalid);
        }
        let client = self.client_named(snapshot, name, ClientMethod::PrivateKeyJwt)?;
        let keys = snapshot
            .clients
            .keys
            .iter()
            .filter(|key| key.client == client.id);
        let signed = keys
            .filter(|key| public_key(&key.material).is_some_and(|public| parts.is_by(public)))
            .map(|key| key.id)
            .next();
        let base = &self.config.server.base_url;
        let expires_at = parts
            .claims
            .times(self.now())
            .filter(|_| parts.claims.is_for(base));
        match (expires_at, signed) {
            (Some(expires_at), Some(key)) => Ok(ProvenClient {
                id: client.id,
                key,
                proof: Proof::PrivateKeyJwt,
                certificate: None,
                assertion: Some((parts.claims.once(client.id), expires_at)),
            }),
            _ => Err(ClientError::Invalid),
        }
    }
}

fn secrets(snapshot: &Snapshot, client: ClientId) -> Vec<(ClientKeyId, SecretString)> {
    let keys = snapshot
        .clients
        .keys
        .iter()
        .filter(|key| key.client == client);
    keys.filter_map(|key| match &key.material {
        ClientKeyMaterial::SecretHash(hash) => Some((key.id, SecretString::from(hash.as_str()))),
        _ => None,
    })
    .collect()
}

fn check_certificate(
    snapshot: &Snapshot,
    client: ClientId,
    certificate: [u8; 32],
) -> Result<ProvenClient, ClientError> {
    let material = ClientKeyMaterial::CertificateSha256(certificate);
    let mut keys = snapshot.clients.keys.iter();
    let is_it = |key: &&ClientKey| key.client == client && key.material == material;
    let key = keys.find(is_it).ok_or(ClientError::Invalid)?;
    Ok(ProvenClient {
        id: client,
        key: key.id,
        proof: Proof::MutualTls,
        certificate: Some(certificate),
        assertion: None,
    })
}

fn public_key(material: &ClientKeyMaterial) -> Option<&[u8]> {
    match material {
        ClientKeyMaterial::PublicKey(spki) => Some(spki),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn basic_parts_are_form_encoded() {
        let encode = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let (id, secret) = basic(&encode("d%3Ams:a%2Bb+c")).unwrap();
        assert_eq!((id.as_str(), secret.expose_secret()), ("d:ms", "a+b c"));
        for bad in [
            "Basic",
            "Basic !",
            "Bearer YTpi",
            &encode("ab"),
            &encode("a%2:b"),
        ] {
            assert!(basic(bad).is_none(), "{bad}");
        }
    }
}
