//! What a system does with a call back: hold its signature against the secret that it was given.
//!
//! The form is that of Standard Webhooks (standardwebhooks.com), so any of its libraries does the same.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_api::Secret;

/// What a secret's text begins with.
const PREFIX: &str = "whsec_";
/// What an HMAC-SHA256 begins with in `webhook-signature`; others are for keys of another kind.
const VERSION: &str = "v1,";

/// The three header fields of a call, as they came.
#[derive(Debug, Clone, Copy)]
pub struct Headers<'a> {
    /// `webhook-id`: the same for each try of a call.
    pub id: &'a str,
    /// `webhook-timestamp`: seconds since 1970, of this try.
    pub timestamp: &'a str,
    /// `webhook-signature`: one or several, with spaces between.
    pub signature: &'a str,
}

/// Why a call is not to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Disbelieved {
    /// The secret is not `whsec_` and base64.
    #[error("the secret is not whsec_ and base64")]
    Secret,
    /// No signature in it is one of this id, this time and this body by this secret.
    #[error("no signature fits")]
    Signature,
    /// It was signed too long ago, or by a clock that is ahead: somebody may be sending it again.
    #[error("the time is too far from now")]
    Time,
}

/// Whether the server that knows this secret sent exactly this, not long ago; compared in constant time.
///
/// `now` is in seconds since 1970, and five minutes are a usual `tolerance`. `body` is what came, to the byte: a
/// body that was parsed and written again is another one. The same id can come twice, since a server that did not
/// hear the answer calls again: whoever acts on a call remembers the ids of the last days.
///
/// ```
/// use kyso_client::{Secret, webhook};
///
/// let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
/// let headers = webhook::Headers {
///     id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
///     timestamp: "1614265330",
///     signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
/// };
/// let five_minutes = std::time::Duration::from_mins(5);
/// webhook::verify(&secret, headers, br#"{"test": 2432232314}"#, 1_614_265_330, five_minutes)?;
/// # Ok::<(), webhook::Disbelieved>(())
/// ```
///
/// # Errors
/// [`Disbelieved`].
pub fn verify(
    secret: &Secret,
    headers: Headers<'_>,
    body: &[u8],
    now: u64,
    tolerance: Duration,
) -> Result<(), Disbelieved> {
    let key = key(secret).ok_or(Disbelieved::Secret)?;
    let mut signed = Vec::with_capacity(body.len() + 64);
    for part in [
        headers.id.as_bytes(),
        b".",
        headers.timestamp.as_bytes(),
        b".",
    ] {
        signed.extend_from_slice(part);
    }
    signed.extend_from_slice(body);
    let mut each = headers.signature.split(' ');
    if !each.any(|one| is_of(&key, &signed, one)) {
        return Err(Disbelieved::Signature);
    }
    let at: u64 = headers.timestamp.parse().map_err(|_| Disbelieved::Time)?;
    if at.abs_diff(now) <= tolerance.as_secs() {
        Ok(())
    } else {
        Err(Disbelieved::Time)
    }
}

fn key(secret: &Secret) -> Option<hmac::Key> {
    let text = secret.expose().strip_prefix(PREFIX)?;
    let bytes = STANDARD.decode(text).ok()?;
    (!bytes.is_empty()).then(|| hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

fn is_of(key: &hmac::Key, signed: &[u8], signature: &str) -> bool {
    let text = signature.strip_prefix(VERSION);
    let tag = text.and_then(|text| STANDARD.decode(text).ok());
    tag.is_some_and(|tag| hmac::verify(key, signed, &tag).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const AT: u64 = 1_614_265_330;
    const TOLERANCE: Duration = Duration::from_mins(5);
    /// The example of the specification's libraries.
    const RIGHT: Headers<'static> = Headers {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: "1614265330",
        signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };

    fn said(secret: &str, headers: Headers<'_>, body: &[u8]) -> Result<(), Disbelieved> {
        verify(&Secret::new(secret), headers, body, AT, TOLERANCE)
    }

    #[test]
    fn knows_the_specifications_example() {
        assert_eq!(said(SECRET, RIGHT, BODY), Ok(()));
        let among = format!("v1a,AAAA v1,AAAA {} v2,x", RIGHT.signature);
        let signature = among.as_str();
        assert_eq!(said(SECRET, Headers { signature, ..RIGHT }, BODY), Ok(()));
    }

    #[test]
    fn what_is_not_signed_is_not_believed() {
        let other = [
            Headers {
                id: "msg_x",
                ..RIGHT
            },
            Headers {
                id: "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330",
                timestamp: "",
                ..RIGHT
            },
            Headers {
                timestamp: "1614265331",
                ..RIGHT
            },
            Headers {
                signature: "",
                ..RIGHT
            },
            Headers {
                signature: "v1,",
                ..RIGHT
            },
            Headers {
                signature: "v1,g0hM9SsE",
                ..RIGHT
            },
            Headers {
                signature: "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                ..RIGHT
            },
            Headers {
                signature: "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                ..RIGHT
            },
            Headers {
                signature: "v1,G0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                ..RIGHT
            },
        ];
        for headers in other {
            let end = said(SECRET, headers, BODY);
            assert_eq!(end, Err(Disbelieved::Signature), "{headers:?}");
        }
        for body in [
            &b""[..],
            br#"{"test":2432232314}"#,
            br#"{"test": 2432232315}"#,
        ] {
            assert_eq!(said(SECRET, RIGHT, body), Err(Disbelieved::Signature));
        }
        let another = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        assert_eq!(said(another, RIGHT, BODY), Err(Disbelieved::Signature));
        for none in [
            "",
            "whsec_",
            "whsec_***",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ] {
            assert_eq!(said(none, RIGHT, BODY), Err(Disbelieved::Secret), "{none}");
        }
    }

    #[test]
    fn what_is_old_or_early_is_not_believed() {
        let secret = Secret::new(SECRET);
        for (now, end) in [
            (AT, Ok(())),
            (AT + 300, Ok(())),
            (AT - 300, Ok(())),
            (AT + 301, Err(Disbelieved::Time)),
            (AT - 301, Err(Disbelieved::Time)),
            (0, Err(Disbelieved::Time)),
            (u64::MAX, Err(Disbelieved::Time)),
        ] {
            assert_eq!(verify(&secret, RIGHT, BODY, now, TOLERANCE), end, "{now}");
        }
    }
}
