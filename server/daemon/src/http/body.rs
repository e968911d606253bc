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
pub use super::parse::parse;
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

/// What came, at most the limit.
pub async fn receive(mut payload: Payload, limit: usize) -> (web::Bytes, Option<Flaw>) {
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
    check_kind(request, "application/json")
}

/// The same for another media type.
///
/// # Errors
/// As [`check_json`].
pub fn check_kind(request: &HttpRequest, wanted: &str) -> Result<(), Problem> {
    let kind = request
        .headers()
        .get(CONTENT_TYPE)
        .map(|value| value.to_str().unwrap_or("?"));
    if kind.is_none_or(|kind| is_kind(kind, wanted)) {
        Ok(())
    } else {
        Err(ProblemCode::UnsupportedMediaType.into())
    }
}

/// Whether a media type is this one, whatever its parameters are.
pub fn is_kind(kind: &str, wanted: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case(wanted)
}

fn unreadable(error: &actix_web::Error) -> Problem {
    let too_large = error.as_response_error().status_code() == 413;
    if too_large {
        ProblemCode::BodyTooLarge.into()
    } else {
        ProblemCode::MalformedBody.into()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use actix_web::test::TestRequest;

    use super::*;

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
            assert_eq!(is_kind(kind, "application/json"), json, "{kind}");
        }
    }
}
