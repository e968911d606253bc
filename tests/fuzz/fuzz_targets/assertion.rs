//! Client assertions: none is of a key that nobody holds, for two servers, or for long.

#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kyso_core::Timestamp;
use kyso_core::id::ClientId;
use kysod::auth::assertion::Assertion;
use libfuzzer_sys::fuzz_target;

/// A P-256 key whose private half was thrown away.
const NOBODYS: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEtJ615O6ioBRcb3WZSZ3xZOH249+gR32U\
                       hooWBNLEo5f532Iezvzt6mOltvgBLaR+W32n3nMahxOaCcmoqvHecQ==";

/// Whom an assertion may be for.
const SERVERS: [&str; 4] = [
    "https://a.vn",
    "https://a.vn/oauth2/token",
    "https://b.vn",
    "https://a.vn.evil.example",
];

type Input<'a> = (&'a str, Vec<u8>, i64, Option<i64>, u32, &'a [u8], &'a [u8]);

fuzz_target!(|input: Input<'_>| {
    let (text, places, exp, nbf, now, signature, key) = input;
    let servers: Vec<&str> = places
        .iter()
        .map(|place| SERVERS[usize::from(*place) % SERVERS.len()])
        .collect();
    let nbf = nbf.map_or(String::new(), |nbf| format!(r#""nbf":{nbf},"#));
    let head = r#"{"alg":"ES256"}"#;
    let body = format!(r#"{{"iss":"a","sub":"a","aud":{servers:?},"exp":{exp},{nbf}"jti":"j"}}"#);
    let made = format!(
        "{}.{}.{}",
        URL_SAFE_NO_PAD.encode(head),
        URL_SAFE_NO_PAD.encode(body),
        URL_SAFE_NO_PAD.encode(signature)
    );
    let nobodys = STANDARD.decode(NOBODYS).unwrap_or_default();
    for text in [text, &made] {
        let Some(assertion) = Assertion::read(text) else {
            continue;
        };
        assert!(!assertion.is_by(&nobodys));
        let _ = assertion.is_by(key);
        let claims = &assertion.claims;
        assert!(!(claims.is_for("https://a.vn") && claims.is_for("https://b.vn")));
        let now = i64::from(now);
        if let Some(end) = claims.times(Timestamp::from_seconds(now)) {
            assert!((now + 1..=now + 600).contains(&end.as_seconds()));
        }
        let _ = claims.once(ClientId::from_bytes([7; 16]));
    }
});
