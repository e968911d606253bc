//! The Cloud Signature Consortium's methods.

use kyso_api::Secret;
use kyso_api::csc::{
    AuthorizeReply, AuthorizeRequest, Certificates, CredentialInfoV1, CredentialInfoV2,
    CredentialsListReply, CredentialsListReplyV2, InfoV1, InfoV2, LoginReply, SignHashReply,
    SignHashRequest, Version,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use ureq::http::Method;

use crate::transport::Content;
use crate::{Client, ClientError};

/// Signatures, and where their receipt is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Base64, one for each hash and in their order; ECDSA as DER.
    pub signatures: Vec<String>,
    /// The call that made them, as [`Client::receipt`] takes it: of a retry the first one. Services other than ours do not
    /// say.
    pub call: Option<String>,
}

impl Client {
    /// What the service is (v1).
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn info_v1(&self) -> Result<InfoV1, ClientError> {
        self.csc(Version::V1, "info", &json!({}))
    }

    /// What the service is (v2).
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn info_v2(&self) -> Result<InfoV2, ClientError> {
        self.csc(Version::V2, "info", &json!({}))
    }

    /// `auth/login` with HTTP Basic, as old clients do (RFC 7617); `basic` is the base64 of
    /// `login:password`. Later calls are made with the token.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn csc_log_in(
        &mut self,
        version: Version,
        basic: &Secret,
    ) -> Result<LoginReply, ClientError> {
        let value = format!("Basic {}", basic.expose());
        let content = Content::json(&json!({ "rememberMe": false }))?;
        let path = path(version, "auth/login");
        let headers = [("authorization", value.as_str())];
        let reply: LoginReply = self
            .call(Method::POST, &path, &headers, Some(content))?
            .json()?;
        self.token = Some(reply.access_token.clone());
        Ok(reply)
    }

    /// Ends a token.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn csc_revoke(&self, version: Version, token: &Secret) -> Result<(), ClientError> {
        self.csc::<Value>(version, "auth/revoke", &json!({ "token": token.expose() }))
            .map(drop)
    }

    /// Ids of the caller's credentials, first page (v1).
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn credential_ids(
        &self,
        page_token: Option<&str>,
    ) -> Result<CredentialsListReply, ClientError> {
        let body = page_token.map_or_else(|| json!({}), |token| json!({ "pageToken": token }));
        self.csc(Version::V1, "credentials/list", &body)
    }

    /// The caller's credentials with their particulars (v2).
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn credential_infos(&self) -> Result<CredentialsListReplyV2, ClientError> {
        let body = json!({ "credentialInfo": true, "certInfo": true, "certificates": "chain" });
        self.csc(Version::V2, "credentials/list", &body)
    }

    /// A credential's particulars (v1).
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn credential_info_v1(
        &self,
        id: &str,
        certificates: Certificates,
    ) -> Result<CredentialInfoV1, ClientError> {
        self.csc(
            Version::V1,
            "credentials/info",
            &info_body(id, certificates),
        )
    }

    /// A credential's particulars (v2).
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn credential_info_v2(
        &self,
        id: &str,
        certificates: Certificates,
    ) -> Result<CredentialInfoV2, ClientError> {
        self.csc(
            Version::V2,
            "credentials/info",
            &info_body(id, certificates),
        )
    }

    /// Authorizes signatures, with the names of this version.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn authorize(
        &self,
        version: Version,
        request: &AuthorizeRequest,
    ) -> Result<AuthorizeReply, ClientError> {
        self.csc(version, "credentials/authorize", &request.to_json(version))
    }

    /// Signs, with the names of this version. With an Idempotency-Key a call that got no answer
    /// can be repeated.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn sign_hash(
        &self,
        version: Version,
        request: &SignHashRequest,
        idempotency_key: Option<&str>,
    ) -> Result<Signed, ClientError> {
        let header = idempotency_key.map(|key| ("idempotency-key", key));
        let content = Content::json(&request.to_json(version))?;
        let path = path(version, "signatures/signHash");
        let answer = self.call(Method::POST, &path, header.as_slice(), Some(content))?;
        let SignHashReply { signatures } = answer.json()?;
        let call = answer.call;
        Ok(Signed { signatures, call })
    }

    fn csc<R: DeserializeOwned>(
        &self,
        version: Version,
        method: &str,
        body: &Value,
    ) -> Result<R, ClientError> {
        self.post(&path(version, method), body)
    }
}

fn path(version: Version, method: &str) -> String {
    let version = match version {
        Version::V1 => "v1",
        Version::V2 => "v2",
    };
    format!("/csc/{version}/{method}")
}

fn info_body(id: &str, certificates: Certificates) -> Value {
    json!({ "credentialID": id, "certificates": certificates.name(), "certInfo": true,
            "authInfo": true })
}
