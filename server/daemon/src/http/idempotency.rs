//! The header `Idempotency-Key`.

use actix_web::http::header::HeaderMap;
use kyso_core::request::Idempotency;
use sha2::{Digest as _, Sha256};

/// Longest key, in characters.
const MAX_KEY: usize = 255;

/// The header is there but is no key: it must be 1 to 255 visible ASCII characters, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Invalid header Idempotency-Key")]
pub struct InvalidKey;

/// Reads the header and binds it to route and body.
///
/// # Errors
/// [`InvalidKey`].
pub fn read(
    headers: &HeaderMap,
    route: &'static str,
    body: &[u8],
) -> Result<Option<Idempotency>, InvalidKey> {
    let mut values = headers.get_all("idempotency-key");
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let key = value.to_str().map_err(|_| InvalidKey)?;
    let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    if values.next().is_some() || !visible || !(1..=MAX_KEY).contains(&key.len()) {
        return Err(InvalidKey);
    }
    Ok(Some(Idempotency {
        route,
        key: key.to_owned(),
        body: Sha256::digest(body).into(),
    }))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(values: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            let value = HeaderValue::from_bytes(value).unwrap();
            headers.append(HeaderName::from_static("idempotency-key"), value);
        }
        headers
    }

    #[test]
    fn a_key_is_bound_to_route_and_body() {
        assert_eq!(read(&headers(&[]), "r", b"x"), Ok(None));
        let found = read(&headers(&[b"a-1"]), "r", b"x").unwrap().unwrap();
        assert_eq!((found.route, found.key.as_str()), ("r", "a-1"));
        assert_eq!(found.body, <[u8; 32]>::from(Sha256::digest(b"x")));
    }

    #[test]
    fn refuses_what_is_no_key() {
        let long = [b'k'; MAX_KEY + 1];
        for values in [
            &[b"".as_slice()][..],
            &[b"a b"],
            &[b"a\tb"],
            &["kh\u{f3}a".as_bytes()],
            &[b"a", b"a"],
            &[&long],
        ] {
            assert_eq!(
                read(&headers(values), "r", b""),
                Err(InvalidKey),
                "{values:?}"
            );
        }
        assert!(read(&headers(&[&[b'k'; MAX_KEY]]), "r", b"").is_ok());
    }
}
