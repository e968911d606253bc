//! What surrounds every call: its id, where it comes from, its error body, its line in the log.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue,
    RETRY_AFTER, STRICT_TRANSPORT_SECURITY, TRANSFER_ENCODING, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, web};
use futures_util::future::{Ready, ready};
use kyso_api::csc_error::{CscError, CscErrorCode};
use kyso_api::problem::{Language, ProblemCode};
use kyso_core::id::RequestId;

use super::error::Problem;
use super::management::QUERIED;
use super::patience::in_time;
use crate::app::App;
use crate::auth::actor::AuthError;
use crate::auth::networks::client_address;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Two years (RFC 6797 §6.1.1, in seconds), of this host only: which others there are is not ours to say.
const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// What is known of a call before anybody says who they are.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// Its id: in entries, log lines and the header `X-Request-Id`.
    pub request: RequestId,
    /// Where it comes from.
    pub source: Option<IpAddr>,
    /// The language of its messages.
    pub language: Language,
}

impl Call {
    /// The call that this request is.
    pub fn of(request: &HttpRequest) -> Self {
        request
            .extensions()
            .get::<Self>()
            .copied()
            .unwrap_or_else(|| Self {
                request: RequestId::random(),
                source: None,
                language: Language::default(),
            })
    }
}

impl FromRequest for Call {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

/// Which error body a path has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Csc,
    Management,
    Pages,
}

impl Family {
    fn of(path: &str) -> Self {
        let csc = ["/csc/", "/oauth2/", "/.well-known/"]
            .iter()
            .any(|top| path.starts_with(top));
        if path == "/ui" || path.starts_with("/ui/") {
            Self::Pages
        } else if csc || path == "/csc" {
            Self::Csc
        } else {
            Self::Management
        }
    }
}

/// Surrounds every call.
///
/// # Errors
/// None of its own.
pub async fn frame(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let began = Instant::now();
    let family = Family::of(request.path());
    let Some(app) = request.app_data::<web::Data<App>>().cloned() else {
        return Err(actix_web::error::ErrorInternalServerError("no application"));
    };
    let call = describe(&request, &app);
    request.extensions_mut().insert(call);
    let method = request.method().clone();
    let Some(_under_way) = app.flows.enter() else {
        return Ok(finish(
            request.into_response(unavailable(family, call)),
            call,
        ));
    };
    let Some(_arriving) = app.intake.room(call.source, length_of(&mut request)) else {
        return Ok(finish(
            request.into_response(unavailable(family, call)),
            call,
        ));
    };
    let response = if has_stray_query(&request) {
        request.into_response(
            Problem::field("query").respond(call.language, &call.request.to_string()),
        )
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    let response = speak(response, family, call);
    log(&app, &response, &method, call, began.elapsed());
    Ok(finish(response, call))
}

/// How long the body says that it is, which has to come in time from here on; nothing where there is none.
fn length_of(request: &mut ServiceRequest) -> Option<u64> {
    let body = request.take_payload();
    if matches!(body, Payload::None) || request.method().is_safe() {
        request.set_payload(body);
        return Some(0);
    }
    request.set_payload(in_time(body));
    if request.headers().contains_key(TRANSFER_ENCODING) {
        return None; // it outweighs a length beside it (RFC 9112, 6.3)
    }
    let length = request.headers().get(CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

/// Whether a route of our own API that knows no parameters was given some: they would be forgotten
/// silently, as a filter that does not filter.
fn has_stray_query(request: &ServiceRequest) -> bool {
    let pattern = request.match_pattern().unwrap_or_default();
    let Some(route) = pattern.strip_prefix("/api/v1") else {
        return false;
    };
    let method = request.method().as_str().to_ascii_lowercase();
    !request.query_string().is_empty() && !QUERIED.contains(&(method.as_str(), route))
}

fn describe(request: &ServiceRequest, app: &App) -> Call {
    let text = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let peer = request
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    // Collected, since the lines of a header can only be walked forwards.
    let lines: Vec<&[u8]> = request
        .headers()
        .get_all(FORWARDED_FOR)
        .map(HeaderValue::as_bytes)
        .collect();
    let source = client_address(peer, lines.into_iter(), &app.config.server.proxies);
    Call {
        request: RequestId::random(),
        source: Some(source),
        language: Language::from_accept_language(text(ACCEPT_LANGUAGE).unwrap_or_default()),
    }
}

/// Gives a failure the body of its family, where its maker could not.
fn speak(response: ServiceResponse, family: Family, call: Call) -> ServiceResponse {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let error = response.response().error();
    let body = match error.and_then(|error| error.as_error::<AuthError>()) {
        Some(error) => Some(unauthenticated(*error, family, call)),
        None => match error.and_then(|error| error.as_error::<Problem>()) {
            Some(problem) => Some(problem.respond(call.language, &call.request.to_string())),
            None if has_body(&response, family) => None,
            None => Some(plain(status, family, call)),
        },
    };
    match body {
        Some(body) => response.into_response(body),
        None => response,
    }
}

/// Whether one of our own error types wrote the body.
fn has_body(response: &ServiceResponse, family: Family) -> bool {
    let kind = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let ours = match family {
        Family::Pages => "text/html",
        Family::Csc | Family::Management => "application/",
    };
    kind.is_some_and(|kind| kind.starts_with(ours))
}

fn unauthenticated(error: AuthError, family: Family, call: Call) -> HttpResponse {
    match family {
        Family::Csc => error.csc_response(),
        Family::Management | Family::Pages => {
            Problem::from(error).respond(call.language, &call.request.to_string())
        }
    }
}

/// What the framework refuses: no such route, wrong verb, too large a body.
fn plain(status: StatusCode, family: Family, call: Call) -> HttpResponse {
    match family {
        Family::Csc => {
            let (code, sentence) = csc_words(status);
            HttpResponse::build(status).json(CscError::new(code, sentence))
        }
        Family::Pages => super::ui::notice(status, call),
        Family::Management => {
            Problem::from(problem_code(status)).respond(call.language, &call.request.to_string())
        }
    }
}

fn csc_words(status: StatusCode) -> (CscErrorCode, &'static str) {
    match status {
        StatusCode::NOT_FOUND => (CscErrorCode::UnknownMethod, "There is no such method"),
        StatusCode::METHOD_NOT_ALLOWED => (CscErrorCode::UnknownMethod, "The method takes POST"),
        StatusCode::PAYLOAD_TOO_LARGE => (
            CscErrorCode::InvalidRequest,
            "The body of the request is too large",
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            CscErrorCode::InvalidRequest,
            "The content type is not supported",
        ),
        StatusCode::SERVICE_UNAVAILABLE => (
            CscErrorCode::TemporarilyUnavailable,
            "The server is stopping or busy",
        ),
        _ if status.as_u16() < 500 => (CscErrorCode::InvalidRequest, "The request is malformed"),
        _ => (
            CscErrorCode::ServerError,
            "Something went wrong in the server",
        ),
    }
}

fn problem_code(status: StatusCode) -> ProblemCode {
    match status {
        StatusCode::NOT_FOUND => ProblemCode::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ProblemCode::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ProblemCode::BodyTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ProblemCode::UnsupportedMediaType,
        StatusCode::SERVICE_UNAVAILABLE => ProblemCode::Unavailable,
        _ if status.as_u16() < 500 => ProblemCode::MalformedBody,
        _ => ProblemCode::Internal,
    }
}

/// While the server stops, or too many bodies arrive; what was sent is not read, so nothing else comes on this connection.
fn unavailable(family: Family, call: Call) -> HttpResponse {
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, family, call);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("5"));
    response
        .head_mut()
        .set_connection_type(actix_web::http::ConnectionType::Close);
    response
}

/// Headers that every response has. Answers hold tokens and names, so nobody may keep them, except those
/// that say themselves how long. Only the public listener is framed, and it speaks nothing but TLS.
fn finish(mut response: ServiceResponse, call: Call) -> ServiceResponse {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&call.request.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(STRICT_TRANSPORT_SECURITY, ONLY_TLS);
    response
}

/// Only closed words and numbers: the route's pattern, never the path, a query or a header.
fn log(app: &App, response: &ServiceResponse, method: &Method, call: Call, took: Duration) {
    let status = response.status();
    app.metrics.request(status.as_u16(), took);
    if status.is_success() && !tracing::enabled!(tracing::Level::DEBUG) {
        return;
    }
    let route = response.request().match_pattern().unwrap_or_default();
    let (request, status) = (call.request, status.as_u16());
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match status {
        500.. => tracing::error!(%request, %method, route, status, millis, "request"),
        400.. => tracing::info!(%request, %method, route, status, millis, "request"),
        _ => tracing::debug!(%request, %method, route, status, millis, "request"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_in_chunks_has_no_length_whatever_it_says() {
        use actix_web::test::TestRequest;
        let length = |headers: &[(HeaderName, &str)]| {
            let mut request = TestRequest::post().set_payload("{}");
            for header in headers {
                request = request.insert_header(header.clone());
            }
            length_of(&mut request.to_srv_request())
        };
        let told = (CONTENT_LENGTH, "2");
        assert_eq!(length(std::slice::from_ref(&told)), Some(2));
        assert_eq!(length(&[told, (TRANSFER_ENCODING, "chunked")]), None);
    }

    #[test]
    fn paths_have_their_family() {
        for (path, family) in [
            ("/csc/v1/info", Family::Csc),
            ("/oauth2/token", Family::Csc),
            ("/.well-known/oauth-authorization-server", Family::Csc),
            ("/api/v1/sessions", Family::Management),
            ("/", Family::Management),
            ("/cscx", Family::Management),
        ] {
            assert_eq!(Family::of(path), family, "{path}");
        }
    }

    #[test]
    fn statuses_of_the_framework_keep_their_meaning() {
        for status in [400, 404, 405, 413, 415, 500, 503] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(problem_code(status).status(), status.as_u16());
            let csc = csc_words(status).0.status();
            assert_eq!(csc >= 500, status.is_server_error());
        }
    }
}
