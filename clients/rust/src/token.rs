//! Access tokens: of people by a session, of systems by OAuth's `client_credentials`.

use std::fmt;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kyso_api::Secret;
use kyso_api::management::{NewSession, SessionReply};
use kyso_api::oauth::{
    ClientAuthentication, GrantType, JWT_BEARER, Metadata, RevocationRequest, TokenReply,
    TokenRequest,
};
use serde::Serialize;
use ureq::http::{Method, Uri};

use crate::transport::{Answer, Content};
use crate::{Client, ClientError};

/// How long an assertion is good for, in seconds: it is used at once.
const ASSERTION_LIFE: u64 = 60;

/// A system's key for `private_key_jwt`: ECDSA on P-256 (ES256, RFC 7518 §3.4).
pub struct JwtKey(EncodingKey);

impl JwtKey {
    /// Reads a PKCS#8 private key, PEM.
    ///
    /// # Errors
    /// [`ClientError::Configuration`] if it is none.
    pub fn from_pem(pem: &Secret) -> Result<Self, ClientError> {
        EncodingKey::from_ec_pem(pem.expose().as_bytes())
            .map(Self)
            .map_err(|_| ClientError::Configuration("no PKCS#8 P-256 private key in PEM".into()))
    }
}

impl fmt::Debug for JwtKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JwtKey(..)")
    }
}

/// How a system proves itself.
#[derive(Debug)]
pub enum ClientProof {
    /// It signs an assertion (RFC 7523 §2.2).
    PrivateKeyJwt(JwtKey),
    /// A shared secret, for compatibility only.
    Secret(Secret),
    /// Its certificate in the TLS connection (RFC 8705): see [`crate::Options::identity`].
    MutualTls,
}

/// Claims of an assertion (RFC 7523 §3).
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    jti: String,
    iat: u64,
    exp: u64,
}

impl JwtKey {
    /// An assertion for this audience, good once and for a minute.
    fn assertion(&self, client_id: &str, audience: &str) -> Result<Secret, ClientError> {
        let iat = jsonwebtoken::get_current_timestamp();
        let claims = Claims {
            iss: client_id,
            sub: client_id,
            aud: audience,
            jti: uuid::Uuid::now_v7().to_string(),
            iat,
            exp: iat.saturating_add(ASSERTION_LIFE),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &self.0)
            .map(Secret::new)
            .map_err(|error| ClientError::Configuration(error.to_string()))
    }
}

impl Client {
    /// Logs a person in; later calls are made as that person. Every role but the signer's needs
    /// a one-time password.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn log_in(
        &mut self,
        login: &str,
        password: Secret,
        otp: Option<Secret>,
    ) -> Result<SessionReply, ClientError> {
        let body = NewSession {
            login: login.to_owned(),
            password,
            otp,
        };
        let reply: SessionReply = self.post("/api/v1/sessions", &body)?;
        self.token = Some(reply.access_token.clone());
        Ok(reply)
    }

    /// Ends the session.
    ///
    /// # Errors
    /// [`ClientError`]; the token is forgotten in any case.
    pub fn log_out(&mut self) -> Result<(), ClientError> {
        let ended = self.delete("/api/v1/sessions/current");
        self.token = None;
        ended
    }

    /// Gets a token as a system; later calls are made as that system.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn authenticate(
        &mut self,
        client_id: &str,
        proof: &ClientProof,
    ) -> Result<TokenReply, ClientError> {
        let metadata = self.metadata()?;
        let form = TokenRequest {
            grant_type: Some(GrantType::ClientCredentials.name().to_owned()),
            client: authentication(client_id, proof, &metadata.issuer)?,
            ..TokenRequest::default()
        };
        let reply: TokenReply = self.form(&metadata.token_endpoint, &form)?.json()?;
        self.token = Some(reply.access_token.clone());
        Ok(reply)
    }

    /// Ends a token (RFC 7009).
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn revoke_token(
        &self,
        client_id: &str,
        proof: &ClientProof,
        token: Secret,
    ) -> Result<(), ClientError> {
        let metadata = self.metadata()?;
        let form = RevocationRequest {
            token: Some(token),
            token_type_hint: None,
            client: authentication(client_id, proof, &metadata.issuer)?,
        };
        self.form(&metadata.revocation_endpoint, &form).map(drop)
    }

    /// What the authorization server offers (RFC 8414).
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn metadata(&self) -> Result<Metadata, ClientError> {
        self.get("/.well-known/oauth-authorization-server")
    }

    /// Posts to an endpoint of the metadata: its path, on the server that we were told to trust.
    /// The host in it is the server's own idea, and a secret must not follow it elsewhere.
    fn form(&self, endpoint: &str, form: &impl Serialize) -> Result<Answer, ClientError> {
        let uri: Uri = endpoint
            .parse()
            .map_err(|_| ClientError::Unreadable(format!("{endpoint} is not a URL")))?;
        self.call(Method::POST, uri.path(), &[], Some(Content::form(form)?))
    }
}

/// The members of a form by which a system proves itself. The audience of an assertion is what
/// the server calls itself, which need not be the address that we reach it by.
fn authentication(
    client_id: &str,
    proof: &ClientProof,
    audience: &str,
) -> Result<ClientAuthentication, ClientError> {
    let mut form = ClientAuthentication {
        client_id: Some(client_id.to_owned()),
        ..ClientAuthentication::default()
    };
    match proof {
        ClientProof::MutualTls => {}
        ClientProof::Secret(secret) => form.client_secret = Some(secret.clone()),
        ClientProof::PrivateKeyJwt(key) => {
            form.client_assertion = Some(key.assertion(client_id, audience)?);
            form.client_assertion_type = Some(JWT_BEARER.to_owned());
        }
    }
    Ok(form)
}
