//! Systems: OAuth clients, how they prove themselves, and what they were granted.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::{AgencyId, ClientGrantId, ClientId, ClientKeyId, CredentialId};

/// How a client authenticates at the token endpoint (RFC 7591 §2 names).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientMethod {
    /// A hashed shared secret; for compatibility only.
    ClientSecret,
    /// A JWT signed with its own key (RFC 7523).
    PrivateKeyJwt,
    /// A TLS certificate (RFC 8705); tokens are bound to it.
    TlsClientAuth,
}

impl ClientMethod {
    /// Name in tables and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientSecret => "client_secret",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::TlsClientAuth => "tls_client_auth",
        }
    }

    /// The method with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::ClientSecret, Self::PrivateKeyJwt, Self::TlsClientAuth]
            .into_iter()
            .find(|method| method.name() == name)
    }
}

/// A system that calls the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its id inside the server.
    pub id: ClientId,
    /// OAuth `client_id`: what it calls itself.
    pub name: String,
    /// What people call it.
    pub display_name: String,
    /// How it authenticates.
    pub method: ClientMethod,
    /// Refused from this time on.
    pub disabled_at: Option<Timestamp>,
}

/// A key of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientKey {
    /// Its id.
    pub id: ClientKeyId,
    /// Whose.
    pub client: ClientId,
    /// The key itself.
    pub material: ClientKeyMaterial,
}

/// What the server keeps of a client's key: never anything that could be used to pose as it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKeyMaterial {
    /// SHA-256 of the client's TLS certificate (RFC 8705 §3.1).
    CertificateSha256([u8; 32]),
    /// A public key as DER `SubjectPublicKeyInfo`, for `private_key_jwt` (ES256 or RS256/PS256).
    PublicKey(Vec<u8>),
    /// Argon2id hash of a shared secret, PHC form.
    SecretHash(String),
}

/// Something that a client was granted; what is not granted answers as not existing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientGrant {
    /// Its id.
    pub id: ClientGrantId,
    /// To whom.
    pub client: ClientId,
    /// What.
    pub target: GrantTarget,
    /// The client may pass on a person's one-time password for this target (explicit mode).
    pub explicit: bool,
    /// The client may have an opaque hash signed, without `documents[]`.
    pub raw_hash: bool,
}

/// What a grant covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantTarget {
    /// Every credential of this agency itself and of its people.
    Agency(AgencyId),
    /// One credential.
    Credential(CredentialId),
}

/// Where a system may be called back.
#[derive(Clone, PartialEq, Eq)]
pub struct Callback {
    /// Which system.
    pub client: ClientId,
    /// Scheme, host and port as browsers write an origin (RFC 6454 §6.2), without a slash at its end.
    pub origin: String,
    /// What signs the calls, sealed by the HSM.
    pub secret: Vec<u8>,
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Callback({:?}, {})", self.client, self.origin)
    }
}

impl Callback {
    /// Whether a URL is within the origin.
    ///
    /// Compared as bytes, not as somebody's parser reads them: after the origin comes a path, so that no two parsers
    /// can take another part of it for the host.
    pub fn covers(&self, url: &str) -> bool {
        let Some(path) = url.strip_prefix(&self.origin) else {
            return false;
        };
        let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'\\' | b'#');
        path.starts_with('/') && path.bytes().all(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_covers_what_is_under_its_origin_and_nothing_else() {
        let callback = Callback {
            client: ClientId::random(),
            origin: "https://dms.example.vn:8443".to_owned(),
            secret: vec![73, 73, 73],
        };
        for url in ["/", "/a/b?c=d", "/%20", "/@x", "//x"] {
            assert!(
                callback.covers(&format!("https://dms.example.vn:8443{url}")),
                "{url}"
            );
        }
        for url in [
            "https://dms.example.vn:8443",
            "https://dms.example.vn:8443?x",
            "https://dms.example.vn:8443@evil.vn/",
            "https://dms.example.vn:84430/",
            "https://dms.example.vn:8443.evil.vn/",
            "https://dms.example.vn:8443\\@evil.vn/",
            "https://dms.example.vn:8443/a#b",
            "https://dms.example.vn:8443/a b",
            "https://dms.example.vn:8443/a\r\nHost: x",
            "https://dms.example.vn:8443/ký",
            "https://dms.example.vn/",
            "http://dms.example.vn:8443/",
            "HTTPS://dms.example.vn:8443/",
            "",
        ] {
            assert!(!callback.covers(url), "{url}");
        }
        assert!(!format!("{callback:?}").contains("73, 73"));
    }
}
