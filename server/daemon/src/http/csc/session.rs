//! `auth/login` and `auth/revoke`.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_api::Secret;
use kyso_api::csc::{LoginReply, LoginRequest, RevokeRequest};
use kyso_api::csc_error::CscErrorCode;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::body::Body;
use super::fault::Fault;
use super::version_of;
use crate::app::App;
use crate::auth::log_in::LogInError;
use crate::auth::refresh::{RefreshError, Refreshed};
use crate::auth::stay::Stay;
use crate::http::desk::Desk;
use crate::http::frame::Call;

/// A login and its password.
struct Basic {
    login: String,
    password: SecretString,
}

/// Answers `auth/login`.
///
/// # Errors
/// [`Fault`].
pub async fn login(
    app: web::Data<App>,
    call: Call,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Fault> {
    let version = version_of(&request);
    let wire = LoginRequest::parse(&body.0, version)?;
    if let Some(refresh) = &wire.refresh_token {
        return again(&app, call, refresh).await;
    }
    let basic = basic(request.headers())?;
    let logged_in = app
        .log_in(
            &basic.login,
            basic.password,
            None,
            call,
            None,
            Stay::of_a_system(&app.config.tokens),
        )
        .await;
    let logged_in = logged_in.map_err(failed)?;
    let refresh_token = if wire.remember_me {
        let refresh = app.remember(&logged_in, call).await;
        Some(refresh.map_err(|error| Fault::change(&error, version))?)
    } else {
        None
    };
    Ok(HttpResponse::Ok().json(LoginReply {
        access_token: Secret::new(logged_in.issued.text),
        refresh_token: refresh_token.map(|text| Secret::new(text.expose_secret())),
        expires_in: Some(logged_in.expires_in),
    }))
}

/// A new access token for a refresh token, which is replaced by another.
async fn again(app: &App, call: Call, refresh: &Secret) -> Result<HttpResponse, Fault> {
    let Refreshed {
        issued,
        refresh,
        expires_in,
    } = app
        .refresh(refresh.expose(), None, call)
        .await
        .map_err(|error| match error {
            RefreshError::Invalid => Fault::invalid("Invalid string parameter refresh_token"),
            RefreshError::Unavailable => Fault::busy(),
        })?;
    Ok(HttpResponse::Ok().json(LoginReply {
        access_token: Secret::new(issued.text),
        refresh_token: Some(Secret::new(refresh.expose_secret())),
        expires_in: Some(expires_in),
    }))
}

/// Answers `auth/revoke`: 204, also for a token that is none (RFC 7009 §2.2).
///
/// # Errors
/// [`Fault`].
pub async fn revoke(desk: Desk, request: HttpRequest, body: Body) -> Result<HttpResponse, Fault> {
    let version = version_of(&request);
    let wire = RevokeRequest::parse(&body.0, version)?;
    let end = desk.app().revoke(wire.token.expose(), desk.call).await;
    end.map_err(|error| Fault::change(&error, version))?;
    Ok(HttpResponse::NoContent().finish())
}

/// `Authorization: Basic` of RFC 7617, UTF-8.
fn basic(headers: &HeaderMap) -> Result<Basic, Fault> {
    // CSC 1.0.4.0 §11.2: a malformed header is 401 and still `invalid_request`.
    let malformed = || Fault::invalid("Malformed authorization header").unauthorized();
    let mut values = headers.get_all(AUTHORIZATION);
    let header = values
        .next()
        .and_then(|value| value.to_str().ok())
        .ok_or_else(malformed)?;
    let (scheme, coded) = header.split_once(' ').ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("basic") || values.next().is_some() {
        return Err(malformed());
    }
    let wrong = || Fault::invalid("Malformed username-password");
    let bytes = Zeroizing::new(STANDARD.decode(coded.trim()).map_err(|_| wrong())?);
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong())?;
    match text.split_once(':') {
        Some((login, password)) if !login.is_empty() && !text.contains('\0') => Ok(Basic {
            login: login.to_owned(),
            password: password.to_owned().into(),
        }),
        _ => Err(wrong()),
    }
}

fn failed(error: LogInError) -> Fault {
    let denied = |sentence| Fault::new(CscErrorCode::AuthenticationError, sentence);
    match error {
        LogInError::Wrong => denied("An error occurred during authentication process"),
        LogInError::OtpRequired | LogInError::OtpUsed { .. } => {
            denied("This account logs in with a one-time password, which this method cannot carry")
        }
        LogInError::Throttled { retry_after } => {
            Fault::new(CscErrorCode::SlowDown, "Too many attempts, try later").after(retry_after)
        }
        LogInError::Journal(error) => Fault::journal(&error),
        LogInError::Busy | LogInError::Hsm(_) => Fault::busy(),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError as _;
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn read(value: &str) -> Result<(String, String), (u16, String)> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        basic(&headers)
            .map(|basic| (basic.login, basic.password.expose_secret().to_owned()))
            .map_err(|fault| (fault.status_code().as_u16(), fault.to_string()))
    }

    #[test]
    fn a_password_may_hold_colons() {
        let value = format!("Basic {}", STANDARD.encode("an:mật:khẩu"));
        assert_eq!(read(&value), Ok(("an".into(), "mật:khẩu".into())));
    }

    #[test]
    fn malformed_headers_and_pairs_are_told_apart() {
        for value in ["Basic", "Bearer abc", "Digest username=a"] {
            assert_eq!(read(value).unwrap_err().0, 401, "{value}");
        }
        for pair in ["an", ":password", "a\0b:c"] {
            let error = read(&format!("Basic {}", STANDARD.encode(pair))).unwrap_err();
            assert_eq!(
                error,
                (400, "invalid_request: Malformed username-password".into()),
                "{pair}"
            );
        }
        assert_eq!(read("Basic %%%").unwrap_err().0, 400);
        assert!(basic(&HeaderMap::new()).is_err());
    }
}
