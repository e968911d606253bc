//! Who calls: an access token or a client certificate becomes a [`kyso_core::Actor`].

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, web};
use futures_util::future::{Ready, ready};
use kyso_api::csc_error::{CscError, CscErrorCode};
use kyso_core::actor::{Proof, Subject};
use kyso_core::model::{ClientKey, ClientKeyMaterial, ClientMethod};
use kyso_core::{Actor, Snapshot};

use super::failures::Failure;
use super::grant::Verified;
use super::token::TokenError;
use crate::app::App;
use crate::http::frame::Call;
use crate::tls::PeerCertificate;

/// Why a caller is nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// The token counts at other interfaces of ours only.
    #[error("the access token is not for this interface")]
    Elsewhere,
    /// The token has ended.
    #[error("the access token has ended")]
    Expired,
    /// The token is not ours, was revoked, or its person or system is gone.
    #[error("the access token is not valid")]
    Invalid,
    /// The header is not `Bearer` and a token.
    #[error("the Authorization header is malformed")]
    Malformed,
    /// Neither token nor registered certificate.
    #[error("no access token")]
    Missing,
    /// The token is bound to a certificate that this connection does not have (RFC 8705 §3).
    #[error("the access token is bound to another certificate")]
    Unbound,
}

impl AuthError {
    /// The response in the shape of CSC and OAuth.
    pub fn csc_response(self) -> HttpResponse {
        let (code, sentence) = match self {
            Self::Expired => (CscErrorCode::ExpiredToken, "The access token has expired"),
            Self::Malformed => (
                CscErrorCode::InvalidRequest,
                "The Authorization header is malformed: expected Bearer and a token",
            ),
            Self::Missing => (CscErrorCode::InvalidToken, "An access token is required"),
            Self::Invalid | Self::Unbound | Self::Elsewhere => {
                (CscErrorCode::InvalidToken, "The access token is invalid")
            }
        };
        let mut response = HttpResponse::build(self.status_code());
        if self != Self::Malformed {
            response.insert_header((WWW_AUTHENTICATE, self.challenge()));
        }
        response.json(CscError::new(code, sentence))
    }

    /// RFC 6750 §3: no error code when no token came.
    const fn challenge(self) -> &'static str {
        match self {
            Self::Missing => "Bearer",
            Self::Elsewhere => "Bearer error=\"insufficient_scope\"",
            _ => "Bearer error=\"invalid_token\"",
        }
    }
}

impl ResponseError for AuthError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Elsewhere => StatusCode::FORBIDDEN,
            _ => StatusCode::UNAUTHORIZED,
        }
    }

    fn error_response(&self) -> HttpResponse {
        self.csc_response()
    }
}

impl From<TokenError> for AuthError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Expired => Self::Expired,
            TokenError::Invalid | TokenError::NoKey => Self::Invalid,
        }
    }
}

/// An authenticated caller, as handlers ask for one.
#[derive(Debug)]
pub struct Caller(pub Actor);

impl FromRequest for Caller {
    type Error = AuthError;
    type Future = Ready<Result<Self, AuthError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(app) = request.app_data::<web::Data<App>>() else {
            return ready(Err(AuthError::Missing));
        };
        let call = Call::of(request);
        let actor = identify(app, request, call);
        if let Err(AuthError::Invalid | AuthError::Unbound | AuthError::Expired) = actor {
            app.failures.count(Failure::Token, call.source);
        }
        ready(actor.map(Self))
    }
}

/// The certificate of the connection, if its peer has one.
pub(crate) fn peer_certificate(request: &HttpRequest) -> Option<[u8; 32]> {
    request
        .conn_data::<PeerCertificate>()
        .map(|certificate| certificate.0)
}

fn identify(app: &App, request: &HttpRequest, call: Call) -> Result<Actor, AuthError> {
    let snapshot = app.snapshot();
    let (now, certificate) = (app.now(), peer_certificate(request));
    let actor = if let Some(text) = bearer(request)? {
        let verified = app.tokens.verify(text, now)?;
        check_binding(&verified, certificate)?;
        if !verified.is_at(call.source) {
            return Err(AuthError::Unbound);
        }
        if !verified.is_for(request.path()) {
            let actor = verified.actor(call);
            app.failures.count_of(Failure::Token, &actor);
            return Err(AuthError::Elsewhere);
        }
        verified.actor(call)
    } else {
        let certificate = certificate.ok_or(AuthError::Missing)?;
        let key = key_with(&snapshot, certificate).ok_or(AuthError::Missing)?;
        let subject = Subject::Client(key.client);
        Actor::trust_verified(subject, None, Proof::MutualTls, None, call.source)
            .with_client_key(key.id)
            .in_call(call.request)
    };
    // Policy asks again before anything is done, but what is only read is decided here.
    if snapshot.honours(&actor, now) {
        Ok(actor)
    } else {
        Err(AuthError::Invalid)
    }
}

/// The token in the header; `None` without the header.
fn bearer(request: &HttpRequest) -> Result<Option<&str>, AuthError> {
    let mut values = request.headers().get_all(AUTHORIZATION);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| AuthError::Malformed)?;
    let (scheme, token) = text.split_once(' ').ok_or(AuthError::Malformed)?;
    let token = token.trim();
    let whole = !token.is_empty() && !token.contains(' ') && values.next().is_none();
    if scheme.eq_ignore_ascii_case("bearer") && whole {
        Ok(Some(token))
    } else {
        Err(AuthError::Malformed)
    }
}

fn check_binding(verified: &Verified, certificate: Option<[u8; 32]>) -> Result<(), AuthError> {
    match verified.certificate() {
        Some(bound) if certificate != Some(bound) => Err(AuthError::Unbound),
        _ => Ok(()),
    }
}

/// The key that this certificate was registered as.
fn key_with(snapshot: &Snapshot, certificate: [u8; 32]) -> Option<&ClientKey> {
    let material = ClientKeyMaterial::CertificateSha256(certificate);
    let key = snapshot
        .clients
        .keys
        .iter()
        .find(|key| key.material == material)?;
    let client = snapshot.clients.by_id.get(&key.client)?;
    (client.method == ClientMethod::TlsClientAuth).then_some(key)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn header(value: &str) -> Result<Option<String>, AuthError> {
        let request = TestRequest::default().insert_header((AUTHORIZATION, value));
        bearer(&request.to_http_request()).map(|token| token.map(str::to_owned))
    }

    #[test]
    fn only_bearer_and_one_token() {
        assert_eq!(header("Bearer abc"), Ok(Some("abc".to_owned())));
        assert_eq!(header("bearer  abc"), Ok(Some("abc".to_owned())));
        for bad in [
            "Bearer",
            "Bearer ",
            "Basic abc",
            "Bearer a b",
            "abc",
            "Bearer\u{e9} x",
        ] {
            assert_eq!(header(bad), Err(AuthError::Malformed), "{bad}");
        }
        let none = TestRequest::default().to_http_request();
        assert_eq!(bearer(&none), Ok(None));
        let two = TestRequest::default()
            .append_header((AUTHORIZATION, "Bearer a"))
            .append_header((AUTHORIZATION, "Bearer b"))
            .to_http_request();
        assert_eq!(bearer(&two), Err(AuthError::Malformed));
    }

    #[test]
    fn statuses_and_challenges() {
        for (error, status, challenge) in [
            (AuthError::Missing, 401, Some("Bearer")),
            (
                AuthError::Invalid,
                401,
                Some("Bearer error=\"invalid_token\""),
            ),
            (
                AuthError::Expired,
                401,
                Some("Bearer error=\"invalid_token\""),
            ),
            (
                AuthError::Unbound,
                401,
                Some("Bearer error=\"invalid_token\""),
            ),
            (
                AuthError::Elsewhere,
                403,
                Some("Bearer error=\"insufficient_scope\""),
            ),
            (AuthError::Malformed, 400, None),
        ] {
            let response = error.error_response();
            assert_eq!(response.status().as_u16(), status);
            let header = response
                .headers()
                .get(WWW_AUTHENTICATE)
                .map(|v| v.to_str().unwrap());
            assert_eq!(header, challenge, "{error}");
        }
    }
}
