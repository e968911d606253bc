//! Authorization: Basic, Idempotency-Key and query strings.

#![no_main]

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use kyso_api::management::AuditQuery;
use kysod::auth::clients::basic;
use kysod::http::idempotency;
use kysod::http::management::read::query;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = HeaderValue::from_bytes(bytes) else {
        return;
    };
    let mut headers = HeaderMap::new();
    headers.insert(HeaderName::from_static("idempotency-key"), value);
    if let Ok(Some(key)) = idempotency::read(&headers, "stamps", b"{}") {
        assert_eq!(key.key.as_bytes(), bytes);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = basic(text);
        let _ = query::<AuditQuery>(text);
    }
});
