//! `/oauth2/token`, `/oauth2/revoke` and their metadata (RFC 6749, 7009, 8414).

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use kyso_api::Secret;
use kyso_api::csc_error::{CscError, CscErrorCode};
use kyso_api::oauth::{
    ClientAuthentication, GrantType, Metadata, RevocationRequest, TokenReply, TokenRequest,
};
use kyso_core::actor::{Actor, Subject};
use kyso_core::change::TokenIssue;
use kyso_core::id::TokenFamilyId;
use kyso_core::{Change, Refusal};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use super::frame::Call;
use crate::app::{App, ChangeError};
use crate::auth::actor::peer_certificate;
use crate::auth::clients::{ClientError, ProvenClient, basic};
use crate::auth::failures::Failure;
use crate::auth::grant::{Grant, Scope};
use crate::auth::refresh::{RefreshError, Refreshed};

/// The one scope there is (CSC 1.0.4.0 §8.3.2).
const SCOPE: &str = "service";

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/oauth2/token").route(web::post().to(token)))
        .service(web::resource("/oauth2/revoke").route(web::post().to(revoke)))
        .service(
            web::resource("/.well-known/oauth-authorization-server").route(web::get().to(metadata)),
        );
}

/// Why the token endpoint refused (RFC 6749 §5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthError {
    code: CscErrorCode,
    sentence: Cow<'static, str>,
    retry_after: Option<Duration>,
}

impl OAuthError {
    fn new(code: CscErrorCode, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
            retry_after: None,
        }
    }

    fn invalid_client() -> Self {
        Self::new(CscErrorCode::InvalidClient, "Client authentication failed")
    }

    fn unavailable() -> Self {
        let mut error = Self::new(CscErrorCode::TemporarilyUnavailable, "Try again later");
        error.retry_after = Some(Duration::from_secs(2));
        error
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.name())
    }
}

impl ResponseError for OAuthError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(wait) = self.retry_after {
            response.insert_header((RETRY_AFTER, wait.as_secs().max(1).to_string()));
        }
        if self.code == CscErrorCode::InvalidClient {
            response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"oauth2\""));
        }
        response.json(CscError::new(self.code, self.sentence.as_ref()))
    }
}

impl From<ChangeError> for OAuthError {
    fn from(error: ChangeError) -> Self {
        match error {
            // An assertion that was used before, or a client that is gone.
            ChangeError::Refused(Refusal::Tampered) => {
                Self::new(CscErrorCode::ServerError, "The server cannot do this now")
            }
            ChangeError::Refused(_) => Self::invalid_client(),
            ChangeError::Busy | ChangeError::Journal(_) | ChangeError::OtpUsed { .. } => {
                Self::unavailable()
            }
        }
    }
}

impl From<RefreshError> for OAuthError {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Unavailable => Self::unavailable(),
            RefreshError::Invalid => {
                Self::new(CscErrorCode::InvalidGrant, "The refresh token is invalid")
            }
        }
    }
}

async fn token(
    app: web::Data<App>,
    call: Call,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, OAuthError> {
    let form: TokenRequest = form(&request, &body)?;
    if form
        .scope
        .as_deref()
        .is_some_and(|scope| !scope.is_empty() && scope != SCOPE)
    {
        return Err(OAuthError::new(
            CscErrorCode::InvalidScope,
            "The scope is service",
        ));
    }
    let grant = form.grant_type.as_deref().ok_or_else(|| {
        OAuthError::new(
            CscErrorCode::InvalidRequest,
            "Missing (or invalid type) string parameter grant_type",
        )
    })?;
    match GrantType::from_name(grant) {
        Some(GrantType::ClientCredentials) => {
            let client = prove(&app, call, &request, &form.client).await?;
            client_credentials(&app, call, client).await
        }
        Some(GrantType::RefreshToken) => refresh(&app, call, &request, &form).await,
        None => Err(OAuthError::new(
            CscErrorCode::UnsupportedGrantType,
            "The grant type is client_credentials or refresh_token",
        )),
    }
}

/// Reads a form; a parameter that is given twice is refused (RFC 6749 §3.2).
fn form<T: DeserializeOwned>(request: &HttpRequest, body: &[u8]) -> Result<T, OAuthError> {
    let kind = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = kind
        .and_then(|kind| kind.split(';').next())
        .unwrap_or_default()
        .trim();
    let malformed = |sentence| OAuthError::new(CscErrorCode::InvalidRequest, sentence);
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(malformed(
            "The content type is application/x-www-form-urlencoded",
        ));
    }
    let text = std::str::from_utf8(body).map_err(|_| malformed("The body is malformed"))?;
    if is_ambiguous(text) {
        return Err(malformed("A parameter is given twice, or holds U+0000"));
    }
    let form = web::Query::<T>::from_query(text).map_err(|_| malformed("The body is malformed"))?;
    Ok(form.into_inner())
}

/// Whether a name is there twice, also where one of them is written with escapes, or U+0000 is.
fn is_ambiguous(form: &str) -> bool {
    let Ok(pairs) = web::Query::<Vec<(String, String)>>::from_query(form) else {
        return true;
    };
    let mut seen = HashSet::new();
    pairs
        .iter()
        .any(|(name, value)| !seen.insert(name) || name.contains('\0') || value.contains('\0'))
}

async fn prove(
    app: &App,
    call: Call,
    request: &HttpRequest,
    form: &ClientAuthentication,
) -> Result<ProvenClient, OAuthError> {
    let header = request.headers().get(AUTHORIZATION);
    let secret = header.and_then(|value| value.to_str().ok()).and_then(basic);
    let malformed = header.is_some() && secret.is_none();
    let proven = app
        .authenticate_client(form, secret, peer_certificate(request), call.source)
        .await;
    match proven {
        Ok(client) if !malformed => Ok(client),
        Err(ClientError::Busy) => Err(OAuthError::unavailable()),
        _ => {
            app.failures.count(Failure::Client, call.source);
            Err(OAuthError::invalid_client())
        }
    }
}

async fn client_credentials(
    app: &App,
    call: Call,
    client: ProvenClient,
) -> Result<HttpResponse, OAuthError> {
    let seconds = app.config.tokens.client_seconds;
    let grant = Grant {
        subject: Subject::Client(client.id),
        client: None,
        proof: client.proof,
        family: TokenFamilyId::random(),
        otp_at: None,
        certificate: client.certificate,
        key: Some(client.key),
        password: None,
        network: None,
        scope: Scope::Whole,
    };
    let issued = app
        .tokens
        .issue(grant, app.now(), seconds)
        .map_err(|_| OAuthError::unavailable())?;
    let actor = Actor::trust_verified(
        Subject::Client(client.id),
        None,
        client.proof,
        None,
        call.source,
    )
    .with_client_key(client.key)
    .in_call(call.request);
    let issue = TokenIssue {
        family: grant.family,
        jti: issued.token.jti,
        client: Some(client.id),
        assertion: client.assertion,
        refresh: None,
    };
    app.change(actor, Change::IssueToken(issue)).await?;
    Ok(reply(issued.text, seconds, None))
}

async fn refresh(
    app: &App,
    call: Call,
    request: &HttpRequest,
    form: &TokenRequest,
) -> Result<HttpResponse, OAuthError> {
    let token = form.refresh_token.as_ref().ok_or_else(|| {
        OAuthError::new(
            CscErrorCode::InvalidRequest,
            "Missing (or invalid type) string parameter refresh_token",
        )
    })?;
    let names_itself = form.client.client_id.is_some()
        || form.client.client_assertion.is_some()
        || request.headers().contains_key(AUTHORIZATION);
    let client = if names_itself {
        Some(prove(app, call, request, &form.client).await?.id)
    } else {
        None
    };
    let Refreshed {
        issued,
        refresh,
        expires_in,
    } = app.refresh(token.expose(), client, call).await?;
    Ok(reply(issued.text, expires_in, Some(refresh)))
}

fn reply(token: String, seconds: u32, refresh: Option<SecretString>) -> HttpResponse {
    HttpResponse::Ok().json(TokenReply {
        access_token: Secret::new(token),
        token_type: "Bearer".to_owned(),
        expires_in: seconds,
        scope: Some(SCOPE.to_owned()),
        refresh_token: refresh.map(|text| Secret::new(text.expose_secret())),
    })
}

/// Always 200, so that nobody learns which tokens there are (RFC 7009 §2.2); presenting a token is
/// proof enough to end it.
async fn revoke(
    app: web::Data<App>,
    call: Call,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, OAuthError> {
    let form: RevocationRequest = form(&request, &body)?;
    let token = form.token.as_ref().ok_or_else(|| {
        OAuthError::new(
            CscErrorCode::InvalidRequest,
            "Missing (or invalid type) string parameter token",
        )
    })?;
    app.revoke(token.expose(), call).await?;
    Ok(HttpResponse::Ok().finish())
}

async fn metadata(app: web::Data<App>) -> HttpResponse {
    let base = &app.config.server.base_url;
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    HttpResponse::Ok().json(Metadata {
        issuer: base.clone(),
        token_endpoint: format!("{base}/oauth2/token"),
        revocation_endpoint: format!("{base}/oauth2/revoke"),
        jwks_uri: None,
        grant_types_supported: words(&["client_credentials", "refresh_token"]),
        response_types_supported: Vec::new(),
        scopes_supported: words(&[SCOPE]),
        token_endpoint_auth_methods_supported: words(&[
            "private_key_jwt",
            "self_signed_tls_client_auth",
            "client_secret_basic",
            "client_secret_post",
        ]),
        token_endpoint_auth_signing_alg_values_supported: words(&["ES256", "PS256", "RS256"]),
        tls_client_certificate_bound_access_tokens: true,
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn parse(kind: &str, body: &str) -> Result<TokenRequest, OAuthError> {
        let request = TestRequest::default().insert_header((CONTENT_TYPE, kind));
        form(&request.to_http_request(), body.as_bytes())
    }

    #[test]
    fn forms_are_read_strictly() {
        const FORM: &str = "application/x-www-form-urlencoded";
        let good = parse(
            FORM,
            "grant_type=client_credentials&client_id=d%20ms&client_secret=a%2Bb",
        );
        let good = good.unwrap();
        assert_eq!(good.client.client_id.as_deref(), Some("d ms"));
        assert_eq!(good.client.client_secret.unwrap().expose(), "a+b");
        for (kind, body) in [
            ("application/json", "{}"),
            (FORM, "grant_type=a&grant_type=b"),
            (FORM, "grant_type=a&grant%5Ftype=b"),
            (FORM, "grant_type=a%00"),
            (FORM, "grant_type=a\0"),
            (FORM, "grant_type=\u{ff}%ff%fe&x=%"),
        ] {
            let error = parse(kind, body).err();
            if let Some(error) = error {
                assert_eq!(error.status_code(), 400, "{body}");
            } else {
                assert!(body.contains('%'), "{body} was accepted");
            }
        }
    }

    #[test]
    fn a_failed_client_is_401_and_challenged() {
        let response = OAuthError::invalid_client().error_response();
        assert_eq!(response.status(), 401);
        assert!(response.headers().contains_key(WWW_AUTHENTICATE));
    }

    #[test]
    fn a_busy_server_is_503_and_says_when() {
        let response = OAuthError::unavailable().error_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers().get(RETRY_AFTER).unwrap(), "2");
    }
}
