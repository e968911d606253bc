//! Requests that sign nothing: info, log-in, revoke, list, credential's particulars.

use super::body::{Body, Malformed, Version};
use crate::Secret;
use crate::words::words;

words! {
    /// Which certificates a reply shall hold.
    Certificates {
        /// None.
        None = "none",
        /// The credential's own.
        Single = "single",
        /// It and its issuers, leaf first.
        Chain = "chain",
    }
}

/// `info`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InfoRequest {
    /// Wanted language (RFC 5646).
    pub lang: Option<String>,
}

impl InfoRequest {
    /// Reads the request.
    ///
    /// # Errors
    /// [`Malformed`] names the member.
    pub fn parse(bytes: &[u8], version: Version) -> Result<Self, Malformed> {
        let body = Body::parse(bytes, version)?;
        Ok(Self {
            lang: body.text("lang", 64)?,
        })
    }
}

/// `auth/login`; login and password are in the `Authorization` header.
#[derive(Debug, Clone)]
pub struct LoginRequest {
    /// Whether a refresh token is wanted.
    pub remember_me: bool,
    /// A refresh token in place of login and password.
    pub refresh_token: Option<Secret>,
}

impl LoginRequest {
    /// Reads the request.
    ///
    /// # Errors
    /// [`Malformed`] names the member.
    pub fn parse(bytes: &[u8], version: Version) -> Result<Self, Malformed> {
        let body = Body::parse(bytes, version)?;
        body.client_data()?;
        Ok(Self {
            remember_me: body.boolean("rememberMe")?,
            refresh_token: body.optional_string("refresh_token")?.map(Secret::new),
        })
    }
}

/// `auth/revoke`.
#[derive(Debug, Clone)]
pub struct RevokeRequest {
    /// The token to end.
    pub token: Secret,
    /// `access_token` or `refresh_token`; a hint only (RFC 7009 §2.1).
    pub token_type_hint: Option<String>,
}

impl RevokeRequest {
    /// Reads the request.
    ///
    /// # Errors
    /// [`Malformed`] names the member.
    pub fn parse(bytes: &[u8], version: Version) -> Result<Self, Malformed> {
        let body = Body::parse(bytes, version)?;
        body.client_data()?;
        let hint = body.text("token_type_hint", 64)?;
        match hint.as_deref() {
            None | Some("access_token" | "refresh_token") => {}
            Some(_) => return Err(Malformed::Invalid("token_type_hint")),
        }
        Ok(Self {
            token: Secret::new(body.string("token")?),
            token_type_hint: hint,
        })
    }
}

/// `credentials/list`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialsListRequest {
    /// Whose, where the token does not say; otherwise it must be absent.
    pub user_id: Option<String>,
    /// Most ids wanted on one page (v1).
    pub max_results: Option<u32>,
    /// Where the page before ended (v1).
    pub page_token: Option<String>,
    /// Whether each credential's particulars are wanted too (v2).
    pub credential_info: bool,
    /// Whether only usable credentials are wanted (v2).
    pub only_valid: bool,
    /// What the particulars shall hold.
    pub detail: Detail,
}

/// What a credential's particulars shall hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// Which certificates.
    pub certificates: Certificates,
    /// Whether the certificate's names and dates too.
    pub cert_info: bool,
    /// Whether the factors too.
    pub auth_info: bool,
    /// Wanted language (RFC 5646).
    pub lang: Option<String>,
}

impl Detail {
    fn read(body: &Body) -> Result<Self, Malformed> {
        // No entry of a call that only reads keeps it; it must be one nevertheless.
        body.client_data()?;
        let certificates = match body.optional_string("certificates")? {
            None => Certificates::Single,
            Some(word) => {
                Certificates::from_name(word).ok_or(Malformed::Invalid("certificates"))?
            }
        };
        Ok(Self {
            certificates,
            cert_info: body.boolean("certInfo")?,
            auth_info: body.boolean("authInfo")?,
            lang: body.text("lang", 64)?,
        })
    }
}

impl CredentialsListRequest {
    /// Reads the request.
    ///
    /// # Errors
    /// [`Malformed`] names the member.
    pub fn parse(bytes: &[u8], version: Version) -> Result<Self, Malformed> {
        let body = Body::parse(bytes, version)?;
        let max_results = match body.optional_integer("maxResults")? {
            None => None,
            Some(number) => match u32::try_from(number) {
                Ok(number) if number > 0 => Some(number),
                _ => return Err(Malformed::Invalid("maxResults")),
            },
        };
        Ok(Self {
            user_id: body.text("userID", 255)?,
            max_results,
            page_token: body.text("pageToken", 255)?,
            credential_info: body.boolean("credentialInfo")?,
            only_valid: body.boolean("onlyValid")?,
            detail: Detail::read(&body)?,
        })
    }
}

/// `credentials/info`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialsInfoRequest {
    /// Which credential.
    pub credential_id: String,
    /// What the reply shall hold.
    pub detail: Detail,
}

impl CredentialsInfoRequest {
    /// Reads the request.
    ///
    /// # Errors
    /// [`Malformed`] names the member.
    pub fn parse(bytes: &[u8], version: Version) -> Result<Self, Malformed> {
        let body = Body::parse(bytes, version)?;
        Ok(Self {
            credential_id: body.string("credentialID")?.to_owned(),
            detail: Detail::read(&body)?,
        })
    }
}
