//! JSON bodies of our own API, and bodies of calls that name a key.

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use kyso_api::problem::ProblemCode;
use kyso_core::Refusal;
use serde::de::DeserializeOwned;

use super::error::Problem;
use crate::app::App;

/// A JSON body; anything else is refused before the handler runs.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = MaybeJson::from_request(request, payload);
        Box::pin(async move { parse(&body.await?.0).map(Self) })
    }
}

/// The bytes of a JSON body, or none where the route can do without.
#[derive(Debug)]
pub struct MaybeJson(pub web::Bytes);

impl FromRequest for MaybeJson {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = check_json(request);
        let bytes = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            let bytes = bytes.await.map_err(|error| unreadable(&error))?;
            kind.map(|()| Self(bytes))
        })
    }
}

/// What makes a body useless before it is read as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It did not come whole.
    Broken,
    /// It says that it is no JSON.
    MediaType,
    /// It is longer than the limit.
    TooLarge,
}

/// The body of a call that names a key: as much of it as may come, also where it cannot be used,
/// since the log says of which key it was.
#[derive(Debug)]
pub struct Received {
    /// The bytes, at most the limit.
    pub bytes: web::Bytes,
    /// What is wrong with them.
    pub flaw: Option<Flaw>,
}

impl FromRequest for Received {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let json = check_json(request).is_ok();
        let app = request.app_data::<web::Data<App>>();
        let limit = app.map_or(0, |app| app.config.limits.body_bytes);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let payload = payload.take();
        Box::pin(async move {
            let (bytes, flaw) = receive(payload, limit).await;
            // An empty body has no type that could be wrong, whatever the header says.
            let untyped = (!json && !bytes.is_empty()).then_some(Flaw::MediaType);
            let flaw = flaw.or(untyped);
            Ok(Self { bytes, flaw })
        })
    }
}

async fn receive(mut payload: Payload, limit: usize) -> (web::Bytes, Option<Flaw>) {
    let mut bytes = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let Ok(chunk) = chunk else {
            return (bytes.freeze(), Some(Flaw::Broken));
        };
        let room = limit.saturating_sub(bytes.len());
        let (fits, rest) = chunk.split_at(room.min(chunk.len()));
        bytes.extend_from_slice(fits);
        if !rest.is_empty() {
            return (bytes.freeze(), Some(Flaw::TooLarge));
        }
    }
    (bytes.freeze(), None)
}

impl From<Flaw> for Problem {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Broken => ProblemCode::MalformedBody.into(),
            Flaw::MediaType => ProblemCode::UnsupportedMediaType.into(),
            Flaw::TooLarge => ProblemCode::BodyTooLarge.into(),
        }
    }
}

impl Flaw {
    /// The word for the entry.
    pub const fn refusal(self) -> Refusal {
        match self {
            Self::Broken | Self::MediaType => Refusal::Malformed,
            Self::TooLarge => Refusal::BodyTooLarge,
        }
    }
}

/// Whether the body says that it is JSON, or nothing. A header that is no text says something else.
///
/// # Errors
/// [`ProblemCode::UnsupportedMediaType`].
pub fn check_json(request: &HttpRequest) -> Result<(), Problem> {
    let kind = request
        .headers()
        .get(CONTENT_TYPE)
        .map(|value| value.to_str().unwrap_or("?"));
    if kind.is_none_or(is_json) {
        Ok(())
    } else {
        Err(ProblemCode::UnsupportedMediaType.into())
    }
}

fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

fn unreadable(error: &actix_web::Error) -> Problem {
    let too_large = error.as_response_error().status_code() == 413;
    if too_large {
        ProblemCode::BodyTooLarge.into()
    } else {
        ProblemCode::MalformedBody.into()
    }
}

/// Reads a body. The detail says where it is wrong and never repeats what it holds.
///
/// # Errors
/// [`ProblemCode::MalformedBody`].
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if has_nul(bytes) {
        return Err(Problem::from(ProblemCode::MalformedBody).because("U+0000"));
    }
    if !is_object(bytes) {
        return Err(Problem::from(ProblemCode::MalformedBody).because("not an object"));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Problem::from(ProblemCode::MalformedBody).because(place)
    })
}

/// Whether the JSON would be an object: serde takes an array for a struct too, member by member.
fn is_object(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().first() == Some(&b'{')
}

/// Whether a text in the JSON holds U+0000, which PostgreSQL cannot store. Only the escape can
/// write it: JSON refuses the bare byte (RFC 8259 §7).
fn has_nul(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(place) = rest.iter().position(|byte| *byte == b'\\') {
        rest = rest.split_at(place).1;
        if rest.starts_with(br"\u0000") {
            return true;
        }
        // The backslash and what it escapes.
        rest = rest.get(2..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use actix_web::test::TestRequest;
    use kyso_api::management::NewSession;

    use super::*;

    #[test]
    fn says_where_and_not_what() {
        let json = br#"{"login":"a","password":"canary","otp":7}"#;
        let problem = parse::<NewSession>(json).unwrap_err();
        assert_eq!(problem.code(), ProblemCode::MalformedBody);
        assert!(!format!("{problem:?}").contains("canary"));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for json in [
            r#"{"login":"a","password":"b","colour":1}"#,
            r#"{"login":"a","login":"a","password":"b"}"#,
            r#"{"login":"a\u0000","password":"b"}"#,
            r#"{"login":"a"}"#,
            r#"["a","b"]"#,
            "[]",
            "",
        ] {
            assert!(parse::<NewSession>(json.as_bytes()).is_err(), "{json}");
        }
        assert!(parse::<NewSession>(br#"{"login":"a","password":"b"}"#).is_ok());
    }

    #[test]
    fn an_escaped_backslash_before_u0000_is_text() {
        assert!(!has_nul(br#"{"a":"\\u0000"}"#));
        assert!(has_nul(br#"{"a":"\\\u0000"}"#));
    }

    #[actix_web::test]
    async fn what_is_too_large_is_received_up_to_the_limit() {
        for (sent, kept, flaw) in [
            (10, 10, None),
            (11, 10, Some(Flaw::TooLarge)),
            (100_000, 10, Some(Flaw::TooLarge)),
            (0, 0, None),
        ] {
            let request = TestRequest::post().set_payload(vec![b'x'; sent]);
            let (_, payload) = request.to_http_parts();
            let (bytes, found) = receive(payload, 10).await;
            assert_eq!((bytes.len(), found), (kept, flaw), "{sent}");
        }
    }

    #[test]
    fn a_type_that_is_no_text_is_another_type() {
        let value = HeaderValue::from_bytes(b"application/json\xff").unwrap();
        let request = TestRequest::post().insert_header((CONTENT_TYPE, value));
        assert!(check_json(&request.to_http_request()).is_err());
    }

    #[test]
    fn content_types() {
        for (kind, json) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
        ] {
            assert_eq!(is_json(kind), json, "{kind}");
        }
    }
}
