//! The body of a CSC call: JSON, or nothing.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, HttpRequest, web};

use super::fault::Fault;
use crate::http::body::check_json;

/// Bytes that are said to be JSON; a missing content type counts as that.
#[derive(Debug)]
pub struct Body(pub web::Bytes);

impl FromRequest for Body {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let json = check_json(request).is_ok();
        let bytes = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            let bytes = bytes.await?;
            // An empty body has no type that could be wrong, whatever the header says.
            if json || bytes.is_empty() {
                Ok(Self(bytes))
            } else {
                Err(Fault::media_type().into())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::CONTENT_TYPE;
    use actix_web::test::TestRequest;

    use super::*;

    #[actix_web::test]
    async fn only_json_is_a_body() {
        for (kind, body, status) in [
            (Some("application/json; charset=utf-8"), "{}", None),
            (Some("text/plain"), "{}", Some(415)),
            (Some("text/plain"), "", None),
            (None, "{}", None),
        ] {
            let request = TestRequest::post().set_payload(body);
            let request = match kind {
                Some(kind) => request.insert_header((CONTENT_TYPE, kind)),
                None => request,
            };
            let (request, mut payload) = request.to_http_parts();
            let read = Body::from_request(&request, &mut payload).await;
            let found = read
                .err()
                .map(|error| error.as_response_error().status_code().as_u16());
            assert_eq!(found, status, "{kind:?}");
        }
    }
}
